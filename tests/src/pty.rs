//! A terminal that paints pictures, with the real program in it: it answers what it is asked as kitty, iTerm2 or
//! xterm do, and keeps account of what is painted where.

use std::{
    fs,
    io::{Read, Write},
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{Home, graphics::Painted, home::program};

/// How long something that is waited for may take.
const PATIENCE: Duration = Duration::from_mins(2);
/// The question that a program which asks ends with (DSR, operating status).
const ASKED: &[u8] = b"\x1b[5n";

/// The pixels of a cell, as the terminal tells them.
pub const CELL: (usize, usize) = (10, 20);

/// What the terminal has been sent.
struct Sent {
    raw: Vec<u8>,
    painted: Painted,
    ended: bool,
}

type Shared = Arc<(Mutex<Sent>, Condvar)>;

/// A terminal with a program in it, by `script` of util-linux.
pub struct Pty {
    running: Child,
    input: Arc<Mutex<ChildStdin>>,
    shared: Shared,
    tty: PathBuf,
    home: PathBuf,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pty {
    /// The program with arguments in a terminal of so many columns and rows, that says `answers` when it is asked.
    pub fn start(home: &Home, args: &str, envs: &[(&str, &str)], size: (u16, u16), answers: &'static [u8]) -> Self {
        let (tty, code) = (home.path().join("tty"), home.path().join("code"));
        let _ = (fs::remove_file(&tty), fs::remove_file(&code));
        let line = format!(
            "stty cols {} rows {}; tty > {}; {} {args}; echo $? > {}",
            size.0,
            size.1,
            tty.display(),
            program().display(),
            code.display()
        );
        let mut script = Command::new("script");
        script.args(["-qfc", &line, "/dev/null"]).env_clear().current_dir(home.path());
        script.envs(home.command(&[]).get_envs().filter_map(|(name, value)| Some((name, value?))));
        script.env("TERM", "xterm-256color").envs(envs.iter().copied());
        let mut running = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("script runs");
        let input = Arc::new(Mutex::new(running.stdin.take().expect("its input")));
        let painted = Painted::new(size.0, size.1);
        let shared: Shared = Arc::new((Mutex::new(Sent { raw: Vec::new(), painted, ended: false }), Condvar::new()));
        let (mut out, to, on) = (running.stdout.take().expect("its output"), Arc::clone(&input), Arc::clone(&shared));
        std::thread::spawn(move || {
            let (mut bytes, mut answered) = (vec![0; 65536], false);
            while let Ok(read @ 1..) = out.read(&mut bytes) {
                let mut sent = lock(&on.0);
                sent.raw.extend_from_slice(&bytes[..read]);
                sent.painted.process(&bytes[..read]);
                if !answered && sent.raw.windows(ASKED.len()).any(|part| part == ASKED) {
                    answered = true;
                    // It may have ended meanwhile.
                    let _ = lock(&to).write_all(answers);
                }
                on.1.notify_all();
            }
            lock(&on.0).ended = true;
            on.1.notify_all();
        });
        Self { running, input, shared, tty, home: home.path().to_owned() }
    }

    /// Types bytes as a terminal sends them.
    pub fn type_text(&self, text: &str) -> &Self {
        lock(&self.input).write_all(text.as_bytes()).expect("it takes input");
        self
    }

    /// The terminal has another size from now on.
    pub fn resize(&self, width: u16, height: u16) -> &Self {
        let tty = fs::read_to_string(&self.tty).expect("its name");
        let mut sent = lock(&self.shared.0);
        sent.painted.resize(width, height);
        let size = ["cols", &width.to_string(), "rows", &height.to_string()].map(ToOwned::to_owned);
        let told = Command::new("stty").args(["-F", tty.trim()]).args(size).status().expect("stty runs");
        assert!(told.success());
        self
    }

    /// Waits until what was sent fulfils a condition; `what` it is stands in the failure.
    #[track_caller]
    pub fn wait_until(&self, what: &str, is_so: impl Fn(&Painted) -> bool) -> &Self {
        let until = Instant::now() + PATIENCE;
        let mut sent = lock(&self.shared.0);
        loop {
            if is_so(&sent.painted) {
                return self;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !sent.ended, "{what}: not within {PATIENCE:?}:\n{}", sent.painted.text());
            let step = left.min(Duration::from_millis(500));
            sent = self.shared.1.wait_timeout(sent, step).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until a text is shown.
    #[track_caller]
    pub fn wait_for(&self, text: &str) -> &Self {
        self.wait_until(&format!("{text:?} is shown"), |painted| painted.text().contains(text))
    }

    /// Looks at what is painted.
    pub fn look<T>(&self, look: impl FnOnce(&Painted) -> T) -> T {
        look(&lock(&self.shared.0).painted)
    }

    /// Everything that was sent.
    pub fn raw(&self) -> Vec<u8> {
        lock(&self.shared.0).raw.clone()
    }

    /// What was painted in all, and everything that was sent, once it has ended.
    pub fn take(self) -> (Painted, Vec<u8>) {
        let mut sent = lock(&self.shared.0);
        let (painted, raw) = (std::mem::replace(&mut sent.painted, Painted::new(1, 1)), std::mem::take(&mut sent.raw));
        drop(sent);
        (painted, raw)
    }

    /// Waits for the end: the program's exit code.
    #[track_caller]
    pub fn left(&mut self) -> u8 {
        let until = Instant::now() + PATIENCE;
        while !lock(&self.shared.0).ended {
            assert!(Instant::now() < until, "it does not end:\n{}", self.look(Painted::text));
            std::thread::sleep(Duration::from_millis(10));
        }
        self.running.wait().expect("it is gone");
        let code = fs::read_to_string(self.home.join("code")).expect("an exit code");
        code.trim().parse().expect("a number")
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.running.kill();
        let _ = self.running.wait();
    }
}
