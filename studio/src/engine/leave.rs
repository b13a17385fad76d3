//! Leaving with runs under way: they are stopped where they are, but not between a request that must not be repeated
//! and its answer, as long as there is time for that.

use std::time::Duration;

use studio_plugin_sdk::wire::Event;

use super::{
    active::Active,
    open::{Engine, PATIENCE},
};
use crate::{
    model::{NodeState, StartedNode},
    store::StoreError,
};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);

impl Engine {
    /// Begins no more runs and stops those under way where they are: how many there were. They can be taken up.
    pub async fn interrupt_runs(&self) -> usize {
        let active = self.core.runs.admit_no_more();
        let talks = self.core.chats.admit_no_more();
        let answered = async {
            // Where the store does not tell, nothing is to be waited for.
            while self.awaits_an_answer(&active).unwrap_or(false) {
                tokio::time::sleep(LOOK).await;
            }
        };
        let written = futures::future::join_all(talks.iter().map(|talk| talk.ended()));
        let _ = tokio::time::timeout(PATIENCE, async { tokio::join!(answered, written) }).await;
        active.iter().for_each(|run| run.interrupt.cancel());
        talks.iter().for_each(|talk| talk.interrupt.cancel());
        let all = futures::future::join_all(active.iter().map(Active::wait));
        let written = futures::future::join_all(talks.iter().map(|talk| talk.ended()));
        let _ = tokio::time::timeout(PATIENCE, async { tokio::join!(all, written, self.core.batches.drained()) }).await;
        active.len()
    }

    /// Is there a running node whose request would look possibly billed, if it were stopped now?
    fn awaits_an_answer(&self, active: &[Active]) -> Result<bool, StoreError> {
        let store = &self.core.store;
        for started in store.started()? {
            let of_active = |run: &&Active| started.slot.as_str().starts_with(&format!("{}/", run.run.project));
            let mut running = false;
            for run in active.iter().filter(of_active) {
                let last = store.last_node(&run.run.id, &started.slot)?;
                running |= last.is_some_and(|change| change.state == NodeState::Running);
            }
            if running && self.has_open_intent(&started)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn has_open_intent(&self, node: &StartedNode) -> Result<bool, StoreError> {
        let intents = self.core.store.intents(&node.key)?;
        if intents.is_empty() {
            return Ok(false);
        }
        let answers: Vec<Event> = self.core.store.turns(&node.key)?.into_iter().flat_map(|turn| turn.events).collect();
        let open = |effect: u32| !answers.iter().any(|event| event.id == effect && event.answer.is_last());
        Ok(intents.iter().any(|intent| open(intent.effect)))
    }
}
