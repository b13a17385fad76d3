//! Programs that are run for real, at each level that this box offers; `hostile` ones try to get out.

mod hostile;
mod ordinary;
mod strays;

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use studio_plugin_sdk::{
    blob::Blob,
    error::StageError,
    wire::{Body, Capabilities, Device, Exec, Exit, Output, ProgramDecl, ProgramKind, VersionKey},
};

use super::{Programs, Runner, Signal, request::Request, run};
use crate::{
    effects::{
        Caller,
        sandbox::{Devices, Level, LevelChoice, Limits, Sandbox},
    },
    model::{BlobSink, BlobStore, Digest},
};

/// A store with nothing in it.
pub(super) struct NoBlobs;

impl BlobStore for NoBlobs {
    fn open(&self, _: &Digest) -> io::Result<File> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn path(&self, _: &Digest) -> PathBuf {
        PathBuf::new()
    }

    fn create(&self) -> io::Result<Box<dyn BlobSink>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn is_whole(&self, _: &Digest) -> io::Result<bool> {
        Ok(true)
    }

    fn take_in(&self, _: &mut File) -> io::Result<(Digest, u64)> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Blobs in a folder.
struct Files(PathBuf);

impl Files {
    fn put(&self, bytes: &[u8]) -> Blob {
        let digest = Digest::of(bytes);
        let path = self.path(&digest);
        if !path.exists() {
            fs::write(&path, bytes).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        }
        Blob { blob: digest.hex(), bytes: bytes.len() as u64, mime: String::new() }
    }

    fn get(&self, blob: &Blob) -> Vec<u8> {
        fs::read(self.path(&blob.blob.parse().unwrap())).unwrap()
    }
}

impl BlobStore for Files {
    fn open(&self, digest: &Digest) -> io::Result<File> {
        File::open(self.path(digest))
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.0.join(digest.hex())
    }

    fn create(&self) -> io::Result<Box<dyn BlobSink>> {
        Ok(Box::new(Sink(Vec::new(), Files(self.0.clone()))))
    }

    fn is_whole(&self, _: &Digest) -> io::Result<bool> {
        Ok(true)
    }

    fn take_in(&self, file: &mut File) -> io::Result<(Digest, u64)> {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        self.put(&bytes);
        Ok((Digest::of(&bytes), bytes.len() as u64))
    }
}

struct Sink(Vec<u8>, Files);

impl BlobSink for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn written(&self) -> u64 {
        self.0.len() as u64
    }

    fn finish(self: Box<Self>) -> io::Result<Digest> {
        self.1.put(&self.0);
        Ok(Digest::of(&self.0))
    }
}

const NAMES: &[&str] = &["bash", "perl", "sleep", "cat", "true", "no-such-program", "ffmpeg", "espeak-ng"];

/// A runner at one level, with a folder of its own.
struct Rig {
    home: tempfile::TempDir,
    level: Level,
    files: Arc<Files>,
    sandbox: Arc<Sandbox>,
    programs: Arc<Programs>,
    runner: Runner,
}

impl Rig {
    /// None where the box does not offer the level.
    fn new(level: Level) -> Option<Self> {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("blobs")).unwrap();
        let files = Arc::new(Files(home.path().canonicalize().unwrap().join("blobs")));
        let sandbox = Sandbox::new(home.path().join("scratch"), LevelChoice::forced(level));
        if !sandbox.confinement().offers(level) {
            eprintln!("skipped at level {level}: {}", sandbox.confinement().why);
            return None;
        }
        let programs = Programs::new(&"/usr/bin:/bin".into(), sandbox.clone());
        let runner = Runner::new(files.clone(), sandbox.clone(), programs.clone());
        Some(Self { home, level, files, sandbox, programs, runner })
    }

    fn each(levels: &[Level]) -> impl Iterator<Item = Self> {
        levels.iter().filter_map(|level| Self::new(*level))
    }

    fn caller(kind: ProgramKind) -> Caller {
        let decl = |name: &&str| ProgramDecl {
            name: (*name).to_owned(),
            kind,
            key: VersionKey::default(),
            version_args: vec!["--version".to_owned()],
        };
        let programs = NAMES.iter().map(decl).collect();
        let allowed = Arc::new(Capabilities { programs, ..Capabilities::default() });
        Caller { plugin: "test".to_owned(), node: "slot".to_owned(), allowed }
    }

    async fn run(&self, exec: &Exec) -> Result<Exit, StageError> {
        self.runner.run(&Self::caller(ProgramKind::Tool), exec, &mut |_| ()).await
    }

    async fn told(&self, exec: &Exec) -> (Exit, Vec<Signal>) {
        let mut signals = Vec::new();
        let caller = Self::caller(ProgramKind::Tool);
        let exit = self.runner.run(&caller, exec, &mut |signal| signals.push(signal)).await.unwrap();
        (exit, signals)
    }

    /// With other limits than a guest can ask for.
    async fn limited(&self, exec: &Exec, change: impl FnOnce(&mut Limits)) -> Result<Exit, StageError> {
        self.with(exec, change, Devices::default()).await
    }

    async fn with(&self, exec: &Exec, change: impl FnOnce(&mut Limits), devices: Devices) -> Result<Exit, StageError> {
        let mut request = Request::new(exec, self.files.as_ref())?;
        change(&mut request.limits);
        let program = self.programs.find(&exec.program)?;
        let task = run::Task {
            decl: Self::caller(ProgramKind::Tool)
                .allowed
                .programs
                .iter()
                .find(|p| p.name == exec.program)
                .unwrap()
                .clone(),
            roots: self.programs.roots(&program),
            program,
            request,
            sandbox: self.sandbox.clone(),
            blobs: self.files.clone(),
            alive: self.runner.alive.clone(),
            devices,
            own_words: false,
        };
        Ok(run::run(task, exec, &mut |_| ()).await?)
    }

    /// Scratch folders that are there now.
    fn scratches(&self) -> usize {
        fs::read_dir(self.home.path().join("scratch")).map_or(0, Iterator::count)
    }
}

const CONFINED: &[Level] = &[Level::Full, Level::Light];
const ALL: &[Level] = &[Level::Full, Level::Light, Level::None];

fn bash(script: &str) -> Exec {
    Exec { program: "bash".into(), args: vec!["-c".into(), script.into()], timeout_s: Some(60), ..Exec::default() }
}

fn perl(script: &str) -> Exec {
    Exec { program: "perl".into(), args: vec!["-e".into(), script.into()], timeout_s: Some(60), ..Exec::default() }
}

fn output(name: &str) -> Output {
    Output { name: name.into(), mime: "text/plain".into(), optional: false }
}

/// Processes whose command line holds `mark`.
fn running(mark: &str) -> Vec<i32> {
    let holds = |pid: &i32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(mark)
    };
    let own = std::process::id().cast_signed();
    let all = crate::effects::sandbox::procs::all();
    all.into_iter().filter(|p| !p.dead && p.pid != own).map(|p| p.pid).filter(holds).collect()
}

/// Waits, at most ten seconds, until `done`.
async fn until(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if done() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("not within ten seconds: {what}");
}

fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
