//! The journal's files, for reading: single entries by their place, whole segments for recovery.
//! Shared by the writer, which adds segments, and everyone who reads.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use parking_lot::RwLock;

use super::{
    error::{Result, StoreError},
    frame::{self, Frame, Meaning},
    manifest::Manifest,
};
use crate::model::{Entry, Seq};

/// What every segment begins with.
pub(super) const SEGMENT_MAGIC: &[u8; 8] = b"studio1\n";

/// Where an entry's JSON is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Place {
    /// The segment, by its first number.
    pub segment: Seq,
    /// In bytes from its beginning.
    pub offset: u64,
    /// In bytes.
    pub len: u32,
    /// Of the JSON.
    pub crc: u32,
}

impl Place {
    /// As bytes.
    pub(super) fn to_bytes(self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&self.segment.to_be_bytes());
        bytes[8..16].copy_from_slice(&self.offset.to_be_bytes());
        bytes[16..20].copy_from_slice(&self.len.to_be_bytes());
        bytes[20..].copy_from_slice(&self.crc.to_be_bytes());
        bytes
    }

    /// From those bytes.
    pub(super) fn from_bytes(bytes: [u8; 24]) -> Self {
        let [s0, s1, s2, s3, s4, s5, s6, s7, o0, o1, o2, o3, o4, o5, o6, o7, l0, l1, l2, l3, c0, c1, c2, c3] = bytes;
        Self {
            segment: u64::from_be_bytes([s0, s1, s2, s3, s4, s5, s6, s7]),
            offset: u64::from_be_bytes([o0, o1, o2, o3, o4, o5, o6, o7]),
            len: u32::from_be_bytes([l0, l1, l2, l3]),
            crc: u32::from_be_bytes([c0, c1, c2, c3]),
        }
    }
}

struct Segment {
    path: PathBuf,
    file: Arc<File>,
}

/// The open segments of one generation.
pub(super) struct Segments {
    files: RwLock<HashMap<Seq, Segment>>,
}

impl Segments {
    /// Opens every segment that the manifest names.
    pub(super) fn open(dir: &Path, manifest: &Manifest) -> Result<Self> {
        let mut files = HashMap::new();
        for &first in &manifest.segments {
            let path = dir.join(manifest.file_name(first));
            let opened = OpenOptions::new().read(true).write(true).open(&path);
            let file = opened.map_err(|e| match e.kind() {
                std::io::ErrorKind::NotFound => {
                    StoreError::Corrupt { file: path.clone(), offset: 0, what: "the file is missing".into() }
                }
                _ => StoreError::io("open", &path, e),
            })?;
            files.insert(first, Segment { path, file: Arc::new(file) });
        }
        Ok(Self { files: RwLock::new(files) })
    }

    /// Adds a new segment.
    pub(super) fn add(&self, first: Seq, path: PathBuf, file: Arc<File>) {
        self.files.write().insert(first, Segment { path, file });
    }

    /// Those of another generation, instead.
    pub(super) fn replace(&self, other: Self) {
        *self.files.write() = other.files.into_inner();
    }

    /// The file of a segment and its path.
    pub(super) fn get(&self, first: Seq) -> Result<(Arc<File>, PathBuf)> {
        let files = self.files.read();
        let segment = files.get(&first);
        let segment = segment.ok_or_else(|| StoreError::Index { what: format!("it names a segment {first}") })?;
        Ok((segment.file.clone(), segment.path.clone()))
    }

    /// The JSON of the entry there, checked.
    pub(super) fn json(&self, place: Place) -> Result<Vec<u8>> {
        let (file, path) = self.get(place.segment)?;
        let mut json = vec![0; place.len as usize];
        let read = file.read_exact_at(&mut json, place.offset);
        read.map_err(|e| StoreError::io("read", &path, e))?;
        if crc32c::crc32c(&json) != place.crc {
            return Err(StoreError::Corrupt { file: path, offset: place.offset, what: "a wrong checksum".into() });
        }
        Ok(json)
    }

    /// The entry there.
    pub(super) fn entry(&self, place: Place) -> Result<Entry> {
        let json = self.json(place)?;
        let path = self.get(place.segment).map(|(_, path)| path).unwrap_or_default();
        decode(&path, place, &json)
    }

    /// A whole segment.
    pub(super) fn read(&self, first: Seq) -> Result<Bytes> {
        let (file, path) = self.get(first)?;
        let failed = |e| StoreError::io("read", &path, e);
        let len = file.metadata().map_err(failed)?.len();
        let mut bytes = vec![0; len as usize];
        file.read_exact_at(&mut bytes, 0).map_err(failed)?;
        Ok(Bytes { segment: first, path, data: bytes })
    }
}

/// A segment's bytes.
pub(super) struct Bytes {
    /// The segment, by its first number.
    pub segment: Seq,
    /// Its file.
    pub path: PathBuf,
    /// All of it.
    pub data: Vec<u8>,
}

/// Where a segment stops being intact.
#[derive(Debug, PartialEq)]
pub(super) struct Damage {
    /// From this byte.
    pub offset: usize,
    /// It was durable once, so this is no write that a crash cut short.
    pub was_durable: bool,
}

impl Bytes {
    /// The groups up to the first damage, and that.
    pub(super) fn frames(&self) -> (Vec<Frame>, Option<Damage>) {
        let mut frames = Vec::new();
        let mut at = SEGMENT_MAGIC.len();
        if !self.data.starts_with(SEGMENT_MAGIC) {
            return (frames, Some(Damage { offset: 0, was_durable: true }));
        }
        while at < self.data.len() {
            let Some(frame) = frame::decode(&self.data, at) else {
                return (frames, Some(Damage { offset: at, was_durable: self.was_durable(at) }));
            };
            at = frame.range.end;
            frames.push(frame);
        }
        (frames, None)
    }

    /// Does an intact group behind the damage say that these bytes had been synced when it was written?
    fn was_durable(&self, damage: usize) -> bool {
        let mut at = damage;
        while let Some(later) = frame::next_intact(&self.data, at) {
            if later.synced > damage as u64 {
                return true;
            }
            at = later.range.end;
        }
        false
    }

    /// The entries of a group with their places.
    pub(super) fn entries<'b>(&'b self, frame: &'b Frame) -> impl Iterator<Item = (Place, &'b [u8])> {
        frame.entries.iter().map(|range| {
            let json = &self.data[range.clone()];
            (place(self.segment, range.start as u64, json), json)
        })
    }

    /// An entry's JSON as an entry.
    pub(super) fn decode(&self, place: Place, json: &[u8]) -> Result<Entry> {
        decode(&self.path, place, json)
    }

    /// Calls `f` with every entry of the groups that begin at `from` or behind it. Damage is an error.
    pub(super) fn each(&self, from: u64, mut f: impl FnMut(Entry, Place, Meaning) -> Result<()>) -> Result<()> {
        let (frames, damage) = self.frames();
        if let Some(damage) = damage {
            return Err(self.corrupt(damage.offset));
        }
        for frame in frames.iter().filter(|frame| frame.range.start as u64 >= from) {
            for (place, json) in self.entries(frame) {
                f(self.decode(place, json)?, place, frame.meaning)?;
            }
        }
        Ok(())
    }

    /// The error that damage in it is.
    pub(super) fn corrupt(&self, offset: usize) -> StoreError {
        let what = "records that had been kept are not readable".into();
        StoreError::Corrupt { file: self.path.clone(), offset: offset as u64, what }
    }
}

/// An entry's JSON as an entry. A kind of record that is not known is no damage.
fn decode(file: &Path, place: Place, json: &[u8]) -> Result<Entry> {
    serde_json::from_slice(json).map_err(|e| {
        let value: serde_json::Value = serde_json::from_slice(json).unwrap_or_default();
        let kind = value["record"]["type"].as_str().filter(|_| e.to_string().starts_with("unknown variant"));
        match kind {
            Some(kind) => StoreError::NewerRecord { file: file.to_owned(), kind: kind.to_owned() },
            None => StoreError::Corrupt { file: file.to_owned(), offset: place.offset, what: e.to_string() },
        }
    })
}

/// The place of `json` in a segment.
pub(super) fn place(segment: Seq, offset: u64, json: &[u8]) -> Place {
    Place { segment, offset, len: json.len() as u32, crc: crc32c::crc32c(json) }
}
