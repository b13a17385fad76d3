//! The chat of a project: what a person and a model said about the film, and the changes that the model proposed. The
//! work for an answer has places and a run of its own, beside those of the project: nothing in the project is of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use studio_plugin_sdk::roles::Role;

use super::{
    board::SceneChange,
    error::NodeError,
    ids::{ChatId, Key, ProjectId, RunId},
    money::Money,
    slot::Slot,
};

/// Most bytes of a message's text.
pub const MOST_CHAT_TEXT: usize = 32 << 10;
/// Most messages that a project keeps.
pub const MOST_CHAT_MESSAGES: usize = 2_000;
/// Most changes that one answer may propose.
pub const MOST_PROPOSALS: usize = 100;

/// A message of a project's chat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChatMessage {
    /// Its id; later ones of a project sort after earlier ones.
    pub id: ChatId,
    /// The project.
    pub project: ProjectId,
    /// Who says it.
    pub who: ChatSpeaker,
    /// What is said, without the changes that are proposed.
    #[serde(default)]
    pub text: String,
    /// When it was begun, in milliseconds since 1970.
    pub at_ms: i64,
    /// How it stands.
    pub state: ChatState,
    /// Changes that it proposes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proposals: Vec<Proposal>,
    /// Why what it proposes could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong: Option<String>,
    /// Of an answer: who was asked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub provider: String,
    /// Of an answer: the model, as far as it was named.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// Of an answer: what it cost, where a price is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
    /// Why it failed, or was stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<NodeError>,
    /// Of an answer: the name of its result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Key>,
}

/// Who says a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChatSpeaker {
    /// A person.
    Person,
    /// A model.
    Model,
}

/// How a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChatState {
    /// It is being written.
    Writing,
    /// It is whole.
    Done,
    /// It failed.
    Failed,
    /// It was stopped, or its process ended.
    Stopped,
}

impl ChatState {
    /// Its name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Writing => "writing",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }
}

/// A change that is proposed. Only a person makes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Proposal {
    /// What.
    pub change: ProposedChange,
    /// What is there now, for people, shortened; empty: nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub was: String,
    /// A person took it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accepted: bool,
    /// Why it cannot be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong: Option<String>,
}

/// What is proposed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum ProposedChange {
    /// Another value of a param.
    Param {
        /// Its name.
        name: String,
        /// The value; null: what the script takes by itself.
        #[serde(default)]
        value: Value,
    },
    /// An edit of the storyboard.
    Scene {
        /// What is done.
        change: Box<SceneChange>,
    },
}

impl Proposal {
    /// What it is about: `voice`, `scene work-1: narration`.
    pub fn name(&self) -> String {
        match &self.change {
            ProposedChange::Param { name, .. } => name.clone(),
            ProposedChange::Scene { change } => change.what(),
        }
    }

    /// What would be there, for people.
    pub fn becomes(&self) -> String {
        match &self.change {
            ProposedChange::Param { value: Value::Null, .. } => "as the script has it".into(),
            ProposedChange::Param { value, .. } => for_people(value),
            ProposedChange::Scene { change } => match &**change {
                SceneChange::Edit { scene, .. } | SceneChange::Add { scene, .. } => scene.for_people(),
                SceneChange::Move { .. } | SceneChange::Remove { .. } => String::new(),
            },
        }
    }

    /// Can it still be taken?
    pub fn is_open(&self) -> bool {
        !self.accepted && self.wrong.is_none()
    }

    /// A line of it: what, what is there, what would be.
    pub fn line(&self, arrow: &str) -> String {
        match (self.was.is_empty(), self.becomes()) {
            (_, new) if new.is_empty() => self.name(),
            (true, new) => format!("{}: {arrow} {new}", self.name()),
            (false, new) => format!("{}: {} {arrow} {new}", self.name(), self.was),
        }
    }
}

/// A value as people read it.
pub fn for_people(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(for_people).collect::<Vec<_>>().join(", "),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

impl ChatMessage {
    /// What a person says.
    pub fn of_person(id: ChatId, project: ProjectId, text: String, at_ms: i64) -> Self {
        let (who, state) = (ChatSpeaker::Person, ChatState::Done);
        let (provider, model, proposals) = (String::new(), String::new(), Vec::new());
        let (wrong, cost, error, key) = (None, None, None, None);
        Self { id, project, who, text, at_ms, state, proposals, wrong, provider, model, cost, error, key }
    }

    /// An answer that is about to be written.
    pub fn answer(id: ChatId, project: ProjectId, at_ms: i64, key: Key) -> Self {
        let (who, state, key) = (ChatSpeaker::Model, ChatState::Writing, Some(key));
        Self { who, state, key, ..Self::of_person(id, project, String::new(), at_ms) }
    }

    /// Of what it proposes: what can still be taken.
    pub fn open(&self) -> impl Iterator<Item = usize> {
        let done = self.state == ChatState::Done;
        self.proposals.iter().enumerate().filter(move |(_, p)| done && p.is_open()).map(|(n, _)| n)
    }
}

/// How the places of chats begin.
const CHAT: &str = "chat:";

/// The path below which the places of a project's chat are.
pub fn chat_path(project: &ProjectId) -> String {
    format!("{CHAT}{project}/")
}

/// The place of an answer's work.
pub fn chat_slot(project: &ProjectId, answer: &ChatId) -> Slot {
    Slot::new(&ProjectId::new(format!("{CHAT}{project}")), &[answer.as_str().to_owned()], Role::Llm, 1)
}

/// What stands for a run where an answer's work is asked for one: it is never begun, and no project's.
pub fn chat_run(project: &ProjectId, answer: &ChatId) -> RunId {
    RunId::new(format!("{CHAT}{project}:{answer}"))
}

impl Slot {
    /// Is it a place of a chat?
    pub fn is_of_chat(&self) -> bool {
        self.as_str().starts_with(CHAT)
    }

    /// What people call it: as [`Self::local`]; of a chat, whose places have ids that say nothing, that it is one.
    pub fn name(&self) -> &str {
        if self.is_of_chat() { "chat" } else { self.local() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SceneText;
    use serde_json::json;

    #[test]
    fn places_of_chats_are_no_places_of_projects() {
        let (project, id) = (ProjectId::new("p"), ChatId::new("m"));
        let slot = chat_slot(&project, &id);
        assert_eq!(slot.as_str(), "chat:p/m/llm");
        assert!(slot.is_of_chat() && slot.project() != project && slot.as_str().starts_with(&chat_path(&project)));
        assert!(!Slot::new(&project, &[], Role::Llm, 1).is_of_chat());
        assert_eq!(slot.name(), "chat");
        assert_eq!(Slot::new(&project, &["chat-1".to_owned()], Role::Llm, 1).name(), "chat-1/llm");
    }

    #[test]
    fn a_proposal_is_told_in_a_line() {
        let proposal = |change, was: &str| Proposal { change, was: was.into(), accepted: false, wrong: None };
        let param = ProposedChange::Param { name: "voice".into(), value: json!("f2") };
        assert_eq!(proposal(param.clone(), "m1").line("->"), "voice: m1 -> f2");
        assert_eq!(proposal(param, "").line("->"), "voice: -> f2");
        let scene = SceneText { narration: Some("Blue.".into()), seconds: Some(4.0), ..SceneText::default() };
        let edit = ProposedChange::Scene { change: Box::new(SceneChange::Edit { id: "a-1".into(), scene }) };
        assert_eq!(proposal(edit, "Red.").line("->"), "scene a-1: narration, seconds: Red. -> Blue. / 4.0");
        let gone = ProposedChange::Scene { change: Box::new(SceneChange::Remove { id: "a-1".into() }) };
        assert_eq!(proposal(gone, "").line("->"), "scene a-1: removed");
    }

    #[test]
    fn what_is_kept_reads_back() {
        let mut answer = ChatMessage::answer(ChatId::new("m"), ProjectId::new("p"), 5, Key::new("k"));
        answer.proposals.push(Proposal {
            change: ProposedChange::Scene { change: Box::new(SceneChange::Move { id: "a".into(), to: 2 }) },
            was: "1".into(),
            accepted: true,
            wrong: Some("no".into()),
        });
        let json = serde_json::to_string(&answer).unwrap();
        assert_eq!(serde_json::from_str::<ChatMessage>(&json).unwrap(), answer);
    }
}
