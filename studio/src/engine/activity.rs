//! Is a run still doing something, or are people's decisions all that is left? Exact, without clocks: work counts
//! itself, and who waits says for what, so that an answer that has come and was not yet seen counts as work.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;
use tokio::sync::watch;

use super::{later::Later, nodes::Answer};

/// What goes on in a run.
#[derive(Default)]
pub struct Activity {
    next: AtomicU64,
    state: watch::Sender<State>,
    waits: Mutex<HashMap<u64, Later<Answer>>>,
    /// Results that wait for a person, each with the decisions that it has not seen.
    reviews: Mutex<HashMap<u64, watch::Receiver<u64>>>,
}

#[derive(Default)]
struct State {
    /// Nodes that work.
    busy: usize,
    /// The script computes.
    script: bool,
}

/// Somebody works until this is dropped, but while it waits by it.
pub struct Busy(Arc<Activity>);

impl Busy {
    /// Waits for an answer.
    pub async fn answer(&self, answer: Later<Answer>) -> Option<Answer> {
        let number = self.0.number();
        self.0.waits.lock().insert(number, answer.clone());
        let _paused = Paused::new(&self.0, number);
        answer.get().await
    }

    /// Waits, as a result that waits for a person, until anything is decided.
    pub async fn decision(&self, decided: &mut watch::Receiver<u64>) {
        let number = self.0.number();
        self.0.reviews.lock().insert(number, decided.clone());
        let _paused = Paused::new(&self.0, number);
        // The sender lives as long as the engine.
        let _ = decided.changed().await;
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.state.send_modify(|state| state.busy -= 1);
    }
}

/// Who works waits, and says for what: it is listed before it counts as idle, and counts as working again before it is
/// not listed any more.
struct Paused<'a> {
    activity: &'a Activity,
    number: u64,
}

impl<'a> Paused<'a> {
    fn new(activity: &'a Activity, number: u64) -> Self {
        activity.state.send_modify(|state| state.busy -= 1);
        Self { activity, number }
    }
}

impl Drop for Paused<'_> {
    fn drop(&mut self) {
        self.activity.state.send_modify(|state| state.busy += 1);
        self.activity.forget(self.number);
    }
}

impl Activity {
    /// Somebody works from now on. Whoever begins work has it counted before it lets go of it: what is about to begin,
    /// or has an answer that it did not send yet, is no rest.
    pub fn busy(self: &Arc<Self>) -> Busy {
        self.state.send_modify(|state| state.busy += 1);
        Busy(Arc::clone(self))
    }

    /// The script computes, or waits.
    pub fn script(&self, computes: bool) {
        self.state.send_modify(|state| state.script = computes);
    }

    /// Waits for an answer; for who is not counted as working.
    pub async fn answer(&self, answer: Later<Answer>) -> Option<Answer> {
        let number = self.number();
        self.waits.lock().insert(number, answer.clone());
        let _listed = Listed { activity: self, number };
        answer.get().await
    }

    /// Waits until nothing can go on before a person has decided. Never, where nothing waits for one.
    pub async fn only_reviews(&self) {
        let mut state = self.state.subscribe();
        if state.wait_for(|state| self.is_quiet(state)).await.is_err() {
            // The sender is this object's own, so it cannot be gone.
            std::future::pending::<()>().await;
        }
    }

    /// Can nothing go on now before a person has decided?
    pub fn rests(&self) -> bool {
        self.is_quiet(&self.state.borrow())
    }

    fn is_quiet(&self, state: &State) -> bool {
        state.busy == 0 && !state.script && self.is_in_review() && !self.is_anything_new()
    }

    /// Has anything that is waited for come?
    fn is_anything_new(&self) -> bool {
        self.waits.lock().values().any(Later::has_come)
    }

    /// Does something wait for a person, and has nothing been decided that it has not seen?
    fn is_in_review(&self) -> bool {
        let reviews = self.reviews.lock();
        !reviews.is_empty() && !reviews.values().any(|decided| decided.has_changed().unwrap_or(false))
    }

    fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    fn forget(&self, number: u64) {
        self.waits.lock().remove(&number);
        self.reviews.lock().remove(&number);
    }
}

struct Listed<'a> {
    activity: &'a Activity,
    number: u64,
}

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        self.activity.forget(self.number);
        // Who looked while this was listed with its answer looks again.
        self.activity.state.send_modify(|_| ());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{engine::later::later, model::NodeError};
    use futures::FutureExt;

    #[tokio::test]
    async fn only_reviews_are_left_when_nothing_works_and_nothing_has_come() {
        let activity = Arc::new(Activity::default());
        let quiet = || {
            let rests = activity.rests();
            assert_eq!(activity.only_reviews().now_or_never().is_some(), rests);
            rests
        };
        activity.script(true);
        let (decide, mut decided) = watch::channel(0);
        let reviewed = activity.busy();
        let mut review = Box::pin(reviewed.decision(&mut decided));
        assert!(review.as_mut().now_or_never().is_none());
        let busy = activity.busy();
        assert!(!quiet(), "the script computes");
        activity.script(false);
        assert!(!quiet(), "a node works");
        let (giver, receiver) = later();
        let mut waits = Box::pin(busy.answer(receiver.clone()));
        assert!(!quiet(), "it was not looked at yet");
        assert!(waits.as_mut().now_or_never().is_none());
        assert!(quiet(), "who waits does not work");
        let mut script = Box::pin(activity.answer(receiver));
        assert!(script.as_mut().now_or_never().is_none());
        assert!(quiet(), "nor does the script");
        giver.give(Err(NodeError::cancelled()));
        assert!(!quiet(), "an answer has come, though nobody has seen it");
        assert!(script.await.is_some());
        assert!(!quiet(), "one has seen it, the other has not");
        assert!(waits.as_mut().await.is_some());
        assert!(!quiet(), "it works again, and has not sent its own answer");
        drop(waits);
        drop(busy);
        assert!(quiet());
        decide.send_replace(1);
        assert!(!quiet(), "a person has decided, though nobody has seen it");
        review.await;
        assert!(!quiet(), "it works");
        drop(reviewed);
        assert!(!quiet(), "nothing waits for a person");
    }

    #[tokio::test]
    async fn who_is_given_up_while_it_waits_is_counted_right() {
        let activity = Arc::new(Activity::default());
        let busy = activity.busy();
        let (_giver, receiver) = later();
        assert!(busy.answer(receiver).now_or_never().is_none());
        assert_eq!(activity.state.borrow().busy, 1);
        drop(busy);
        assert_eq!(activity.state.borrow().busy, 0);
    }
}
