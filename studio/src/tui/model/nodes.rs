//! The nodes of a run: found by their places, in the order in which they came.

use std::collections::HashMap;

use crate::model::{NodeChange, NodeState, Slot};

/// How far a running node is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// 0–1.
    pub share: f64,
    /// With what; may be empty.
    pub label: String,
    /// When it began to run, in milliseconds since 1970.
    pub began_ms: i64,
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
            self.progress.entry(node.slot.clone()).or_insert(Progress { began_ms: at_ms, ..Progress::default() });
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

    /// How far a node is.
    pub fn progressed(&mut self, slot: &Slot, share: f64, label: String) {
        if let Some(progress) = self.progress.get_mut(slot) {
            progress.share = share.clamp(0.0, 1.0);
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
        let running: f64 = self.progress.values().map(|progress| progress.share).sum();
        (!self.all.is_empty()).then(|| (ended as f64 + running) / self.all.len() as f64)
    }

    /// Those of a scope, such as a scene.
    pub fn within<'a>(&'a self, scope: &'a str) -> impl Iterator<Item = &'a NodeChange> {
        self.all
            .iter()
            .filter(move |node| node.slot.local().strip_prefix(scope).is_some_and(|rest| rest.starts_with('/')))
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
        nodes.progressed(&slot, 0.5, "half".into());
        assert_eq!((nodes.count(NodeState::Ready), nodes.count(NodeState::Running)), (0, 1));
        assert!((nodes.share().unwrap() - 0.75).abs() < 1e-9);
        nodes.put(node("a", NodeState::Failed), 6);
        assert_eq!(nodes.progress(&slot), None);
        assert_eq!(nodes.within("a").count(), 1);
        assert_eq!(nodes.all().len(), 2);
    }
}
