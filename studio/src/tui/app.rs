//! The application: the pages, what lies over them, and what happens to keys, clicks and answers. It draws on any
//! terminal and knows of none.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

use crossterm::event::{KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::{Block, Clear},
};
use tokio::sync::mpsc::UnboundedSender;

use super::{
    action::Action,
    canvas::{Canvas, Hit, Hits},
    desk::{Command, Cx, Desk, Then, Tone},
    keymap::{Chord, Keymap, Meaning},
    look::Look,
    model::{Engine, Model, Open},
    overlay::{Choice, Choose, Confirm, Flow, Help, Messages, Overlay, Palette},
    page::{Page, PageId, Pages},
    picture::Pictures,
    player::Player,
    terminal::{Input, Outside},
    theme::Role,
    widget::text,
};
use crate::{
    engine::{
        Event, ProjectEntry, Told,
        api::{ApiError, Doctor, projects},
    },
    model::RunId,
};

/// How long something that was told is seen, in milliseconds.
const TOLD_MS: i64 = 6_000;
/// Two clicks at one place within this are one double click, in milliseconds.
const DOUBLE_MS: u128 = 400;
/// Below this width, the last line and the tabs are shortened.
const NARROW: u16 = 60;
/// Most messages that are kept.
const MOST_SAID: usize = 500;

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
    /// A theme is looked at.
    pub shown_theme: Option<String>,
    pub(super) keymap: Keymap,
    desk: Desk,
    page: PageId,
    pages: Pages,
    overlays: Vec<Box<dyn Overlay>>,
    keys: Vec<Chord>,
    hits: Hits,
    clicked: Option<(Instant, Position)>,
    focused: bool,
    said: VecDeque<(Tone, String, i64)>,
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
            said: VecDeque::new(),
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
            Ok(detail) => {
                app.model.open = Some(Open::new(detail));
                app.player.clear();
                let (pages, mut cx) = app.pages();
                PageId::ALL.into_iter().for_each(|page| pages.of(page).opened(&mut cx));
                app.go(PageId::Studio);
            }
            Err(e) => app.tell_error(&e),
        });
    }

    /// Tells the person something.
    pub fn tell(&mut self, tone: Tone, text: impl Into<String>) {
        if self.said.len() >= MOST_SAID {
            self.said.pop_front();
        }
        self.said.push_back((tone, text.into(), self.look.now_ms));
        self.dirty = true;
    }

    /// Tells the person what went wrong, and what to do about it.
    pub fn tell_error(&mut self, e: &ApiError) {
        let help = if e.help.is_empty() { String::new() } else { format!(" ({})", e.help) };
        self.tell(Tone::Error, format!("{}{help}", e.message));
    }

    /// Something happened in the engine.
    pub fn follow(&mut self, told: Told) {
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
        Player::settle(&mut cx, self.pictures.picker());
    }

    /// When it wants to be drawn by itself, in milliseconds from now.
    pub fn wakes(&self) -> Option<u64> {
        let said = self.said.back().map(|(_, _, at)| at + TOLD_MS - self.look.now_ms).filter(|left| *left > 0);
        let page = self.pages.seen(self.page).wakes(&self.model).filter(|_| self.look.motion);
        let lacking = self.pictures.wants().then_some(1);
        said.map(i64::unsigned_abs).into_iter().chain(page).chain(lacking).chain(self.player.wakes()).min()
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
                let said = self.said.iter().map(|(tone, text, _)| (*tone, text.clone())).collect();
                self.overlays.push(Box::new(Messages::new(said)));
            }
            Action::Theme => self.choose_theme(),
            Action::Redraw => self.wiped = true,
            Action::Back if self.page != PageId::Projects => self.go(PageId::Projects),
            Action::Back => self.said.clear(),
            action => {
                if let Some(page) = PageId::ALL.into_iter().find(|page| page.action() == action) {
                    self.go(page);
                }
            }
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
                Command::Go(page) => self.go(page),
                Command::Push(overlay) => self.overlays.push(overlay),
                Command::Tell(tone, text) => self.tell(tone, text),
                Command::OpenProject(project) => self.open(project),
                Command::Theme(name) => self.chosen_theme = Some(name),
                Command::ShowTheme(name) => self.shown_theme = Some(name),
                Command::Outside(outside) => self.outside = Some(outside),
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
        let running = self.model.running();
        if running == 0 || !matches!(self.model.engine, Engine::Here) {
            self.ended = true;
            return;
        }
        let what = if running == 1 { "A run is".to_owned() } else { format!("{running} runs are") };
        let question = format!("{what} under way. Leave, and let it go on in the background?");
        let confirm = Confirm::new("leave", question)
            .answer('y', "leave; it goes on in the background", |cx| cx.command(Command::Quit))
            .answer('c', "cancel what runs, and leave", |cx| {
                let running: Vec<String> = cx
                    .model
                    .projects
                    .entries
                    .iter()
                    .filter(|entry| entry.state == crate::model::ProjectState::Running)
                    .map(|entry| entry.project.id.to_string())
                    .collect();
                for target in running {
                    cx.ask(crate::engine::api::runs::Cancel { target }, |app, _| {
                        app.ended = app.model.running() == 0;
                    });
                }
            });
        self.overlays.push(Box::new(confirm));
    }

    /// Draws everything. A page that fails says so, and the others go on.
    pub fn draw(&mut self, frame: &mut Frame) {
        (self.dirty, self.wiped) = (false, false);
        self.hits.clear();
        self.pictures.begin(!self.overlays.is_empty());
        self.player.begin();
        let area = frame.area();
        frame.buffer_mut().set_style(area, self.look.style(Role::Text));
        let hints = self.hints(area.width);
        let told = self.told();
        let tabs = Rect { height: 1.min(area.height), ..area };
        let foot = Rect { y: area.bottom().saturating_sub(1), height: u16::from(area.height > 2), ..area };
        let body = Rect { y: tabs.bottom(), height: area.height.saturating_sub(tabs.height + foot.height), ..area };
        let Self { model, pictures, player, look, hits, pages, overlays, page, .. } = self;
        let mut canvas = Canvas { frame, look, pictures, player, hits };
        draw_tabs(&mut canvas, tabs, *page, model);
        let shown = pages.of(*page);
        let drawn = catch_unwind(AssertUnwindSafe(|| shown.draw(&mut canvas, body, model)));
        if drawn.is_err() {
            canvas.put(Clear, body);
            canvas.words(body, " this page cannot be drawn: the log has the reason; other pages work", Role::Error);
        }
        match told {
            Some((role, said)) => draw_told(&mut canvas, area, &said, role),
            None => canvas.line(foot, hints),
        }
        for overlay in overlays.iter_mut() {
            let drawn = catch_unwind(AssertUnwindSafe(|| overlay.draw(&mut canvas, model)));
            if drawn.is_err() {
                canvas.words(body, " this cannot be drawn: esc leaves it", Role::Error);
            }
        }
        self.look.finish(frame.buffer_mut());
    }

    /// What was told just now; that the engine is gone is told as long as it is.
    fn told(&self) -> Option<(Role, String)> {
        if !self.keys.is_empty() {
            return None;
        }
        if let Engine::Lost(e) = &self.model.engine {
            return Some((Role::Error, format!("the engine is gone: {}", e.message)));
        }
        let (tone, said, at) = self.said.back()?;
        let role = match tone {
            Tone::Plain => Role::Text,
            Tone::Good => Role::Good,
            Tone::Error => Role::Error,
        };
        (self.look.now_ms - at < TOLD_MS).then(|| (role, said.clone()))
    }

    /// The last line: keys that wait for more, or keys that are worth knowing.
    fn hints(&mut self, width: u16) -> Line<'static> {
        let look = &self.look;
        let (accent, dim) = (look.style(Role::Accent), look.style(Role::Dim));
        if let Meaning::Pending(next) = self.keymap.meaning(self.page.scope(), &self.keys) {
            let mut spans = vec![Span::styled(" ".to_owned(), dim)];
            for (key, what) in next {
                spans.push(Span::styled(format!("{key} "), accent));
                spans.push(Span::styled(format!("{what}  "), dim));
            }
            return Line::from(spans);
        }
        let scope = self.page.scope();
        let mut hints = self.pages.seen(self.page).hints(&self.model);
        let always = [(Action::Help, "keys"), (Action::Palette, "commands"), (Action::Quit, "leave")];
        if width < NARROW {
            hints.splice(0..0, always.into_iter().take(1));
        } else {
            hints.extend(always);
        }
        let (mut spans, mut used) = (vec![Span::styled(" ".to_owned(), dim)], 1);
        for (action, word) in hints {
            let Some(keys) = self.keymap.keys(scope, action) else { continue };
            let needed = text::width(&keys) + text::width(word) + 3;
            // One that does not fit is left out whole: `?` has them all.
            if used + needed <= width + 2 {
                used += needed;
                spans.push(Span::styled(format!("{keys} "), accent));
                spans.push(Span::styled(format!("{word}  "), dim));
            }
        }
        Line::from(spans)
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

/// What was told, on the last lines: as many as it takes, up to a few.
fn draw_told(canvas: &mut Canvas, area: Rect, said: &str, role: Role) {
    let lines = text::wrap(said, area.width.saturating_sub(2));
    let most = usize::from(area.height / 3).clamp(1, 5);
    let cut = lines.len() > most;
    let height = lines.len().min(most) as u16;
    let place = Rect { y: area.bottom().saturating_sub(height), height, ..area }.intersection(area);
    canvas.put(Clear, place);
    let style = canvas.style(role);
    canvas.put(Block::new().style(style), place);
    for (n, (y, line)) in (place.y..place.bottom()).zip(&lines).enumerate() {
        let more = if cut && n + 1 == most { canvas.look.glyphs.cut } else { "" };
        canvas.words(Rect { y, height: 1, ..place }, &format!(" {line}{more}"), role);
    }
}

fn draw_tabs(canvas: &mut Canvas, area: Rect, shown: PageId, model: &Model) {
    let mut x = area.x + 1;
    for (page, word) in tabs(area.width, shown, model) {
        let width = text::width(&word);
        let tab = Rect { x, width: width.min(area.right().saturating_sub(x)), ..area };
        canvas.words(tab, &word, if page == shown { Role::Title } else { Role::Dim });
        if page == shown {
            canvas.select(tab);
        }
        canvas.hit(tab, Hit::Do(page.action()));
        x += width + 1;
    }
    let engine = match model.engine {
        Engine::Opening => "opening ...".to_owned(),
        Engine::Here => String::new(),
        Engine::There(pid) => format!("engine: process {pid} "),
        Engine::Lost(_) => "engine gone ".to_owned(),
    };
    let width = text::width(&engine);
    if x + width < area.right() {
        canvas.words(Rect { x: area.right() - width, width, ..area }, &engine, Role::Dim);
    }
}

/// What stands on the tabs: as much as there is room for.
fn tabs(room: u16, shown: PageId, model: &Model) -> Vec<(PageId, String)> {
    let waits = model.queue.waits();
    let name = |page: PageId| match waits {
        1.. if page == PageId::Review => format!("{} ({waits})", page.name()),
        _ => page.name().to_owned(),
    };
    let all = |word: &dyn Fn(usize, PageId) -> String| -> Vec<(PageId, String)> {
        PageId::ALL.into_iter().enumerate().map(|(n, page)| (page, word(n + 1, page))).collect()
    };
    let ways: [&dyn Fn(usize, PageId) -> String; 3] =
        [&|n, page| format!(" {n} {} ", name(page)), &|n, page| format!("{n} {}", name(page)), &|n, page| {
            if page == shown { format!("{n} {}", name(page)) } else { n.to_string() }
        }];
    let fits = |tabs: &Vec<(PageId, String)>| tabs.iter().map(|(_, word)| text::width(word) + 1).sum::<u16>() < room;
    ways.iter().map(|word| all(word)).find(fits).unwrap_or_else(|| all(ways[2]))
}
