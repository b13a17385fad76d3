//! Reading a packed file that anybody may have made: nothing in it is believed. Its parts must be those that the
//! manifest names, in that order, each a plain file of that length and BLAKE3; what is larger than it may be is not
//! read. No name in it ever becomes a path.

use std::io::{self, BufRead, BufReader, Read};

use serde::{Deserialize, de::DeserializeOwned};

use super::{
    PackError,
    format::{
        BLOBS, FORMAT, MANIFEST, Manifest, PROJECT, PackedProject, PackedResult, Part, RESULTS, SCRIPTS, VERSION,
    },
};
use crate::model::Digest;

/// The largest manifest, the largest `project.json`, the largest script, the largest result, in bytes.
const MOST_MANIFEST: u64 = 64 << 20;
const MOST_PROJECT: u64 = 64 << 20;
const MOST_SCRIPT: u64 = 1 << 20;
const MOST_RESULT: u64 = 32 << 20;
/// Most files of a script.
const MOST_SCRIPTS: usize = 1_000;
/// What a file may unpack to: so much in any case, or so many times its own length.
const MOST_ANYWAY: u64 = 1 << 30;
const MOST_TIMES: u64 = 200;
/// The largest window of zstd, as a power of 2: what its own tools take.
const WINDOW_LOG: u32 = 27;

/// Takes what is read. What it was given holds only when [`read`] has come to its end without an error.
pub(super) trait Sink {
    /// The project; comes first.
    fn project(&mut self, project: PackedProject) -> Result<(), PackError>;
    /// The next file of its script.
    fn script(&mut self, text: String) -> Result<(), PackError>;
    /// A file of a result; to be read to its end.
    fn blob(&mut self, digest: Digest, bytes: u64, content: &mut dyn Read) -> Result<(), PackError>;
    /// A result; all of its files came before.
    fn result(&mut self, result: PackedResult) -> Result<(), PackError>;
}

/// Reads a packed file of `length` bytes through.
pub(super) fn read(file: impl Read, length: u64, sink: &mut impl Sink) -> Result<(), PackError> {
    // What begins otherwise was never packed.
    let mut decoder = zstd::Decoder::new(file).map_err(|_| PackError::Format)?;
    decoder.window_log_max(WINDOW_LOG)?;
    let mut archive = tar::Archive::new(decoder);
    // Raw: names that would be given in parts of their own are none of ours, and could be of any length.
    let mut entries = archive.entries()?.raw(true);
    let mut first = entries.next().transpose().ok().flatten().ok_or(PackError::Format)?;
    if first.path_bytes().as_ref() != MANIFEST.as_bytes() || !first.header().entry_type().is_file() {
        return Err(PackError::Format);
    }
    let manifest = manifest(&mut first)?;
    check(&manifest, length)?;
    for part in &manifest.parts {
        let missing = || PackError::Damaged(format!("{} is missing", part.path));
        let mut entry = entries.next().ok_or_else(missing)?.map_err(broken)?;
        if !entry.header().entry_type().is_file() {
            return Err(PackError::Unsafe(format!("a part is no plain file, where {} should be", part.path)));
        }
        if entry.path_bytes().as_ref() != part.path.as_bytes() {
            return Err(PackError::Unsafe(format!("another part is where {} should be", part.path)));
        }
        if entry.header().entry_size().map_err(broken)? != part.bytes {
            return Err(PackError::Damaged(format!("{} has another length", part.path)));
        }
        let mut content = Hashing { inner: &mut entry, hasher: blake3::Hasher::new(), left: part.bytes };
        hand_over(part, &mut content, sink)?;
        if content.left > 0 || Digest::from_hash(content.hasher.finalize()) != part.blake3 {
            return Err(PackError::Damaged(format!("{} is not as it was packed", part.path)));
        }
    }
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(PackError::Unsafe("there is more in it than it names".into())),
    }
}

fn manifest(entry: &mut impl Read) -> Result<Manifest, PackError> {
    #[derive(Deserialize)]
    struct Form {
        format: String,
        version: u32,
        #[serde(default)]
        studio: String,
    }
    let bytes = at_most(entry, MOST_MANIFEST, MANIFEST)?;
    // A later form may have other fields, so its number is read alone.
    let form: Form = serde_json::from_slice(&bytes).map_err(|_| PackError::Format)?;
    if form.format != FORMAT {
        return Err(PackError::Format);
    }
    if form.version > VERSION {
        let studio = form.studio.chars().filter(|c| !c.is_control()).take(40).collect();
        return Err(PackError::Newer { version: form.version, studio });
    }
    json(MANIFEST, &bytes)
}

/// Are its parts such as a studio packs, in their order, and no more than the file can hold?
fn check(manifest: &Manifest, length: u64) -> Result<(), PackError> {
    let odd = || PackError::Unsafe("its parts are not those of a packed project".into());
    let [project, middle @ .., results] = manifest.parts.as_slice() else { return Err(odd()) };
    if project.path != PROJECT || results.path != RESULTS {
        return Err(odd());
    }
    let scripts = middle.iter().take_while(|part| part.path.starts_with(SCRIPTS)).count();
    let (scripts, blobs) = middle.split_at(scripts);
    let numbered = scripts.iter().enumerate().all(|(n, part)| part.path == format!("{SCRIPTS}{n}"));
    let named = blobs.iter().all(|part| part.path == format!("{BLOBS}{}", part.blake3));
    let rising = blobs.windows(2).all(|two| two[0].blake3 < two[1].blake3);
    if !numbered || !named || !rising || scripts.len() > MOST_SCRIPTS {
        return Err(odd());
    }
    let all = manifest.parts.iter().try_fold(0_u64, |sum, part| sum.checked_add(part.bytes));
    let most = MOST_ANYWAY.max(length.saturating_mul(MOST_TIMES));
    if all.is_none_or(|all| all > most) {
        return Err(PackError::TooLarge("it says it holds far more than a file of its length can".into()));
    }
    Ok(())
}

fn hand_over(part: &Part, content: &mut impl Read, sink: &mut impl Sink) -> Result<(), PackError> {
    if part.path == PROJECT {
        return sink.project(json(PROJECT, &at_most(content, MOST_PROJECT, PROJECT)?)?);
    }
    if part.path.starts_with(SCRIPTS) {
        let bytes = at_most(content, MOST_SCRIPT, &part.path)?;
        let text = String::from_utf8(bytes).map_err(|_| PackError::Damaged(format!("{} is no text", part.path)))?;
        return sink.script(text);
    }
    if part.path.starts_with(BLOBS) {
        return sink.blob(part.blake3, part.bytes, content);
    }
    let mut lines = BufReader::new(content);
    loop {
        let mut line = Vec::new();
        let read = lines.by_ref().take(MOST_RESULT + 1).read_until(b'\n', &mut line).map_err(broken)?;
        if read == 0 {
            return Ok(());
        }
        if read as u64 > MOST_RESULT {
            return Err(PackError::TooLarge(format!("a result of more than {} MB", MOST_RESULT >> 20)));
        }
        sink.result(json(RESULTS, &line)?)?;
    }
}

fn at_most(from: &mut impl Read, most: u64, what: &str) -> Result<Vec<u8>, PackError> {
    let mut bytes = Vec::new();
    from.take(most + 1).read_to_end(&mut bytes).map_err(broken)?;
    if bytes.len() as u64 > most {
        return Err(PackError::TooLarge(format!("{what} has more than {} MB", most >> 20)));
    }
    Ok(bytes)
}

fn json<T: DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<T, PackError> {
    serde_json::from_slice(bytes).map_err(|e| PackError::Damaged(format!("{what}: {e}")))
}

/// What cannot be decompressed or is no tar has been damaged; only the disk's own errors are others.
fn broken(e: io::Error) -> PackError {
    if e.raw_os_error().is_some() { PackError::Io(e) } else { PackError::Damaged(e.to_string()) }
}

/// A part's content: no more than it says it has, and its BLAKE3.
struct Hashing<R> {
    inner: R,
    hasher: blake3::Hasher,
    left: u64,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        self.left = self.left.saturating_sub(read as u64);
        Ok(read)
    }
}
