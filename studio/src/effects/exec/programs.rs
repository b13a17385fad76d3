//! Finds programs on the host's path and asks them for their version.

use std::{
    collections::HashMap,
    ffi::OsString,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use parking_lot::Mutex;
use studio_plugin_sdk::{
    error::StageError,
    wire::{Exec, Lines, ProgramDecl},
};

use super::{ExecError, request::Request, run, versions::Versions};
use crate::{
    effects::sandbox::{Devices, Sandbox, roots},
    model::{BlobSink, BlobStore, Digest},
};

/// Seconds that a program has to print its version.
const PATIENCE: u32 = 20;

/// The programs of this box.
pub struct Programs {
    folders: Vec<PathBuf>,
    sandbox: Arc<Sandbox>,
    found: Mutex<HashMap<String, PathBuf>>,
    versions: Versions,
}

impl Programs {
    /// Looked for in the folders of `path` (the value of PATH), of which relative ones are left out.
    pub fn new(path: &OsString, sandbox: Arc<Sandbox>) -> Arc<Self> {
        Self::with(path, sandbox, Versions::default())
    }

    /// The same, with versions that are remembered in a file.
    pub fn remembering(path: &OsString, sandbox: Arc<Sandbox>, file: &Path) -> Arc<Self> {
        Self::with(path, sandbox, Versions::remembered(file))
    }

    fn with(path: &OsString, sandbox: Arc<Sandbox>, versions: Versions) -> Arc<Self> {
        let folders = std::env::split_paths(path).filter(|p| p.is_absolute()).collect();
        Arc::new(Self { folders, sandbox, found: Mutex::default(), versions })
    }

    /// Where a program is: absolute.
    pub fn find(&self, name: &str) -> Result<PathBuf, ExecError> {
        if let Some(path) = self.found.lock().get(name).filter(|path| is_executable(path)) {
            return Ok(path.clone());
        }
        let path = self
            .look(name)
            .ok_or_else(|| ExecError::Missing { program: name.to_owned(), help: how_to_install(name) })?;
        self.found.lock().insert(name.to_owned(), path.clone());
        Ok(path)
    }

    /// The first line that a program prints about its version; empty where its manifest says no way to ask;
    /// none where it is not installed.
    pub async fn version(&self, decl: &ProgramDecl) -> Result<Option<String>, StageError> {
        let path = match self.find(&decl.name) {
            Ok(path) => path,
            Err(ExecError::Missing { .. }) => return Ok(None),
            Err(e) => return Err(e.into()),
        };
        if decl.version_args.is_empty() {
            return Ok(Some(String::new()));
        }
        self.sandbox.look_ahead();
        let version = self.versions.of(&path, &decl.version_args, async || self.ask(decl, path.clone()).await);
        Ok(Some(version.await?))
    }

    /// What beside the system's folders a program must be able to read.
    pub(super) fn roots(&self, program: &Path) -> crate::effects::sandbox::Roots {
        roots(program, &|name| self.look(name))
    }

    async fn ask(&self, decl: &ProgramDecl, program: PathBuf) -> Result<String, ExecError> {
        let exec = Exec {
            program: decl.name.clone(),
            args: decl.version_args.clone(),
            timeout_s: Some(PATIENCE),
            lines: Lines::None,
            ..Exec::default()
        };
        let blobs: Arc<dyn BlobStore> = Arc::new(NoStore);
        let task = run::Task {
            decl: decl.clone(),
            program: program.clone(),
            request: Request::new(&exec, blobs.as_ref())?,
            sandbox: self.sandbox.clone(),
            blobs,
            roots: self.roots(&program),
            alive: tokio::sync::watch::Sender::new(0),
            devices: Devices::default(),
            own_words: true,
        };
        let exit = run::run(task, &exec, &mut |_| ()).await?;
        let printed = |text: &str| text.lines().map(str::trim).find(|l| !l.is_empty()).map(str::to_owned);
        // What a program that refuses the question says is no version.
        let told = printed(&exit.stdout).or_else(|| printed(&exit.stderr).filter(|_| exit.is_success()));
        Ok(told.unwrap_or_default())
    }

    fn look(&self, name: &str) -> Option<PathBuf> {
        if name.is_empty() || name.contains('/') {
            return None;
        }
        // A version manager's shim needs the user's home folder, which a confined program does not see.
        let is_shim = |folder: &&PathBuf| folder.ends_with("shims");
        let (shims, folders): (Vec<_>, Vec<_>) = self.folders.iter().partition(is_shim);
        folders.into_iter().chain(shims).map(|folder| folder.join(name)).find(|path| is_executable(path))
    }
}

fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

fn how_to_install(name: &str) -> String {
    let (debian, brew) = match name {
        "ffmpeg" | "ffprobe" => ("sudo apt install ffmpeg", "ffmpeg"),
        "espeak-ng" | "espeak" => ("sudo apt install espeak-ng", "espeak-ng"),
        "sox" => ("sudo apt install sox", "sox"),
        "magick" | "convert" => ("sudo apt install imagemagick", "imagemagick"),
        "yt-dlp" => ("pipx install yt-dlp", "yt-dlp"),
        "python3" => ("sudo apt install python3", "python3"),
        "latex" | "pdflatex" | "xelatex" => ("sudo apt install texlive-latex-extra", "--cask mactex-no-gui"),
        "piper" => return "`pipx install piper-tts`".to_owned(),
        "whisper" => return "`pipx install openai-whisper`".to_owned(),
        "manim" => {
            return "`sudo apt install libcairo2-dev libpango1.0-dev && pipx install manim` (macOS: `brew install manim`)"
                .to_owned();
        }
        _ => return "install it so that it is on PATH, then retry".to_owned(),
    };
    format!("`{debian}` (macOS: `brew install {brew}`)")
}

/// Asking for a version moves no blobs.
struct NoStore;

impl BlobStore for NoStore {
    fn open(&self, _: &Digest) -> std::io::Result<fs::File> {
        Err(std::io::ErrorKind::NotFound.into())
    }

    fn path(&self, _: &Digest) -> PathBuf {
        PathBuf::new()
    }

    fn create(&self) -> std::io::Result<Box<dyn BlobSink>> {
        Err(std::io::ErrorKind::Unsupported.into())
    }

    fn is_whole(&self, _: &Digest) -> std::io::Result<bool> {
        Ok(true)
    }

    fn take_in(&self, _: &mut fs::File) -> std::io::Result<(Digest, u64)> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
}
