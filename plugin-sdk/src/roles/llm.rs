//! Text from text: chat, structured data, storyboards.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Role, RoleRequest, is_default};
use crate::{blob::Blob, card::CardText};

/// Asks for text, for JSON of a given schema, or for a task that the plugin knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct LlmRequest {
    /// What is to come out: plain text, or a storyboard in `title` and `scenes`.
    #[serde(skip_serializing_if = "is_default")]
    pub task: Task,
    /// The material: the user's message, or the text that a task works on.
    #[serde(skip_serializing_if = "is_default")]
    pub text: String,
    /// Instructions that stand above the material.
    #[serde(skip_serializing_if = "is_default")]
    pub system: String,
    /// Earlier messages, oldest first.
    #[serde(skip_serializing_if = "is_default")]
    pub messages: Vec<Message>,
    /// Pictures to look at.
    #[serde(skip_serializing_if = "is_default")]
    pub images: Vec<Blob>,
    /// JSON Schema of the answer; it then comes in `data`.
    #[serde(skip_serializing_if = "is_default")]
    pub schema: Option<Value>,
    /// The model; none: the provider's default.
    #[serde(skip_serializing_if = "is_default")]
    pub model: Option<String>,
    /// 0–2; none: the provider's default.
    #[serde(skip_serializing_if = "is_default")]
    pub temperature: Option<f64>,
    /// Most tokens to write.
    #[serde(skip_serializing_if = "is_default")]
    pub max_tokens: Option<u32>,
}

/// What is to come out of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// An answer in words (or JSON, with a schema).
    #[default]
    Text,
    /// Scenes with narration and on-screen text.
    Storyboard,
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Who said it.
    pub role: Speaker,
    /// What was said.
    pub text: String,
}

/// Who said a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// What a model answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct LlmResponse {
    /// The answer in words; empty for a storyboard.
    pub text: String,
    /// The answer as JSON, where a schema was given.
    pub data: Option<Value>,
    /// The storyboard's title.
    pub title: String,
    /// The storyboard's scenes, in order.
    pub scenes: Vec<SceneDraft>,
    /// The model that answered.
    pub model: String,
}

/// A scene as a storyboard proposes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct SceneDraft {
    /// Stable under edits of other scenes; `map` takes its scope from it.
    pub id: String,
    /// The heading it stands under.
    pub title: String,
    /// What is said.
    pub narration: String,
    /// What is shown in words.
    pub on_screen: CardText,
    /// A prompt for a picture or a film of it; empty: none proposed.
    pub prompt: String,
    /// How long it lasts at least, in seconds; none: as long as its narration.
    #[serde(skip_serializing_if = "is_default")]
    pub seconds: Option<f64>,
}

impl RoleRequest for LlmRequest {
    const ROLE: Role = Role::Llm;
    type Response = LlmResponse;
}
