//! Packing: everything that a project needs elsewhere is gathered, then written as one file, whole or not at all.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, BufWriter, Read, Seek, Write},
    path::{Path, PathBuf},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    PackError,
    format::{
        BLOBS, FORMAT, MANIFEST, Manifest, PROJECT, PackedFile, PackedProject, PackedResult, Part, RESULTS, SCRIPTS,
        VERSION,
    },
};
use crate::{
    engine::{Engine, EngineError, brands, captions, open::Core, params, scripts},
    model::{BlobStore as _, ChatMessage, Digest, Key, Project, blobs_in},
    script::{self, ParamKind},
    store::PlaceFacts,
};

/// zstd's own default: most of it is media, which no level makes smaller.
const LEVEL: i32 = 3;
/// Most bytes of a chat that are packed.
const MOST_CHAT: usize = 16 << 20;

/// A packed project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Packed {
    /// The file.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// How many results are in it.
    pub results: usize,
    /// How many files of results are in it.
    pub blobs: usize,
}

impl Engine {
    /// Writes a project with its results to one file. Only its owner can read that.
    pub async fn pack(&self, name: &str, path: &Path) -> Result<Packed, EngineError> {
        if !path.is_absolute() {
            return Err(EngineError::Invalid { field: "path".into(), message: "give the whole path".into() });
        }
        let project = self.project(name)?;
        let (core, path) = (std::sync::Arc::clone(&self.core), path.to_owned());
        let packed = tokio::task::spawn_blocking(move || pack(&core, &project, &path)).await;
        packed.map_err(|e| EngineError::Io { doing: "packing".into(), error: io::Error::other(e) })?
    }
}

fn pack(core: &Core, project: &Project, path: &Path) -> Result<Packed, EngineError> {
    let doing = || EngineError::io(format!("writing {}", path.display()));
    let gathered = Gathered::of(core, project)?;
    let (results, blobs) = (gathered.results.len(), gathered.blobs.len());
    let parts = gathered.parts(core)?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(doing())?;
    write(BufWriter::new(file.as_file_mut()), &project.title, core.now_ms(), parts).map_err(|e| match e {
        PackError::Io(error) => doing()(error),
        other => other.into(),
    })?;
    file.as_file().sync_all().map_err(doing())?;
    let bytes = file.as_file().metadata().map_err(doing())?.len();
    file.persist(path).map_err(|e| doing()(e.error))?;
    Ok(Packed { path: path.to_owned(), bytes, results, blobs })
}

/// A part, and where its bytes come from.
pub(super) type WithBytes = (Part, Box<dyn Read>);

/// What goes into the file.
struct Gathered {
    project: PackedProject,
    sources: Vec<String>,
    results: BTreeSet<Key>,
    blobs: BTreeSet<Digest>,
}

/// A file that a param names, with its bytes.
fn packed_file(core: &Core, path: &str, param: &str) -> Result<PackedFile, EngineError> {
    let path = scripts::resolved(core, path);
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("file").to_owned();
    Ok(PackedFile { name, blob: params::take_in(core, &path, param)? })
}

impl Gathered {
    fn of(core: &Core, project: &Project) -> Result<Self, EngineError> {
        let source = scripts::find(core, &project.script)?.needed();
        let mut places: Vec<PlaceFacts> = core.store.places(&project.id)?.into_iter().map(used).collect();
        for place in &mut places {
            without_collected(core, place)?;
        }
        let results = places.iter().flat_map(|place| place.results.iter().cloned()).collect();
        let mut packed = PackedProject {
            title: project.title.clone(),
            script: (!scripts::is_path(&project.script)).then(|| project.script.clone()),
            entry: source.entry.clone(),
            sources: source.files.keys().cloned().collect(),
            params: project.params.clone(),
            profile: project.profile.clone(),
            brand: project.brand.as_ref().map(|brand| brands::used(core, brand)).transpose()?,
            styles: BTreeMap::new(),
            files: BTreeMap::new(),
            lists: BTreeMap::new(),
            places,
            chat: latest(core.store.chat(&project.id)?),
        };
        for declared in script::load(&source)?.params.iter().filter(|p| p.kind.names_files()) {
            let param = &declared.name;
            match packed.params.get(param) {
                Some(Value::String(path)) if declared.kind == ParamKind::File => {
                    packed.files.insert(param.clone(), packed_file(core, path, param)?);
                }
                Some(value) if declared.kind == ParamKind::Files => {
                    let paths = script::listed(value).unwrap_or_default();
                    let file = |path: &Value| packed_file(core, path.as_str().unwrap_or_default(), param);
                    let files = paths.iter().map(file).collect::<Result<_, _>>()?;
                    packed.lists.insert(param.clone(), files);
                }
                _ => continue,
            }
            packed.params.remove(param);
        }
        let mut texts: Vec<String> = source.files.values().cloned().collect();
        texts.push(json!(packed.params).to_string());
        texts.extend(packed.brand.iter().map(|brand| json!(brand.kit.captions).to_string()));
        packed.styles = captions::named_in(&captions::folders(core, project), texts);
        let mut mentioned = Vec::new();
        for place in &packed.places {
            place.edit.iter().for_each(|edit| blobs_in(&edit.response, &mut mentioned));
        }
        let of_brand = packed.brand.iter().flat_map(|brand| brand.kit.files());
        mentioned.extend(of_brand.filter_map(|file| file.blob.blob.parse::<Digest>().ok()));
        mentioned.extend(packed.all_files().filter_map(|file| file.blob.blob.parse::<Digest>().ok()));
        let sources = source.files.into_values().collect();
        Ok(Self { project: packed, sources, results, blobs: mentioned.into_iter().collect() })
    }

    /// The results, a line each, in a temporary file; notes the files that they mention.
    fn write_results(&mut self, core: &Core) -> Result<(Part, File), EngineError> {
        let keeping = || EngineError::io("writing a temporary file");
        let mut hashed = Hashed::new(BufWriter::new(tempfile::tempfile().map_err(keeping())?));
        for key in &self.results {
            let missing = || damaged(format!("the result {key} is missing in the store"));
            let kept = core.store.kept(key)?.ok_or_else(missing)?;
            let mut mentioned = Vec::new();
            blobs_in(&kept.response, &mut mentioned);
            mentioned.extend(kept.deliveries.iter().filter_map(|file| file.blob.blob.parse::<Digest>().ok()));
            self.blobs.extend(mentioned);
            let result = PackedResult { key: key.clone(), kept };
            serde_json::to_writer(&mut hashed, &result).map_err(io::Error::from).map_err(keeping())?;
            hashed.write_all(b"\n").map_err(keeping())?;
        }
        let part = hashed.part(RESULTS);
        let mut file = hashed.inner.into_inner().map_err(|e| keeping()(e.into_error()))?;
        file.rewind().map_err(keeping())?;
        Ok((part, file))
    }

    /// The parts with their bytes, in their order.
    fn parts(mut self, core: &Core) -> Result<Vec<WithBytes>, EngineError> {
        let (results_part, results) = self.write_results(core)?;
        let json = serde_json::to_vec(&self.project).map_err(|e| damaged(e.to_string()))?;
        let mut parts = vec![part(PROJECT.into(), json)];
        for (n, text) in self.sources.into_iter().enumerate() {
            parts.push(part(format!("{SCRIPTS}{n}"), text.into_bytes()));
        }
        for digest in &self.blobs {
            let missing =
                |e: io::Error| damaged(format!("a file of its results is missing in the store ({digest}): {e}"));
            let file = core.store.blobs().open(digest).map_err(missing)?;
            let bytes = file.metadata().map_err(missing)?.len();
            let part = Part { path: format!("{BLOBS}{digest}"), bytes, blake3: *digest };
            // Opened when its turn comes: there may be more of them than a process may have open.
            parts.push((part, Box::new(Later { path: core.store.blobs().path(digest), file: None })));
        }
        parts.push((results_part, Box::new(results)));
        Ok(parts)
    }
}

/// What was said, without what is so long ago that all of it would be too much.
fn latest(mut chat: Vec<ChatMessage>) -> Vec<ChatMessage> {
    let mut bytes = 0;
    let fits = |message: &&ChatMessage| {
        bytes += serde_json::to_vec(message).map_or(0, |json| json.len());
        bytes <= MOST_CHAT
    };
    let left = chat.iter().rev().take_while(fits).count();
    chat.drain(..chat.len() - left);
    chat
}

/// A place with the results that may be wanted again: all takes where others were asked for, else the current one.
fn used(mut place: PlaceFacts) -> PlaceFacts {
    if place.asked.is_empty() {
        place.results.drain(..place.results.len().saturating_sub(1));
    }
    place
}

/// Earlier results may have been collected (`studio store gc --takes`); the current one is there, or something is wrong.
fn without_collected(core: &Core, place: &mut PlaceFacts) -> Result<(), EngineError> {
    let Some(current) = place.results.pop() else { return Ok(()) };
    let mut left = Vec::new();
    for key in place.results.drain(..) {
        if core.store.kept(&key)?.is_some() {
            left.push(key);
        }
    }
    left.push(current);
    place.results = left;
    Ok(())
}

fn damaged(what: String) -> EngineError {
    EngineError::refused("pack.missing", what, "run the project again, then pack it")
}

fn part(path: String, bytes: Vec<u8>) -> WithBytes {
    let part = Part { path, bytes: bytes.len() as u64, blake3: Digest::of(&bytes) };
    (part, Box::new(io::Cursor::new(bytes)))
}

/// Writes a packed file of these parts.
pub(super) fn write(to: impl Write, title: &str, packed_ms: i64, parts: Vec<WithBytes>) -> Result<(), PackError> {
    let mut compressed = zstd::Encoder::new(to, LEVEL)?;
    compressed.include_checksum(true)?;
    let mut tar = tar::Builder::new(compressed);
    let manifest = Manifest {
        format: FORMAT.into(),
        version: VERSION,
        studio: env!("CARGO_PKG_VERSION").into(),
        title: title.into(),
        packed_ms,
        parts: parts.iter().map(|(part, _)| part.clone()).collect(),
    };
    let json = serde_json::to_vec(&manifest).map_err(io::Error::from)?;
    let (head, bytes) = part(MANIFEST.into(), json);
    for (part, bytes) in std::iter::once((head, bytes)).chain(parts) {
        let mut hashed = Hashed::new(bytes.take(part.bytes));
        let mut header = tar::Header::new_ustar();
        header.set_size(part.bytes);
        header.set_mode(0o644);
        tar.append_data(&mut header, &part.path, &mut hashed)?;
        // Also where a file of the store was damaged or changed under our hands.
        let written = hashed.part(&part.path);
        if written != part {
            return Err(PackError::Damaged(format!("{} is not what its name says", part.path)));
        }
    }
    tar.into_inner()?.finish()?.flush()?;
    Ok(())
}

/// Knows the length and the BLAKE3 of what went through it.
struct Hashed<T> {
    inner: T,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl<T> Hashed<T> {
    fn new(inner: T) -> Self {
        Self { inner, hasher: blake3::Hasher::new(), bytes: 0 }
    }

    fn part(&self, path: &str) -> Part {
        Part { path: path.to_owned(), bytes: self.bytes, blake3: Digest::from_hash(self.hasher.finalize()) }
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A file that is opened when it is first read, and let go at its end.
struct Later {
    path: PathBuf,
    file: Option<File>,
}

impl Read for Later {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(File::open(&self.path)?),
        };
        file.read(buffer)
    }
}
