//! The nodes of a run: found by their places, in the order in which they came.

use std::collections::HashMap;

use crate::model::{NodeChange, NodeState, Pace, Slot};

/// How far a running node is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// By the clock of the events, in seconds.
    pub pace: Pace,
    /// When it began is known; else nothing can be said of what is left.
    pub timed: bool,
    /// With what; may be empty.
    pub label: String,
}

/// The nodes of a run.
#[derive(Debug, Default)]
pub struct Nodes {
    all: Vec<NodeChange>,
    places: HashMap<Slot, usize>,
    progress: HashMap<Slot, Progress>,
    counts: HashMap<NodeState, usize>,
}

impl Nodes {
    /// These, and no others.
    pub fn of(nodes: Vec<NodeChange>) -> Self {
        let mut all = Self::default();
        nodes.into_iter().for_each(|node| all.put(node, 0));
        all
    }

    /// A node is as it says.
    pub fn put(&mut self, node: NodeChange, at_ms: i64) {
        *self.counts.entry(node.state).or_default() += 1;
        if node.state == NodeState::Running {
            let began = || Progress { pace: Pace::new(seconds(at_ms)), timed: at_ms > 0, ..Progress::default() };
            self.progress.entry(node.slot.clone()).or_insert_with(began);
        } else {
            self.progress.remove(&node.slot);
        }
        match self.places.get(&node.slot) {
            Some(&at) => {
                let before = std::mem::replace(&mut self.all[at], node);
                if let Some(count) = self.counts.get_mut(&before.state) {
                    *count -= 1;
                }
            }
            None => {
                self.places.insert(node.slot.clone(), self.all.len());
                self.all.push(node);
            }
        }
    }

    /// How far a node is, at that moment in milliseconds since 1970.
    pub fn progressed(&mut self, slot: &Slot, share: f64, label: String, at_ms: i64) {
        if let Some(progress) = self.progress.get_mut(slot) {
            progress.pace.progressed(share, seconds(at_ms));
            progress.label = label;
        }
    }

    /// All of them.
    pub fn all(&self) -> &[NodeChange] {
        &self.all
    }

    /// The one at a place.
    pub fn at(&self, slot: &Slot) -> Option<&NodeChange> {
        self.places.get(slot).map(|at| &self.all[*at])
    }

    /// How far one is; none: it does not run.
    pub fn progress(&self, slot: &Slot) -> Option<&Progress> {
        self.progress.get(slot)
    }

    /// How many are in a state.
    pub fn count(&self, state: NodeState) -> usize {
        self.counts.get(&state).copied().unwrap_or_default()
    }

    /// The share of nodes that have ended, with what the running ones have done of theirs; none: there are none.
    pub fn share(&self) -> Option<f64> {
        let ended: usize = [NodeState::Kept, NodeState::Done, NodeState::Failed, NodeState::Cancelled]
            .into_iter()
            .map(|state| self.count(state))
            .sum();
        let running: f64 = self.progress.values().map(|progress| progress.pace.share()).sum();
        (!self.all.is_empty()).then(|| (ended as f64 + running) / self.all.len() as f64)
    }

    /// Those of a scope, such as a scene.
    pub fn within<'a>(&'a self, scope: &'a str) -> impl Iterator<Item = &'a NodeChange> {
        self.all
            .iter()
            .filter(move |node| node.slot.local().strip_prefix(scope).is_some_and(|rest| rest.starts_with('/')))
    }
}

/// Milliseconds since 1970 as seconds.
fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

impl Progress {
    /// Seconds that are left; none: that cannot be said.
    pub fn left(&self, now_ms: i64) -> Option<f64> {
        self.pace.left(seconds(now_ms), None).filter(|_| self.timed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ProjectId, RunId};
    use studio_plugin_sdk::roles::Role;

    fn node(scene: &str, state: NodeState) -> NodeChange {
        let slot = Slot::new(&ProjectId::new("p"), &[scene.to_owned()], Role::Tts, 1);
        NodeChange::new(RunId::new("r"), slot, Role::Tts, state)
    }

    #[test]
    fn states_are_counted_and_progress_ends_with_the_work() {
        let mut nodes = Nodes::of(vec![node("a", NodeState::Ready), node("b", NodeState::Done)]);
        nodes.put(node("a", NodeState::Running), 5);
        let slot = node("a", NodeState::Running).slot;
        nodes.progressed(&slot, 0.5, "half".into(), 9);
        assert_eq!((nodes.count(NodeState::Ready), nodes.count(NodeState::Running)), (0, 1));
        assert!((nodes.share().unwrap() - 0.75).abs() < 1e-9);
        nodes.put(node("a", NodeState::Failed), 6);
        assert_eq!(nodes.progress(&slot), None);
        assert_eq!(nodes.within("a").count(), 1);
        assert_eq!(nodes.all().len(), 2);
    }
}
