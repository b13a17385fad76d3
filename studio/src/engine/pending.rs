//! The effects under way of one stage: answers come out in batches, pieces before their ends.

use futures::{
    FutureExt, StreamExt,
    channel::mpsc,
    future::{AbortHandle, Abortable, Aborted, BoxFuture},
    stream::FuturesUnordered,
};
use studio_plugin_sdk::wire::{Answer, Event};

type Work = BoxFuture<'static, (u32, Answer)>;

/// Effects under way. Dropped, all of them are given up.
pub struct Pending {
    running: FuturesUnordered<Abortable<Work>>,
    /// Few at once: a table of them would be larger.
    handles: Vec<(u32, AbortHandle)>,
    /// Where pieces come, once an effect may have any: ten thousand polls that wait have none.
    pieces: Option<Pieces>,
}

/// Tokio's channel would take room for 32 events at once, of every stage that waits.
type Pieces = (mpsc::UnboundedSender<Event>, mpsc::UnboundedReceiver<Event>);

impl Pending {
    /// Nothing is under way.
    pub fn new() -> Self {
        Self { running: FuturesUnordered::new(), handles: Vec::new(), pieces: None }
    }

    /// Where an effect's chunks and lines go.
    pub fn pieces(&mut self, id: u32) -> impl Fn(Answer) + Send + Sync + use<> {
        let sender = self.pieces.get_or_insert_with(mpsc::unbounded).0.clone();
        move |answer| drop(sender.unbounded_send(Event { id, answer }))
    }

    /// An effect begins.
    pub fn add(&mut self, id: u32, work: BoxFuture<'static, Answer>) {
        let (handle, registration) = AbortHandle::new_pair();
        self.handles.push((id, handle));
        let work: Work = Box::pin(work.map(move |answer| (id, answer)));
        self.running.push(Abortable::new(work, registration));
    }

    /// An effect is not wanted any more.
    pub fn cancel(&mut self, id: u32) {
        if let Some(handle) = self.forget(id) {
            handle.abort();
        }
    }

    fn forget(&mut self, id: u32) -> Option<AbortHandle> {
        let at = self.handles.iter().position(|(known, _)| *known == id)?;
        Some(self.handles.swap_remove(at).1)
    }

    /// Waits for an answer, then takes all that have arrived; nothing if nothing is under way.
    pub async fn batch(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while events.is_empty() {
            tokio::select! {
                biased;
                Some(piece) = next(&mut self.pieces) => self.push(piece, &mut events),
                done = self.running.next() => match done {
                    Some(done) => self.finish(done, &mut events),
                    None => break,
                },
            }
        }
        while let Some(Some(done)) = self.running.next().now_or_never() {
            self.finish(done, &mut events);
        }
        self.push_all(&mut events);
        events
    }

    fn finish(&mut self, done: Result<(u32, Answer), Aborted>, events: &mut Vec<Event>) {
        // Its pieces were sent before it ended, and come before its end.
        self.push_all(events);
        if let Ok((id, answer)) = done
            && self.forget(id).is_some()
        {
            events.push(Event { id, answer });
        }
    }

    /// All pieces that have come.
    fn push_all(&mut self, events: &mut Vec<Event>) {
        while let Some((_, pieces)) = &mut self.pieces
            && let Ok(piece) = pieces.try_recv()
        {
            self.push(piece, events);
        }
    }

    fn push(&self, piece: Event, events: &mut Vec<Event>) {
        if self.handles.iter().any(|(id, _)| *id == piece.id) {
            events.push(piece);
        }
    }
}

/// The next piece; none: there can be none.
async fn next(pieces: &mut Option<Pieces>) -> Option<Event> {
    pieces.as_mut()?.1.next().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_come_before_their_exit_and_what_was_cancelled_stays_silent() {
        let mut pending = Pending::new();
        let lines = pending.pieces(1);
        pending.add(
            1,
            Box::pin(async move {
                lines(Answer::Lines { lines: vec!["a".into()] });
                Answer::Woke {}
            }),
        );
        pending.add(2, Box::pin(async { Answer::Woke {} }));
        pending.add(3, Box::pin(std::future::pending()));
        pending.cancel(2);
        let mut events = Vec::new();
        while !events.iter().any(|e: &Event| e.answer.is_last()) {
            events.extend(pending.batch().await);
        }
        assert_eq!(events.iter().map(|e| e.id).collect::<Vec<_>>(), [1, 1]);
        assert!(!events[0].answer.is_last());
        pending.cancel(3);
        assert!(pending.batch().await.is_empty(), "nothing is under way");
    }
}
