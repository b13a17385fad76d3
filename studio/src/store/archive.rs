//! Many files in one: a tar in zstd, ending in a list of the files with their digests, so that a reader knows that it
//! has all of it, unchanged. Written beside its place and renamed. Nothing is held in memory but the list.

use std::{
    collections::BTreeMap,
    fs::{File, Permissions},
    io::{self, Read, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::files;

/// The list's name: the last file.
const LIST: &str = "LIST";
/// The longest list, in bytes: about a million files.
const LONGEST_LIST: u64 = 256 << 20;
/// zstd's default; most of what is large is compressed already.
const LEVEL: i32 = 3;

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Listed {
    bytes: u64,
    blake3: String,
}

/// An archive being written.
pub(super) struct Writer {
    tar: tar::Builder<zstd::Encoder<'static, NamedTempFile>>,
    list: BTreeMap<String, Listed>,
}

impl Writer {
    /// A new one that will be put at `path`.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let folder = folder_of(path);
        let name = format!(".{}.part", path.file_name().unwrap_or_default().to_string_lossy());
        // What a killed attempt left: the same name each time, so that nothing piles up.
        let _ = std::fs::remove_file(folder.join(&name));
        let mut builder = tempfile::Builder::new();
        let temp =
            builder.prefix(&name).rand_bytes(0).permissions(Permissions::from_mode(0o600)).tempfile_in(folder)?;
        let mut zstd = zstd::Encoder::new(temp, LEVEL)?;
        zstd.include_checksum(true)?;
        Ok(Self { tar: tar::Builder::new(zstd), list: BTreeMap::new() })
    }

    /// Adds `bytes` bytes of a file under a name.
    pub(super) fn add(&mut self, name: &str, bytes: u64, from: impl Read) -> io::Result<()> {
        let mut hashing = Hashing { from: from.take(bytes), hasher: blake3::Hasher::new(), bytes: 0 };
        append(&mut self.tar, name, bytes, &mut hashing)?;
        if hashing.bytes != bytes {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("{name} became shorter")));
        }
        let blake3 = hashing.hasher.finalize().to_hex().to_string();
        self.list.insert(name.to_owned(), Listed { bytes, blake3 });
        Ok(())
    }

    /// Ends it and puts it in its place: its size in bytes.
    pub(super) fn finish(mut self, path: &Path) -> io::Result<u64> {
        let list = serde_json::to_vec(&self.list)?;
        append(&mut self.tar, LIST, list.len() as u64, list.as_slice())?;
        let mut temp = self.tar.into_inner()?.finish()?;
        temp.flush()?;
        temp.as_file().sync_all()?;
        let bytes = temp.as_file().metadata()?.len();
        temp.persist(path).map_err(|e| e.error)?;
        files::sync_dir(folder_of(path))?;
        Ok(bytes)
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn append(tar: &mut tar::Builder<impl Write>, name: &str, bytes: u64, from: impl Read) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mode(0o600);
    header.set_size(bytes);
    tar.append_data(&mut header, name, from)
}

/// Reads an archive once, giving each file to `take` under its name; it must read all of the file or fail. Only when
/// this returns without an error was everything there, unchanged, and nothing else.
pub(super) fn read(file: File, mut take: impl FnMut(&str, &mut dyn Read) -> io::Result<()>) -> io::Result<()> {
    let mut tar = tar::Archive::new(zstd::Decoder::new(file)?);
    let (mut found, mut list) = (BTreeMap::new(), None);
    for entry in tar.entries()? {
        let mut entry = entry?;
        let name = entry.path()?.to_str().map(ToOwned::to_owned).ok_or_else(|| broken("a name is not UTF-8"))?;
        if list.is_some() {
            return Err(broken("something comes after its end"));
        }
        if entry.header().entry_type() != tar::EntryType::Regular {
            return Err(broken(&format!("{name} is no plain file")));
        }
        if name == LIST {
            let mut text = Vec::new();
            entry.take(LONGEST_LIST).read_to_end(&mut text)?;
            list = Some(serde_json::from_slice::<BTreeMap<String, Listed>>(&text).map_err(|e| broken(&e.to_string()))?);
            continue;
        }
        let mut hashing = Hashing { from: &mut entry, hasher: blake3::Hasher::new(), bytes: 0 };
        take(&name, &mut hashing)?;
        let blake3 = hashing.hasher.finalize().to_hex().to_string();
        if found.insert(name.clone(), Listed { bytes: hashing.bytes, blake3 }).is_some() {
            return Err(broken(&format!("{name} is in it twice")));
        }
    }
    // The checksum of the whole stands behind the last byte.
    nothing_but_zeros(tar.into_inner())?;
    let list = list.ok_or_else(|| broken("it ends too early"))?;
    match list.iter().find(|(name, listed)| found.get(*name) != Some(listed)) {
        Some((name, _)) => Err(broken(&format!("{name} is not what it was"))),
        None if list.len() != found.len() => Err(broken("it has more than it should")),
        None => Ok(()),
    }
}

/// A tar ends in blocks of zeros; there may be nothing else.
fn nothing_but_zeros(mut rest: impl Read) -> io::Result<()> {
    let mut buffer = [0; 8 << 10];
    loop {
        match rest.read(&mut buffer)? {
            0 => return Ok(()),
            n if buffer[..n].iter().any(|byte| *byte != 0) => return Err(broken("something comes after its end")),
            _ => (),
        }
    }
}

/// The beginning of the first file, where it is an archive and that file has this name.
pub(super) fn first(file: File, name: &str, most: u64) -> io::Result<Option<Vec<u8>>> {
    let mut tar = tar::Archive::new(zstd::Decoder::new(file)?);
    let Some(entry) = tar.entries()?.next() else { return Ok(None) };
    let entry = entry?;
    if entry.path()?.to_str() != Some(name) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    entry.take(most).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// Hashes what is read through it.
struct Hashing<R> {
    from: R,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.from.read(into)?;
        self.hasher.update(&into[..n]);
        self.bytes += n as u64;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn archive(files: &[(&str, &[u8])]) -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.studio");
        let mut writer = Writer::create(&path).unwrap();
        for (name, bytes) in files {
            writer.add(name, bytes.len() as u64, *bytes).unwrap();
        }
        writer.finish(&path).unwrap();
        (dir, path)
    }

    fn files(path: &Path) -> io::Result<BTreeMap<String, Vec<u8>>> {
        let mut found = BTreeMap::new();
        read(File::open(path)?, |name, from| {
            let mut bytes = Vec::new();
            from.read_to_end(&mut bytes)?;
            found.insert(name.to_owned(), bytes);
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn files_come_back_and_the_archive_is_for_one_user() {
        let long = format!("blobs/{}", "x".repeat(180));
        let large = vec![7; 100_000];
        let (dir, path) = archive(&[("one", b"1"), (long.as_str(), &large), ("empty", b"")]);
        let found = files(&path).unwrap();
        assert_eq!((found["one"].as_slice(), found[&long].len(), found["empty"].len()), (&b"1"[..], 100_000, 0));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
        assert_eq!(first(File::open(&path).unwrap(), "one", 9).unwrap().unwrap(), b"1");
        assert_eq!(first(File::open(&path).unwrap(), "two", 9).unwrap(), None);
    }

    #[test]
    fn a_file_that_shrinks_while_it_is_read_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.studio");
        let mut writer = Writer::create(&path).unwrap();
        assert!(writer.add("short", 10, &b"123"[..]).is_err());
        drop(writer);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn no_damage_goes_unseen(at: prop::sample::Index, flip in 1_u8.., cut: bool) {
            let bytes: Vec<u8> = (0..3_000_u32).map(|n| ((n * n) >> 3) as u8).collect();
            let (_dir, path) = archive(&[("one", b"1"), ("two", &bytes)]);
            let whole = std::fs::read(&path).unwrap();
            let at = at.index(whole.len());
            let damaged = if cut { whole[..at].to_vec() } else {
                let mut damaged = whole.clone();
                damaged[at] ^= flip;
                damaged
            };
            std::fs::write(&path, damaged).unwrap();
            // A changed byte may be one that means nothing; then all is there as it was.
            match files(&path) {
                Err(_) => {}
                Ok(found) => prop_assert!(!cut && found["one"] == b"1" && found["two"] == bytes),
            }
        }
    }
}
