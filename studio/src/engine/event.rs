//! What front ends are told while things happen: inside the engine as it is sent around, outside as it is
//! written down for programs, over the socket and as lines of `--events json` alike.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use studio_plugin_sdk::{blob::Blob, roles::Role};

use crate::model::{
    Batch, BatchId, ChatId, ChatMessage, Decision, Entry, NodeChange, Project, ProjectId, Record, Run, RunId,
    RunOutcome, Seq, Slot,
};

/// Something that happened. `Recorded` has a sequence number and can be asked for again; the rest is
/// only of the moment.
#[derive(Clone, Debug)]
pub enum Live {
    /// A journalled event.
    Recorded(Arc<Entry>),
    /// A node's result was kept from before. Boxed: there is room for thousands of events, taken all at once.
    Kept(Box<NodeChange>),
    /// A run was stopped where it is.
    Interrupted(RunId),
    /// How far a running node is.
    Progress {
        /// The run.
        run: RunId,
        /// The node.
        slot: Slot,
        /// Its role.
        role: Role,
        /// 0–1.
        share: f64,
        /// With what; may be empty.
        label: String,
    },
    /// Something to see meanwhile.
    Partial {
        /// The run.
        run: RunId,
        /// The node.
        slot: Slot,
        /// Text to add to what was shown.
        text: String,
        /// A picture to show instead of the last.
        preview: Option<Blob>,
    },
    /// An answer in a project's chat goes on.
    ChatText {
        /// The project.
        project: ProjectId,
        /// The answer.
        message: ChatId,
        /// How many bytes of it were told before.
        at: usize,
        /// What follows them.
        text: String,
    },
}

/// An event as front ends see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Told {
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
    /// Its number, which rises; none: it is only of the moment and cannot be asked for again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<Seq>,
    /// When it was written down, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<i64>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// A project is as it says here.
    Project(Project),
    /// A project is gone.
    ProjectRemoved {
        /// Which.
        id: ProjectId,
    },
    /// A run began.
    RunStarted(Run),
    /// A run ended.
    RunEnded {
        /// Which.
        run: RunId,
        /// How.
        outcome: RunOutcome,
    },
    /// A run was stopped where it is, because its process leaves; it can be taken up.
    RunInterrupted {
        /// Which.
        run: RunId,
    },
    /// Nothing of a run can go on before a person has decided; it can be taken up then.
    RunWaits {
        /// Which.
        run: RunId,
    },
    /// A person decided about a place.
    Decided {
        /// Which.
        slot: Slot,
        /// What.
        decision: Box<Decision>,
    },
    /// A batch began, or goes on.
    Batch(Batch),
    /// Nothing of a batch is left to run.
    BatchEnded {
        /// Which.
        batch: BatchId,
    },
    /// A brand has a new version.
    Brand {
        /// Its name.
        name: String,
        /// The version.
        version: u32,
    },
    /// A brand is no more.
    BrandRemoved {
        /// Its name.
        name: String,
    },
    /// A node's state changed.
    Node(NodeChange),
    /// A script or a plugin said something.
    Log {
        /// The run.
        run: RunId,
        /// Which node; none: the script.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        slot: Option<Slot>,
        /// `info`, `warn` …
        level: String,
        /// What.
        text: String,
    },
    /// How far a running node is.
    Progress {
        /// The run.
        run: RunId,
        /// The node.
        slot: Slot,
        /// Its role.
        role: Role,
        /// 0–1.
        share: f64,
        /// With what; may be empty.
        label: String,
    },
    /// Something to see meanwhile.
    Partial {
        /// The run.
        run: RunId,
        /// The node.
        slot: Slot,
        /// Text to add to what was shown.
        text: String,
        /// A picture to show instead of the last.
        preview: Option<Blob>,
    },
    /// A message of a project's chat is as it says here.
    Chat(ChatMessage),
    /// The messages of a project's chat up to this one are no more.
    ChatForgotten {
        /// Which project.
        project: ProjectId,
        /// The last of them.
        until: ChatId,
    },
    /// An answer in a project's chat goes on.
    ChatText {
        /// The project.
        project: ProjectId,
        /// The answer.
        message: ChatId,
        /// How many bytes of it, in UTF-8, were told before.
        at: usize,
        /// What follows them.
        text: String,
    },
}

impl Event {
    /// A record as an event, where it is one.
    pub fn of(record: &Record) -> Option<Self> {
        Some(match record {
            Record::Project(project) => Self::Project(project.clone()),
            Record::ProjectRemoved { id } => Self::ProjectRemoved { id: id.clone() },
            Record::RunStarted(run) => Self::RunStarted(run.clone()),
            Record::RunEnded { run, outcome } => Self::RunEnded { run: run.clone(), outcome: outcome.clone() },
            Record::RunWaits { run } => Self::RunWaits { run: run.clone() },
            Record::Decided { slot, decision } => Self::Decided { slot: slot.clone(), decision: decision.clone() },
            Record::Batch(batch) => Self::Batch(batch.clone()),
            Record::BatchEnded { batch, .. } => Self::BatchEnded { batch: batch.clone() },
            Record::Brand(brand) => Self::Brand { name: brand.name.clone(), version: brand.version },
            Record::BrandRemoved { name, .. } => Self::BrandRemoved { name: name.clone() },
            Record::Node(change) => Self::Node(change.clone()),
            Record::Chat(message) => Self::Chat((**message).clone()),
            Record::ChatForgotten { project, until } => {
                Self::ChatForgotten { project: project.clone(), until: until.clone() }
            }
            Record::Log { run, slot, level, text } => {
                Self::Log { run: run.clone(), slot: slot.clone(), level: level.clone(), text: text.clone() }
            }
            _ => return None,
        })
    }

    /// Which run it belongs to.
    pub fn run(&self) -> Option<&RunId> {
        match self {
            Self::Project(_)
            | Self::ProjectRemoved { .. }
            | Self::Decided { .. }
            | Self::Batch(_)
            | Self::BatchEnded { .. }
            | Self::Brand { .. }
            | Self::BrandRemoved { .. }
            | Self::Chat(_)
            | Self::ChatForgotten { .. }
            | Self::ChatText { .. } => None,
            Self::RunStarted(run) => Some(&run.id),
            Self::Node(change) => Some(&change.run),
            Self::RunEnded { run, .. }
            | Self::RunInterrupted { run }
            | Self::RunWaits { run }
            | Self::Log { run, .. }
            | Self::Progress { run, .. }
            | Self::Partial { run, .. } => Some(run),
        }
    }

    /// Nothing of its run comes after it.
    pub fn ends_run(&self) -> bool {
        matches!(self, Self::RunEnded { .. } | Self::RunInterrupted { .. } | Self::RunWaits { .. })
    }
}

impl Live {
    /// As front ends see it; none: nothing for them.
    pub fn told(&self) -> Option<Told> {
        let event = match self.clone() {
            Self::Recorded(entry) => return told(&entry),
            Self::Kept(change) => Event::Node(*change),
            Self::Interrupted(run) => Event::RunInterrupted { run },
            Self::Progress { run, slot, role, share, label } => Event::Progress { run, slot, role, share, label },
            Self::Partial { run, slot, text, preview } => Event::Partial { run, slot, text, preview },
            Self::ChatText { project, message, at, text } => Event::ChatText { project, message, at, text },
        };
        Some(Told { event, seq: None, at_ms: None })
    }
}

/// A journalled entry as front ends see it, where it is an event.
pub fn told(entry: &Entry) -> Option<Told> {
    Some(Told { event: Event::of(&entry.record)?, seq: Some(entry.seq), at_ms: Some(entry.at_ms) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NodeState;

    #[test]
    fn what_was_told_reads_back_from_its_line() {
        let slot = Slot::new(&ProjectId::new("p"), &[], Role::Tts, 1);
        let run = RunId::new("r");
        let change = NodeChange::new(run.clone(), slot.clone(), Role::Tts, NodeState::Running);
        let recorded = Told { event: Event::Node(change), seq: Some(7), at_ms: Some(-3) };
        let progress = Event::Progress { run: run.clone(), slot, role: Role::Tts, share: 1.0, label: String::new() };
        let done = Event::RunEnded { run, outcome: RunOutcome::Done { value: serde_json::json!({"x": [1, 0.1]}) } };
        for told in [
            recorded,
            Told { event: progress, seq: None, at_ms: None },
            Told { event: done, seq: Some(8), at_ms: Some(0) },
        ] {
            let line = serde_json::to_string(&told).unwrap();
            assert!(line.starts_with("{\"type\":"), "{line}");
            assert_eq!(serde_json::from_str::<Told>(&line).unwrap(), told, "{line}");
        }
    }
}
