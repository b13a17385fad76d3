//! One process owns a store: a lock on a file in it, which the system lets go when the process ends.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use rustix::fs::{FlockOperation, flock};

use super::error::{Result, StoreError};

/// Held for as long as it lives.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of the store in `dir`, or tells who has it.
    pub(super) fn take(dir: &Path) -> Result<Self> {
        let path = dir.join("lock");
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let mut file = opened.map_err(|e| StoreError::io("open", &path, e))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(StoreError::Busy { dir: dir.to_owned(), pid: owner(&mut file) });
            }
            Err(e) => return Err(StoreError::io("lock", &path, e.into())),
        }
        // The number is for people only, so failing to write it is no failure.
        let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Self { _file: file })
    }
}

fn owner(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
