//! Compaction: when most of the journal no longer matters, what does is copied to new segments, and the manifest is
//! switched to them at one instant. Entries keep their numbers. What is copied is the journal up to an instant, cut
//! there; the segments after it are taken over as they are. At open it runs before anybody reads; `compacting` does it
//! while the store is used.

use std::{
    collections::{HashSet, VecDeque},
    convert::Infallible,
    fs::File,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use super::{
    apply::{Tree, Trees, apply, tell},
    error::{Result, StoreError},
    extent::Extent,
    frame::{self, Meaning},
    journal::{Journal, new_segment},
    manifest::Manifest,
    mirror::Mirror,
    segments::{Place, SEGMENT_MAGIC, Segments},
};
use crate::model::Seq;

/// Entries are copied in groups of about this size, in bytes.
const COPY_GROUP: usize = 1 << 20;

/// When to compact, and what to keep of the past.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    /// Never below this many bytes.
    pub from_bytes: u64,
    /// Events that are kept for clients that come back.
    pub events: usize,
    /// The size at which a new segment is begun.
    pub segment_limit: u64,
}

/// Has the journal grown so far that it may be worth it?
pub(super) fn is_due(journal: &Journal, policy: &Policy) -> bool {
    journal.size() >= journal.manifest().compact_from.max(policy.from_bytes)
}

/// Compacts the journal where it is worth it, before anybody reads it.
pub(super) fn at_open(journal: &mut Journal, policy: &Policy) -> Result<()> {
    if !is_due(journal, policy) {
        return Ok(());
    }
    let old = journal.cut()?;
    let copied = copy(&old, &journal.segments().clone(), journal.dir(), policy, &AtomicBool::new(false))?;
    match copied {
        Some(copied) => {
            let next = journal.prepare(&copied)?;
            journal.adopt(next);
            Ok(())
        }
        None => journal.compact_later(),
    }
}

/// What the old segments come to.
pub(super) struct Copied {
    /// Names the new segments, and none of those that are taken over.
    pub manifest: Manifest,
    /// Segments from this one on are taken over.
    pub until: Seq,
}

impl Copied {
    /// Removes the new segments, which do not count yet.
    pub(super) fn discard(&self, dir: &Path) {
        for &first in &self.manifest.segments {
            let _ = std::fs::remove_file(dir.join(self.manifest.file_name(first)));
        }
    }
}

/// Copies what still matters of a journal that was just cut. None: most of it does.
pub(super) fn copy(
    old: &Extent,
    segments: &Segments,
    dir: &Path,
    policy: &Policy,
    stop: &AtomicBool,
) -> Result<Option<Copied>> {
    let survey = survey(old, segments, policy, stop)?;
    let before: u64 = old.ends.iter().map(|(_, bytes)| bytes).sum();
    let after: u64 = survey.keep.iter().map(|entry| u64::from(entry.place.len)).sum();
    if after * 2 >= before {
        return Ok(None);
    }
    let manifest = Manifest {
        generation: old.manifest.generation + 1,
        segments: Vec::new(),
        events_from: survey.events_from,
        compact_from: policy.from_bytes.max(after * 2),
        ..old.manifest.clone()
    };
    let mut new = Copied { manifest, until: old.manifest.current() };
    let copied = write(&survey.keep, segments, dir, &mut new.manifest, policy.segment_limit, stop);
    if let Err(e) = copied {
        new.discard(dir);
        return Err(e);
    }
    tracing::info!(before, after, "the journal is compacted");
    Ok(Some(new))
}

/// An entry that still matters.
#[derive(Clone, Copy)]
struct Keep {
    seq: Seq,
    place: Place,
    meaning: Meaning,
}

/// What the journal holds that still matters.
struct Survey {
    keep: Vec<Keep>,
    events_from: Seq,
}

fn survey(old: &Extent, segments: &Segments, policy: &Policy, stop: &AtomicBool) -> Result<Survey> {
    let from = old.manifest.events_from;
    let mut live = Live::new(policy.events);
    let mut all = Vec::new();
    old.each(segments, None, |entry, place, meaning| {
        stopped(stop)?;
        live.mirror.now = entry.seq;
        let Ok(()) = tell(&mut live, &entry, from);
        if meaning == Meaning::Facts {
            let Ok(()) = apply(&mut live, &entry);
        }
        all.push((entry.seq, place));
        Ok(())
    })?;
    let facts: HashSet<Seq> = live.mirror.values().collect();
    let told: HashSet<Seq> = live.events.iter().copied().collect();
    let keep = all.into_iter().filter_map(|(seq, place)| {
        // What no longer holds must not be applied again: what undid it may be gone.
        let meaning = if facts.contains(&seq) { Meaning::Facts } else { Meaning::OnlyTold };
        (meaning == Meaning::Facts || told.contains(&seq)).then_some(Keep { seq, place, meaning })
    });
    Ok(Survey { keep: keep.collect(), events_from: live.events_from.max(from) })
}

/// An error where the store is being closed meanwhile.
pub(super) fn stopped(stop: &AtomicBool) -> Result<()> {
    if stop.load(Ordering::Relaxed) { Err(StoreError::Closed) } else { Ok(()) }
}

/// Writes the entries into new segments, which `new` then names.
fn write(
    keep: &[Keep],
    segments: &Segments,
    dir: &Path,
    new: &mut Manifest,
    limit: u64,
    stop: &AtomicBool,
) -> Result<()> {
    let Some(first) = keep.first() else { return Ok(()) };
    let mut out = Output::begin(dir, new, first.seq)?;
    let mut group = Vec::new();
    let nexts = keep.iter().skip(1).map(Some).chain([None]);
    for (entry, next) in keep.iter().zip(nexts) {
        stopped(stop)?;
        group.push(segments.json(entry.place)?);
        let same_meaning = next.is_some_and(|n| n.meaning == entry.meaning);
        if !same_meaning || frame::body_len(&group) >= COPY_GROUP {
            out.write(&group, entry)?;
            group.clear();
        }
        if let Some(next) = next.filter(|_| group.is_empty() && out.len >= limit) {
            out.sync()?;
            out = Output::begin(dir, new, next.seq)?;
        }
    }
    out.sync()
}

/// A new segment being filled.
struct Output {
    path: PathBuf,
    file: File,
    len: u64,
}

impl Output {
    fn begin(dir: &Path, new: &mut Manifest, first: Seq) -> Result<Self> {
        let path = dir.join(new.file_name(first));
        // One that a failed attempt left may have another name, too: it is unlinked, never written to.
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(StoreError::io("remove", &path, e)),
            _ => new.segments.push(first),
        }
        let file = new_segment(dir, &path)?;
        Ok(Self { path, file, len: SEGMENT_MAGIC.len() as u64 })
    }

    fn write(&mut self, group: &[Vec<u8>], last: &Keep) -> Result<()> {
        let mut bytes = Vec::new();
        // All of it is durable before it counts.
        frame::encode(group, last.meaning, u64::MAX, last.seq, &mut bytes);
        self.file.write_all_at(&bytes, self.len).map_err(|e| StoreError::io("write", &self.path, e))?;
        self.len += bytes.len() as u64;
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        self.file.sync_all().map_err(|e| StoreError::io("sync", &self.path, e))
    }
}

/// The index as it would be, and the latest events.
struct Live {
    mirror: Mirror<Seq>,
    events: VecDeque<Seq>,
    keep_events: usize,
    events_from: Seq,
}

impl Live {
    fn new(keep_events: usize) -> Self {
        Self { mirror: Mirror::new(0), events: VecDeque::new(), keep_events, events_from: 0 }
    }
}

impl Trees for Live {
    type Error = Infallible;

    fn put(&mut self, tree: Tree, key: Vec<u8>) -> Result<(), Infallible> {
        if tree != Tree::Events {
            return self.mirror.put(tree, key);
        }
        self.events.push_back(self.mirror.now);
        if self.events.len() > self.keep_events {
            self.events.pop_front();
            self.events_from = self.events.front().copied().unwrap_or(self.mirror.now + 1);
        }
        Ok(())
    }

    fn mark(&mut self, tree: Tree, key: Vec<u8>) -> Result<(), Infallible> {
        self.mirror.mark(tree, key)
    }

    fn remove(&mut self, tree: Tree, key: &[u8]) -> Result<(), Infallible> {
        self.mirror.remove(tree, key)
    }

    fn keys(&self, tree: Tree, prefix: &[u8], from: &[u8]) -> Result<Vec<Vec<u8>>, Infallible> {
        self.mirror.keys(tree, prefix, from)
    }

    fn keys_below(&self, tree: Tree, to: &[u8]) -> Result<Vec<Vec<u8>>, Infallible> {
        self.mirror.keys_below(tree, to)
    }

    fn has(&self, tree: Tree, key: &[u8]) -> Result<bool, Infallible> {
        self.mirror.has(tree, key)
    }
}
