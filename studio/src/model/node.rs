//! A node as people see it: its state and what changed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use studio_plugin_sdk::roles::Role;

use super::{error::NodeError, ids::Key, ids::RunId, money::Money, slot::Slot, take::Approval};

/// Where a node stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NodeState {
    /// Its inputs are not there yet.
    Waiting,
    /// It waits for its turn.
    Ready,
    /// It runs.
    Running,
    /// Its result waits for a person.
    Review,
    /// Its result was kept from before.
    Kept,
    /// It has its result.
    Done,
    /// It failed.
    Failed,
    /// It was cancelled.
    Cancelled,
}

impl NodeState {
    /// Will it not change any more in this run?
    pub fn is_final(self) -> bool {
        matches!(self, Self::Kept | Self::Done | Self::Failed | Self::Cancelled)
    }

    /// Its name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Review => "review",
            Self::Kept => "kept",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A node's new state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NodeChange {
    /// The run.
    pub run: RunId,
    /// The place.
    pub slot: Slot,
    /// The role.
    pub role: Role,
    /// Who serves it, once resolved.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub plugin: String,
    /// What it is, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// Its result's name, once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Key>,
    /// The new state.
    pub state: NodeState,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<NodeError>,
    /// Seconds it took, where it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// What it cost, where it was asked of a service and a price is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
    /// Its result was made by an older version, and stays in use since it was paid or approved.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub older: bool,
    /// Its result was made by hand.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_hand: bool,
    /// Where it stands with the person who is to approve it, while it is in review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
}

impl NodeChange {
    /// A node comes into a state; nothing else is known of it.
    pub fn new(run: RunId, slot: Slot, role: Role, state: NodeState) -> Self {
        let (plugin, label) = (String::new(), String::new());
        let (key, error, seconds, cost, older, by_hand, approval) = (None, None, None, None, false, false, None);
        Self { run, slot, role, plugin, label, key, state, error, seconds, cost, older, by_hand, approval }
    }

    /// With what it is, for people.
    #[must_use]
    pub fn label(self, label: &str) -> Self {
        Self { label: label.to_owned(), ..self }
    }
}
