//! Compaction: when most of the journal no longer matters, what does is written to new segments, and the manifest
//! is switched to them at one instant. Entries keep their numbers. Runs at open, before the index is opened.

use std::{
    collections::{HashSet, VecDeque},
    convert::Infallible,
    fs::File,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use super::{
    apply::{Tree, Trees, apply, tell},
    error::{Result, StoreError},
    frame::{self, Meaning},
    journal::{Journal, new_segment},
    manifest::Manifest,
    mirror::Mirror,
    segments::{Place, SEGMENT_MAGIC},
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

/// Compacts the journal where it is worth it. True: its files have changed, and it must be opened again.
pub(super) fn compact(journal: &Journal, policy: &Policy) -> Result<bool> {
    let manifest = journal.manifest();
    let size = size(journal)?;
    if size < manifest.compact_from.max(policy.from_bytes) {
        return Ok(false);
    }
    let survey = survey(journal, policy)?;
    let live_bytes: u64 = survey.keep.iter().map(|entry| u64::from(entry.place.len)).sum();
    if live_bytes * 2 >= size {
        let later = Manifest { compact_from: size + size / 2, ..manifest.clone() };
        return later.save(journal.dir()).map(|()| true);
    }
    let mut new = Manifest {
        generation: manifest.generation + 1,
        segments: Vec::new(),
        last_seq: journal.mark().seq,
        events_from: survey.events_from,
        compact_from: policy.from_bytes.max(live_bytes * 2),
        ..manifest.clone()
    };
    let copied = copy(journal, &survey.keep, &mut new, policy.segment_limit);
    if let Err(e) = copied.and_then(|()| new.save(journal.dir())) {
        for &first in &new.segments {
            let _ = std::fs::remove_file(journal.dir().join(new.file_name(first)));
        }
        return Err(e);
    }
    tracing::info!(before = size, after = live_bytes, "the journal was compacted");
    Ok(true)
}

fn size(journal: &Journal) -> Result<u64> {
    let mut size = 0;
    for &first in &journal.manifest().segments {
        let (file, path) = journal.segments().get(first)?;
        size += file.metadata().map_err(|e| StoreError::io("read", &path, e))?.len();
    }
    Ok(size)
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

fn survey(journal: &Journal, policy: &Policy) -> Result<Survey> {
    let from = journal.manifest().events_from;
    let mut live = Live::new(policy.events);
    let mut all = Vec::new();
    for &segment in &journal.manifest().segments {
        journal.segments().read(segment)?.each(0, |entry, place, meaning| {
            live.mirror.now = entry.seq;
            let Ok(()) = tell(&mut live, &entry, from);
            if meaning == Meaning::Facts {
                let Ok(()) = apply(&mut live, &entry);
            }
            all.push((entry.seq, place));
            Ok(())
        })?;
    }
    let facts: HashSet<Seq> = live.mirror.values().collect();
    let told: HashSet<Seq> = live.events.iter().copied().collect();
    let keep = all.into_iter().filter_map(|(seq, place)| {
        // What no longer holds must not be applied again: what undid it may be gone.
        let meaning = if facts.contains(&seq) { Meaning::Facts } else { Meaning::OnlyTold };
        (meaning == Meaning::Facts || told.contains(&seq)).then_some(Keep { seq, place, meaning })
    });
    Ok(Survey { keep: keep.collect(), events_from: live.events_from.max(from) })
}

/// Writes the entries into new segments, which `new` then names.
fn copy(journal: &Journal, keep: &[Keep], new: &mut Manifest, limit: u64) -> Result<()> {
    let mut out = Output::begin(journal.dir(), new, keep.first().map_or(new.last_seq + 1, |entry| entry.seq))?;
    let mut group = Vec::new();
    let nexts = keep.iter().skip(1).map(Some).chain([None]);
    for (entry, next) in keep.iter().zip(nexts) {
        group.push(journal.segments().json(entry.place)?);
        let same_meaning = next.is_some_and(|n| n.meaning == entry.meaning);
        if !same_meaning || frame::body_len(&group) >= COPY_GROUP {
            out.write(&group, entry)?;
            group.clear();
        }
        if let Some(next) = next.filter(|_| group.is_empty() && out.len >= limit) {
            out.sync()?;
            out = Output::begin(journal.dir(), new, next.seq)?;
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
        new.segments.push(first);
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
