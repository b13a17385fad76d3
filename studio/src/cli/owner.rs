//! Who runs what in a store: a small file beside it, so that `studio cancel` finds the process.

use std::{fs, path::PathBuf};

use serde::{Deserialize, Serialize};

/// The process that runs a project.
#[derive(Debug, Serialize, Deserialize)]
pub struct Owner {
    /// Its process id.
    pub pid: u32,
    /// The project's slug.
    pub project: String,
    /// The run.
    pub run: String,
}

/// Removes the file when the run ends.
pub struct Announced(PathBuf);

impl Owner {
    /// Tells others.
    pub fn announce(&self, home: &std::path::Path) -> std::io::Result<Announced> {
        let path = home.join("owner.json");
        fs::write(&path, serde_json::to_vec(self).unwrap_or_default())?;
        Ok(Announced(path))
    }

    /// Who runs something in this store, if anybody said so.
    pub fn read(home: &std::path::Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(home.join("owner.json")).ok()?).ok()
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        // A file that stays is harmless: whoever reads it checks that the process lives.
        let _ = fs::remove_file(&self.0);
    }
}
