//! A whole store in one file, while its owner goes on: the journal up to a record, every blob that it names, and what
//! the user has put beside them. Never the key; secrets stay sealed as they are in the journal.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    time::SystemTime,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Store,
    archive::{self, Writer},
    check::{Checked, Fault},
    error::{Result, StoreError},
    extent::{Extent, nothing},
    gc::{Unseal, names},
    manifest::{NAME, SCHEMA},
};
use crate::model::{BlobStore, Digest, Seq};

/// The first file of a backup.
pub(super) const HEADER: &str = "studio-backup.json";
/// The longest header, in bytes.
const LONGEST_HEADER: u64 = 64 << 10;
/// The version of what is in it.
pub(super) const FORMAT: u32 = 1;
/// Folders of the user's own in a store, and a file; and the scripts of projects that came in one file.
pub(super) const OWN: [&str; 4] = ["config.toml", "scripts", "plugins", "unpacked"];

/// What a backup begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    /// The version of the rest.
    pub format: u32,
    /// The store's schema.
    pub schema: u32,
    /// Who made it: `studio 0.1.0`.
    pub made_by: String,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// The number of the last record in it.
    pub seq: Seq,
}

/// A backup that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BackedUp {
    /// The file.
    pub file: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// The number of the last record in it.
    pub seq: Seq,
    /// Blobs in it.
    pub blobs: u64,
    /// Their size in bytes.
    pub blob_bytes: u64,
    /// Blobs that should be in it and are damaged or missing.
    pub faults: Vec<Fault>,
}

impl Store {
    /// Writes a backup to `file`, in place of an older one. Files at `without` are left out wherever they are. Blocks.
    pub fn backup(&self, file: &Path, without: &[PathBuf], unseal: Unseal<'_>) -> Result<BackedUp> {
        if file.exists() && header(file).is_err() {
            let help = "Give another name: only an older backup is replaced.";
            return Err(StoreError::InTheWay { path: file.to_owned(), help });
        }
        let upkeep = self.inner.upkeep.try_lock();
        let _alone = upkeep.ok_or(StoreError::Upkeep { what: "a backup or a collection" })?;
        let _whole = self.inner.whole.read();
        let extent = self.extent()?;
        let failed = |e| StoreError::io("write", file, e);
        let mut to = Writer::create(file).map_err(failed)?;
        self.add_journal(&extent, &mut to)?;
        let mut made = BackedUp {
            file: file.to_owned(),
            bytes: 0,
            seq: extent.mark.seq,
            blobs: 0,
            blob_bytes: 0,
            faults: Vec::new(),
        };
        self.add_blobs(&extent, unseal, &mut to, &mut made).map_err(|e| in_writing(e, file))?;
        let dir = &self.inner.shared.dir;
        let keys: Vec<_> = without.iter().filter_map(|path| path.canonicalize().ok()).collect();
        for own in OWN {
            add_own(&dir.join(own), own, &keys, &mut to).map_err(failed)?;
        }
        made.bytes = to.finish(file).map_err(failed)?;
        Ok(made)
    }

    fn add_journal(&self, extent: &Extent, to: &mut Writer) -> Result<()> {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let header = Header {
            format: FORMAT,
            schema: SCHEMA,
            made_by: concat!("studio ", env!("CARGO_PKG_VERSION")).into(),
            at_ms: since_epoch.as_millis() as u64,
            seq: extent.mark.seq,
        };
        let mut add = |name: &str, bytes: &[u8]| {
            to.add(name, bytes.len() as u64, bytes).map_err(|e| StoreError::io("write", Path::new(name), e))
        };
        let json = |e: serde_json::Error| StoreError::Encode { what: e.to_string() };
        add(HEADER, &serde_json::to_vec_pretty(&header).map_err(json)?)?;
        add(&format!("journal/{NAME}"), &serde_json::to_vec_pretty(&extent.manifest).map_err(json)?)?;
        for segment in extent.segments(&self.inner.shared.segments, None) {
            let (bytes, _) = segment?;
            if let (_, Some(damage)) = bytes.frames() {
                return Err(bytes.corrupt(damage.offset));
            }
            add(&format!("journal/{}", extent.manifest.file_name(bytes.segment)), &bytes.data)?;
        }
        Ok(())
    }

    fn add_blobs(&self, extent: &Extent, unseal: Unseal<'_>, to: &mut Writer, made: &mut BackedUp) -> Result<()> {
        let segments = &self.inner.shared.segments;
        let (mut named, mut mirror) = (BTreeSet::new(), nothing());
        extent.mirror(segments, None, &mut mirror)?;
        extent.each(segments, None, |entry, _, _| {
            // Without the key what a running node was answered cannot be told; the node is begun anew then.
            named.extend(names(&entry.record, unseal).unwrap_or_default());
            Ok(())
        })?;
        let wanted = self.wanted(&mirror)?;
        named.extend(wanted.keys());
        let mut checked = Checked::default();
        for digest in named {
            let blobs = self.blobs();
            let there = blobs.contains(&digest) || blobs.take_back(&digest).unwrap_or(false);
            let whole = there && blobs.verify(&digest).unwrap_or(false);
            if whole {
                self.add_blob(&digest, to, made).map_err(|e| StoreError::io("read", &blobs.path(&digest), e))?;
            } else if let Some(who) = wanted.get(&digest) {
                self.check_blob(&digest, who, false, &mut checked);
            }
        }
        made.faults = checked.faults;
        Ok(())
    }

    fn add_blob(&self, digest: &Digest, to: &mut Writer, made: &mut BackedUp) -> io::Result<()> {
        let file = self.blobs().open(digest)?;
        let bytes = file.metadata()?.len();
        to.add(&blob_name(digest), bytes, file)?;
        made.blobs += 1;
        made.blob_bytes += bytes;
        Ok(())
    }
}

/// A blob's name in a backup.
fn blob_name(digest: &Digest) -> String {
    let hex = digest.hex();
    format!("blobs/{}/{}", &hex[..2], &hex[2..])
}

/// The header of a backup.
pub(super) fn header(file: &Path) -> Result<Header> {
    let wrong = |what: String| StoreError::Backup { file: file.to_owned(), what };
    let opened = File::open(file).map_err(|e| StoreError::io("read", file, e))?;
    let first = archive::first(opened, HEADER, LONGEST_HEADER).map_err(|e| wrong(format!("it is none ({e})")))?;
    let first = first.ok_or_else(|| wrong("it is none".into()))?;
    let header: Header = serde_json::from_slice(&first).map_err(|e| wrong(e.to_string()))?;
    if header.format > FORMAT || header.schema > SCHEMA {
        return Err(StoreError::Newer { found: header.schema, known: SCHEMA });
    }
    Ok(header)
}

/// Adds a file or all files of a folder; links are left out.
fn add_own(path: &Path, name: &str, without: &[PathBuf], to: &mut Writer) -> io::Result<()> {
    let metadata = match std::fs::symlink_metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        metadata => metadata?,
    };
    if metadata.is_file() && !path.canonicalize().is_ok_and(|real| without.contains(&real)) {
        let mut bytes = Vec::new();
        // It may be written to meanwhile: what counts is how much was read.
        File::open(path)?.read_to_end(&mut bytes)?;
        return to.add(name, bytes.len() as u64, bytes.as_slice());
    }
    if metadata.is_dir() {
        let mut entries: Vec<_> = std::fs::read_dir(path)?.collect::<io::Result<_>>()?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            if let Some(below) = entry.file_name().to_str() {
                add_own(&entry.path(), &format!("{name}/{below}"), without, to)?;
            }
        }
    }
    Ok(())
}

/// A full disk is the backup's, wherever the error came from.
fn in_writing(e: StoreError, file: &Path) -> StoreError {
    if let StoreError::Full { .. } = e { StoreError::Full { path: file.to_owned() } } else { e }
}
