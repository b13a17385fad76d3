//! The loop: it waits for input, answers, events and time; takes all that is there; draws once.

use std::{
    collections::BTreeSet,
    future::pending,
    io::{self, Write},
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    pin::pin,
    task::Poll,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use futures::{FutureExt, poll};
use ratatui::Terminal;
use tokio::sync::mpsc::{self, UnboundedReceiver};

use super::{
    App, Options, TuiError,
    desk::{Then, Tone},
    keymap,
    look::Look,
    model::{Engine, Own},
    player::Player,
    reload::{self, Watch},
    session::Session,
    terminal::{Ability, Guard, Input, Inputs, Outside, Screen, edit, probe, suspend},
    theme::{self, Glyphs},
};
use crate::{engine::News, remote::Client};

/// Between two frames, on this box and far away.
const FRAME: Duration = Duration::from_millis(16);
const FAR_FRAME: Duration = Duration::from_millis(66);
/// How often it is looked who has the store, while that is another process.
const OWNER: Duration = Duration::from_secs(1);
/// Most events that are taken before something is drawn.
const MOST_AT_ONCE: usize = 4_096;

/// What happens to the loop from outside the terminal and the application.
enum Outer {
    /// The engine was reached, or not.
    Engine(Box<Result<(Client, Option<u32>), crate::engine::api::ApiError>>),
    /// Something happened there.
    News(News),
    /// Another process has the store than before; none: this one does.
    Owner(Option<u32>),
    /// It gives no more events: why.
    Lost(crate::engine::api::ApiError),
    /// The terminal said what it can do.
    Ability(Box<Ability>),
    /// Files of the person's own were saved.
    Saved(BTreeSet<PathBuf>),
    /// The system wants an end.
    End,
}

/// Runs the terminal interface on the terminal of this process until the person leaves.
pub async fn run(options: Options) -> Result<u8, TuiError> {
    let (mut terminal, mut guard) = super::terminal::open()?;
    let turn = AssertUnwindSafe(turn(&mut terminal, &options, Some(&mut guard), None));
    let ended = turn.catch_unwind().await;
    drop(terminal);
    let last_words = guard.last_words();
    // From here on, what is said is seen.
    drop(guard);
    match (ended, last_words) {
        (Ok(ended), None) => ended,
        (Ok(ended), Some(words)) => {
            tracing::warn!(code = "tui.panic", "a page could not be drawn: {words}");
            ended
        }
        (Err(_), words) => Err(TuiError::Failed(words.unwrap_or_default())),
    }
}

/// Runs it on any terminal. Without a guard the terminal is a test's own, and so are its `given` inputs.
pub async fn turn<W: Write>(
    terminal: &mut Terminal<Screen<W>>,
    options: &Options,
    mut guard: Option<&mut Guard>,
    given: Option<Inputs>,
) -> Result<u8, TuiError> {
    let session = Session::read(&options.session());
    let (mut app, mut answered) = begin(options, &session)?;
    let (outer, mut outside) = mpsc::channel(MOST_AT_ONCE);
    draw(terminal, &mut app)?;

    tokio::spawn(engine(options.client.clone(), outer.clone()));
    tokio::spawn(signals(outer.clone()));
    let is_ours = given.is_none();
    let mut input: Option<Inputs> = given;
    if is_ours && options.probe {
        let (outer, far) = (outer.clone(), options.far);
        tokio::task::spawn_blocking(move || drop(outer.blocking_send(Outer::Ability(Box::new(probe(far))))));
    } else if is_ours {
        input = Some(Inputs::of_process(true));
    }

    let watched = outer.clone();
    let watch = Watch::start(options, move |files| drop(watched.try_send(Outer::Saved(files))));
    let mut state = Turn {
        client: None,
        next_frame: Instant::now(),
        announced: (String::new(), None),
        session,
        watch,
        opened: None,
    };
    let frame = if options.far { FAR_FRAME } else { FRAME };
    while !app.ended {
        let wakes = wakes(&app, state.next_frame);
        tokio::select! {
            biased;
            // What is told is told now, however long nothing has happened before.
            Some(given) = next(&mut input) => {
                app.look.now_ms = now_ms();
                app.input(given);
            }
            Some(then) = answered.recv() => {
                app.look.now_ms = now_ms();
                then(&mut app);
                app.dirty = true;
            }
            Some(outer) = outside.recv() => {
                app.look.now_ms = now_ms();
                state.outer(outer, &mut app, options, &mut input);
            }
            () = sleep_until(wakes) => app.dirty = true,
        }
        state.drain(&mut app, options, &mut input, &mut answered, &mut outside).await;
        app.look.now_ms = now_ms();
        app.settle();
        if let Some(what) = app.outside.take() {
            if is_ours && let Some(input) = input.take() {
                input.stop().await;
            }
            leave_for(what, &mut app, options, guard.as_deref_mut())?;
            app.wiped = true;
            if is_ours {
                input = Some(Inputs::of_process(true));
            }
        }
        if let Some(name) = app.shown_theme.take() {
            choose(&mut app, options, &name);
        }
        if let Some(name) = app.chosen_theme.take() {
            choose(&mut app, options, &name);
            state.session.theme = Some(name);
        }
        state.look_after_script(&app);
        if app.dirty && Instant::now() >= state.next_frame {
            draw(terminal, &mut app)?;
            state.announce(terminal, &mut app)?;
            state.next_frame = Instant::now() + frame;
        }
    }
    app.pictures.clear();
    app.player.clear();
    forget(terminal, &app)?;
    let session = Session::of(&app, state.session);
    if let Err(e) = session.write(&options.session()) {
        tracing::warn!(code = "tui.session", "what was open is not kept: {e}");
    }
    match state.client {
        Some(client) => client.close().await.map(|()| 0).map_err(TuiError::from),
        None => Ok(0),
    }
}

/// An application that no engine has been found for yet, and what it will be answered.
pub fn begin(options: &Options, session: &Session) -> Result<(App, UnboundedReceiver<Then>), TuiError> {
    let (answers, answered) = mpsc::unbounded_channel();
    let (look, mut wrong) = look(options, session);
    let mut keymap_wrong = None;
    let keymap = keymap::load(Some(&options.keymap())).or_else(|e| {
        wrong.push(e.to_string());
        keymap_wrong = Some(e.to_string());
        keymap::load(None)
    });
    let keymap = keymap.map_err(|e| io::Error::other(e.to_string()))?;
    let mut app = App::new(look, keymap, answers);
    let home = &options.client.config.home;
    let (config, themes, keymap) = (home.join("config.toml"), options.themes(), options.keymap());
    let keymap_there = keymap.is_file();
    let Options { far, still, silent, .. } = *options;
    #[cfg(debug_assertions)]
    {
        app.faulty = options.faulty;
    }
    app.player = Player::new(options.client.config.path.clone(), far, still, silent);
    app.model.own = Own { config, themes, keymap, keymap_there, keymap_wrong };
    wrong.into_iter().for_each(|why| app.tell(Tone::Error, why));
    app.model.projects.query.sort = session.sort;
    Ok((app, answered))
}

struct Turn {
    client: Option<Client>,
    next_frame: Instant,
    announced: (String, Option<u8>),
    session: Session,
    watch: Watch,
    /// The script whose folder is watched.
    opened: Option<String>,
}

impl Turn {
    /// Takes all that is there already, so that it is drawn at once.
    async fn drain(
        &mut self,
        app: &mut App,
        options: &Options,
        input: &mut Option<Inputs>,
        answered: &mut UnboundedReceiver<Then>,
        outside: &mut mpsc::Receiver<Outer>,
    ) {
        for _ in 0..MOST_AT_ONCE {
            if let Ok(then) = answered.try_recv() {
                then(app);
                app.dirty = true;
            } else if let Ok(outer) = outside.try_recv() {
                self.outer(outer, app, options, input);
            } else if let Poll::Ready(Some(given)) = poll!(pin!(next(input))) {
                // Polled for this task: the terminal's input wakes only whoever asked first.
                app.input(given);
            } else {
                return;
            }
        }
    }

    fn outer(&mut self, outer: Outer, app: &mut App, options: &Options, input: &mut Option<Inputs>) {
        app.dirty = true;
        match outer {
            Outer::Engine(reached) => match *reached {
                Ok((client, elsewhere)) => {
                    self.client = Some(client.clone());
                    app.connect(client, elsewhere);
                    match (options.project.clone(), self.session.project.clone()) {
                        (Some(project), _) => app.open(project),
                        (None, Some(project)) => app.reopen(project),
                        (None, None) => (),
                    }
                }
                Err(e) => app.model.engine = Engine::Lost(e),
            },
            Outer::News(News::Told(told)) => app.follow(*told),
            Outer::News(News::Missed) => app.model.missed(),
            Outer::Owner(elsewhere) => {
                app.model.engine = elsewhere.map_or(Engine::Here, Engine::There);
                let word = "the process that had the store is gone: ";
                app.tell(
                    Tone::Plain,
                    format!("{word}{}", if elsewhere.is_some() { "another has it" } else { "it is here now" }),
                );
            }
            Outer::Lost(e) => app.model.engine = Engine::Lost(e),
            Outer::Ability(ability) => {
                app.pictures.use_painter(ability.painter);
                if options.theme.is_none()
                    && self.session.theme.is_none()
                    && options.colour
                    && ability.dark == Some(false)
                {
                    choose(app, options, "light");
                }
                *input = Some(Inputs::of_process(ability.answered));
                ability.typed.into_iter().for_each(|typed| app.input(typed));
            }
            Outer::Saved(files) => {
                self.watch.follow(&files);
                reload::saved(app, options, &files);
            }
            Outer::End => app.ended = true,
        }
    }

    /// A script that lies elsewhere is watched, too.
    fn look_after_script(&mut self, app: &App) {
        let script = app.model.open.as_ref().map(|open| &open.project.script);
        if script != self.opened.as_ref() {
            self.opened = script.cloned();
            let path = script.map(Path::new).filter(|path| path.is_absolute());
            path.and_then(Path::parent).into_iter().for_each(|folder| self.watch.add(folder));
        }
    }

    fn announce<W: Write>(&mut self, terminal: &mut Terminal<Screen<W>>, app: &mut App) -> io::Result<()> {
        let announcement = app.announcement();
        if announcement != self.announced {
            terminal.backend_mut().announce(&announcement.0, announcement.1)?;
            self.announced = announcement;
        }
        if let Some(text) = app.copied.take() {
            terminal.backend_mut().copy(&text)?;
        }
        match app.notice.take() {
            Some(notice) => terminal.backend_mut().notify(&notice),
            None => Ok(()),
        }
    }
}

/// How everything is drawn at first; and what is wrong with what was chosen.
fn look(options: &Options, session: &Session) -> (Look, Vec<String>) {
    let mut wrong = Vec::new();
    let chosen = options.theme.as_deref().or(session.theme.as_deref()).unwrap_or("dark");
    let name = if options.colour { chosen } else { "mono" };
    let theme = theme::load(name, Some(&options.themes())).or_else(|e| {
        wrong.push(e.to_string());
        theme::shipped("mono")
    });
    let theme = theme.unwrap_or_default();
    let (glyphs, motion) = (Glyphs::new(options.ascii), !options.still);
    (Look { theme, glyphs, motion, colour: options.colour, now_ms: now_ms() }, wrong)
}

fn choose(app: &mut App, options: &Options, name: &str) {
    match theme::load(name, Some(&options.themes())) {
        Ok(theme) => app.look.theme = theme,
        Err(e) => app.tell(Tone::Error, e.to_string()),
    }
    app.dirty = true;
}

fn draw<W: Write>(terminal: &mut Terminal<Screen<W>>, app: &mut App) -> io::Result<()> {
    terminal.backend_mut().begin()?;
    if app.wiped {
        terminal.clear()?;
    }
    terminal.draw(|frame| app.draw(frame))?;
    forget(terminal, app)?;
    terminal.backend_mut().end()
}

/// Has the terminal forget pictures that nobody needs any more.
fn forget<W: Write>(terminal: &mut Terminal<Screen<W>>, app: &App) -> io::Result<()> {
    app.pictures.painter().forget().map_or(Ok(()), |bytes| terminal.backend_mut().say(&bytes))
}

/// Lets go of the terminal for a program.
fn leave_for(what: Outside, app: &mut App, options: &Options, guard: Option<&mut Guard>) -> io::Result<()> {
    let Some(guard) = guard else { return Ok(()) };
    // Nobody sees or hears it meanwhile.
    app.player.stop();
    guard.give()?;
    match what {
        Outside::Suspend => suspend()?,
        Outside::Edit { text, kind, then } => match edit(&options.editor, &text, kind) {
            Ok(Some(text)) => then(app, text),
            Ok(None) => app.tell(Tone::Plain, "nothing was changed"),
            Err(e) => app.tell(Tone::Error, format!("the editor: {e}")),
        },
    }
    guard.take()?;
    app.dirty = true;
    Ok(())
}

/// Reaches the engine, and passes on what happens there.
async fn engine(options: crate::remote::Options, outer: mpsc::Sender<Outer>) {
    let reached = Client::open(options).await;
    let Ok(client) = &reached else {
        drop(outer.send(Outer::Engine(Box::new(reached.map(|client| (client, None))))).await);
        return;
    };
    let (client, elsewhere) = (client.clone(), client.owner().await);
    // Before anything is read: what happens after that is not missed.
    let events = client.events(None, None).await;
    if outer.send(Outer::Engine(Box::new(Ok((client.clone(), elsewhere))))).await.is_err() {
        return;
    }
    if let Some(owner) = elsewhere {
        tokio::spawn(follow_owner(client, owner, outer.clone()));
    }
    let mut events = match events {
        Ok(events) => events,
        Err(e) => return drop(outer.send(Outer::Lost(e)).await),
    };
    loop {
        match events.next().await {
            Ok(news) => {
                if outer.send(Outer::News(news)).await.is_err() {
                    return;
                }
            }
            Err(e) => return drop(outer.send(Outer::Lost(e)).await),
        }
    }
}

/// Tells who has the store, while that is another process.
async fn follow_owner(client: Client, mut owner: u32, outer: mpsc::Sender<Outer>) {
    loop {
        tokio::time::sleep(OWNER).await;
        let now = client.owner().await;
        if now != Some(owner) && outer.send(Outer::Owner(now)).await.is_err() {
            return;
        }
        match now {
            Some(now) => owner = now,
            None => return,
        }
    }
}

/// The system's wish that this ends: it is as if the person had left.
async fn signals(outer: mpsc::Sender<Outer>) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut hang_up)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup())) else {
        return;
    };
    tokio::select! {
        _ = terminate.recv() => (),
        _ = hang_up.recv() => (),
    }
    drop(outer.send(Outer::End).await);
}

async fn next(input: &mut Option<Inputs>) -> Option<Input> {
    match input {
        Some(input) => Some(input.next().await),
        None => pending().await,
    }
}

/// When something is to be drawn without anything having happened.
fn wakes(app: &App, next_frame: Instant) -> Option<Instant> {
    if app.dirty {
        return Some(next_frame);
    }
    app.wakes().map(|wakes| Instant::now() + Duration::from_millis(wakes.max(1)))
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => pending().await,
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
