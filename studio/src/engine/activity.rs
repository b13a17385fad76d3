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
}

#[derive(Default)]
struct State {
    /// Nodes that work.
    busy: usize,
    /// Results that wait for a person.
    reviews: usize,
    /// The script computes.
    script: bool,
}

/// Something counts until this is dropped.
pub struct Counted<'a> {
    activity: &'a Activity,
    what: fn(&mut State) -> &mut usize,
}

impl Activity {
    /// A node works.
    pub fn busy(&self) -> Counted<'_> {
        self.counted(|state| &mut state.busy)
    }

    /// A result waits for a person.
    pub fn in_review(&self) -> Counted<'_> {
        self.counted(|state| &mut state.reviews)
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
        let quiet = |state: &State| state.busy == 0 && !state.script && state.reviews > 0 && !self.is_anything_new();
        if state.wait_for(quiet).await.is_err() {
            // The sender is this object's own, so it cannot be gone.
            std::future::pending::<()>().await;
        }
    }

    /// Has anything that is waited for come?
    fn is_anything_new(&self) -> bool {
        self.waits.lock().values().any(|answer| answer.borrow().is_some())
    }

    fn counted(&self, what: fn(&mut State) -> &mut usize) -> Counted<'_> {
        self.state.send_modify(|state| *what(state) += 1);
        Counted { activity: self, what }
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.activity.state.send_modify(|state| *(self.what)(state) -= 1);
    }
}

struct Listed<'a> {
    activity: &'a Activity,
    number: u64,
}

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        self.activity.waits.lock().remove(&self.number);
        // Who looked while this was listed with its answer looks again.
        self.activity.state.send_modify(|_| ());
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
        let quiet = || activity.only_reviews().now_or_never().is_some();
        activity.script(true);
        let review = activity.in_review();
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
        drop(review);
        assert!(!quiet(), "nothing waits for a person");
    }
}
