//! What lies over a page until it is answered or closed: the topmost takes the keys.

mod choose;
mod confirm;
mod form;
mod help;
mod messages;
mod palette;
mod prompt;

pub use choose::{Choice, Choose};
pub use confirm::Confirm;
pub use form::{Field, FieldKind, Form};
pub use help::Help;
pub use messages::Messages;
pub use palette::Palette;
pub use prompt::Prompt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{canvas::Canvas, desk::Cx, model::Model};

/// Does it stay?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Yes.
    Stay,
    /// It is done.
    Close,
}

/// Something that lies over the page.
pub trait Overlay: Send {
    /// Draws it; the area that it takes is its own affair.
    fn draw(&mut self, canvas: &mut Canvas, model: &Model);

    /// A key.
    fn key(&mut self, key: KeyEvent, cx: &mut Cx) -> Flow;

    /// Keys that are worth knowing and what they do, where it does not say so itself.
    fn keys(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Text that was pasted.
    fn paste(&mut self, _text: &str, _cx: &mut Cx) -> Flow {
        Flow::Stay
    }

    /// A click on what it had marked.
    fn select(&mut self, _item: usize, _again: bool, _cx: &mut Cx) -> Flow {
        Flow::Stay
    }

    /// The wheel, down or up.
    fn scroll(&mut self, _down: bool) {}
}

/// Escape, or Ctrl-C: whoever presses it wants out.
fn leaves(key: KeyEvent) -> bool {
    key.code == KeyCode::Esc || (key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL))
}

/// A key that moves in a list: by how much.
fn moves(key: KeyEvent) -> Option<isize> {
    let held = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match key.code {
        KeyCode::Up => -1,
        KeyCode::Down => 1,
        KeyCode::Char('p' | 'k') if held => -1,
        KeyCode::Char('n' | 'j') if held => 1,
        KeyCode::PageUp => -10,
        KeyCode::PageDown => 10,
        _ => return None,
    })
}
