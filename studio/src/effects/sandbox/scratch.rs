//! A scratch folder: made for one program, removed after it, whatever the program left inside.
//!
//! Its name says who owns it (pid and start of the studio that made it), so that `sweep` can tell dead ones.

use std::{
    ffi::OsStr,
    fs, io,
    os::{
        fd::{AsFd, OwnedFd},
        unix::fs::DirBuilderExt,
    },
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, chmodat, fchmod, openat, renameat, unlinkat};

use super::{SandboxError, procs};

/// A scratch folder, removed when dropped. No process may be left in it by then.
#[derive(Debug)]
pub(crate) struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// A new one under `root`: `in` for inputs and `out`, the only place the program can write.
    pub(crate) fn new(root: &Path) -> Result<Self, SandboxError> {
        let failed = |doing| move |source| SandboxError::Scratch { doing, source };
        // Not what it lies in: a store that was moved away is not begun anew in its place.
        if let Err(e) = fs::DirBuilder::new().mode(0o700).create(root)
            && e.kind() != io::ErrorKind::AlreadyExists
        {
            return Err(failed("making the folder for scratch folders")(e));
        }
        let root = root.canonicalize().map_err(failed("finding the folder for scratch folders"))?;
        let path = root.join(format!("{}-{}", owner_name(), ulid::Ulid::generate()));
        fs::create_dir(&path).map_err(failed("making it"))?;
        let scratch = Self { path };
        private(&scratch.path).map_err(failed("closing it to others"))?;
        fs::create_dir(scratch.inputs()).map_err(failed("making its folder of inputs"))?;
        fs::create_dir(scratch.out()).map_err(failed("making its folder of outputs"))?;
        private(&scratch.out()).map_err(failed("closing its folder of outputs"))?;
        Ok(scratch)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn inputs(&self) -> PathBuf {
        self.path.join("in")
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.path.join("out")
    }

    /// Keeps which process leads the program, for a later studio that finds this one killed.
    pub(crate) fn record_leader(&self, pid: i32) -> io::Result<()> {
        let start = procs::stat(pid).map_or(0, |p| p.start);
        fs::write(self.path.join("leader"), format!("{pid} {start} {}", procs::boot_id()))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "a scratch folder could not be removed");
        }
    }
}

fn private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

/// This process, as it is written in the names of its scratch folders: `PID-START`.
fn owner_name() -> String {
    let pid = rustix::process::getpid().as_raw_nonzero().get();
    format!("{pid}-{}", procs::stat(pid).map_or(0, |p| p.start))
}

/// Is the studio that made a scratch folder of this name gone? None: it is no scratch folder's name.
pub(super) fn owner_is_gone(name: &str) -> Option<bool> {
    let mut parts = name.split('-');
    let (pid, start): (i32, u64) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    ulid::Ulid::from_string(parts.next()?).ok()?;
    if parts.next().is_some() {
        return None;
    }
    let own = rustix::process::getpid().as_raw_nonzero().get();
    let alive = match procs::stat(pid) {
        Some(p) => p.start == start && !p.dead,
        // Without /proc: alive if a process has the id, save that this one has just started.
        None if cfg!(target_os = "linux") => false,
        None => {
            pid == own
                || rustix::process::Pid::from_raw(pid).is_some_and(|p| rustix::process::test_kill_process(p).is_ok())
        }
    };
    Some(!alive)
}

/// Removes a folder that hostile code has filled: any depth, any modes, never through a link.
///
/// Folders below are flattened into the top one by renaming, so neither the stack nor descriptors run out.
pub(super) fn remove(top: &Path) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let top_fd = match rustix::fs::open(top, flags, Mode::empty()) {
        Ok(fd) => fd,
        Err(rustix::io::Errno::NOENT) => return Ok(()),
        Err(e) => return Err(e.into()),
    };
    let mut serial = 0_u64;
    loop {
        let folders = empty_of_files(&top_fd)?;
        if folders.is_empty() {
            break;
        }
        for name in folders {
            if unlinkat(&top_fd, &name, AtFlags::REMOVEDIR).is_ok() {
                continue;
            }
            // The owner may give itself back what the program took away.
            let _ = chmodat(&top_fd, &name, Mode::RWXU, AtFlags::empty());
            let sub = openat(&top_fd, &name, flags, Mode::empty())?;
            for below in empty_of_files(&sub)? {
                let _ = chmodat(&sub, &below, Mode::RWXU, AtFlags::empty());
                serial += 1;
                // Taken names are folders waiting for their turn; another number is free.
                while renameat(&sub, &below, &top_fd, format!("flat-{serial}-{}", nanos())).is_err_and(retry) {
                    serial += 1;
                }
            }
            unlinkat(&top_fd, &name, AtFlags::REMOVEDIR)?;
        }
    }
    fs::remove_dir(top)
}

fn retry(e: rustix::io::Errno) -> bool {
    matches!(e, rustix::io::Errno::EXIST | rustix::io::Errno::NOTEMPTY)
}

fn nanos() -> u32 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.subsec_nanos())
}

/// Unlinks all that is no folder; the names of the folders that are left.
fn empty_of_files(dir: &OwnedFd) -> io::Result<Vec<std::ffi::OsString>> {
    use std::os::unix::ffi::OsStrExt;
    let _ = fchmod(dir, Mode::RWXU);
    let mut folders = Vec::new();
    for entry in Dir::read_from(dir.as_fd())? {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let is_folder = match entry.file_type() {
            FileType::Directory => true,
            FileType::Unknown => unlinkat(dir, name, AtFlags::empty()).is_err(),
            _ => {
                unlinkat(dir, name, AtFlags::empty())?;
                false
            }
        };
        if is_folder {
            folders.push(OsStr::from_bytes(name.to_bytes()).to_owned());
        }
    }
    Ok(folders)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_what_it_lies_in_is_gone_nothing_is_made() {
        let home = tempfile::tempdir().unwrap();
        assert!(Scratch::new(&home.path().join("store/scratch")).is_err());
        assert!(!home.path().join("store").exists());
    }

    #[test]
    fn a_deep_folder_with_odd_modes_and_links_goes_and_what_it_links_to_stays() {
        let home = tempfile::tempdir().unwrap();
        let precious = home.path().join("precious");
        fs::create_dir(&precious).unwrap();
        fs::write(precious.join("f"), "x").unwrap();
        let scratch = Scratch::new(&home.path().join("scratch")).unwrap();
        let path = scratch.path().to_owned();
        let mut at: OwnedFd = fs::File::open(scratch.out()).unwrap().into();
        for _ in 0..3000 {
            rustix::fs::mkdirat(&at, "d", Mode::RWXU).unwrap();
            rustix::fs::symlinkat(&precious, &at, "link").unwrap();
            at = openat(&at, "d", OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).unwrap();
        }
        fs::write(scratch.out().join("f"), "x").unwrap();
        chmodat(rustix::fs::CWD, scratch.out().join("d/d"), Mode::empty(), AtFlags::empty()).unwrap();
        drop(at);
        drop(scratch);
        assert!(!path.exists());
        assert!(precious.join("f").exists());
    }

    #[test]
    fn names_tell_whether_the_owner_lives() {
        let id = ulid::Ulid::generate();
        assert_eq!(owner_is_gone(&format!("{}-{id}", owner_name())), Some(false));
        assert_eq!(owner_is_gone(&format!("{}-7-{id}", i32::MAX)), Some(true));
        for foreign in ["", "x", "1-2", "1-2-notaulid", "1-2-3-4"] {
            assert_eq!(owner_is_gone(foreign), None, "{foreign}");
        }
    }
}
