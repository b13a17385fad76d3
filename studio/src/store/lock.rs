//! One process owns a store: a lock on a file in it, which the system lets go when the process ends.

use std::{
    fs::{File, OpenOptions},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::Path,
    time::{Duration, Instant},
};

use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
    process::{Pid, test_kill_process},
};

use super::error::{Result, StoreError};

/// How long a lock of a process that is gone may take to go: a program it was just starting holds on to it for an
/// instant.
const GONE_WAIT: Duration = Duration::from_secs(2);

/// Held for as long as it lives.
pub(super) struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock of the store in `dir`, or tells who has it.
    pub(super) fn take(dir: &Path) -> Result<Self> {
        let path = dir.join("lock");
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = opened.map_err(|e| StoreError::io("open", &path, e))?;
        let give_up = Instant::now() + GONE_WAIT;
        loop {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => break,
                Err(Errno::WOULDBLOCK) => {
                    let pid = owner(&file);
                    if pid.is_none_or(is_alive) || Instant::now() > give_up {
                        return Err(StoreError::Busy { dir: dir.to_owned(), pid });
                    }
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(e) => return Err(StoreError::io("lock", &path, e.into())),
            }
        }
        // The number is for people only, so failing to write it is no failure.
        let _ = file.set_len(0).and_then(|()| file.write_all_at(format!("{}\n", std::process::id()).as_bytes(), 0));
        Ok(Self { file })
    }
}

/// Closing the file would leave the lock to a program that is just being started and has a copy of it.
impl Drop for Lock {
    fn drop(&mut self) {
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}

fn owner(file: &File) -> Option<u32> {
    let mut text = [0; 32];
    let len = file.read_at(&mut text, 0).ok()?;
    std::str::from_utf8(&text[..len]).ok()?.trim().parse().ok()
}

fn is_alive(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| !matches!(test_kill_process(pid), Err(Errno::SRCH)))
}
