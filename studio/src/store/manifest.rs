//! Which segments the journal is made of: one small file, replaced whole, so that rotation and compaction
//! take effect at one instant.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{
    error::{Result, StoreError},
    files,
};
use crate::model::Seq;

/// The newest schema that this program reads, and the one that it writes. It rises, once a release, with whatever an
/// older studio could not read: a kind of record, a layout. `migrate` says what is done to older stores.
pub const SCHEMA: u32 = 2;
/// The file's name.
pub(super) const NAME: &str = "MANIFEST";

/// The journal's table of contents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// How everything in the store is laid out.
    pub schema: u32,
    /// Raised by each compaction; places of entries hold within one generation.
    pub generation: u64,
    /// First number of each segment, in order; the last one is written to.
    pub segments: Vec<Seq>,
    /// No entry gets this number or a lower one again, even where compaction has dropped it.
    pub last_seq: Seq,
    /// Events before this one are no longer told.
    pub events_from: Seq,
    /// The journal's size in bytes from which compaction is considered.
    pub compact_from: u64,
}

impl Manifest {
    /// An empty journal's, with one segment.
    pub(super) fn new() -> Self {
        Self { schema: SCHEMA, generation: 1, segments: vec![1], last_seq: 0, events_from: 1, compact_from: 0 }
    }

    /// The one in `dir`; none: there is no journal yet.
    pub(super) fn load(dir: &Path) -> Result<Option<Self>> {
        #[derive(Deserialize)]
        struct Schema {
            schema: u32,
        }
        let path = dir.join(NAME);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(StoreError::io("read", &path, e)),
        };
        let damaged = |e: serde_json::Error| StoreError::Corrupt { file: path.clone(), offset: 0, what: e.to_string() };
        // A newer schema may have other fields, so its number is read alone.
        let Schema { schema } = serde_json::from_slice(&bytes).map_err(damaged)?;
        if schema > SCHEMA {
            return Err(StoreError::Newer { found: schema, known: SCHEMA });
        }
        let manifest: Self = serde_json::from_slice(&bytes).map_err(damaged)?;
        let corrupt = |what: &str| StoreError::Corrupt { file: path.clone(), offset: 0, what: what.into() };
        if manifest.schema == 0 {
            return Err(corrupt("there is no schema 0"));
        }
        if manifest.segments.is_empty() {
            return Err(corrupt("it names no segment"));
        }
        Ok(Some(manifest))
    }

    /// Makes it the one that holds.
    pub(super) fn save(&self, dir: &Path) -> Result<()> {
        let text = serde_json::to_vec_pretty(self).map_err(|e| StoreError::Encode { what: e.to_string() })?;
        files::replace(dir, NAME, &text).map_err(|e| StoreError::io("write", &dir.join(NAME), e))
    }

    /// The file name of a segment.
    pub(super) fn file_name(&self, first: Seq) -> String {
        format!("{first:020}.{:04}.journal", self.generation)
    }

    /// The segment that is written to.
    pub(super) fn current(&self) -> Seq {
        self.segments.last().copied().unwrap_or(1)
    }
}
