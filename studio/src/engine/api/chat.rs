//! The chats of projects: said, answered, listened to, accepted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ApiError, Cx, Done, Method};
use crate::{
    engine::{ChatPage, Sent},
    model::{ChatId, ChatMessage},
};

/// Messages that are given where nobody says how many, and the most.
const PAGE: usize = 100;
const MOST: usize = 500;

/// Says something in a project's chat. It is kept when this is answered, and the answer of a model begins: events tell
/// how it goes on (`chat_text`) and what it is at its end (`chat`). One answer at a time in a project (`chat.busy`).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Send {
    /// A project by slug, id or title.
    pub project: String,
    /// What is said.
    pub text: String,
    /// Who is to answer; none: the one of the settings, else the first that can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The model; none: that of the settings, else the provider's own choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

impl Method for Send {
    const NAME: &'static str = "chat.send";
    const CHANGES: bool = true;
    type Reply = Sent;

    async fn handle(self, cx: &Cx) -> Result<Sent, ApiError> {
        let project = cx.engine.project(&self.project)?;
        cx.engine.chat_send(&project, &self.text, self.provider.as_deref(), self.model).await
    }

    async fn again(self, cx: &Cx, told: Value) -> Result<Sent, ApiError> {
        let id = |name: &str| ChatId::new(told[name].as_str().unwrap_or_default());
        let project = cx.engine.project(&self.project)?;
        Ok(cx.engine.chat_sent(&project, &id("question"), &id("answer"))?)
    }
}

/// A page of a project's chat, the newest message last, and who would answer.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// A project by slug, id or title.
    pub project: String,
    /// Only messages before this one: the first of the page that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<ChatId>,
    /// Most of them to give, up to 500; 0: 100.
    #[serde(default)]
    pub limit: usize,
}

impl Method for List {
    const NAME: &'static str = "chat.list";
    type Reply = ChatPage;

    async fn handle(self, cx: &Cx) -> Result<ChatPage, ApiError> {
        let most = if self.limit == 0 { PAGE } else { self.limit.min(MOST) };
        Ok(cx.engine.chat_page(&cx.engine.project(&self.project)?, self.before.as_ref(), most)?)
    }
}

/// Waits until an answer is at its end: the message.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// A project by slug, id or title.
    pub project: String,
    /// The answer.
    pub message: ChatId,
}

impl Method for Wait {
    const NAME: &'static str = "chat.wait";
    type Reply = ChatMessage;

    async fn handle(self, cx: &Cx) -> Result<ChatMessage, ApiError> {
        cx.engine.chat_ended(&cx.engine.project(&self.project)?, &self.message).await
    }
}

/// Stops the answer that is being written in a project. What there is of it stays.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// A project by slug, id or title.
    pub project: String,
}

impl Method for Stop {
    const NAME: &'static str = "chat.stop";
    const CHANGES: bool = true;
    type Reply = Done;

    async fn handle(self, cx: &Cx) -> Result<Done, ApiError> {
        cx.engine.chat_stop(&cx.engine.project(&self.project)?).await?;
        Ok(Done {})
    }

    async fn again(self, _cx: &Cx, _told: Value) -> Result<Done, ApiError> {
        // What is being written by now is another one.
        Ok(Done {})
    }
}

/// Makes the changes that a message proposes, as `project.edit` and `scene.edit` do; `project.undo` takes them back.
/// What could not be made says why in the message.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Apply {
    /// A project by slug, id or title.
    pub project: String,
    /// The message.
    pub message: ChatId,
    /// Which of its proposals, by their numbers from 0; none: all that are open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub which: Option<Vec<usize>>,
}

impl Method for Apply {
    const NAME: &'static str = "chat.apply";
    const CHANGES: bool = true;
    type Reply = ChatMessage;

    async fn handle(self, cx: &Cx) -> Result<ChatMessage, ApiError> {
        let project = cx.engine.project(&self.project)?;
        cx.engine.chat_accept(&project, &self.message, self.which.as_deref()).await
    }

    async fn again(self, cx: &Cx, _told: Value) -> Result<ChatMessage, ApiError> {
        Ok(cx.engine.chat_message(&cx.engine.project(&self.project)?, &self.message)?)
    }
}

/// Forgets all that was said in a project's chat. What was changed, made and paid stays.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clear {
    /// A project by slug, id or title.
    pub project: String,
}

impl Method for Clear {
    const NAME: &'static str = "chat.clear";
    const CHANGES: bool = true;
    type Reply = Done;

    async fn handle(self, cx: &Cx) -> Result<Done, ApiError> {
        cx.engine.chat_clear(&cx.engine.project(&self.project)?).await?;
        Ok(Done {})
    }

    async fn again(self, _cx: &Cx, _told: Value) -> Result<Done, ApiError> {
        // What was said since is not meant.
        Ok(Done {})
    }
}
