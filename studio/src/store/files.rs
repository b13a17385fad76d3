//! Private files and folders, made durable. Used all over the store.

use std::{
    fs::{DirBuilder, File, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

/// The folder, created for this user only where it is missing.
pub(super) fn private_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes a folder that somebody else has made and that is empty this user's alone: from now on it is a store.
pub(super) fn close_to_others(path: &Path) -> io::Result<()> {
    let open = std::fs::metadata(path)?.permissions().mode() & 0o077 != 0;
    if open && std::fs::read_dir(path)?.next().is_none() {
        std::fs::set_permissions(path, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// A new, empty file for this user only, readable and writable.
pub(super) fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Makes the names in a folder durable.
pub(super) fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Writes `bytes` to `dir/name`: after a crash there is the old file or the new one, whole.
pub(super) fn replace(dir: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let new = dir.join(format!("{name}.new"));
    let written = new_file(&new).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let replaced = written.and_then(|()| std::fs::rename(&new, dir.join(name)));
    if replaced.is_err() {
        let _ = std::fs::remove_file(&new);
    }
    replaced?;
    sync_dir(dir)
}
