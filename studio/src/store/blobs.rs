//! Content-addressed files: `blobs/ab/cdef…`, read-only, named by the BLAKE3 of their bytes. Written beside their
//! place, synced, then renamed. Effects, host and engine use it through `model::BlobStore`.

use std::{
    collections::BTreeSet,
    fs::{File, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{FileExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use parking_lot::Mutex;
use rustix::fs::OFlags;
use tempfile::NamedTempFile;

use super::{
    error::{Result, StoreError},
    files,
};
use crate::model::{BlobSink, BlobStore, Digest};

const BUFFER: usize = 256 << 10;

/// The blobs of a store.
#[derive(Debug)]
pub struct Blobs {
    dir: PathBuf,
    /// Unfinished ones, on the same file system.
    temp: PathBuf,
    /// Folders with names that are not durable yet.
    dirty: Arc<Mutex<BTreeSet<PathBuf>>>,
}

impl Blobs {
    /// Opens the blobs in `dir`, and removes what a crash left unfinished.
    pub(super) fn open(dir: &Path) -> Result<Self> {
        let temp = dir.join("tmp");
        let failed = |path: &Path, e| StoreError::io("create", path, e);
        match std::fs::remove_dir_all(&temp) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(failed(&temp, e)),
            _ => {}
        }
        files::private_dir(dir).map_err(|e| failed(dir, e))?;
        files::private_dir(&temp).map_err(|e| failed(&temp, e))?;
        // Folders that a crashed process made may owe their names still.
        files::sync_dir(dir).map_err(|e| StoreError::io("sync", dir, e))?;
        Ok(Self { dir: dir.to_owned(), temp, dirty: Arc::default() })
    }

    /// Makes the names of finished blobs durable: called before a record that may name one of them is synced.
    pub(super) fn sync(&self) -> Result<()> {
        let dirty = std::mem::take(&mut *self.dirty.lock());
        let failed = dirty.iter().find_map(|dir| files::sync_dir(dir).err().map(|e| StoreError::io("sync", dir, e)));
        match failed {
            Some(e) => {
                self.dirty.lock().extend(dirty);
                Err(e)
            }
            None => Ok(()),
        }
    }

    /// Is there such a blob?
    pub fn contains(&self, digest: &Digest) -> bool {
        self.path(digest).is_file()
    }

    /// Reads a blob through: is it still what its name says? `NotFound` where there is none.
    pub fn verify(&self, digest: &Digest) -> io::Result<bool> {
        let mut hasher = blake3::Hasher::new();
        let file = self.open(digest)?;
        copy(&file, |bytes| {
            hasher.update(bytes);
            Ok(())
        })?;
        Ok(Digest::from_hash(hasher.finalize()) == *digest)
    }

    fn temp(&self) -> io::Result<NamedTempFile> {
        tempfile::Builder::new().prefix("").permissions(Permissions::from_mode(0o600)).tempfile_in(&self.temp)
    }
}

impl BlobStore for Blobs {
    fn open(&self, digest: &Digest) -> io::Result<File> {
        let flags = OFlags::NOFOLLOW.bits().cast_signed();
        let file = OpenOptions::new().read(true).custom_flags(flags).open(self.path(digest))?;
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        let hex = digest.hex();
        self.dir.join(&hex[..2]).join(&hex[2..])
    }

    fn create(&self) -> io::Result<Box<dyn BlobSink>> {
        Ok(Box::new(Sink {
            place: Place { dir: self.dir.clone(), dirty: self.dirty.clone() },
            temp: self.temp()?,
            hasher: blake3::Hasher::new(),
            buffer: Vec::new(),
            written: 0,
        }))
    }

    fn take_in(&self, file: &mut File) -> io::Result<(Digest, u64)> {
        let temp = self.temp()?;
        let mut hasher = blake3::Hasher::new();
        let cloned = rustix::fs::ioctl_ficlone(temp.as_file(), &*file).is_ok();
        // What is hashed is the copy: its maker may still be writing to the original.
        let len = if cloned {
            copy(temp.as_file(), |bytes| {
                hasher.update(bytes);
                Ok(())
            })?
        } else {
            copy(file, |bytes| {
                hasher.update(bytes);
                temp.as_file().write_all(bytes)
            })?
        };
        let place = Place { dir: self.dir.clone(), dirty: self.dirty.clone() };
        let digest = place.put(temp, len, Digest::from_hash(hasher.finalize()))?;
        Ok((digest, len))
    }
}

/// Reads a file from its beginning, wherever its cursor stands.
fn copy(from: &File, mut to: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<u64> {
    let mut buffer = vec![0; BUFFER];
    let mut at = 0;
    loop {
        match from.read_at(&mut buffer, at) {
            Ok(0) => return Ok(at),
            Ok(n) => {
                to(&buffer[..n])?;
                at += n as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}

/// Where finished blobs go.
struct Place {
    dir: PathBuf,
    dirty: Arc<Mutex<BTreeSet<PathBuf>>>,
}

impl Place {
    fn put(&self, temp: NamedTempFile, len: u64, digest: Digest) -> io::Result<Digest> {
        let hex = digest.hex();
        let folder = self.dir.join(&hex[..2]);
        let path = folder.join(&hex[2..]);
        let there = std::fs::symlink_metadata(&path).is_ok_and(|m| m.is_file() && m.len() == len);
        if !there {
            temp.as_file().set_permissions(Permissions::from_mode(0o444))?;
            temp.as_file().sync_data()?;
            self.make(&folder)?;
            temp.persist(&path).map_err(|e| e.error)?;
        }
        // Even one that was there may owe its name to a rename that is not durable yet.
        self.dirty.lock().insert(folder);
        Ok(digest)
    }
}

impl Place {
    /// Who finds the folder there must also find it noted: hence under the lock.
    fn make(&self, folder: &Path) -> io::Result<()> {
        let mut dirty = self.dirty.lock();
        if !folder.exists() {
            files::private_dir(folder)?;
            dirty.insert(self.dir.clone());
        }
        Ok(())
    }
}

struct Sink {
    place: Place,
    temp: NamedTempFile,
    hasher: blake3::Hasher,
    buffer: Vec<u8>,
    written: u64,
}

impl Sink {
    fn flush(&mut self) -> io::Result<()> {
        self.hasher.update(&self.buffer);
        self.temp.as_file().write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

impl BlobSink for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.buffer.extend_from_slice(bytes);
        self.written += bytes.len() as u64;
        if self.buffer.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    fn written(&self) -> u64 {
        self.written
    }

    fn finish(mut self: Box<Self>) -> io::Result<Digest> {
        self.flush()?;
        let digest = Digest::from_hash(self.hasher.finalize());
        let Self { place, temp, written, .. } = *self;
        place.put(temp, written, digest)
    }
}
