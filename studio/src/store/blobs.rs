//! Content-addressed files: `blobs/ab/cdef…`, read-only, named by the BLAKE3 of their bytes. Written beside their
//! place, synced, then renamed. Effects, host and engine use it through `model::BlobStore`.
//!
//! Whoever finds or puts a blob and whoever throws unused ones away pass the same gate, so that nothing is thrown
//! away that was just found.

use std::{
    collections::{BTreeSet, HashMap},
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use parking_lot::{Mutex, RwLock};
use rustix::fs::OFlags;
use tempfile::NamedTempFile;

use super::{
    error::{Result, StoreError},
    files,
    leases::{Lease, Leases},
    trash::{Trash, touch},
};
use crate::model::{BlobSink, BlobStore, Digest};

const BUFFER: usize = 256 << 10;
/// Larger ones are not read through before they are used: whoever waits for a picture of a long film would wait for all
/// of it. The check of the store reads them.
const MOST_READ: u64 = 64 << 20;
/// Where blobs go whose bytes are not what their names say.
const ASIDE: &str = "damaged";

/// The blobs of a store.
#[derive(Debug)]
pub struct Blobs {
    place: Arc<Place>,
    /// Unfinished ones, on the same file system.
    temp: PathBuf,
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
        let trash = Trash::new(dir.join("trash"));
        let (dirty, leases, gate) = (Mutex::default(), Arc::default(), RwLock::default());
        let whole = Mutex::default();
        let place = Arc::new(Place { dir: dir.to_owned(), dirty, whole, leases, trash, gate });
        Ok(Self { place, temp })
    }

    /// What is put while the lease is held stays, whether a record names it yet or not.
    pub fn lease(&self) -> Lease {
        self.place.leases.take()
    }

    /// A lease that covers all that the others cover.
    pub(super) fn lease_all(&self) -> Lease {
        self.place.leases.take_all()
    }

    /// Is there such a blob? Then it is as good as just put.
    pub fn hold(&self, digest: &Digest) -> bool {
        self.place.hold(digest)
    }

    /// Makes the names of finished blobs durable: called before a record that may name one of them is synced.
    pub(super) fn sync(&self) -> Result<()> {
        let dirty = std::mem::take(&mut *self.place.dirty.lock());
        let failed = dirty.iter().find_map(|dir| files::sync_dir(dir).err().map(|e| StoreError::io("sync", dir, e)));
        match failed {
            Some(e) => {
                self.place.dirty.lock().extend(dirty);
                Err(e)
            }
            None => Ok(()),
        }
    }

    /// The trash.
    pub(super) fn trash(&self) -> &Trash {
        &self.place.trash
    }

    /// Throws a blob away unless somebody uses it or has put or found it since it was looked for (`unused`). True: it
    /// is in the trash, or with `for_good` gone.
    pub(super) fn throw_away(
        &self,
        digest: &Digest,
        for_good: bool,
        unused: impl FnOnce(&fs::Metadata) -> bool,
    ) -> io::Result<bool> {
        let _nobody_puts = self.place.gate.write();
        let path = self.path(digest);
        let metadata = fs::symlink_metadata(&path)?;
        if self.place.leases.protects(digest) || !unused(&metadata) {
            return Ok(false);
        }
        if for_good { fs::remove_file(&path) } else { self.place.trash.take_in(digest, &path) }.map(|()| true)
    }

    /// Would [`Self::throw_away`] do it?
    pub(super) fn would_go(&self, digest: &Digest, unused: impl FnOnce(&fs::Metadata) -> bool) -> bool {
        let unused = fs::symlink_metadata(self.path(digest)).is_ok_and(|metadata| unused(&metadata));
        unused && !self.place.leases.protects(digest)
    }

    /// Puts a blob back that is in the trash; false: it is not there.
    pub(super) fn take_back(&self, digest: &Digest) -> io::Result<bool> {
        let _nobody_throws_away = self.place.gate.read();
        self.place.take_back(digest)
    }

    /// All blobs with their sizes, in any order. What has no blob's name is left out.
    pub(super) fn all(&self) -> io::Result<Vec<(Digest, u64)>> {
        let mut found = Vec::new();
        for folder in fs::read_dir(&self.place.dir)? {
            let folder = folder?;
            let head = folder.file_name().to_string_lossy().into_owned();
            if head.len() != 2 {
                continue;
            }
            for entry in fs::read_dir(folder.path())? {
                let entry = entry?;
                let name = format!("{head}{}", entry.file_name().to_string_lossy());
                if let Ok(digest) = name.parse() {
                    found.push((digest, entry.metadata()?.len()));
                }
            }
        }
        Ok(found)
    }

    /// Is there such a blob?
    pub fn contains(&self, digest: &Digest) -> bool {
        self.path(digest).is_file()
    }

    /// Is there such a blob, or is it in the trash, from where it comes back?
    pub fn can_be_had(&self, digest: &Digest) -> bool {
        self.contains(digest) || self.take_back(digest).unwrap_or(false)
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
        let open = || OpenOptions::new().read(true).custom_flags(flags).open(self.path(digest));
        let file = match open() {
            Err(e) if e.kind() == io::ErrorKind::NotFound && self.take_back(digest)? => open()?,
            opened => opened?,
        };
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.place.path(digest)
    }

    fn create(&self) -> io::Result<Box<dyn BlobSink>> {
        Ok(Box::new(Sink {
            place: Arc::clone(&self.place),
            temp: self.temp()?,
            hasher: blake3::Hasher::new(),
            buffer: Vec::new(),
            written: 0,
        }))
    }

    fn is_whole(&self, digest: &Digest) -> io::Result<bool> {
        // Taken out of the trash where it is there.
        drop(self.open(digest)?);
        let path = self.path(digest);
        if self.place.is_seen(digest, &path) {
            return Ok(true);
        }
        let now = Seen::of(&path)?;
        if now.bytes > MOST_READ || self.verify(digest)? {
            self.place.whole.lock().insert(*digest, now);
            return Ok(true);
        }
        let _nobody_puts = self.place.gate.write();
        // Somebody else may have put it aside meanwhile, and a good one in its place.
        if Seen::of(&path).ok() == Some(now) {
            let aside = self.place.dir.join(ASIDE);
            files::private_dir(&aside)?;
            fs::rename(&path, aside.join(digest.hex()))?;
        }
        Ok(false)
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
        let digest = self.place.put(temp, len, Digest::from_hash(hasher.finalize()))?;
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
#[derive(Debug)]
struct Place {
    dir: PathBuf,
    /// Folders with names that are not durable yet.
    dirty: Mutex<BTreeSet<PathBuf>>,
    /// What was written or read through here, with its file as it was then.
    whole: Mutex<HashMap<Digest, Seen>>,
    leases: Arc<Leases>,
    trash: Trash,
    /// Read by whoever puts or finds, written by whoever throws away.
    gate: RwLock<()>,
}

impl Place {
    fn path(&self, digest: &Digest) -> PathBuf {
        let hex = digest.hex();
        self.dir.join(&hex[..2]).join(&hex[2..])
    }

    fn put(&self, temp: NamedTempFile, len: u64, digest: Digest) -> io::Result<Digest> {
        let path = self.path(&digest);
        let folder = path.parent().unwrap_or(&self.dir).to_owned();
        let _nobody_throws_away = self.gate.read();
        self.leases.note(digest);
        let there = fs::symlink_metadata(&path).is_ok_and(|m| m.is_file() && m.len() == len);
        if there {
            // Where this fails the lease still says that it is used.
            let _ = self.touch(&digest, &path);
        } else {
            temp.as_file().set_permissions(Permissions::from_mode(0o444))?;
            temp.as_file().sync_data()?;
            self.make(&folder)?;
            temp.persist(&path).map_err(|e| e.error)?;
            self.whole.lock().insert(digest, Seen::of(&path)?);
        }
        // Even one that was there may owe its name to a rename that is not durable yet.
        self.dirty.lock().insert(folder);
        Ok(digest)
    }

    /// Who finds the folder there must also find it noted: hence under the lock.
    fn make(&self, folder: &Path) -> io::Result<()> {
        let mut dirty = self.dirty.lock();
        if !folder.exists() {
            files::private_dir(folder)?;
            dirty.insert(self.dir.clone());
        }
        Ok(())
    }

    /// Is its file as it was when it was written or read through?
    fn is_seen(&self, digest: &Digest, path: &Path) -> bool {
        let seen = self.whole.lock().get(digest).copied();
        seen.is_some() && Seen::of(path).ok() == seen
    }

    /// Has a file look new; that alone is no change of it.
    fn touch(&self, digest: &Digest, path: &Path) -> io::Result<()> {
        let seen = self.is_seen(digest, path);
        touch(path)?;
        if seen {
            self.whole.lock().insert(*digest, Seen::of(path)?);
        }
        Ok(())
    }

    fn hold(&self, digest: &Digest) -> bool {
        let path = self.path(digest);
        let _nobody_throws_away = self.gate.read();
        let there = || fs::symlink_metadata(&path).is_ok_and(|m| m.is_file());
        let held = there() && self.touch(digest, &path).is_ok() || self.take_back(digest).unwrap_or(false);
        if held {
            self.leases.note(*digest);
        }
        held
    }

    /// To be called within the gate.
    fn take_back(&self, digest: &Digest) -> io::Result<bool> {
        let path = self.path(digest);
        if !self.trash.take_back(digest, &path)? {
            return Ok(false);
        }
        self.leases.note(*digest);
        self.dirty.lock().extend([path.parent().unwrap_or(&self.dir).to_owned(), self.dir.clone()]);
        Ok(true)
    }
}

/// What tells a file from one that was changed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
}

impl Seen {
    fn of(path: &Path) -> io::Result<Self> {
        let metadata = fs::symlink_metadata(path)?;
        let modified = (metadata.mtime(), metadata.mtime_nsec());
        Ok(Self { inode: metadata.ino(), bytes: metadata.len(), modified })
    }
}

struct Sink {
    place: Arc<Place>,
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
