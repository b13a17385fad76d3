//! The terminal: what is sent to it and comes from it. Only this module writes to it or changes its modes; whatever
//! happens, it is given back as it was found.

mod guard;
mod input;
mod late;
mod outside;
mod probe;
mod screen;

pub use guard::Guard;
pub use input::{Input, Inputs};
pub use outside::{Outside, edit, suspend};
pub use probe::{Ability, probe};
pub use screen::Screen;

use std::io::{self, IsTerminal, Stdout};

use ratatui::Terminal;

/// The terminal of this process, taken over, and what gives it back when it is dropped.
///
/// # Errors
/// Standard output is no terminal, or cannot be one that things are drawn on.
pub fn open() -> io::Result<(Terminal<Screen<Stdout>>, Guard)> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Err(io::Error::other("standard input and output are no terminal"));
    }
    let guard = Guard::enter()?;
    let terminal = Terminal::new(Screen::of_process())?;
    Ok((terminal, guard))
}
