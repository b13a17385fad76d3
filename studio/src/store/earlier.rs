//! Earlier results of places: those that may go when a person asks for room. What is current, what a person chose,
//! approved or edited, and what is worked on stays. `gc` asks.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    time::Duration,
};

use super::{Store, apply::Tree, error::Result, gc::since, mirror::Mirror, segments::Place};
use crate::model::{Decision, Digest, Kept, Key, Record, Seq, Slot};

/// Which earlier results may go.
#[derive(Clone, Copy, Debug)]
pub struct Earlier {
    /// Those that were made so long ago.
    pub older_than: Duration,
    /// Also those that cost money.
    pub paid: bool,
}

/// What stands in the way of each place's results.
#[derive(Default)]
struct Places {
    /// The results of each place, with the record that made each of them current last.
    had: BTreeMap<Slot, Vec<(Seq, Key)>>,
    /// The number of the take that is used, where a person chose.
    takes: HashMap<Slot, u32>,
    approved: HashSet<(Slot, Digest)>,
    /// Current somewhere, edited by hand, or under way.
    used: HashSet<Key>,
}

impl Store {
    /// The earlier results that may go: of a result that several places have had, none of them needs it.
    pub(super) fn earlier(&self, mirror: &Mirror<Place>, which: Earlier) -> Result<BTreeSet<Key>> {
        let places = self.decided_places(mirror)?;
        let kept: HashMap<&[u8], Place> =
            mirror.tree(Tree::Kept).filter_map(|(key, place)| Some((key, place?))).collect();
        let (mut found, mut stay) = (BTreeSet::new(), places.used);
        for (slot, mut had) in places.had {
            had.sort_by_key(|(seq, _)| *seq);
            let mut chosen = Some(places.takes.get(&slot).copied().unwrap_or(1));
            for (_, key) in had.into_iter().rev() {
                let Some(place) = kept.get(key.as_str().as_bytes()) else { continue };
                let Some(result) = self.result_at(*place)? else { continue };
                let is_chosen = chosen == Some(result.provenance.take.n);
                if is_chosen {
                    // The latest of the take that is used comes back without being made, whatever is current.
                    chosen = None;
                }
                let young = since(result.provenance.at_ms) < which.older_than;
                let is_approved = places.approved.contains(&(slot.clone(), result.digest));
                if is_chosen || young || is_approved || (result.provenance.paid && !which.paid) {
                    stay.insert(key);
                } else {
                    found.insert(key);
                }
            }
        }
        found.retain(|key| !stay.contains(key));
        Ok(found)
    }

    fn result_at(&self, place: Place) -> Result<Option<Kept>> {
        Ok(match self.inner.shared.segments.entry(place)?.record {
            Record::Result { kept, .. } => Some(*kept),
            _ => None,
        })
    }

    fn decided_places(&self, mirror: &Mirror<Place>) -> Result<Places> {
        let mut places = Places::default();
        for tree in [Tree::History, Tree::Slots, Tree::Takes, Tree::Approvals, Tree::Edits, Tree::Started] {
            for (_, place) in mirror.tree(tree) {
                let Some(place) = place else { continue };
                let entry = self.inner.shared.segments.entry(place)?;
                match entry.record {
                    Record::SlotResult { slot, key } if tree == Tree::History => {
                        places.had.entry(slot).or_default().push((entry.seq, key));
                    }
                    Record::SlotResult { key, .. } => _ = places.used.insert(key),
                    Record::Started(node) => _ = places.used.insert(node.key),
                    Record::Decided { slot, decision } => places.decided(slot, *decision),
                    _ => {}
                }
            }
        }
        Ok(places)
    }
}

impl Places {
    fn decided(&mut self, slot: Slot, decision: Decision) {
        match decision {
            Decision::Regenerated { take } | Decision::Chosen { take } => _ = self.takes.insert(slot, take.n),
            Decision::Approved { digest } => _ = self.approved.insert((slot, digest)),
            Decision::Edited(edit) => _ = self.used.insert(edit.replaces),
            Decision::EditDropped => {}
        }
    }
}
