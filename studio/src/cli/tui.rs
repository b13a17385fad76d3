//! `studio [PROJECT]`: the terminal interface.

use std::{
    env,
    io::{IsTerminal, stdin, stdout},
};

use super::{fail::Failure, settings::Settings};
use crate::{
    remote::Mode,
    tui::{self, Options},
};

#[derive(clap::Args, Clone, Default)]
pub struct Args {
    /// The project to open in the terminal interface [default: the list of projects]
    pub project: Option<String>,
    /// The theme: dark, light, high-contrast, ansi, mono, or one of yours [default: by the terminal's ground]
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
    /// Draw with ASCII alone
    #[arg(long)]
    pub ascii: bool,
    /// Nothing turns or runs on the screen
    #[arg(long)]
    pub no_motion: bool,
    /// Films are seen and not heard
    #[arg(long)]
    pub no_sound: bool,
}

pub async fn run(settings: &Settings, args: Args) -> Result<u8, Failure> {
    if !stdout().is_terminal() || !stdin().is_terminal() {
        let message = "the terminal interface needs a terminal: `studio --help` lists the commands that need none";
        return Err(Failure::usage("terminal", message));
    }
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let term = set("TERM");
    if term.as_deref() == Some("dumb") {
        let message =
            "this terminal can only print lines (TERM=dumb): `studio --help` lists the commands that need no more";
        return Err(Failure::usage("terminal", message));
    }
    let unknown = term.is_none();
    let Args { project, theme, ascii, no_motion, no_sound } = args;
    let options = Options {
        client: settings.options(Mode::Serve)?,
        project,
        theme,
        ascii: ascii || unknown,
        still: no_motion,
        silent: no_sound,
        colour: set("NO_COLOR").is_none() && !unknown,
        far: set("SSH_CONNECTION").is_some(),
        editor: set("VISUAL").or_else(|| set("EDITOR")).unwrap_or_else(|| "vi".into()),
        probe: !unknown && set("STUDIO_NO_PROBE").is_none(),
        #[cfg(debug_assertions)]
        faulty: set("STUDIO_TEST_FAULTY").is_some(),
    };
    tui::run(options).await.map_err(|e| match e {
        tui::TuiError::Engine(e) => Failure::from(e),
        tui::TuiError::Failed(words) => {
            let help = "what was made is kept, and a run goes on where it was: start studio again, and report this";
            Failure::new("tui.panic", format!("the interface failed: {words}"), help)
        }
        tui::TuiError::Terminal(e) => Failure::new("terminal", e.to_string(), "try another terminal, or the commands"),
    })
}
