//! Reading what people decided, and what a slot has had.

use super::{
    Store,
    apply::Tree,
    error::Result,
    keys::{head, pair},
};
use crate::model::{Approval, Decision, Digest, HandEdit, Key, Record, Slot, Steering};
use studio_plugin_sdk::wire::Take;

impl Store {
    /// How a slot is steered.
    pub fn steering(&self, slot: &Slot) -> Result<Steering> {
        let by_slot = slot.as_str().as_bytes();
        let take = self.one(Tree::Takes, by_slot, |record| decision(record).and_then(take))?.unwrap_or_default();
        let edit = self.one(Tree::Edits, by_slot, |record| decision(record).and_then(edit))?;
        Ok(Steering { take, edit })
    }

    /// Where the result with that digest stands with the person who is to approve it.
    pub fn approval(&self, slot: &Slot, digest: &Digest) -> Result<Approval> {
        if self.is_there(Tree::Approvals, &pair(slot.as_str(), digest.hex()))? {
            return Ok(Approval::Approved);
        }
        let before = self.is_any(Tree::Approvals, &head(slot.as_str()))?;
        Ok(if before { Approval::Stale } else { Approval::Open })
    }

    /// The takes that were asked for beside the first, by number.
    pub fn takes_asked(&self, slot: &Slot) -> Result<Vec<Take>> {
        self.many(Tree::Asked, &head(slot.as_str()), |record| decision(record).and_then(take))
    }

    /// The names of all results that a slot has had, with the number of the record that made each current last.
    pub fn slot_history(&self, slot: &Slot) -> Result<Vec<Key>> {
        let mut keys = self.entries(Tree::History, &head(slot.as_str()), |entry| match entry.record {
            Record::SlotResult { key, .. } => Some((entry.seq, key)),
            _ => None,
        })?;
        keys.sort_by_key(|(seq, _)| *seq);
        Ok(keys.into_iter().map(|(_, key)| key).collect())
    }
}

fn decision(record: Record) -> Option<Decision> {
    if let Record::Decided { decision, .. } = record { Some(*decision) } else { None }
}

fn take(decision: Decision) -> Option<Take> {
    match decision {
        Decision::Regenerated { take } | Decision::Chosen { take } => Some(take),
        _ => None,
    }
}

fn edit(decision: Decision) -> Option<HandEdit> {
    if let Decision::Edited(edit) = decision { Some(edit) } else { None }
}
