//! What comes from the terminal.

use std::pin::Pin;

use crossterm::event::{Event, EventStream, KeyEvent, KeyEventKind, MouseEvent, MouseEventKind};
use futures::{Stream, StreamExt};

/// Something that comes from the terminal.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A key.
    Key(KeyEvent),
    /// The mouse.
    Mouse(MouseEvent),
    /// Text that was pasted, as it is.
    Paste(String),
    /// The terminal has another size.
    Resize,
    /// The terminal is looked at, or not.
    Focus(bool),
    /// The terminal is gone.
    Gone,
}

/// Input, as it comes.
pub type Inputs = Pin<Box<dyn Stream<Item = Input> + Send>>;

/// What comes from the terminal of this process.
pub fn of_process() -> Inputs {
    let inputs = EventStream::new().filter_map(|event| {
        std::future::ready(match event {
            Ok(event) => taken(event),
            Err(_) => Some(Input::Gone),
        })
    });
    Box::pin(inputs)
}

/// An event as input; none: it means nothing here.
pub fn taken(event: Event) -> Option<Input> {
    Some(match event {
        Event::Key(key) if key.kind == KeyEventKind::Release => return None,
        Event::Key(key) => Input::Key(key),
        Event::Mouse(mouse) if mouse.kind == MouseEventKind::Moved => return None,
        Event::Mouse(mouse) => Input::Mouse(mouse),
        Event::Paste(text) => Input::Paste(text),
        Event::Resize(..) => Input::Resize,
        Event::FocusGained => Input::Focus(true),
        Event::FocusLost => Input::Focus(false),
    })
}
