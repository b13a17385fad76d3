//! How long stages took on this box, for the time that is left.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use studio_plugin_sdk::roles::Role;

use super::forecast::Spread;
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
    /// How far from that they usually are, in seconds.
    #[serde(default)]
    pub spread: f64,
}

/// Seconds, and how far from that they usually are.
#[derive(Clone, Copy)]
struct Seen {
    seconds: f64,
    spread: f64,
}

/// Typical seconds by plugin, role and, where stages call stages, by the kind of piece.
#[derive(Default)]
pub struct History {
    typical: Mutex<BTreeMap<(String, Role, String), Seen>>,
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
        let seen = |t: &Typical| Seen { seconds: t.seconds, spread: t.spread };
        let known = known.into_iter().map(|t| (seen(&t), t)).map(|(seen, t)| ((t.plugin, t.role, t.kind), seen));
        Self { typical: Mutex::new(known.collect()) }
    }

    /// All that is known.
    pub fn all(&self) -> Vec<Typical> {
        let typical = self.typical.lock();
        let all = typical.iter().map(|((plugin, role, kind), seen)| Typical {
            plugin: plugin.clone(),
            role: *role,
            kind: kind.clone(),
            seconds: seen.seconds,
            spread: seen.spread,
        });
        all.collect()
    }

    /// A node that has ended.
    pub fn learn(&self, change: &NodeChange) {
        let (NodeState::Done, Some(seconds)) = (change.state, change.seconds) else { return };
        let mut typical = self.typical.lock();
        // One alone says little of the next.
        let known = typical.entry(kind(change)).or_insert(Seen { seconds, spread: seconds / 2.0 });
        known.spread += WEIGHT * ((seconds - known.seconds).abs() - known.spread);
        known.seconds += WEIGHT * (seconds - known.seconds);
    }

    /// How long such a node usually takes; none: never seen.
    pub fn typical(&self, change: &NodeChange) -> Option<f64> {
        self.typical.lock().get(&kind(change)).map(|seen| seen.seconds)
    }

    /// The same, with what it may turn out to be.
    pub fn spread(&self, change: &NodeChange) -> Option<Spread<f64>> {
        let seen = self.typical.lock().get(&kind(change)).copied()?;
        let far = 2.0 * seen.spread;
        Some(Spread { low: (seen.seconds - far).max(0.0), likely: seen.seconds, high: seen.seconds + far })
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
        let spread = |id: &str| history.spread(&done(id, 0.0)).unwrap();
        let wide = spread("body-c");
        assert!(wide.low < wide.likely && wide.likely < wide.high);
        (0..50).for_each(|_| history.learn(&done("body-d", 3.0)));
        let narrow = spread("body-c");
        assert!(narrow.high - narrow.low < wide.high - wide.low, "what is always the same is known better");
    }
}
