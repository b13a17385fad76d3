//! Failed work taken up again: all that a person says was not done, and one node alone.

use std::sync::Arc;

use serde_json::Value;

use super::{
    context::RunCtx,
    journal::was_answered,
    ledger::BY_HAND,
    node::take_up,
    open::{Engine, EngineError},
    run::RunOptions,
};
use crate::model::{Profile, Project, Record, RunId, Slot, StartedNode, chat_path};

impl Engine {
    /// A person says that the project's requests without an answer were not done: what is to be written down.
    pub(super) fn give_up_intents(&self, project: &Project) -> Result<Vec<Record>, EngineError> {
        let (prefix, chat) = (format!("{}/", project.id), chat_path(&project.id));
        // An answer that is being written has not lost anything.
        let is_chatting = self.core.chats.of(&project.id).is_some();
        let started = self.core.store.started()?;
        let of_project = |node: &&StartedNode| {
            let slot = node.slot.as_str();
            slot.starts_with(&prefix) || (!is_chatting && slot.starts_with(&chat))
        };
        self.forget_intents(started.iter().filter(of_project))
    }

    fn forget_intents<'a>(&self, nodes: impl Iterator<Item = &'a StartedNode>) -> Result<Vec<Record>, EngineError> {
        let mut lost = Vec::new();
        for node in nodes {
            let intents = self.core.store.intents(&node.key)?;
            let answers = self.core.store.turns(&node.key)?;
            for intent in intents {
                // What was answered is not lost, though its stage has not ended.
                if !was_answered(&answers, intent.effect) {
                    self.core.ledger.lost(&intent.key, intent.effect)?;
                }
                lost.push(Record::IntentLost { key: intent.key, effect: intent.effect });
            }
            if node.slot.is_of_chat() {
                // An answer is never gone on with: it is asked for anew.
                lost.push(Record::Cut { key: node.key.clone(), from_turn: 0 });
            }
        }
        Ok(lost)
    }

    /// Goes on with one node of a project where its journal stands, whatever became of the rest of its run, and waits
    /// for it. `repeat`: its requests without an answer were not done, and are sent again.
    pub async fn retry_node(&self, project: &Project, place: &str, repeat: bool) -> Result<(), EngineError> {
        self.runnable(&project.id)?;
        let slot = Slot::within(&project.id, place);
        let started = self.core.store.started()?.into_iter().find(|node| node.slot == slot).ok_or_else(|| {
            let message = format!("nothing is begun and unfinished at {place}: studio retry {}", project.slug);
            EngineError::NotFound(message)
        })?;
        let lost = if repeat { self.forget_intents(std::iter::once(&started))? } else { Vec::new() };
        self.commit(lost, Value::Null).await?;
        let named = self.core.begun(started)?;
        let last = self.core.store.latest_run(&project.id)?;
        let run = last.map_or_else(|| RunId::new(BY_HAND), |run| run.id);
        let ctx = RunCtx::new(Arc::clone(&self.core), run, project.clone(), Profile::default(), RunOptions::default());
        take_up(&ctx, &slot, named).await?;
        Ok(())
    }
}
