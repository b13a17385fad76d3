//! Finding scripts: the user's own by path or name, then the shipped ones.

use std::{
    collections::BTreeMap,
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use super::open::{Core, EngineError};
use crate::{
    embedded,
    model::{Digest, ProjectId, Run},
    script::ScriptSource,
};

/// Most bytes of one script.
const MOST_SCRIPT: u64 = 1 << 20;
/// Most files of one scripts folder.
const MOST_FILES: usize = 1_000;

/// The source of `script`: a path to a `.lua` file, or a name such as `narrated`.
pub fn find(core: &Core, script: &str) -> Result<ScriptSource, EngineError> {
    if is_path(script) {
        let path = resolved(core, script);
        let path = path.as_path();
        let root = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let entry = path.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
        let text = read(path)?;
        let mut files = shipped();
        files.extend(folder(root)?);
        files.insert(entry.clone(), text);
        return Ok(ScriptSource { entry, files });
    }
    let entry = format!("{script}.lua");
    let mut files = shipped();
    for root in &core.config.script_dirs {
        files.extend(folder(root)?);
    }
    if files.contains_key(&entry) {
        return Ok(ScriptSource { entry, files });
    }
    let names: Vec<_> = files.keys().filter(|f| !f.contains('/')).map(|f| f.trim_end_matches(".lua")).collect();
    Err(EngineError::NotFound(format!("there is no script {script:?} (there are {})", names.join(", "))))
}

impl super::Engine {
    /// The names of all scripts that are found by name.
    pub fn script_names(&self) -> Result<Vec<String>, EngineError> {
        let mut files = shipped();
        for root in &self.core.config.script_dirs {
            files.extend(folder(root)?);
        }
        let names = files.keys().filter(|file| !file.contains('/')).filter_map(|file| file.strip_suffix(".lua"));
        Ok(names.map(ToOwned::to_owned).collect())
    }
}

/// How paths below the store's folder begin, which hold wherever the store is.
const IN_STORE: &str = "store:";

/// A path of a project's as it is on this box.
pub fn resolved(core: &Core, path: &str) -> PathBuf {
    path.strip_prefix(IN_STORE).map_or_else(|| path.into(), |below| core.config.home.join(below))
}

/// Does it say where a file is, wherever one stands?
pub fn is_whole(path: &str) -> bool {
    path.starts_with(IN_STORE) || Path::new(path).is_absolute()
}

/// The folder of what came with a project that was unpacked.
pub fn unpacked(core: &Core, project: &ProjectId) -> PathBuf {
    core.config.home.join("unpacked").join(project.as_str())
}

/// The path of a file in that folder, as projects keep it.
pub fn in_store(project: &ProjectId, file: &str) -> String {
    format!("{IN_STORE}unpacked/{project}/{file}")
}

/// Does it mean a file rather than a name?
pub fn is_path(script: &str) -> bool {
    script.contains('/') || Path::new(script).extension().is_some_and(|e| e.eq_ignore_ascii_case("lua"))
}

/// Keeps the sources as blobs: file name → digest.
pub fn pin(core: &Core, source: &ScriptSource) -> Result<BTreeMap<String, Digest>, EngineError> {
    let mut pinned = BTreeMap::new();
    for (name, text) in &source.files {
        let digest = core.keep_bytes(text.as_bytes()).map_err(EngineError::io("keeping a script"))?;
        pinned.insert(name.clone(), digest);
    }
    Ok(pinned)
}

/// The sources that a run began with.
pub fn pinned(core: &Core, run: &Run) -> Result<ScriptSource, EngineError> {
    let mut files = BTreeMap::new();
    for (name, digest) in &run.sources {
        let mut text = String::new();
        let opened = core.blobs().open(digest);
        let read = opened.and_then(|mut file| file.read_to_string(&mut text));
        read.map_err(EngineError::io(format!("reading the script {name} of run {}", run.id)))?;
        files.insert(name.clone(), text);
    }
    Ok(ScriptSource { entry: run.entry.clone(), files })
}

fn shipped() -> BTreeMap<String, String> {
    let shipped = embedded::SCRIPTS.iter().filter(|(name, _)| !name.starts_with("stubs/"));
    shipped.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

/// All scripts of a folder and its `lib`, by path below it. What is not UTF-8 is left out.
fn folder(root: &Path) -> Result<BTreeMap<String, String>, EngineError> {
    let mut files = BTreeMap::new();
    for (prefix, folder) in [("", root.to_path_buf()), ("lib/", root.join("lib"))] {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.take(MOST_FILES) {
            let path: PathBuf = entry.map_err(EngineError::io(format!("reading {}", folder.display())))?.path();
            let Some(name) = path.file_name().and_then(|n| n.to_str()) else { continue };
            let small = path.metadata().is_ok_and(|m| m.is_file() && m.len() <= MOST_SCRIPT);
            if small
                && path.extension().is_some_and(|e| e == "lua")
                && let Ok(text) = fs::read_to_string(&path)
            {
                files.insert(format!("{prefix}{name}"), text);
            }
        }
    }
    Ok(files)
}

fn read(path: &Path) -> Result<String, EngineError> {
    let doing = || EngineError::io(format!("reading the script {}", path.display()));
    let metadata = fs::metadata(path).map_err(doing())?;
    let invalid = |message: String| EngineError::Invalid { field: "script".into(), message };
    if metadata.len() > MOST_SCRIPT {
        return Err(invalid(format!("{} is larger than {} KiB", path.display(), MOST_SCRIPT >> 10)));
    }
    let bytes = fs::read(path).map_err(doing())?;
    String::from_utf8(bytes).map_err(|_| invalid(format!("{} is not UTF-8 text", path.display())))
}
