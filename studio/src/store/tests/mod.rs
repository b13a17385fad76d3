//! Tests of the whole store, by what could go wrong with it.

mod backup;
mod blobs;
mod chat;
mod check;
mod clock;
mod commands;
mod compaction;
mod damage;
mod decisions;
mod disk;
mod earlier;
mod facts;
mod gc;
mod growth;
mod history;
mod killed;
mod locking;
mod nodes;
mod round_trip;
mod schema;
mod secrets;
mod speed;

use std::path::{Path, PathBuf};

use super::{Options, Store, compact::Policy};

/// A folder for a store, removed at the end.
struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("store")
    }

    fn open(&self) -> Store {
        Store::open(&self.path()).unwrap()
    }

    fn open_small(&self) -> Store {
        Store::open_with(&self.path(), small()).unwrap()
    }

    /// The segments, oldest first.
    fn segments(&self) -> Vec<PathBuf> {
        let mut files: Vec<_> = files(&self.path().join("journal"));
        files.retain(|path| path.extension().is_some_and(|ext| ext == "journal"));
        files
    }

    fn index(&self) -> PathBuf {
        self.path().join("index")
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Sizes with which little is much.
fn small() -> Options {
    Options { policy: Policy { from_bytes: 2_000, events: 5, segment_limit: 4_000 }, ..Options::default() }
}

/// All files below a folder, sorted.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}
