//! The harness of Studio's tests: a store of its own for each test, the real program, what it said, the
//! processes and files it left, and its films looked at with FFmpeg. Waits for named conditions, never sleeps.

#![allow(clippy::missing_panics_doc, reason = "a test fails by panicking")]

pub mod board;
pub mod collector;
pub mod control;
pub mod disk;
pub mod events;
pub mod files;
pub mod golden;
pub mod graphics;
pub mod guest;
pub mod home;
pub mod media;
pub mod openai;
pub mod plugins;
pub mod procs;
pub mod pty;
pub mod raw;
pub mod receiver;
pub mod serve;
pub mod short;
pub mod svg;
pub mod terminal;
pub mod tmux;

pub use control::Control;
pub use events::Running;
pub use golden::{bless, golden};
pub use home::{Home, Ran};

/// Is this the long run (`make soak`)?
pub fn soak() -> bool {
    std::env::var_os("STUDIO_SOAK").is_some_and(|v| !v.is_empty() && v != "0")
}

/// The workspace's folder.
pub fn workspace() -> std::path::PathBuf {
    let tests = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the tests have a folder of their own").to_owned()
}
