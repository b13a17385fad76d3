//! Reading how nodes stand. A run may have ten thousand: which of them are wanted is seen without their entries.

use super::{
    Store,
    apply::{Tree, noted},
    error::Result,
    index::{Index, Stored},
    keys::{head, pair, rest},
};
use crate::model::{Entry, NodeChange, NodeState, ProjectId, Record, RunId, Seq, Slot};

impl Store {
    /// The latest change of every slot of a run, in the order of the slots' names.
    pub fn last_nodes(&self, run: &RunId) -> Result<Vec<NodeChange>> {
        self.nodes_where(run, None, usize::MAX, |_| true)
    }

    /// The same of those that stand as is wanted, after a slot, so many at most.
    pub fn nodes_where(
        &self,
        run: &RunId,
        after: Option<&Slot>,
        most: usize,
        wanted: impl Fn(NodeState) -> bool,
    ) -> Result<Vec<NodeChange>> {
        let mut found = self.places_of(run, after, most, wanted)?;
        found.truncate(most);
        found.into_iter().filter_map(|(_, stored)| self.entry(stored).map(|e| node(e.record)).transpose()).collect()
    }

    /// How every node of a run stands, in the order of the slots' names.
    pub fn node_states(&self, run: &RunId) -> Result<Vec<(Slot, NodeState)>> {
        let found = self.places_of(run, None, usize::MAX, |_| true)?;
        Ok(found.into_iter().filter_map(|(slot, stored)| Some((Slot::named(slot), state_of(stored)?))).collect())
    }

    /// The nodes of a run that are wanted, in order: at least the first `most` of them.
    fn places_of(
        &self,
        run: &RunId,
        after: Option<&Slot>,
        most: usize,
        wanted: impl Fn(NodeState) -> bool,
    ) -> Result<Vec<(String, Stored)>> {
        let of_run = head(run.as_str());
        let from = after.map_or_else(|| of_run.clone(), |slot| pair(run.as_str(), slot.as_str()));
        let mut found = self.read(|index| {
            let mut found = Vec::new();
            for tree in [Tree::Nodes, Tree::Waiting] {
                let fit = index.scan(tree, &of_run, &from).filter(|item| match item {
                    Ok((key, stored)) => {
                        (after.is_none() || key.as_ref() != from.as_slice()) && state_of(*stored).is_some_and(&wanted)
                    }
                    Err(_) => true,
                });
                for item in fit.take(most) {
                    let (key, stored) = item?;
                    found.push((String::from_utf8_lossy(rest(run.as_str(), &key)).into_owned(), stored));
                }
            }
            Ok(found)
        })?;
        found.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(found)
    }

    /// The latest change of one slot of a run.
    pub fn last_node(&self, run: &RunId, slot: &Slot) -> Result<Option<NodeChange>> {
        let key = pair(run.as_str(), slot.as_str());
        let last = self.one(Tree::Nodes, &key, node)?;
        if last.is_some() { Ok(last) } else { self.one(Tree::Waiting, &key, node) }
    }

    /// Has a run met a slot?
    pub fn has_node(&self, run: &RunId, slot: &Slot) -> Result<bool> {
        let key = pair(run.as_str(), slot.as_str());
        Ok(self.is_there(Tree::Nodes, &key)? || self.is_there(Tree::Waiting, &key)?)
    }

    /// What failed last at its place and was not made since, of one project or of all, in the order of the slots.
    pub fn dead(&self, project: Option<&ProjectId>) -> Result<Vec<NodeChange>> {
        let prefix = project.map(|id| format!("{id}/")).unwrap_or_default();
        self.many(Tree::Dead, prefix.as_bytes(), node)
    }

    /// The nodes of a run that were made or failed in it, with the time of that.
    pub fn ended_nodes(&self, run: &RunId) -> Result<Vec<(i64, NodeChange)>> {
        let ended = |state| matches!(state, NodeState::Done | NodeState::Failed);
        let found = self.places_of(run, None, usize::MAX, ended)?;
        let timed = |entry: Entry| node(entry.record).map(|change| (entry.at_ms, change));
        found.into_iter().filter_map(|(_, stored)| self.entry(stored).map(timed).transpose()).collect()
    }

    /// The number of the latest change of a run's nodes that this process has written; 0: none.
    pub fn node_changed(&self, run: &RunId) -> Seq {
        self.inner.shared.changed.lock().get(run).copied().unwrap_or(0)
    }

    /// All runs, the oldest first.
    pub fn run_ids(&self) -> Result<Vec<RunId>> {
        let id = |key: &[u8]| RunId::new(String::from_utf8_lossy(key));
        self.read(|index| index.scan(Tree::Runs, &[], &[]).map(|item| item.map(|(key, _)| id(&key))).collect())
    }

    /// The slots of a project at which something was made by hand, in order.
    pub fn edited_slots(&self, project: &ProjectId) -> Result<Vec<Slot>> {
        let prefix = format!("{project}/");
        let slot = |key: &[u8]| Slot::named(String::from_utf8_lossy(key));
        self.read(|index: &Index| {
            index.scan(Tree::Edits, prefix.as_bytes(), &[]).map(|item| item.map(|(key, _)| slot(&key))).collect()
        })
    }
}

fn state_of(stored: Stored) -> Option<NodeState> {
    match stored {
        Stored::Noted(note, _) => noted(note),
        Stored::Present | Stored::At(_) => None,
    }
}

fn node(record: Record) -> Option<NodeChange> {
    if let Record::Node(change) = record { Some(change) } else { None }
}
