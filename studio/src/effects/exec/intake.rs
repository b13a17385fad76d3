//! Takes what a program left in its scratch folder into the blob store. Called once all its processes are dead.

use std::{
    collections::BTreeMap,
    fs::File,
    io,
    os::fd::{AsFd, OwnedFd},
    path::Path,
};

use rustix::{
    fs::{AtFlags, FileType, Mode, OFlags, Stat, fstat, openat, statat},
    io::Errno,
};
use studio_plugin_sdk::{blob::Blob, wire::Output};

use super::ExecError;
use crate::model::BlobStore;

/// Takes the outputs in. After a good exit each that is not optional must be there and fit to be taken; after a
/// bad one, what is missing or unfit is left out.
pub(super) fn take(
    program: &str,
    out: &Path,
    outputs: &[Output],
    good_exit: bool,
    max_bytes: u64,
    blobs: &dyn BlobStore,
) -> Result<BTreeMap<String, Blob>, ExecError> {
    let mut taken = BTreeMap::new();
    if outputs.is_empty() {
        return Ok(taken);
    }
    // The program may have closed the folder; it cannot have replaced it.
    let _ = rustix::fs::chmod(out, Mode::RWXU);
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = rustix::fs::open(out, flags, Mode::empty())
        .map_err(|e| ExecError::Io { doing: "opening the scratch folder".to_owned(), source: e.into() })?;
    for output in outputs {
        match open(&folder, &output.name, max_bytes) {
            Ok(mut file) => {
                let (digest, bytes) =
                    blobs.take_in(&mut file).map_err(ExecError::io(format!("keeping the output `{}`", output.name)))?;
                taken.insert(output.name.clone(), Blob { blob: digest.hex(), bytes, mime: output.mime.clone() });
            }
            Err(Unfit::Missing) if output.optional => {}
            Err(_) if !good_exit => {}
            Err(unfit) => {
                return Err(ExecError::Output {
                    program: program.to_owned(),
                    name: output.name.clone(),
                    why: unfit.to_string(),
                });
            }
        }
    }
    Ok(taken)
}

#[derive(Debug, thiserror::Error)]
enum Unfit {
    #[error("it is not there, though the program reported success. Check the name that it writes to")]
    Missing,
    #[error("it is not an ordinary file (links, folders, pipes and devices are refused)")]
    NotAFile,
    #[error("it has other names as well (hard links are refused)")]
    Linked,
    #[error("it has {0} bytes, more than the {1} allowed")]
    TooLarge(u64, u64),
    #[error("it could not be read: {0}")]
    Unreadable(io::Error),
}

fn open(folder: &OwnedFd, name: &str, max_bytes: u64) -> Result<File, Unfit> {
    // Looked at before it is opened, since opening alone may wake a device or wait for a pipe's other end.
    let seen = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).map_err(unreadable)?;
    check(&seen, max_bytes)?;
    let fd = open_beneath(folder, name).or_else(|e| {
        // The program may have taken its own file's mode away; its owner can give it back.
        if e != Errno::ACCESS {
            return Err(e);
        }
        rustix::fs::chmodat(folder, name, Mode::RUSR, AtFlags::empty())?;
        open_beneath(folder, name)
    });
    let fd = fd.map_err(unreadable)?;
    check(&fstat(&fd).map_err(unreadable)?, max_bytes)?;
    Ok(fd.into())
}

fn unreadable(e: Errno) -> Unfit {
    match e {
        Errno::NOENT => Unfit::Missing,
        Errno::LOOP => Unfit::NotAFile,
        e => Unfit::Unreadable(e.into()),
    }
}

fn check(stat: &Stat, max_bytes: u64) -> Result<(), Unfit> {
    let bytes = stat.st_size as u64;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(Unfit::NotAFile);
    }
    if stat.st_nlink != 1 {
        return Err(Unfit::Linked);
    }
    if bytes > max_bytes {
        return Err(Unfit::TooLarge(bytes, max_bytes));
    }
    Ok(())
}

/// Never through a link, never out of the folder, never waiting.
fn open_beneath(folder: impl AsFd, name: &str) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{ResolveFlags, openat2};
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV;
        match openat2(&folder, name, flags, Mode::empty(), resolve) {
            Err(Errno::NOSYS | Errno::PERM) => {}
            done => return done,
        }
    }
    openat(folder, name, flags, Mode::empty())
}
