//! How external programs are confined. Knows the three levels, builds the command that starts a program
//! inside one, and owns the scratch folders. Called by `exec` only; starts nothing but its own probe.

#[cfg(target_os = "linux")]
mod cgroup;
mod child;
mod devices;
mod error;
mod full;
mod level;
#[cfg(target_os = "linux")]
mod light;
mod limits;
mod prepare;
mod probe;
pub(crate) mod procs;
mod roots;
mod scratch;
#[cfg(target_os = "linux")]
mod seccomp;
mod sweep;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use studio_plugin_sdk::wire::ProgramDecl;

#[cfg(target_os = "linux")]
pub(crate) use cgroup::Cgroup;
#[cfg(target_os = "linux")]
pub(crate) use child::hurry;
pub(crate) use devices::Devices;
pub use error::SandboxError;
pub use level::{Level, LevelChoice};
pub(crate) use limits::Limits;
pub(crate) use prepare::{Confined, Started, places};
pub use probe::{Bwrap, Confinement, probe};
pub(crate) use roots::{Roots, roots};
pub(crate) use scratch::Scratch;
pub use sweep::{Swept, clean};

/// The box's confinement and the folder under which every program gets a scratch folder of its own.
pub struct Sandbox {
    root: PathBuf,
    choice: LevelChoice,
    found: OnceLock<Confinement>,
    /// Somebody has begun to look.
    ahead: AtomicBool,
    warned: AtomicBool,
}

impl Sandbox {
    /// With scratch folders under `root` (made when first needed). Nothing is probed yet.
    pub fn new(root: PathBuf, choice: LevelChoice) -> Arc<Self> {
        let (ahead, warned) = (AtomicBool::new(false), AtomicBool::new(false));
        Arc::new(Self { root, choice, found: OnceLock::new(), ahead, warned })
    }

    /// What this box offers; probed once, which takes some ten milliseconds. Blocks.
    pub fn confinement(&self) -> &Confinement {
        self.found.get_or_init(probe)
    }

    /// A program is about to be run: looks already now, beside what is to be done before, what the box offers.
    pub(crate) fn look_ahead(self: &Arc<Self>) {
        if self.found.get().is_some() || self.ahead.swap(true, Ordering::Relaxed) {
            return;
        }
        let sandbox = Arc::clone(self);
        // Where the box has no thread for it, it is found out when it is needed.
        let _ = std::thread::Builder::new().name("confinement".into()).spawn(move || {
            sandbox.confinement();
        });
    }

    /// The level at which `program` is run.
    pub(crate) fn level(&self, program: &ProgramDecl) -> Result<Level, SandboxError> {
        let found = self.confinement();
        let level = self.choice.of(program, found)?;
        if level == Level::None && !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(why = %found.why, "programs run unconfined on this box");
        }
        Ok(level)
    }

    /// The level for a program's own version line: no one else's data is involved.
    pub(crate) fn best(&self) -> Level {
        let found = self.confinement();
        self.choice.forced.filter(|level| found.offers(*level)).unwrap_or(found.level)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }
}
