//! What front ends are told while things happen.

use std::sync::Arc;

use serde_json::json;
use studio_plugin_sdk::{blob::Blob, roles::Role};

use crate::model::{Entry, NodeChange, RunId, Slot};

/// Something that happened. `Recorded` has a sequence number and can be asked for again; the rest is
/// only of the moment.
#[derive(Clone, Debug)]
pub enum Live {
    /// A journalled event.
    Recorded(Arc<Entry>),
    /// A node's result was kept from before.
    Kept(NodeChange),
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
}

impl Live {
    /// One line of JSON: a recorded event with its number, a passing one without.
    pub fn to_line(&self) -> String {
        let value = match self {
            Self::Recorded(entry) => {
                let mut value = serde_json::to_value(&entry.record).unwrap_or_default();
                value["seq"] = entry.seq.into();
                value["at_ms"] = entry.at_ms.into();
                value
            }
            Self::Kept(change) => {
                let mut value = serde_json::to_value(change).unwrap_or_default();
                value["type"] = "node".into();
                value
            }
            Self::Progress { run, slot, role, share, label } => json!({
                "type": "progress", "run": run, "slot": slot, "role": role, "share": share, "label": label,
            }),
            Self::Partial { run, slot, text, preview } => json!({
                "type": "partial", "run": run, "slot": slot, "text": text, "preview": preview,
            }),
        };
        value.to_string()
    }

    /// Which run it belongs to.
    pub fn run(&self) -> Option<&RunId> {
        use crate::model::Record;
        match self {
            Self::Recorded(entry) => match &entry.record {
                Record::RunStarted(run) => Some(&run.id),
                Record::RunEnded { run, .. } | Record::RunWaits { run } | Record::Log { run, .. } => Some(run),
                Record::Node(change) => Some(&change.run),
                _ => None,
            },
            Self::Kept(change) => Some(&change.run),
            Self::Progress { run, .. } | Self::Partial { run, .. } => Some(run),
        }
    }
}
