//! A store from a backup: unpacked beside its place, checked wholly, opened once, and only then put there.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Component, Path, PathBuf},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Store, archive,
    backup::{HEADER, OWN, header},
    blobs::Blobs,
    check::Fault,
    error::{Result, StoreError},
    files,
    lock::Lock,
    manifest::NAME,
};
use crate::model::{BlobStore, Digest, Seq};

/// What a folder may have in it and still count as empty: locks, and what is made again by itself.
const AS_GOOD_AS_EMPTY: [&str; 3] = ["lock", "cache", "socket"];

/// A store that was restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Restored {
    /// The store's folder.
    pub store: PathBuf,
    /// The number of its last record.
    pub seq: Seq,
    /// Blobs in it.
    pub blobs: u64,
    /// Where the store is that was there before.
    pub replaced: Option<PathBuf>,
    /// What was wrong already when the backup was made.
    pub faults: Vec<Fault>,
}

/// Puts the store in the backup `file` at `to`. With `replace` a store that is there is moved aside. Nobody may have
/// it open. Blocks.
pub fn restore(file: &Path, to: &Path, replace: bool) -> Result<Restored> {
    header(file)?;
    let there = is_something(to).map_err(|e| StoreError::io("read", to, e))?;
    if there && !replace {
        let help = "Give another folder with --to DIR, or move what is there aside with --replace.";
        return Err(StoreError::InTheWay { path: to.to_owned(), help });
    }
    let lock = if to.exists() { Some(Lock::take(to)?) } else { None };
    let parent = to.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(|e| StoreError::io("create", parent, e))?;
    let name = to.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = tempfile::Builder::new().prefix(&format!(".{name}.restoring-")).tempdir_in(parent);
    let beside = beside.map_err(|e| StoreError::io("create", parent, e))?;
    let new = beside.path().join("store");
    unpack(file, &new)?;
    let proven = proven(&new)?;
    let replaced = put(&new, to, there).map_err(|e| StoreError::io("put the store at", to, e))?;
    drop(lock);
    Ok(Restored { store: to.to_owned(), replaced, ..proven })
}

fn is_something(dir: &Path) -> io::Result<bool> {
    let entries = match fs::read_dir(dir) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
        entries => entries?,
    };
    for entry in entries {
        let name = entry?.file_name();
        if !AS_GOOD_AS_EMPTY.iter().any(|known| name == *known) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn unpack(file: &Path, dir: &Path) -> Result<()> {
    files::private_dir(&dir.join("journal")).map_err(|e| StoreError::io("create", dir, e))?;
    let blobs = Blobs::open(&dir.join("blobs"))?;
    let opened = File::open(file).map_err(|e| StoreError::io("read", file, e))?;
    let unpacked = archive::read(opened, |name, from| match place_of(name) {
        Some(Place::Header) => io::copy(from, &mut io::sink()).map(drop),
        Some(Place::Blob(digest)) => take_blob(&blobs, &digest, from),
        Some(Place::File(path)) => take_file(&dir.join(path), from),
        None => Err(io::Error::new(io::ErrorKind::InvalidData, format!("{name:?} has no place in a store"))),
    });
    unpacked.map_err(|e| match StoreError::io("unpack", dir, e) {
        StoreError::Io { source, .. } if source.raw_os_error().is_none() => {
            StoreError::Backup { file: file.to_owned(), what: source.to_string() }
        }
        other => other,
    })?;
    blobs.sync()?;
    files::sync_dir(dir).map_err(|e| StoreError::io("sync", dir, e))
}

/// Where a file of a backup goes.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    Header,
    Blob(Digest),
    /// Below the store's folder.
    File(PathBuf),
}

/// None: nothing of that name is in a store.
fn place_of(name: &str) -> Option<Place> {
    if name == HEADER {
        return Some(Place::Header);
    }
    let parts: Option<Vec<&str>> = Path::new(name)
        .components()
        .map(|part| if let Component::Normal(part) = part { part.to_str() } else { None })
        .collect();
    let parts = parts.filter(|parts| parts.join("/") == name)?;
    match parts.as_slice() {
        ["blobs", head, rest] if head.len() == 2 => format!("{head}{rest}").parse().ok().map(Place::Blob),
        ["journal", file] => {
            let plain = *file == NAME || file.ends_with(".journal");
            plain.then(|| Place::File(name.into()))
        }
        [own, ..] if OWN.contains(own) => Some(Place::File(name.into())),
        _ => None,
    }
}

fn take_blob(blobs: &Blobs, digest: &Digest, from: &mut dyn Read) -> io::Result<()> {
    let mut sink = blobs.create()?;
    let mut buffer = vec![0; 256 << 10];
    loop {
        match from.read(&mut buffer)? {
            0 => break,
            n => sink.write(&buffer[..n])?,
        }
    }
    if sink.finish()? == *digest {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, format!("blob {digest} is not what its name says")))
}

fn take_file(path: &Path, from: &mut dyn Read) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    files::private_dir(folder)?;
    let mut to = files::new_file(path)?;
    io::copy(from, &mut to)?;
    to.flush()?;
    to.sync_all()?;
    files::sync_dir(folder)
}

/// Opens the store once: its journal is read through, its index made, and what it needs is looked for.
fn proven(dir: &Path) -> Result<Restored> {
    let store = Store::open(dir)?;
    let checked = store.check(true, false)?;
    futures::executor::block_on(store.close())?;
    let (replaced, blobs) = (None, checked.blobs);
    Ok(Restored { store: dir.to_owned(), seq: checked.seq, blobs, replaced, faults: checked.faults })
}

/// Moves the new store to its place, and what is there aside: where that is now.
fn put(new: &Path, to: &Path, keep_old: bool) -> io::Result<Option<PathBuf>> {
    let mut aside = None;
    if to.exists() {
        // What was compiled for this box is good for the new one too.
        let _ = fs::rename(to.join("cache"), new.join("cache"));
        let path = aside_of(to);
        fs::rename(to, &path)?;
        aside = Some(path);
    }
    if let Err(e) = fs::rename(new, to) {
        if let Some(old) = &aside {
            fs::rename(old, to)?;
        }
        return Err(e);
    }
    files::sync_dir(to.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")))?;
    match aside {
        Some(old) if !keep_old => fs::remove_dir_all(old).map(|()| None),
        aside => Ok(aside),
    }
}

/// A name beside `path` that nothing has.
fn aside_of(path: &Path) -> PathBuf {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut n = 1_u64;
    loop {
        let aside = path.with_file_name(format!("{name}.replaced-{n}"));
        if !aside.exists() {
            return aside;
        }
        n += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_store_has_is_unpacked_and_nothing_outside_of_it() {
        let hex = Digest::of(b"x").hex();
        assert_eq!(place_of(&format!("blobs/{}/{}", &hex[..2], &hex[2..])), Some(Place::Blob(Digest::of(b"x"))));
        for good in ["config.toml", "scripts/lib/a.lua", "plugins/x.wasm", "journal/MANIFEST", "journal/1.0001.journal"]
        {
            assert_eq!(place_of(good), Some(Place::File(good.into())), "{good}");
        }
        for bad in [
            "",
            ".",
            "/etc/passwd",
            "../x",
            "scripts/../../x",
            "blobs/ab/../../x",
            "blobs/ab/cd",
            "journal/lock",
            "key",
            "journal/a/b.journal",
            "lock",
            "index/db",
            "scripts//a",
            "scripts/./a",
            "config.toml/..",
        ] {
            assert_eq!(place_of(bad), None, "{bad}");
        }
    }
}
