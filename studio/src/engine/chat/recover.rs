//! Answers that were being written when their process ended. What was answered to the last request goes on from the
//! journal; nothing is sent by itself that may have been sent before.

use super::Claim;
use crate::{
    engine::{Engine, EngineError},
    model::{ChatMessage, ChatState, NodeError},
};

impl Engine {
    /// Sees to every answer that is not at its end. Before anybody can ask for another.
    pub(in crate::engine) async fn recover_chats(&self) -> Result<(), EngineError> {
        for answer in self.core.store.chat_writing()? {
            let project = answer.project.clone();
            if let Err(e) = self.recover_answer(answer).await {
                tracing::warn!(project = %project, code = e.code(), "an answer could not be seen to: {e}");
            }
        }
        Ok(())
    }

    async fn recover_answer(&self, answer: ChatMessage) -> Result<(), EngineError> {
        let store = &self.core.store;
        let (Some(project), Some(key)) = (store.project(&answer.project)?, answer.key.clone()) else {
            return self.end_answer(answer, ChatState::Stopped, Some(interrupted())).await;
        };
        if let Some(kept) = store.kept(&key)? {
            return self.keep_answer(&project, answer, &kept).await;
        }
        let Some(started) = store.started_node(&key)? else {
            return self.end_answer(answer, ChatState::Stopped, Some(interrupted())).await;
        };
        if store.intents(&key)?.is_empty() {
            return self.end_answer(answer, ChatState::Stopped, Some(interrupted())).await;
        }
        let lost = self.lost_requests(&key)?;
        if !lost.is_empty() {
            for effect in lost {
                self.core.ledger.unanswered(&key, effect)?;
            }
            let billed = possibly_billed(&project.slug);
            return self.end_answer(answer, ChatState::Stopped, Some(billed)).await;
        }
        match self.core.begun(started) {
            Ok(named) => {
                // Nobody else can have begun, and whoever leaves already has the next owner see to it.
                if let Ok(claim) = Claim::take(&self.core, &project.id) {
                    self.by_itself().write_answer(claim, project, answer, named);
                }
                Ok(())
            }
            Err(e) => self.end_answer(answer, ChatState::Failed, Some(e)).await,
        }
    }
}

fn possibly_billed(slug: &str) -> NodeError {
    let message = "possibly billed: it was asked for, and Studio ended before the answer came";
    NodeError::permanent("possibly_billed", message)
        .help(format!("say it again; studio retry {slug} --repeat frees what is held back for it"))
}

fn interrupted() -> NodeError {
    NodeError::permanent("chat.interrupted", "Studio ended before anything was asked").help("say it again")
}
