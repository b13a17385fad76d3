//! A real terminal multiplexer with a shell in it, of a test's own: keys go in as a person's, the screen is looked at
//! as a person does. Waits for named conditions, with a deadline.

use std::{
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use crate::{Home, home::program};

/// How long something that is waited for may take.
const PATIENCE: Duration = Duration::from_mins(2);
/// Between two looks at the screen.
const LOOK: Duration = Duration::from_millis(20);
/// What the shell says when it waits.
const PROMPT: &str = "shell> ";

/// A tmux server with one window, in it a shell.
pub struct Tmux {
    folder: PathBuf,
    size: (u16, u16),
}

/// How the terminal is: what a program that ends must have put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modes {
    /// The other screen is shown.
    pub alternate: bool,
    /// Something wants the mouse.
    pub mouse: bool,
    /// The cursor is seen.
    pub cursor: bool,
}

/// A terminal as a shell has it.
pub const AT_REST: Modes = Modes { alternate: false, mouse: false, cursor: true };

impl Tmux {
    /// A shell on a home, in a window of so many columns and rows.
    pub fn start(home: &Home, width: u16, height: u16) -> Self {
        Self::with(home, width, height, &[])
    }

    /// With other variables.
    pub fn with(home: &Home, width: u16, height: u16, envs: &[(&str, &str)]) -> Self {
        let tmux = Self { folder: home.path().to_owned(), size: (width, height) };
        let config = home.file(
            "tmux.conf",
            "set -g default-terminal tmux-256color\nset -g status off\nset -s escape-time 0\n\
             set -s set-clipboard on\nset -g remain-on-exit on\n",
        );
        let shell = format!("PS1='{PROMPT}' bash --norc --noprofile --noediting");
        let (width, height) = (width.to_string(), height.to_string());
        let mut command = tmux.command();
        // The program's variables; whoever joins the server later needs none.
        command.envs(home.command(&[]).get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.envs(envs.iter().copied()).env("STUDIO", program());
        command.args(["-f", &config, "new-session", "-d", "-x", &width, "-y", &height, "-c"]).arg(home.path());
        command.arg(shell);
        let ran = command.output().expect("tmux runs");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        tmux.wait_for(PROMPT.trim_end());
        tmux
    }

    fn command(&self) -> Command {
        let mut command = Command::new("tmux");
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("TMUX_TMPDIR", &self.folder).args(["-u", "-L", "test"]);
        command
    }

    /// Has tmux do something: what it prints.
    #[track_caller]
    pub fn tell(&self, args: &[&str]) -> String {
        let ran = self.command().args(args).output().expect("tmux runs");
        assert!(ran.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8_lossy(&ran.stdout).into_owned()
    }

    /// Presses keys as tmux names them, with blanks between: `g p Enter C-z`.
    #[track_caller]
    pub fn press(&self, keys: &str) -> &Self {
        let mut args = vec!["send-keys"];
        args.extend(keys.split_whitespace());
        self.tell(&args);
        self
    }

    /// Types a text.
    #[track_caller]
    pub fn type_text(&self, text: &str) -> &Self {
        self.tell(&["send-keys", "-l", "--", text]);
        self
    }

    /// Has the shell run a line.
    #[track_caller]
    pub fn run(&self, line: &str) -> &Self {
        self.type_text(line).press("Enter")
    }

    /// Starts the program.
    #[track_caller]
    pub fn studio(&self, args: &str) -> &Self {
        self.run(&format!("clear; \"$STUDIO\" {args}; echo \"left with $?\""))
    }

    /// What is shown, without the blanks at the ends of lines.
    pub fn screen(&self) -> String {
        let shown = self.tell(&["capture-pane", "-p"]);
        shown.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }

    /// Waits until what is shown fulfils a condition; `what` it is stands in the failure.
    #[track_caller]
    pub fn wait_until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> &Self {
        let until = Instant::now() + PATIENCE;
        loop {
            let shown = self.screen();
            if is_so(&shown) {
                return self;
            }
            assert!(Instant::now() < until, "{what}: not within {PATIENCE:?}:\n{shown}");
            std::thread::sleep(LOOK);
        }
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

    /// Waits for the program's end: its exit code, as the shell knows it.
    #[track_caller]
    pub fn left(&self) -> u8 {
        const SAID: &str = "left with ";
        self.wait_until("the program has ended", |shown| shown.lines().any(|line| line.starts_with(SAID)));
        let shown = self.screen();
        let code = shown.lines().find_map(|line| line.strip_prefix(SAID)?.trim().parse().ok());
        code.unwrap_or_else(|| panic!("no exit code in\n{shown}"))
    }

    /// How the terminal is.
    pub fn modes(&self) -> Modes {
        let told = self.tell(&["display-message", "-p", "#{alternate_on} #{mouse_any_flag} #{cursor_flag}"]);
        let on: Vec<bool> = told.split_whitespace().map(|flag| flag == "1").collect();
        Modes { alternate: on[0], mouse: on[1], cursor: on[2] }
    }

    /// The window has another size from now on.
    pub fn resize(&mut self, width: u16, height: u16) -> &Self {
        self.size = (width, height);
        self.tell(&["resize-window", "-x", &width.to_string(), "-y", &height.to_string()]);
        self
    }

    /// The process that has the terminal, below the shell.
    #[track_caller]
    pub fn pid(&self) -> i32 {
        let shell = self.tell(&["display-message", "-p", "#{pane_pid}"]).trim().parse().expect("a number");
        let below = crate::procs::below(shell);
        let found = below.iter().find(|proc| proc.name.starts_with("studio"));
        found.unwrap_or_else(|| panic!("no studio among {below:?}")).pid
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.command().arg("kill-server").output();
    }
}
