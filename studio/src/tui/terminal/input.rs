//! What comes from the terminal.

use std::pin::Pin;

use crossterm::event::{Event, EventStream, KeyEvent, KeyEventKind, MouseEvent, MouseEventKind};
use futures::{
    Stream, StreamExt,
    channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
};
use tokio::task::JoinHandle;

use super::late::Late;

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
pub struct Inputs {
    stream: Pin<Box<dyn Stream<Item = Input> + Send>>,
    reader: Option<JoinHandle<()>>,
}

impl Inputs {
    /// These.
    pub fn of(stream: impl Stream<Item = Input> + Send + 'static) -> Self {
        Self { stream: Box::pin(stream), reader: None }
    }

    /// What comes from the terminal of this process. It is read by a task of its own: where the terminal has gone
    /// without a word, reading from it never ends, and nobody else is to hang on that. `answered`: the terminal was
    /// asked something, and has said all.
    pub fn of_process(answered: bool) -> Self {
        let (given, stream): (UnboundedSender<Input>, UnboundedReceiver<Input>) = unbounded();
        let reader = tokio::spawn(async move {
            let mut events = EventStream::new();
            let mut late = if answered { Late::default() } else { Late::awaited() };
            while let Some(event) = events.next().await {
                let input = event.map_or(Some(Input::Gone), taken);
                let input = input.filter(|input| !late.is_part(input));
                if input.is_some_and(|input| given.unbounded_send(input).is_err()) {
                    return;
                }
            }
        });
        Self { stream: Box::pin(stream), reader: Some(reader) }
    }

    /// The next; the terminal is gone where there is none.
    pub async fn next(&mut self) -> Input {
        self.stream.next().await.unwrap_or(Input::Gone)
    }

    /// Reads no more: somebody else is to have the terminal.
    pub async fn stop(mut self) {
        if let Some(reader) = self.reader.take() {
            reader.abort();
            // It was told to end.
            let _ = reader.await;
        }
    }
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
