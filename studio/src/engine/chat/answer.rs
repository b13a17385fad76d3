//! An answer being written, and what becomes of it.

use std::sync::Arc;

use studio_plugin_sdk::{json::typed, roles::llm::LlmResponse};

use super::{Claim, fence, proposals};
use crate::{
    engine::{Engine, EngineError, RunOptions, context::RunCtx, journal::was_answered, naming::Named, node::take_up},
    model::{
        ChatMessage, ChatState, Kept, Key, MOST_CHAT_TEXT, NodeError, Profile, Project, Record, chat_run, chat_slot,
    },
};

/// How an answer came to its end.
enum End {
    Made(Result<Arc<Kept>, NodeError>),
    Stopped,
    /// Its process leaves: the next owner sees to it.
    Left,
}

impl Engine {
    /// Writes an answer: by itself from here on.
    pub(super) fn write_answer(&self, claim: Claim, project: Project, answer: ChatMessage, named: Named) {
        let engine = self.clone();
        // Before anybody can ask how far it is.
        let _ = claim.talk.answer.set(answer.id.clone());
        tokio::spawn(async move {
            let ended = engine.answered(&claim, project, answer, named).await;
            if let Err(e) = ended {
                tracing::error!(code = e.code(), "an answer could not be brought to its end: {e}");
            }
        });
    }

    async fn answered(
        &self,
        claim: &Claim,
        project: Project,
        answer: ChatMessage,
        named: Named,
    ) -> Result<(), EngineError> {
        let (run, slot) = (chat_run(&project.id, &answer.id), chat_slot(&project.id, &answer.id));
        let ctx = RunCtx::new(Arc::clone(&self.core), run, project.clone(), Profile::default(), RunOptions::default());
        let (talk, core, id) = (Arc::clone(&claim.talk), Arc::downgrade(&self.core), project.id.clone());
        ctx.listen(Box::new(move |partial| {
            if let Some(core) = core.upgrade() {
                talk.hear(&core, &id, &partial.text);
            }
        }));
        let end = tokio::select! {
            biased;
            () = claim.talk.stop.cancelled() => End::Stopped,
            () = claim.talk.interrupt.cancelled() => End::Left,
            made = take_up(&ctx, &slot, named) => End::Made(made),
        };
        match end {
            End::Made(Ok(kept)) => self.keep_answer(&project, answer, &kept).await,
            End::Made(Err(error)) => {
                let text = claim.talk.shown(&answer.id).unwrap_or_default();
                self.end_answer(ChatMessage { text, ..answer }, ChatState::Failed, Some(error)).await
            }
            End::Stopped => {
                ctx.announce_cancelled().await?;
                let text = claim.talk.shown(&answer.id).unwrap_or_default();
                let lost = answer.key.as_ref().map(|key| self.lost_requests(key)).transpose()?;
                let billed = lost.is_some_and(|lost| !lost.is_empty()).then(|| {
                    let help = format!("studio retry {} --repeat frees what is held back for it", project.slug);
                    NodeError::permanent("possibly_billed", "it was asked for, and may be billed").help(help)
                });
                self.end_answer(ChatMessage { text, ..answer }, ChatState::Stopped, billed).await
            }
            End::Left => Ok(()),
        }
    }

    /// An answer has come: its words, and what it proposes against the project as it is now.
    pub(super) async fn keep_answer(
        &self,
        project: &Project,
        answer: ChatMessage,
        kept: &Kept,
    ) -> Result<(), EngineError> {
        let LlmResponse { text, model, .. } = typed(kept.response.clone()).map_err(NodeError::from)?;
        let fence::Parts { text, blocks } = fence::parts(&text);
        let proposals::Wishes { changes, wrong } = proposals::read(&blocks);
        // Somebody may have changed it while the model wrote.
        let now = self.core.store.project(&project.id)?.unwrap_or_else(|| project.clone());
        let answer = ChatMessage {
            text: within(text),
            proposals: self.proposals(&now, changes),
            wrong: (!wrong.is_empty()).then(|| wrong.join("; ")),
            model: if model.is_empty() { answer.model } else { model },
            ..answer
        };
        self.end_answer(answer, ChatState::Done, None).await
    }

    /// Keeps an answer as it is at its end, with what it cost.
    pub(super) async fn end_answer(
        &self,
        answer: ChatMessage,
        state: ChatState,
        error: Option<NodeError>,
    ) -> Result<(), EngineError> {
        let store = &self.core.store;
        let (mut cost, mut cut) = (None, None);
        if let Some(key) = &answer.key {
            cost = store.latest_generation(key)?.and_then(|generation| generation.cost);
            if store.started_node(key)?.is_some() {
                // What may have been billed stays known, until a person says that it was not done.
                cut = self.lost_requests(key)?.is_empty().then(|| Record::Cut { key: key.clone(), from_turn: 0 });
            }
        }
        let text = within(answer.text);
        let ended = ChatMessage { text, state, cost, error, ..answer };
        let records = std::iter::once(Record::Chat(Box::new(ended))).chain(cut).collect();
        store.commit(records).await?;
        Ok(())
    }
}

impl Engine {
    /// Requests for a result that were sent and have no answer, by their effects.
    pub(super) fn lost_requests(&self, key: &Key) -> Result<Vec<u32>, EngineError> {
        let (intents, turns) = (self.core.store.intents(key)?, self.core.store.turns(key)?);
        let effects = intents.into_iter().map(|intent| intent.effect);
        Ok(effects.filter(|effect| !was_answered(&turns, *effect)).collect())
    }
}

/// A text within the bound, with a sign where it was longer.
fn within(mut text: String) -> String {
    if text.len() > MOST_CHAT_TEXT {
        text.truncate(text.floor_char_boundary(MOST_CHAT_TEXT - 8));
        text.push_str(" […]");
    }
    text
}
