//! The journal's end: where groups are appended and made durable. Owned by the writer thread.
//! A write that fails leaves the journal as it was.

use std::{
    fs::File,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{
    compact::Copied,
    error::{Result, StoreError},
    extent::Extent,
    files,
    frame::{self, Meaning},
    manifest::Manifest,
    migrate,
    segments::{Bytes, Damage, Place, SEGMENT_MAGIC, Segments, place},
};
use crate::model::Seq;

/// Appended bytes that are not durable yet are kept in memory up to this many.
const MAX_TAIL: usize = 8 << 20;

/// How often the disk was asked for something.
#[derive(Debug, Default)]
pub struct Counters {
    pub(super) syncs: AtomicU64,
    pub(super) groups: AtomicU64,
    pub(super) bytes: AtomicU64,
}

impl Counters {
    /// Calls of `fdatasync` on the journal.
    pub fn syncs(&self) -> u64 {
        self.syncs.load(Ordering::Relaxed)
    }

    /// Groups of records that were written.
    pub fn groups(&self) -> u64 {
        self.groups.load(Ordering::Relaxed)
    }

    /// Bytes that were written to the journal.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

/// A group to append: the JSON of its entries and the number of the last one.
pub(super) struct Group {
    /// At least one.
    pub entries: Vec<Vec<u8>>,
    /// Higher than that of every group before.
    pub last_seq: Seq,
}

/// The place where the journal is known to be whole.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Mark {
    /// The journal's generation.
    pub generation: u64,
    /// The last entry's number; 0: none yet.
    pub seq: Seq,
    /// The segment with its group.
    pub segment: Seq,
    /// Where that group begins; 0: the segment has none yet.
    pub offset: u64,
    /// That group's checksum.
    pub crc: u32,
}

/// The journal, open for appending.
pub(super) struct Journal {
    dir: PathBuf,
    manifest: Manifest,
    segments: Arc<Segments>,
    counters: Arc<Counters>,
    segment_limit: u64,
    file: Arc<File>,
    path: PathBuf,
    /// The size of the segments before the one that is written to, in bytes.
    older: u64,
    /// Written and good up to here.
    len: u64,
    /// Durable up to here.
    synced: u64,
    /// The bytes between `synced` and `len`: a failed sync may have lost them, then they are written again.
    tail: Vec<u8>,
    /// What is behind `synced` in the file is not to be trusted.
    doubtful: bool,
    mark: Mark,
}

impl Journal {
    /// Opens the journal in `dir`, creating it where there is none, and cuts off a write that a crash cut short.
    pub(super) fn open(dir: &Path, segment_limit: u64) -> Result<Self> {
        let manifest = match Manifest::load(dir)? {
            Some(manifest) => migrate::to_current(dir, manifest)?,
            None => create(dir)?,
        };
        remove_strays(dir, &manifest);
        let segments = Arc::new(Segments::open(dir, &manifest)?);
        let first = manifest.current();
        let last = segments.read(first)?;
        let (frames, damage) = last.frames();
        let (file, path) = segments.get(first)?;
        let mut len = last.data.len() as u64;
        if let Some(damage) = damage {
            cut(dir, &last, &damage, &file)?;
            len = damage.offset as u64;
        }
        // Whatever a killed process had only written is made durable before anything builds on it.
        file.sync_all().map_err(|e| StoreError::io("sync", &path, e))?;
        let mut mark =
            Mark { generation: manifest.generation, seq: manifest.last_seq, segment: first, offset: 0, crc: 0 };
        if let Some(frame) = frames.last() {
            mark.seq = frame.last_seq.max(mark.seq);
            mark.offset = frame.range.start as u64;
            mark.crc = frame.crc;
        }
        let older = size_of_all(&segments, &manifest.segments[..manifest.segments.len() - 1])?;
        let counters = Arc::default();
        let tail = Vec::new();
        let dir = dir.to_owned();
        Ok(Self {
            dir,
            manifest,
            segments,
            counters,
            segment_limit,
            file,
            path,
            older,
            len,
            synced: len,
            tail,
            doubtful: false,
            mark,
        })
    }

    /// Appends groups, and makes everything durable where `sync` is asked. All of it or an error and nothing.
    pub(super) fn append(&mut self, groups: &[Group], sync: bool) -> Result<Vec<Vec<Place>>> {
        let size: usize = groups.iter().map(|g| frame::body_len(&g.entries) + 32).sum();
        let begun = self.len > SEGMENT_MAGIC.len() as u64;
        if begun && self.len + size as u64 > self.segment_limit {
            self.rotate()?;
        }
        let mut fresh = Vec::with_capacity(size);
        let mut places = Vec::with_capacity(groups.len());
        let mut mark = self.mark;
        for group in groups.iter().filter(|g| !g.entries.is_empty()) {
            mark.seq = group.last_seq;
            mark.offset = self.len + fresh.len() as u64;
            let ranges = frame::encode(&group.entries, Meaning::Facts, self.synced, group.last_seq, &mut fresh);
            let start = (mark.offset - self.len) as usize;
            mark.crc = u32::from_le_bytes([fresh[start + 4], fresh[start + 5], fresh[start + 6], fresh[start + 7]]);
            let segment = self.mark.segment;
            places.push(ranges.iter().map(|r| place(segment, self.len + r.start as u64, &fresh[r.clone()])).collect());
        }
        let sync = sync || self.tail.len() + fresh.len() > MAX_TAIL;
        if let Err(e) = self.write(&fresh, sync) {
            self.doubtful = true;
            // Readers of the file must not meet half a group; where even this fails, it is done before the next write.
            let _ = self.file.set_len(self.len);
            return Err(e);
        }
        self.counters.groups.fetch_add(places.len() as u64, Ordering::Relaxed);
        self.counters.bytes.fetch_add(fresh.len() as u64, Ordering::Relaxed);
        self.len += fresh.len() as u64;
        self.mark = mark;
        if sync {
            self.synced = self.len;
            self.tail.clear();
        } else {
            self.tail.extend_from_slice(&fresh);
        }
        Ok(places)
    }

    fn write(&mut self, fresh: &[u8], sync: bool) -> Result<()> {
        let failed = |e| StoreError::io("write", &self.path, e);
        if self.doubtful {
            // The same bytes at the same place: a kill in between loses nothing.
            self.file.write_all_at(&self.tail, self.synced).map_err(failed)?;
            self.file.set_len(self.len).map_err(failed)?;
            self.doubtful = false;
        }
        self.file.write_all_at(fresh, self.len).map_err(failed)?;
        if sync && (self.synced < self.len || !fresh.is_empty()) {
            self.counters.syncs.fetch_add(1, Ordering::Relaxed);
            self.file.sync_data().map_err(|e| StoreError::io("sync", &self.path, e))?;
        }
        Ok(())
    }

    /// Goes on in a new segment.
    fn rotate(&mut self) -> Result<()> {
        self.append_nothing_but_sync()?;
        let first = self.mark.seq + 1;
        let path = self.dir.join(self.manifest.file_name(first));
        let file = new_segment(&self.dir, &path)?;
        let mut manifest = self.manifest.clone();
        manifest.segments.push(first);
        manifest.last_seq = self.mark.seq;
        manifest.save(&self.dir)?;
        self.manifest = manifest;
        self.file = Arc::new(file);
        self.segments.add(first, path.clone(), self.file.clone());
        self.path = path;
        self.older += self.len;
        self.len = SEGMENT_MAGIC.len() as u64;
        self.synced = self.len;
        self.mark = Mark { segment: first, offset: 0, crc: 0, ..self.mark };
        Ok(())
    }

    fn append_nothing_but_sync(&mut self) -> Result<()> {
        let synced = self.write(&[], true);
        self.doubtful |= synced.is_err();
        synced?;
        self.synced = self.len;
        self.tail.clear();
        Ok(())
    }

    /// Events before this one are no longer told.
    pub(super) fn tell_from(&mut self, seq: Seq) -> Result<()> {
        let manifest = Manifest { events_from: seq.max(self.manifest.events_from), ..self.manifest.clone() };
        manifest.save(&self.dir)?;
        self.manifest = manifest;
        Ok(())
    }

    /// Ends the segment that is written to, so that all before is never written to again. How far that goes.
    pub(super) fn cut(&mut self) -> Result<Extent> {
        self.sync()?;
        if self.len > SEGMENT_MAGIC.len() as u64 {
            self.rotate()?;
        } else {
            self.manifest.save(&self.dir)?;
        }
        // What an attempt left that failed must not be in the way of the next.
        remove_strays(&self.dir, &self.manifest);
        Extent::of(self)
    }

    /// Puts copies of what still matters in the place of the old segments, on disk. To be adopted before anything else
    /// is done: all of it or an error and nothing.
    pub(super) fn prepare(&mut self, copied: &Copied) -> Result<Next> {
        self.sync()?;
        let events_from = copied.manifest.events_from.max(self.manifest.events_from);
        let mut manifest = Manifest { last_seq: self.mark.seq, events_from, ..copied.manifest.clone() };
        for &first in self.manifest.segments.iter().filter(|&&first| first >= copied.until) {
            manifest.segments.push(first);
            let (from, to) = (self.manifest.file_name(first), manifest.file_name(first));
            take_over(&self.dir.join(from), &self.dir.join(to))?;
        }
        files::sync_dir(&self.dir).map_err(|e| StoreError::io("sync", &self.dir, e))?;
        let segments = Segments::open(&self.dir, &manifest)?;
        let (file, path) = segments.get(manifest.current())?;
        let older = size_of_all(&segments, &manifest.segments[..manifest.segments.len() - 1])?;
        if let Err(e) = manifest.save(&self.dir) {
            // It may hold all the same: then that is taken back, or nothing of it removed.
            if self.manifest.save(&self.dir).is_ok() {
                remove_strays(&self.dir, &self.manifest);
            }
            return Err(e);
        }
        Ok(Next { manifest, segments, file, path, older })
    }

    /// Goes on with what was prepared. Places of the old generation lead nowhere from now on.
    pub(super) fn adopt(&mut self, next: Next) {
        self.mark.generation = next.manifest.generation;
        self.manifest = next.manifest;
        self.segments.replace(next.segments);
        self.file = next.file;
        self.path = next.path;
        self.older = next.older;
        remove_strays(&self.dir, &self.manifest);
    }

    /// Most of it still matters: compaction is thought of again when it has grown by half.
    pub(super) fn compact_later(&mut self) -> Result<()> {
        let size = self.size();
        let manifest = Manifest { compact_from: size + size / 2, ..self.manifest.clone() };
        manifest.save(&self.dir)?;
        self.manifest = manifest;
        Ok(())
    }

    /// Its size in bytes.
    pub(super) fn size(&self) -> u64 {
        self.older + self.len
    }

    /// Makes durable what was only appended.
    pub(super) fn sync(&mut self) -> Result<()> {
        if self.is_synced() { Ok(()) } else { self.append_nothing_but_sync() }
    }

    /// Is everything durable?
    pub(super) fn is_synced(&self) -> bool {
        self.synced == self.len && !self.doubtful
    }

    /// The end of what is written.
    pub(super) fn mark(&self) -> Mark {
        self.mark
    }

    /// The length of the segment that is written to, in bytes.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// The table of contents.
    pub(super) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The files, for reading.
    pub(super) fn segments(&self) -> &Arc<Segments> {
        &self.segments
    }

    /// What was asked of the disk.
    pub(super) fn counters(&self) -> &Arc<Counters> {
        &self.counters
    }

    /// Its folder.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }
}

/// The journal of another generation, which holds on disk.
pub(super) struct Next {
    manifest: Manifest,
    segments: Segments,
    file: Arc<File>,
    path: PathBuf,
    older: u64,
}

fn size_of_all(segments: &Segments, which: &[Seq]) -> Result<u64> {
    let mut size = 0;
    for &first in which {
        let (file, path) = segments.get(first)?;
        size += file.metadata().map_err(|e| StoreError::io("read", &path, e))?.len();
    }
    Ok(size)
}

/// Gives a segment another name, and leaves it its own: whichever generation holds has it, and what is still written
/// to it. A file system without links gets a copy.
fn take_over(from: &Path, to: &Path) -> Result<()> {
    let _ = std::fs::remove_file(to);
    let copy = |_| std::fs::copy(from, to).and_then(|_| File::open(to)?.sync_all());
    std::fs::hard_link(from, to).or_else(copy).map_err(|e| StoreError::io("create", to, e))
}

/// A new segment, durable with its name.
pub(super) fn new_segment(dir: &Path, path: &Path) -> Result<File> {
    let create = || {
        let file = files::new_file(path)?;
        file.write_all_at(SEGMENT_MAGIC, 0)?;
        file.sync_all()?;
        files::sync_dir(dir)?;
        Ok(file)
    };
    create().map_err(|e| StoreError::io("create", path, e))
}

fn create(dir: &Path) -> Result<Manifest> {
    for name in journal_files(dir) {
        let path = dir.join(name);
        let len = std::fs::metadata(&path).map(|m| m.len()).unwrap_or_default();
        if len > SEGMENT_MAGIC.len() as u64 {
            let what = "it is part of a journal whose MANIFEST is missing".into();
            return Err(StoreError::Corrupt { file: path, offset: 0, what });
        }
    }
    let manifest = Manifest::new();
    new_segment(dir, &dir.join(manifest.file_name(1)))?;
    manifest.save(dir)?;
    Ok(manifest)
}

/// Removes segments that a crash left behind before they counted, or after they did.
fn remove_strays(dir: &Path, manifest: &Manifest) {
    let live: Vec<_> = manifest.segments.iter().map(|&first| manifest.file_name(first)).collect();
    for name in journal_files(dir).filter(|name| !live.contains(name)) {
        let _ = std::fs::remove_file(dir.join(name));
    }
}

fn journal_files(dir: &Path) -> impl Iterator<Item = String> {
    let names = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.file_name());
    names
        .filter_map(|name| name.into_string().ok())
        .filter(|name| std::path::Path::new(name).extension().is_some_and(|ext| ext == "journal"))
}

/// Cuts a torn write off the last segment. Its bytes are kept in a file beside it.
fn cut(dir: &Path, last: &Bytes, damage: &Damage, file: &File) -> Result<()> {
    if damage.was_durable {
        return Err(last.corrupt(damage.offset));
    }
    let torn = &last.data[damage.offset..];
    let name = format!("cut-{:020}-{}", last.segment, damage.offset);
    tracing::warn!(file = %last.path.display(), offset = damage.offset, bytes = torn.len(), kept_as = name,
        "the journal ended in a write that was cut short; it was cut off");
    files::replace(dir, &name, torn).map_err(|e| StoreError::io("write", &dir.join(&name), e))?;
    file.set_len(damage.offset as u64).map_err(|e| StoreError::io("cut", &last.path, e))
}
