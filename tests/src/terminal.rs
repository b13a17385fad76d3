//! A terminal without a person: the real interface on a real engine in this process, its bytes read as a terminal
//! reads them, keys pressed as a person presses them. Waits for named conditions, never sleeps.

use std::{
    io::{self, Write},
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use futures::channel::mpsc::{UnboundedSender, unbounded};
use ratatui::{
    Terminal,
    crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind},
    layout::Size,
};
use studio::{
    engine::Config,
    remote::{self, Limits, Mode, Place},
    tui::{self, Input, Inputs, Options, Screen},
};

use crate::{Home, home::program};

/// How long something that is waited for may take.
const PATIENCE: Duration = Duration::from_mins(5);

/// What the terminal shows, and who waits for it to change.
struct Shown {
    parser: vt100::Parser,
    size: Size,
    /// When the latest frame came.
    at: Instant,
    /// When something was last sent to it.
    sent: Instant,
}

type Shared = Arc<(Mutex<Shown>, Condvar)>;

/// A terminal with the interface on it.
pub struct FakeTerminal {
    shared: Shared,
    input: UnboundedSender<Input>,
    ended: Option<JoinHandle<Result<u8, String>>>,
    /// The folder of its home: pictures do not tell it.
    home: String,
}

/// Where the interface writes. Like a terminal that knows synchronized updates, it shows whole frames only.
struct Bytes {
    shared: Shared,
    frame: Vec<u8>,
}

/// A frame is whole (DEC private mode 2026 is reset).
const WHOLE: &[u8] = b"\x1b[?2026l";

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let whole = self.frame.windows(WHOLE.len()).rposition(|part| part == WHOLE);
        if let Some(at) = whole {
            let bytes: Vec<u8> = self.frame.drain(..at + WHOLE.len()).collect();
            let mut shown = lock(&self.shared);
            shown.parser.process(&bytes);
            shown.at = Instant::now();
            drop(shown);
            self.shared.1.notify_all();
        }
        Ok(())
    }
}

fn lock(shared: &Shared) -> MutexGuard<'_, Shown> {
    shared.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// How the interface is started on a home.
pub fn options(home: &Home) -> Options {
    let store = home.store();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut config = Config::new(store.clone(), home.path().join("key"), path);
    config.script_dirs = vec![store.join("scripts")];
    let client = remote::Options {
        config,
        place: Place { store, runtime: Some(home.path().join("run")) },
        mode: Mode::Serve,
        wait: Duration::from_secs(30),
        limits: Limits::default(),
        program: program(),
    };
    Options { theme: Some("dark".into()), still: true, silent: true, editor: "true".into(), ..Options::new(client) }
}

impl FakeTerminal {
    /// The interface on a home, in a terminal of so many columns and rows.
    pub fn start(home: &Home, width: u16, height: u16) -> Self {
        Self::with(options(home), width, height)
    }

    /// With other options.
    pub fn with(options: Options, width: u16, height: u16) -> Self {
        let size = Size { width, height };
        let shown =
            Shown { parser: vt100::Parser::new(height, width, 0), size, at: Instant::now(), sent: Instant::now() };
        let shared: Shared = Arc::new((Mutex::new(shown), Condvar::new()));
        let (input, inputs) = unbounded();
        let on = Arc::clone(&shared);
        let home = options.client.config.home.parent().map_or_else(String::new, |home| home.display().to_string());
        let ended = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            let runtime = runtime.map_err(|e| e.to_string())?;
            let bytes = Bytes { shared: Arc::clone(&on), frame: Vec::new() };
            let sized = Arc::clone(&on);
            let screen = Screen::new(bytes, move || Ok(lock(&sized).size));
            let mut terminal = Terminal::new(screen).map_err(|e| e.to_string())?;
            let turn = tui::turn(&mut terminal, &options, None, Some(Inputs::of(inputs)));
            let ended = runtime.block_on(turn).map_err(|e| e.to_string());
            runtime.shutdown_timeout(Duration::from_secs(5));
            on.1.notify_all();
            ended
        });
        Self { shared, input, ended: Some(ended), home }
    }

    /// Presses keys as a keymap writes them, with blanks between: `g p`, `enter`, `ctrl-s`.
    pub fn press(&self, keys: &str) -> &Self {
        for key in keys.split_whitespace() {
            self.send(Input::Key(event(key)));
        }
        self
    }

    /// Types a text, key by key.
    pub fn type_text(&self, text: &str) -> &Self {
        for c in text.chars() {
            self.send(Input::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
        }
        self
    }

    /// Something else comes from the terminal.
    pub fn send(&self, input: Input) -> &Self {
        lock(&self.shared).sent = Instant::now();
        // Whoever has left takes nothing more.
        let _ = self.input.unbounded_send(input);
        self
    }

    /// Clicks where a text stands.
    #[track_caller]
    pub fn click(&self, text: &str) -> &Self {
        let rows = self.rows();
        let found = rows.iter().enumerate().find_map(|(y, row)| {
            let at = row.find(text)?;
            Some((unicode_width(&row[..at]), y as u16))
        });
        let (column, row) = found.unwrap_or_else(|| panic!("nothing of {text:?} on\n{}", rows.join("\n")));
        let kind = MouseEventKind::Down(MouseButton::Left);
        self.send(Input::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }))
    }

    /// The terminal has another size from now on.
    pub fn resize(&self, width: u16, height: u16) -> &Self {
        {
            let mut shown = lock(&self.shared);
            shown.size = Size { width, height };
            shown.parser.screen_mut().set_size(height, width);
        }
        self.send(Input::Resize)
    }

    /// What is shown, row by row, without the blanks at the ends.
    pub fn rows(&self) -> Vec<String> {
        let shown = lock(&self.shared);
        rows(&shown.parser)
    }

    /// What is shown.
    pub fn text(&self) -> String {
        self.rows().join("\n")
    }

    /// Waits until what is shown fulfils a condition; `what` it is stands in the failure.
    #[track_caller]
    pub fn wait_until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> &Self {
        assert!(self.wait_up_to(PATIENCE, is_so), "{what}: not within {PATIENCE:?}:\n{}", self.text());
        self
    }

    /// Waits for so long until what is shown fulfils a condition; false: it does not, or nobody shows anything now.
    pub fn wait_up_to(&self, patience: Duration, is_so: impl Fn(&str) -> bool) -> bool {
        let until = Instant::now() + patience;
        let mut shown = lock(&self.shared);
        loop {
            if is_so(&rows(&shown.parser).join("\n")) {
                return true;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.ended.as_ref().is_none_or(JoinHandle::is_finished) {
                return false;
            }
            let step = left.min(Duration::from_millis(500));
            shown = self.shared.1.wait_timeout(shown, step).unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
    }

    /// Waits until all keys were taken and nothing more is drawn for a while: for pictures, never for results.
    pub fn settle(&self) -> &Self {
        const WHILE: Duration = Duration::from_millis(800);
        let until = Instant::now() + PATIENCE;
        let rests = || {
            let shown = lock(&self.shared);
            self.input.is_empty() && shown.at > shown.sent && shown.at.elapsed() >= WHILE
        };
        while !rests() && Instant::now() < until {
            std::thread::sleep(WHILE / 8);
        }
        self
    }

    /// Waits until a text is shown.
    #[track_caller]
    pub fn wait_for(&self, text: &str) -> &Self {
        self.wait_until(&format!("{text:?} is shown"), |shown| shown.contains(text))
    }

    /// Waits until a text is not shown any more.
    #[track_caller]
    pub fn wait_without(&self, text: &str) -> &Self {
        self.wait_until(&format!("{text:?} is gone"), |shown| !shown.contains(text))
    }

    /// Waits for the interface's end: its exit code.
    #[track_caller]
    pub fn ended(mut self) -> u8 {
        let ended = self.ended.take().expect("it is waited for once");
        let until = Instant::now() + PATIENCE;
        while !ended.is_finished() {
            assert!(Instant::now() < until, "it does not end:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
        ended.join().expect("it does not panic").expect("it ends well")
    }

    /// What is shown as a picture.
    pub fn svg(&self) -> String {
        crate::svg::of_screen(lock(&self.shared).parser.screen()).replace(&self.home, "~")
    }

    /// Writes what is shown as a picture, where a folder for pictures is named.
    pub fn picture(&self, name: &str) -> &Self {
        if let Some(folder) = std::env::var_os("STUDIO_SCREENSHOTS").map(PathBuf::from) {
            std::fs::create_dir_all(&folder).expect("a folder");
            std::fs::write(folder.join(format!("{name}.svg")), self.svg()).expect("a file");
        }
        self
    }
}

impl Drop for FakeTerminal {
    fn drop(&mut self) {
        self.send(Input::Gone);
        if let Some(ended) = self.ended.take() {
            // A test that failed says so itself.
            drop(ended.join());
        }
    }
}

fn rows(parser: &vt100::Parser) -> Vec<String> {
    let screen = parser.screen();
    let (_, columns) = screen.size();
    screen.rows(0, columns).map(|row| row.trim_end().to_owned()).collect()
}

fn unicode_width(text: &str) -> u16 {
    ratatui::text::Span::raw(text).width() as u16
}

/// A key as a keymap writes it.
fn event(key: &str) -> KeyEvent {
    let mut modifiers = KeyModifiers::NONE;
    let mut rest = key;
    for (name, held) in [("ctrl-", KeyModifiers::CONTROL), ("alt-", KeyModifiers::ALT), ("shift-", KeyModifiers::SHIFT)]
    {
        if let Some(after) = rest.strip_prefix(name).filter(|after| !after.is_empty()) {
            modifiers |= held;
            rest = after;
        }
    }
    let code = match rest {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "space" => KeyCode::Char(' '),
        "tab" => KeyCode::Tab,
        "backspace" => KeyCode::Backspace,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        one if one.chars().count() == 1 => KeyCode::Char(one.chars().next().unwrap_or(' ')),
        other => panic!("{other:?} is no key of this terminal"),
    };
    KeyEvent::new(code, modifiers)
}
