//! How long stages took on this box, for the time that is left.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use studio_plugin_sdk::roles::Role;

use crate::model::{Entry, NodeChange, NodeState, Record};

/// How much the newest time counts.
const WEIGHT: f64 = 0.2;

/// How long nodes of a kind usually take on this box.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Typical {
    /// Who does it.
    pub plugin: String,
    /// The role.
    pub role: Role,
    /// The kind of piece: `body` of a film, else the role's name.
    pub kind: String,
    /// Seconds.
    pub seconds: f64,
}

/// Typical seconds by plugin, role and, where stages call stages, by the kind of piece.
#[derive(Default)]
pub struct History {
    typical: Mutex<BTreeMap<(String, Role, String), f64>>,
}

impl History {
    /// Learnt from journalled events, oldest first.
    pub fn from_entries<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let history = Self::default();
        for entry in entries {
            if let Record::Node(change) = &entry.record {
                history.learn(change);
            }
        }
        history
    }

    /// Learnt from what another history knows.
    pub fn from_typical(known: Vec<Typical>) -> Self {
        let known = known.into_iter().map(|t| ((t.plugin, t.role, t.kind), t.seconds));
        Self { typical: Mutex::new(known.collect()) }
    }

    /// All that is known.
    pub fn all(&self) -> Vec<Typical> {
        let typical = self.typical.lock();
        let all = typical.iter().map(|((plugin, role, kind), seconds)| Typical {
            plugin: plugin.clone(),
            role: *role,
            kind: kind.clone(),
            seconds: *seconds,
        });
        all.collect()
    }

    /// A node that has ended.
    pub fn learn(&self, change: &NodeChange) {
        let (NodeState::Done, Some(seconds)) = (change.state, change.seconds) else { return };
        let mut typical = self.typical.lock();
        let known = typical.entry(kind(change)).or_insert(seconds);
        *known += WEIGHT * (seconds - *known);
    }

    /// How long such a node usually takes; none: never seen.
    pub fn typical(&self, change: &NodeChange) -> Option<f64> {
        self.typical.lock().get(&kind(change)).copied()
    }
}

/// Nodes of a kind take about as long: `body-intro` and `body-rice-2` are both a `body`.
fn kind(change: &NodeChange) -> (String, Role, String) {
    let last = change.slot.as_str().rsplit('/').next().unwrap_or_default();
    let piece = last.split(['-', '#']).next().unwrap_or_default();
    (change.plugin.clone(), change.role, piece.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ProjectId, RunId, Slot};

    fn done(id: &str, seconds: f64) -> NodeChange {
        let slot = Slot::new(&ProjectId::new("p"), &[], Role::Render, 1).child(id);
        let new = NodeChange::new(RunId::new("r"), slot, Role::Render, NodeState::Done);
        NodeChange { plugin: "ffmpeg".into(), seconds: Some(seconds), ..new }
    }

    #[test]
    fn pieces_of_a_kind_teach_each_other() {
        let history = History::default();
        history.learn(&done("body-a", 2.0));
        history.learn(&done("body-b", 4.0));
        let typical = history.typical(&done("body-c", 0.0)).unwrap();
        assert!((2.0..4.0).contains(&typical));
        assert_eq!(history.typical(&done("join", 0.0)), None);
    }
}
