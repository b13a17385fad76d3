//! Is a run still doing something, or are people's decisions all that is left? Exact, without clocks: work counts
//! itself, and who waits says for what, so that an answer that has come and was not yet seen counts as work.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU64, Ordering},
};

use parking_lot::Mutex;
use tokio::sync::watch;

use super::nodes::Answer;

/// What goes on in a run.
#[derive(Default)]
pub struct Activity {
    next: AtomicU64,
    state: watch::Sender<State>,
    waits: Mutex<HashMap<u64, watch::Receiver<Answer>>>,
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

/// A node works until this is dropped.
pub struct Busy<'a>(&'a Activity);

impl Activity {
    /// A node works.
    pub fn busy(&self) -> Busy<'_> {
        self.state.send_modify(|state| state.busy += 1);
        Busy(self)
    }

    /// Waits, as a result that waits for a person, until anything is decided.
    pub async fn decision(&self, decided: &mut watch::Receiver<u64>) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.reviews.lock().insert(number, decided.clone());
        let _listed = Listed { activity: self, number };
        self.look_again();
        // The sender lives as long as the engine.
        let _ = decided.changed().await;
    }

    /// The script computes, or waits.
    pub fn script(&self, computes: bool) {
        self.state.send_modify(|state| state.script = computes);
    }

    /// Waits for an answer without working.
    pub async fn answer(&self, mut answer: watch::Receiver<Answer>) -> Answer {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.waits.lock().insert(number, answer.clone());
        let _listed = Listed { activity: self, number };
        match answer.wait_for(Option::is_some).await {
            Ok(answer) => answer.clone(),
            Err(_) => None,
        }
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
        self.waits.lock().values().any(|answer| answer.borrow().is_some())
    }

    /// Does something wait for a person, and has nothing been decided that it has not seen?
    fn is_in_review(&self) -> bool {
        let reviews = self.reviews.lock();
        !reviews.is_empty() && !reviews.values().any(|decided| decided.has_changed().unwrap_or(false))
    }

    fn look_again(&self) {
        self.state.send_modify(|_| ());
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.state.send_modify(|state| state.busy -= 1);
    }
}

struct Listed<'a> {
    activity: &'a Activity,
    number: u64,
}

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        self.activity.waits.lock().remove(&self.number);
        self.activity.reviews.lock().remove(&self.number);
        // Who looked while this was listed with its answer looks again.
        self.activity.look_again();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NodeError;
    use futures::FutureExt;

    #[tokio::test]
    async fn only_reviews_are_left_when_nothing_works_and_nothing_has_come() {
        let activity = Activity::default();
        let quiet = || {
            let rests = activity.rests();
            assert_eq!(activity.only_reviews().now_or_never().is_some(), rests);
            rests
        };
        activity.script(true);
        let (decide, mut decided) = watch::channel(0);
        let mut review = Box::pin(activity.decision(&mut decided));
        assert!(review.as_mut().now_or_never().is_none());
        let busy = activity.busy();
        assert!(!quiet(), "the script computes");
        activity.script(false);
        assert!(!quiet(), "a node works");
        drop(busy);
        assert!(quiet());
        let (sender, receiver) = watch::channel(None);
        let mut waits = Box::pin(activity.answer(receiver));
        assert!(waits.as_mut().now_or_never().is_none());
        assert!(quiet(), "who waits does not work");
        sender.send_replace(Some(Err(NodeError::cancelled())));
        assert!(!quiet(), "an answer has come, though nobody has seen it");
        assert!(waits.await.is_some());
        assert!(quiet());
        decide.send_replace(1);
        assert!(!quiet(), "a person has decided, though nobody has seen it");
        review.await;
        assert!(!quiet(), "nothing waits for a person");
    }
}
