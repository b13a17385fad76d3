//! Where blobs go that nothing refers to: a folder from which they can be taken back for a day. Used by `blobs`, which
//! looks here for what is missing, and by `gc`.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use super::files;
use crate::model::Digest;

/// How long something can be taken back.
pub(super) const KEPT_FOR: Duration = Duration::from_hours(24);

/// The folder.
#[derive(Debug)]
pub(super) struct Trash {
    dir: PathBuf,
}

/// Something in it.
pub(super) struct Trashed {
    /// What.
    pub digest: Digest,
    /// Its size in bytes.
    pub bytes: u64,
    /// How long it has been there; a clock that was set back makes it nothing.
    pub age: Duration,
}

impl Trash {
    /// In `dir`, which is made once there is something to put.
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.dir.join(digest.hex())
    }

    /// Moves a blob here. Its time is from now on that of its coming here.
    pub(super) fn take_in(&self, digest: &Digest, from: &Path) -> io::Result<()> {
        files::private_dir(&self.dir)?;
        touch(from)?;
        fs::rename(from, self.path(digest))
    }

    /// Puts a blob back where it was; false: it is not here.
    pub(super) fn take_back(&self, digest: &Digest, to: &Path) -> io::Result<bool> {
        let here = self.path(digest);
        match touch(&here) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
            touched => touched?,
        }
        if let Some(folder) = to.parent() {
            files::private_dir(folder)?;
        }
        fs::rename(here, to).map(|()| true)
    }

    /// Is it here?
    pub(super) fn has(&self, digest: &Digest) -> bool {
        self.path(digest).is_file()
    }

    /// Deletes something for good.
    pub(super) fn delete(&self, digest: &Digest) -> io::Result<()> {
        fs::remove_file(self.path(digest))
    }

    /// All that is here, in any order.
    pub(super) fn all(&self) -> io::Result<Vec<Trashed>> {
        let entries = match fs::read_dir(&self.dir) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry?;
            let Some(digest) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let metadata = entry.metadata()?;
            let age = SystemTime::now().duration_since(metadata.modified()?).unwrap_or_default();
            found.push(Trashed { digest, bytes: metadata.len(), age });
        }
        Ok(found)
    }
}

/// Makes now a file's time.
pub(super) fn touch(path: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, utimensat};
    let at = |tv_nsec| Timespec { tv_sec: 0, tv_nsec };
    let times = Timestamps { last_access: at(UTIME_OMIT), last_modification: at(UTIME_NOW) };
    Ok(utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}
