//! The application: the pages, what lies over them, and what happens to keys, clicks and answers. It draws on any
//! terminal and knows of none.

use std::time::Instant;

use crossterm::event::{KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;
use tokio::sync::mpsc::UnboundedSender;

use super::{
    action::Action,
    canvas::{Hit, Hits},
    desk::{Command, Cx, Desk, Then, Tone},
    keymap::{Chord, Keymap, Meaning},
    look::Look,
    model::{Engine, Model, Open},
    overlay::{Choice, Choose, Confirm, Flow, Help, Messages, Overlay, Palette},
    page::{Page, PageId, Pages},
    picture::Pictures,
    player::Player,
    said::Said,
    terminal::{Input, Outside},
};
use crate::{
    engine::{
        Event, ProjectDetail, ProjectEntry, Told,
        api::{ApiError, Doctor, projects, runs},
    },
    model::{ProjectId, RunId},
};

/// Two clicks at one place within this are one double click, in milliseconds.
const DOUBLE_MS: u128 = 400;

/// The application.
pub struct App {
    /// What is known of the engine's side.
    pub model: Model,
    /// Pictures.
    pub pictures: Pictures,
    /// What is played.
    pub player: Player,
    /// How everything is drawn.
    pub look: Look,
    /// Something is to be drawn.
    pub dirty: bool,
    /// All of the screen is to be drawn anew: what the terminal shows is not what was drawn last.
    pub wiped: bool,
    /// It is to end.
    pub ended: bool,
    /// What the terminal is to be let go for.
    pub outside: Option<Outside>,
    /// A theme was chosen, for good.
    pub chosen_theme: Option<String>,
    /// What a person who looks elsewhere is to be told.
    pub notice: Option<String>,
    /// What is to be put on the clipboard.
    pub copied: Option<String>,
    /// For tests: it fails where it is told to.
    #[cfg(debug_assertions)]
    pub faulty: bool,
    /// For tests: the page fails where it is drawn.
    #[cfg(debug_assertions)]
    pub(super) fails: bool,
    /// A theme is looked at.
    pub shown_theme: Option<String>,
    pub(super) keymap: Keymap,
    desk: Desk,
    pub(super) page: PageId,
    pub(super) pages: Pages,
    pub(super) overlays: Vec<Box<dyn Overlay>>,
    pub(super) keys: Vec<Chord>,
    pub(super) hits: Hits,
    clicked: Option<(Instant, Position)>,
    focused: bool,
    pub(super) said: Said,
}

impl App {
    /// An application without an engine; answers come through `answers`.
    pub fn new(look: Look, keymap: Keymap, answers: UnboundedSender<Then>) -> Self {
        Self {
            model: Model::default(),
            pictures: Pictures::default(),
            player: Player::default(),
            look,
            dirty: true,
            wiped: false,
            ended: false,
            outside: None,
            chosen_theme: None,
            notice: None,
            copied: None,
            #[cfg(debug_assertions)]
            faulty: false,
            #[cfg(debug_assertions)]
            fails: false,
            focused: true,
            shown_theme: None,
            keymap,
            desk: Desk::new(answers),
            page: PageId::Projects,
            pages: Pages::default(),
            overlays: Vec::new(),
            keys: Vec::new(),
            hits: Hits::default(),
            clicked: None,
            said: Said::default(),
        }
    }

    /// With what pages act.
    pub fn cx(&mut self) -> Cx<'_> {
        Cx { model: &mut self.model, desk: &mut self.desk, player: &mut self.player }
    }

    /// The pages, and with what they act.
    pub(super) fn pages(&mut self) -> (&mut Pages, Cx<'_>) {
        (&mut self.pages, Cx { model: &mut self.model, desk: &mut self.desk, player: &mut self.player })
    }

    fn page(&mut self) -> (&mut dyn Page, Cx<'_>) {
        (self.pages.of(self.page), Cx { model: &mut self.model, desk: &mut self.desk, player: &mut self.player })
    }

    /// Which page is seen.
    pub fn shown(&self) -> PageId {
        self.page
    }

    /// The engine is there.
    pub fn connect(&mut self, client: crate::remote::Client, elsewhere: Option<u32>) {
        self.model.engine = elsewhere.map_or(Engine::Here, Engine::There);
        self.desk.connect(client);
        let (page, mut cx) = self.page();
        page.shown(&mut cx);
        cx.ask(Doctor {}, |app, reply| app.model.checks = reply.ok());
        self.dirty = true;
    }

    /// What was asked where there is no engine.
    pub fn asked(&self) -> &[(&'static str, serde_json::Value)] {
        &self.desk.asked
    }

    /// Opens a project by its slug, id or title.
    pub fn open(&mut self, project: String) {
        self.cx().ask(projects::Get::whole(project), |app, reply| match reply {
            Ok(detail) => app.show(detail),
            Err(e) => app.tell_error(&e),
        });
    }

    /// Opens the project that was open last time, if it is still there.
    pub fn reopen(&mut self, project: String) {
        self.cx().ask(projects::Get::whole(project), |app, reply| {
            if let Ok(detail) = reply
                && detail.project.removed_ms.is_none()
            {
                app.show(detail);
            }
        });
    }

    fn show(&mut self, detail: ProjectDetail) {
        self.model.open = Some(Open::new(detail));
        self.player.clear();
        let (pages, mut cx) = self.pages();
        PageId::ALL.into_iter().for_each(|page| pages.of(page).opened(&mut cx));
        self.go(PageId::Studio);
    }

    /// Tells the person something.
    pub fn tell(&mut self, tone: Tone, text: impl Into<String>) {
        self.said.push(tone, text.into(), self.look.now_ms);
        self.dirty = true;
    }

    /// Tells the person what went wrong, and what to do about it.
    pub fn tell_error(&mut self, e: &ApiError) {
        let help = if e.help.is_empty() { String::new() } else { format!(" ({})", e.help) };
        self.tell(Tone::Error, format!("{}{help}", e.message));
    }

    /// Something happened in the engine.
    pub fn follow(&mut self, mut told: Told) {
        // What is of the moment has no time of its own.
        told.at_ms = told.at_ms.or(Some(self.look.now_ms));
        let ended = match &told.event {
            Event::RunEnded { run, outcome } => Some((run.clone(), outcome.name().to_owned())),
            Event::RunWaits { run } => Some((run.clone(), "waits for you".to_owned())),
            _ => None,
        };
        self.model.follow(told);
        if let Some((run, word)) = ended {
            self.ended_elsewhere(&run, &word);
        }
        self.dirty = true;
    }

    /// A run has ended, or waits: it is told where the person does not see it.
    fn ended_elsewhere(&mut self, run: &RunId, word: &str) {
        let of_run = |entry: &&ProjectEntry| entry.last_run.as_ref().is_some_and(|last| last.id == *run);
        let entry = self.model.projects.entries.iter().find(of_run);
        let open = self.model.open.as_ref().filter(|open| open.run.as_ref().is_some_and(|last| last.id == *run));
        let title = open.map(|open| &open.project.title).or(entry.map(|entry| &entry.project.title));
        let Some(said) = title.map(|title| format!("{title}: {word}")) else { return };
        if !self.focused {
            self.notice = Some(said.clone());
        }
        if open.is_none() {
            self.tell(Tone::Plain, said);
        }
    }

    /// All that came at once was taken: what is missing is asked for.
    pub fn settle(&mut self) {
        let (page, mut cx) = self.page();
        page.tick(&mut cx);
        // How much waits stands on its tab, whichever page is seen.
        let (pages, mut cx) = self.pages();
        pages.review.read(&mut cx);
        self.obey();
        let mut cx = Cx { model: &mut self.model, desk: &mut self.desk, player: &mut self.player };
        self.pictures.fetch(&mut cx);
        Player::settle(&mut cx, self.pictures.painter());
    }

    /// When it wants to be drawn by itself, in milliseconds from now.
    pub fn wakes(&self) -> Option<u64> {
        let page = self.pages.seen(self.page).wakes(&self.model).filter(|_| self.look.motion);
        let lacking = (self.pictures.wants() || self.pages.seen(self.page).lacks()).then_some(1);
        let said = self.said.changes(self.look.now_ms);
        said.into_iter().chain(page).chain(lacking).chain(self.player.wakes()).min()
    }

    /// Something came from the terminal.
    pub fn input(&mut self, input: Input) {
        self.dirty = true;
        match input {
            Input::Key(key) => self.key(key),
            Input::Mouse(mouse) => self.mouse(mouse),
            Input::Paste(text) => self.paste(&text),
            // Between two frames it may have been smaller, and have lost what stood there.
            Input::Resize => self.wiped = true,
            Input::Focus(focused) => self.focused = focused,
            Input::Gone => self.ended = true,
        }
        self.obey();
    }

    fn key(&mut self, key: KeyEvent) {
        #[cfg(debug_assertions)]
        if self.faulty {
            assert!(key.code != crossterm::event::KeyCode::F(12), "a key that fails, for a test");
            self.fails = key.code == crossterm::event::KeyCode::F(11);
        }
        if let Some(mut overlay) = self.overlays.pop() {
            let flow = overlay.key(key, &mut self.cx());
            self.keep(overlay, flow);
            return;
        }
        if self.keys.is_empty() {
            let (page, mut cx) = self.page();
            if page.key(key, &mut cx) {
                return;
            }
        }
        self.keys.push(Chord::from(key));
        match self.keymap.meaning(self.page.scope(), &self.keys) {
            Meaning::Action(action) => {
                self.keys.clear();
                self.act(action);
            }
            Meaning::Pending(_) => (),
            Meaning::Nothing => {
                let was_pending = self.keys.len() > 1;
                self.keys.clear();
                // Escape leaves what was begun, and nothing else.
                if was_pending && key.code != crossterm::event::KeyCode::Esc {
                    self.tell(Tone::Plain, "these keys do nothing here: ? shows those that do");
                }
            }
        }
    }

    fn paste(&mut self, text: &str) {
        if let Some(mut overlay) = self.overlays.pop() {
            let flow = overlay.paste(text, &mut self.cx());
            self.keep(overlay, flow);
            return;
        }
        let (page, mut cx) = self.page();
        page.paste(text, &mut cx);
    }

    fn mouse(&mut self, mouse: MouseEvent) {
        let place = Position { x: mouse.column, y: mouse.row };
        match mouse.kind {
            MouseEventKind::ScrollDown | MouseEventKind::ScrollUp => {
                let down = mouse.kind == MouseEventKind::ScrollDown;
                if let Some(overlay) = self.overlays.last_mut() {
                    return overlay.scroll(down);
                }
                let (page, mut cx) = self.page();
                page.scroll(down, &mut cx);
            }
            MouseEventKind::Down(MouseButton::Left) => {
                let again = self
                    .clicked
                    .take()
                    .is_some_and(|(at, before)| before == place && at.elapsed().as_millis() < DOUBLE_MS);
                self.clicked = (!again).then(|| (Instant::now(), place));
                self.click(place, again);
            }
            _ => (),
        }
    }

    fn click(&mut self, place: Position, again: bool) {
        let hit = self.hits.at(place);
        if let Some(mut overlay) = self.overlays.pop() {
            let flow = match hit {
                Some((_, Hit::Select { item, .. })) => overlay.select(item, again, &mut self.cx()),
                _ => Flow::Stay,
            };
            return self.keep(overlay, flow);
        }
        match hit {
            Some((_, Hit::Do(action))) => self.act(action),
            Some((area, Hit::Seek(_))) => {
                let share = u32::from(place.x - area.x) * 1000 / u32::from(area.width.max(1));
                let (page, mut cx) = self.page();
                page.click(Hit::Seek(share as u16), again, &mut cx);
            }
            Some((_, hit)) => {
                let (page, mut cx) = self.page();
                page.click(hit, again, &mut cx);
            }
            None => (),
        }
    }

    /// An overlay stays where it was, unless it is done; what it pushed lies over it.
    fn keep(&mut self, overlay: Box<dyn Overlay>, flow: Flow) {
        if flow == Flow::Stay {
            self.overlays.push(overlay);
        }
    }

    /// Does what a person asked for.
    pub fn act(&mut self, action: Action) {
        let (page, mut cx) = self.page();
        if page.act(action, &mut cx) {
            return;
        }
        match action {
            Action::Quit => self.quit(),
            Action::Suspend => self.outside = Some(Outside::Suspend),
            Action::Help => self.overlays.push(Box::new(Help::new(self.page.scope(), &self.keymap))),
            Action::Palette => self.overlays.push(Box::new(Palette::new(self.page.scope(), &self.keymap))),
            Action::Messages => {
                let said = self.said.all().map(|message| (message.tone, message.text.clone())).collect();
                self.overlays.push(Box::new(Messages::new(said)));
            }
            Action::Theme => self.choose_theme(),
            Action::Redraw => self.wiped = true,
            Action::Back if self.page != PageId::Projects => self.go(PageId::Projects),
            Action::Back => self.said.clear(),
            action => match PageId::ALL.into_iter().find(|page| page.action() == action) {
                Some(page) => self.go(page),
                None if action.is_moving() => (),
                None => self.tell(Tone::Plain, format!("{}: not on this page", action.help())),
            },
        }
    }

    /// Shows another page.
    pub fn go(&mut self, page: PageId) {
        if self.page != page {
            self.player.stop();
        }
        self.page = page;
        self.keys.clear();
        self.dirty = true;
        let (page, mut cx) = self.page();
        page.shown(&mut cx);
    }

    fn obey(&mut self) {
        for command in self.desk.take() {
            match command {
                Command::Push(overlay) => self.overlays.push(overlay),
                Command::Tell(tone, text) => self.tell(tone, text),
                Command::OpenProject(project) => self.open(project),
                Command::Theme(name) => self.chosen_theme = Some(name),
                Command::ShowTheme(name) => self.shown_theme = Some(name),
                Command::Outside(outside) => self.outside = Some(outside),
                Command::Copy(text) => self.copied = Some(text),
                Command::Quit => self.ended = true,
                Command::Act(action) => self.act(action),
            }
            self.dirty = true;
        }
    }

    fn choose_theme(&mut self) {
        let names = super::theme::names(Some(&self.model.own.themes));
        let before = self.look.theme.name.clone();
        let at = names.iter().position(|name| *name == before).unwrap_or(0);
        let choices = names.into_iter().map(|name| Choice { value: name.clone(), name, note: String::new() }).collect();
        let choose = Choose::new("theme", choices, at, |cx, name| cx.command(Command::Theme(name)));
        let show = |cx: &mut Cx, name: &str| cx.command(Command::ShowTheme(name.to_owned()));
        self.overlays.push(Box::new(choose.showing(before, show)));
    }

    /// Leaves at once, unless runs of this process would stop where they are.
    fn quit(&mut self) {
        let running = self.model.running().len();
        if running == 0 || !matches!(self.model.engine, Engine::Here) {
            self.ended = true;
            return;
        }
        let what = if running == 1 { "A run is".to_owned() } else { format!("{running} runs are") };
        let question = format!("{what} under way. Leave, and let it go on in the background?");
        let confirm = Confirm::new("leave", question)
            .answer('y', "leave; it goes on in the background", |cx| cx.command(Command::Quit))
            .answer('c', "cancel what runs, and leave", |cx| cancel_all(cx, cx.model.running()));
        self.overlays.push(Box::new(confirm));
    }

    /// The window's title, and how far the work is.
    pub fn announcement(&self) -> (String, Option<u8>) {
        let title = match &self.model.open {
            Some(open) => format!("{} - studio", open.project.title),
            None => "studio".to_owned(),
        };
        let open = self.model.open.as_ref().filter(|open| open.is_running());
        let share = open.and_then(|open| open.nodes.share());
        (title, share.map(|share| (share * 100.0) as u8))
    }
}

/// Gives up the runs of these projects, one after the other, then leaves.
fn cancel_all(cx: &mut Cx, mut left: Vec<ProjectId>) {
    let Some(project) = left.pop() else { return cx.command(Command::Quit) };
    cx.ask(runs::Cancel { target: project.to_string() }, move |app, reply| match reply {
        Ok(_) => cancel_all(&mut app.cx(), left),
        Err(e) => app.tell_error(&e),
    });
}
