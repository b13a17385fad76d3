//! Why a program could not be confined.

use std::io;

use studio_plugin_sdk::error::{ErrorKind, StageError};

use super::Level;

/// Why a program could not be confined.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The program runs what a model or a stranger wrote, and this box cannot confine it fully.
    #[error("{program} runs code that others wrote, which needs full confinement, but it would get {level}. {why}")]
    Required {
        /// The program.
        program: String,
        /// What it would get.
        level: Level,
        /// What is missing and how to mend it.
        why: String,
    },
    /// The level that was asked for is not to be had.
    #[error("this box does not offer {level} confinement. {why}")]
    Unavailable {
        /// What was asked for.
        level: Level,
        /// What is missing and how to mend it.
        why: String,
    },
    /// The confinement could not be set up this time.
    #[error("the sandbox could not be set up: {message}. `studio doctor` says what is wrong")]
    Setup {
        /// What went wrong.
        message: String,
        /// It is a shortage, so it may work later.
        passing: bool,
    },
    /// A program that already runs is broken into folders too odd to be removed, or the disk is.
    #[error(
        "the scratch folder could not be used ({doing}): {source}. Check the free space and the owner of the scratch folder"
    )]
    Scratch {
        /// What was tried.
        doing: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// Not one of the three words.
    #[error("`{0}` is no level of confinement; use full, light or none")]
    NotALevel(String),
}

impl SandboxError {
    /// A stable code, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Required { .. } => "sandbox.required",
            Self::Unavailable { .. } => "sandbox.unavailable",
            Self::Setup { .. } => "sandbox.setup",
            Self::Scratch { .. } => "sandbox.scratch",
            Self::NotALevel(_) => "sandbox.level",
        }
    }

    #[allow(clippy::needless_pass_by_value, reason = "it is what `map_err` takes")]
    pub(crate) fn setup(message: impl ToString) -> Self {
        Self::Setup { message: message.to_string(), passing: false }
    }
}

impl From<SandboxError> for StageError {
    fn from(e: SandboxError) -> Self {
        let passing = matches!(e, SandboxError::Setup { passing: true, .. });
        let kind = if passing { ErrorKind::Transient } else { ErrorKind::Permanent };
        Self::new(kind, e.to_string()).code(e.code())
    }
}
