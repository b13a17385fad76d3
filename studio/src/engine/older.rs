//! Upgrades never spend: a result that was paid or approved stays in use when only versions have changed since.

use super::{naming::Named, open::Core};
use crate::{
    model::{Approval, Kept, Key, Slot, blobs_in},
    store::StoreError,
};

/// So many of a place's latest results are looked at.
const LOOKED_AT: usize = 32;

/// A result that a place has already.
pub struct Found {
    /// Who of the chain would make it.
    pub at: usize,
    /// Its name.
    pub key: Key,
    /// The result.
    pub kept: Kept,
    /// An older version made it.
    pub older: bool,
}

/// The result that is used for a place; none: it is to be made. `renews`: not one of an older version.
pub fn found(core: &Core, slot: &Slot, chain: &[Named], renews: bool) -> Result<Option<Found>, StoreError> {
    if !renews && let Some((key, kept)) = made_by_older(core, slot, chain)? {
        return Ok(Some(Found { at: 0, key, kept, older: true }));
    }
    // Who answered once goes on answering, also if an earlier one of the chain would work again.
    for (at, named) in chain.iter().enumerate() {
        if let Some(kept) = core.store.kept(&named.key)?.filter(|kept| is_usable(core, kept)) {
            return Ok(Some(Found { at, key: named.key.clone(), kept, older: false }));
        }
    }
    Ok(None)
}

/// What costs nothing is made again where one of its files is gone. What was paid is not: that it is lost is said where
/// it is used.
fn is_usable(core: &Core, kept: &Kept) -> bool {
    let mut files = Vec::new();
    blobs_in(&kept.response, &mut files);
    kept.provenance.paid || files.iter().all(|file| core.store.blobs().can_be_had(file))
}

/// The latest result of a place that was asked for in the same way, where an older version made it and it was paid or
/// approved.
fn made_by_older(core: &Core, slot: &Slot, chain: &[Named]) -> Result<Option<(Key, Kept)>, StoreError> {
    let is_of_now = |key: &Key| chain.iter().any(|named| named.key == *key);
    if core.store.slot(slot)?.as_ref().is_none_or(is_of_now) {
        return Ok(None);
    }
    let wanted: Vec<Key> = chain.iter().map(Named::asked).collect();
    for key in core.store.slot_history(slot)?.into_iter().rev().take(LOOKED_AT) {
        let Some(kept) = core.store.kept(&key)? else { continue };
        if is_of_now(&key) {
            return Ok(None);
        }
        let same = kept.provenance.asked.as_ref().is_some_and(|asked| wanted.contains(asked));
        if same && (kept.provenance.paid || core.store.approval(slot, &kept.digest)? == Approval::Approved) {
            return Ok(Some((key, kept)));
        }
    }
    Ok(None)
}
