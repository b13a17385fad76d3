//! What nothing refers to goes: first results that no place in any project has or had, then blobs that no record
//! names. Mark and sweep by the owner, while it goes on: what is put, found or named meanwhile stays. Blobs go to the
//! trash, and from there after a day; one that is missed before that comes back (`blobs`).

use std::{
    collections::{BTreeSet, HashSet},
    fs,
    io::ErrorKind,
    time::{Duration, SystemTime},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Store,
    apply::Tree,
    check::facts,
    earlier::Earlier,
    error::{Result, StoreError},
    extent::{Extent, nothing},
    mirror::Mirror,
    references::{digests_in, named},
    segments::Place,
    trash::KEPT_FOR,
};
use crate::model::{Decision, Digest, Key, Record, TurnRecord};

/// A blob that nothing refers to is left alone for so long after it was put or found. Leases protect what is put
/// during a run; this protects what is put for a request that is answered in a moment.
const YOUNG: Duration = Duration::from_hours(1);
/// Results that are forgotten in one record.
const RESULTS_AT_ONCE: usize = 500;

/// How to collect.
#[derive(Clone, Copy, Debug, Default)]
pub struct Collect {
    /// Only say what would go.
    pub dry_run: bool,
    /// Delete at once what is in the trash or would go there.
    pub now: bool,
    /// Results may go too: no run is under way, and none will begin before this has ended.
    pub results: bool,
    /// These earlier results of places go as well; none: none.
    pub earlier: Option<Earlier>,
}

/// What was collected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Collected {
    /// Nothing was done; this is what would be.
    pub dry_run: bool,
    /// Results that no place has or had.
    pub results: u64,
    /// Earlier results of places, where that was asked for.
    #[serde(default)]
    pub takes: u64,
    /// Runs were under way or the disk was full, so results were left alone.
    pub results_left: bool,
    /// Blobs that went to the trash.
    pub trashed: u64,
    /// Their size in bytes: free in a day.
    pub trashed_bytes: u64,
    /// Blobs that were deleted.
    pub deleted: u64,
    /// Their size in bytes: free now.
    pub deleted_bytes: u64,
    /// Blobs that came back from the trash, since something refers to them after all.
    pub taken_back: u64,
    /// Blobs that stay.
    pub left: u64,
    /// Their size in bytes.
    pub left_bytes: u64,
}

/// One thing to be done; after any number of them a kill leaves a whole store.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Back from the trash.
    TakeBack(Digest),
    /// Out of the trash for good.
    Delete(Digest, u64),
    /// Into the trash, or gone.
    ThrowAway(Digest, u64),
}

/// Opens the sealed answers of a turn: their text.
pub type Unseal<'a> = &'a dyn Fn(&TurnRecord) -> Result<String, String>;

impl Store {
    /// Collects. `roots` are blobs that stay although no record names them. Blocks.
    pub fn collect(&self, how: Collect, roots: &[Digest], unseal: Unseal<'_>) -> Result<Collected> {
        let upkeep = self.inner.upkeep.try_lock();
        let _alone = upkeep.ok_or(StoreError::Upkeep { what: "a backup or a collection" })?;
        let _whole = self.inner.whole.read();
        let _all = self.blobs().lease_all();
        match self.collect_alone(how, roots, unseal) {
            // On a full disk nothing can be written, and yet this is what makes room.
            Err(StoreError::Full { .. }) => self.collect_alone(Collect { results: false, ..how }, roots, unseal),
            collected => collected,
        }
    }

    fn collect_alone(&self, how: Collect, roots: &[Digest], unseal: Unseal<'_>) -> Result<Collected> {
        let mut collected = Collected { dry_run: how.dry_run, results_left: !how.results, ..Collected::default() };
        let (steps, forgotten) = self.plan_collection(how, roots, unseal, &mut collected)?;
        collected.results = forgotten.len() as u64 - collected.takes;
        if !how.dry_run {
            for keys in forgotten.chunks(RESULTS_AT_ONCE) {
                self.commit_blocking(vec![Record::ResultsForgotten { keys: keys.to_vec() }])?;
            }
        }
        for step in steps {
            self.collect_step(step, how, &mut collected)?;
        }
        Ok(collected)
    }

    /// What there is to do: the steps for blobs, and the results to be forgotten.
    pub(super) fn plan_collection(
        &self,
        how: Collect,
        roots: &[Digest],
        unseal: Unseal<'_>,
        collected: &mut Collected,
    ) -> Result<(Vec<Step>, Vec<Key>)> {
        let segments = &self.inner.shared.segments;
        let (extent, mut mirror) = (self.extent()?, nothing());
        extent.mirror(segments, None, &mut mirror)?;
        let mut forgotten = if how.results { self.forgotten(&mirror, how)? } else { BTreeSet::new() };
        if let Some(which) = how.earlier.filter(|_| how.results) {
            let earlier = self.earlier(&mirror, which)?;
            collected.takes = earlier.len() as u64;
            forgotten.extend(earlier);
        }
        let mut used: HashSet<Digest> = roots.iter().copied().collect();
        for place in facts(&mirror) {
            let record = segments.entry(place)?.record;
            let goes = matches!(&record, Record::Result { key, .. } if forgotten.contains(key));
            if !goes {
                used.extend(names(&record, unseal)?);
            }
        }
        drop(mirror);
        let blobs = self.all_blobs()?;
        let trashed = self.blobs().trash().all().map_err(|e| StoreError::io("read", &self.inner.shared.dir, e))?;
        // What was written since then may name what nothing named before.
        let later: Extent = self.extent()?;
        later.each(segments, Some(&extent), |entry, _, _| {
            used.extend(names(&entry.record, unseal)?);
            Ok(())
        })?;
        let mut steps = Vec::new();
        for old in trashed {
            if used.contains(&old.digest) {
                steps.push(Step::TakeBack(old.digest));
            } else if how.now || old.age >= KEPT_FOR {
                steps.push(Step::Delete(old.digest, old.bytes));
            }
        }
        for (digest, bytes) in blobs {
            if used.contains(&digest) {
                collected.left += 1;
                collected.left_bytes += bytes;
            } else {
                steps.push(Step::ThrowAway(digest, bytes));
            }
        }
        Ok((steps, forgotten.into_iter().collect()))
    }

    /// Does a step, or with `dry_run` counts it.
    pub(super) fn collect_step(&self, step: Step, how: Collect, collected: &mut Collected) -> Result<()> {
        let (blobs, young) = (self.blobs(), if how.now { Duration::ZERO } else { YOUNG });
        let old = |metadata: &fs::Metadata| age(metadata) >= young;
        let done = match step {
            Step::ThrowAway(digest, _) if how.dry_run => blobs.would_go(&digest, old),
            Step::ThrowAway(digest, _) => gone_is_false(blobs.throw_away(&digest, how.now, old))?,
            _ if how.dry_run => true,
            Step::TakeBack(digest) => gone_is_false(blobs.take_back(&digest))?,
            Step::Delete(digest, _) => gone_is_false(blobs.trash().delete(&digest).map(|()| true))?,
        };
        match step {
            Step::TakeBack(_) => collected.taken_back += u64::from(done),
            Step::ThrowAway(_, bytes) if !done => {
                collected.left += 1;
                collected.left_bytes += bytes;
            }
            Step::ThrowAway(_, bytes) if !how.now => {
                collected.trashed += 1;
                collected.trashed_bytes += bytes;
            }
            Step::Delete(_, bytes) | Step::ThrowAway(_, bytes) => {
                collected.deleted += u64::from(done);
                collected.deleted_bytes += if done { bytes } else { 0 };
            }
        }
        Ok(())
    }

    /// Results that no place in any project has or had, made more than a day ago.
    fn forgotten(&self, mirror: &Mirror<Place>, how: Collect) -> Result<BTreeSet<Key>> {
        let segments = &self.inner.shared.segments;
        let mut candidates = BTreeSet::new();
        for (_, place) in mirror.tree(Tree::Kept) {
            if let Some(place) = place
                && let Record::Result { key, kept: result } = segments.entry(place)?.record
                && (how.now || since(result.provenance.at_ms) >= KEPT_FOR)
            {
                candidates.insert(key);
            }
        }
        for tree in [Tree::History, Tree::Edits, Tree::Started] {
            for (_, place) in mirror.tree(tree) {
                let Some(place) = place else { continue };
                match segments.entry(place)?.record {
                    Record::SlotResult { key, .. } => candidates.remove(&key),
                    Record::Started(node) => candidates.remove(&node.key),
                    Record::Decided { decision, .. } => match *decision {
                        Decision::Edited(edit) => candidates.remove(&edit.replaces),
                        _ => false,
                    },
                    _ => false,
                };
            }
        }
        Ok(candidates)
    }

    fn all_blobs(&self) -> Result<Vec<(Digest, u64)>> {
        self.blobs().all().map_err(|e| StoreError::io("read", &self.inner.shared.dir.join("blobs"), e))
    }
}

/// All that a record names, sealed or not.
pub(super) fn names(record: &Record, unseal: Unseal<'_>) -> Result<Vec<Digest>> {
    let mut found = named(record);
    if let Record::Turn(turn) = record
        && turn.sealed.is_some()
    {
        let sealed = |what: String| StoreError::Sealed { slot: turn.key.to_string(), what };
        let value = serde_json::from_str(&unseal(turn).map_err(sealed)?).map_err(|e| sealed(e.to_string()))?;
        digests_in(&value, &mut found);
    }
    Ok(found)
}

/// Something that was gone already is not done, and no error.
fn gone_is_false(done: std::io::Result<bool>) -> Result<bool> {
    match done {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
        done => done.map_err(|e| StoreError::io("remove", std::path::Path::new("blobs"), e)),
    }
}

fn age(metadata: &fs::Metadata) -> Duration {
    metadata.modified().ok().and_then(|at| SystemTime::now().duration_since(at).ok()).unwrap_or_default()
}

/// How long ago that was, in milliseconds since 1970.
pub(super) fn since(ms: i64) -> Duration {
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(ms).unwrap_or(0));
    SystemTime::now().duration_since(at).unwrap_or_default()
}
