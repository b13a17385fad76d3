//! A project's chat as front ends see it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    engine::{Engine, EngineError, api::ApiError},
    model::{ChatId, ChatMessage, ChatState, Project, Record},
};

/// A page of a project's chat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChatPage {
    /// The messages, the newest last; one that is being written with what is to be seen of it so far.
    pub messages: Vec<ChatMessage>,
    /// There are earlier ones.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// Who would answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<ChatAnswerer>,
    /// Why nobody would.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nobody: Option<ApiError>,
}

/// Who answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChatAnswerer {
    /// The plugin.
    pub provider: String,
    /// The model, where one is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

impl Engine {
    /// The latest messages of a project's chat before `before`, so many at most.
    pub fn chat_page(&self, project: &Project, before: Option<&ChatId>, most: usize) -> Result<ChatPage, EngineError> {
        let mut messages = self.core.store.chat_before(&project.id, before, most + 1)?;
        let more = messages.len() > most;
        if more {
            messages.remove(0);
        }
        for message in messages.iter_mut().filter(|message| message.state == ChatState::Writing) {
            self.so_far(message);
        }
        let (answers, nobody) = match self.chat_serving(None) {
            Ok(serving) => {
                let (provider, model) = (serving.plugin.manifest.id.clone(), self.chat_model(&serving.plugin));
                (Some(ChatAnswerer { provider, model }), None)
            }
            Err(e) => (None, Some(e.into())),
        };
        Ok(ChatPage { messages, more, answers, nobody })
    }

    /// A message of a project's chat.
    pub fn chat_message(&self, project: &Project, id: &ChatId) -> Result<ChatMessage, EngineError> {
        let none = || EngineError::NotFound(format!("there is no message {id} in the chat of {}", project.slug));
        let mut message = self.core.store.chat_message(&project.id, id)?.ok_or_else(none)?;
        if message.state == ChatState::Writing {
            self.so_far(&mut message);
        }
        Ok(message)
    }

    fn so_far(&self, message: &mut ChatMessage) {
        let talk = self.core.chats.of(&message.project);
        if let Some(text) = talk.and_then(|talk| talk.shown(&message.id)) {
            message.text = text;
        }
    }

    /// Waits until an answer is at its end: the message.
    pub async fn chat_ended(&self, project: &Project, id: &ChatId) -> Result<ChatMessage, ApiError> {
        loop {
            // Looked for before it is read: what ends in between is read as ended.
            let talk = self.core.chats.of(&project.id);
            let message = self.chat_message(project, id)?;
            match talk {
                _ if message.state != ChatState::Writing => return Ok(message),
                Some(talk) => talk.ended().await,
                None if self.core.chats.is_leaving() => return Err(ApiError::leaving()),
                None => {
                    let now = self.chat_message(project, id)?;
                    if now.state != ChatState::Writing {
                        return Ok(now);
                    }
                    return Err(ApiError::new("engine.lost", "the answer ended without a word").help("say it again"));
                }
            }
        }
    }

    /// Stops the answer that is being written, if any is, and waits for its end.
    pub async fn chat_stop(&self, project: &Project) -> Result<(), EngineError> {
        self.commit(Vec::new(), serde_json::Value::Null).await?;
        if let Some(talk) = self.core.chats.of(&project.id) {
            talk.stop.cancel();
            talk.ended().await;
        }
        Ok(())
    }

    /// Forgets all that was said. What was changed and paid stays.
    pub async fn chat_clear(&self, project: &Project) -> Result<(), EngineError> {
        let _changing = self.core.changing.lock().await;
        self.chat_idle(project).await?;
        let last = self.core.store.chat_ids(&project.id)?.pop();
        let record = last.map(|until| Record::ChatForgotten { project: project.id.clone(), until });
        self.commit(record.into_iter().collect(), serde_json::Value::Null).await?;
        Ok(())
    }

    /// Refuses where an answer is being written.
    pub(in crate::engine) async fn chat_idle(&self, project: &Project) -> Result<(), EngineError> {
        self.chat_let_go(project).await;
        if self.core.chats.of(&project.id).is_none() {
            return Ok(());
        }
        let message = format!("an answer is being written in the chat of {}", project.title);
        Err(EngineError::refused("chat.busy", message, "wait for its end, or stop it"))
    }
}
