//! Why a program could not be run, or did not get to its end.

use std::io;

use studio_plugin_sdk::error::{ErrorKind, StageError};

use crate::{effects::sandbox::SandboxError, model::damaged};

/// Why a program could not be run, or did not get to its end.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// The plugin has no permission for the program.
    #[error(
        "{plugin} may not run {program}: its manifest must name it under `programs`, and `studio plugin grant {plugin}` allow it"
    )]
    NotGranted {
        /// The plugin.
        plugin: String,
        /// The program.
        program: String,
    },
    /// The program is not installed.
    #[error("{program} is not installed: {help}")]
    Missing {
        /// The program.
        program: String,
        /// How to install it.
        help: String,
    },
    /// The request is wrong.
    #[error("{message}")]
    Invalid {
        /// Which part of it: `inputs.a.wav`.
        field: String,
        /// What is wrong and what is right.
        message: String,
    },
    /// The program cannot be confined as it must be.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The system did not start it.
    #[error("{program} could not be started: {source}. {help}")]
    Spawn {
        /// The program.
        program: String,
        /// Why not.
        source: io::Error,
        /// What to do.
        help: &'static str,
    },
    /// It took too long.
    #[error("{program} was stopped after {seconds} s; raise `timeout_s` if it rightly takes longer")]
    Timeout {
        /// The program.
        program: String,
        /// The limit.
        seconds: u64,
    },
    /// It wrote too much.
    #[error("{program} was stopped: its scratch folder went over {limit}. Make it write less, or in several steps")]
    Scratch {
        /// The program.
        program: String,
        /// The limit, with its unit.
        limit: String,
    },
    /// The manifest or the grant does not name a device.
    #[error(
        "{plugin} may not use the graphics card: its manifest must name it under `devices`, and `studio plugin grant {plugin}` allow it"
    )]
    NoDevice {
        /// The plugin.
        plugin: String,
    },
    /// The disk is nearly full.
    #[error("{program} was stopped: the disk of the scratch folder is nearly full. Free some space and retry")]
    Disk {
        /// The program.
        program: String,
    },
    /// It started too many processes.
    #[error("{program} was stopped: it had more than {limit} processes and threads")]
    Processes {
        /// The program.
        program: String,
        /// The limit.
        limit: u64,
    },
    /// A file that it was to leave behind is not there or not fit to be taken.
    #[error("{program} left no usable `{name}`: {why}")]
    Output {
        /// The program.
        program: String,
        /// The file's name in scratch.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// A file could not be brought in or out.
    #[error("{doing} failed: {source}. Check the store's disk (`studio doctor`)")]
    Io {
        /// What was tried.
        doing: String,
        /// Why not.
        source: io::Error,
    },
    /// Files of the store that it was to read are not what they were when they were kept.
    #[error("{}", damaged(blobs))]
    Damaged {
        /// The blobs' names.
        blobs: Vec<String>,
    },
    /// Processes of it are still there after being killed.
    #[error("{program} did not end when it was killed; its outputs cannot be trusted. A disk or a driver may hang")]
    Stuck {
        /// The program.
        program: String,
    },
}

impl ExecError {
    /// A stable code, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotGranted { .. } => "grant.program",
            Self::NoDevice { .. } => "grant.device",
            Self::Missing { .. } => "exec.missing",
            Self::Invalid { .. } => "exec.invalid",
            Self::Sandbox(e) => e.code(),
            Self::Spawn { .. } => "exec.spawn",
            Self::Timeout { .. } => "exec.timeout",
            Self::Scratch { .. } => "exec.scratch",
            Self::Disk { .. } => "exec.disk",
            Self::Processes { .. } => "exec.processes",
            Self::Output { .. } => "exec.output",
            Self::Io { .. } => "exec.io",
            Self::Damaged { .. } => "blob.damaged",
            Self::Stuck { .. } => "exec.stuck",
        }
    }

    pub(super) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), message: message.into() }
    }

    pub(super) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        |source| Self::Io { doing: doing.into(), source }
    }

    pub(super) fn spawn(program: &str, source: io::Error) -> Self {
        let help = match source.kind() {
            io::ErrorKind::NotFound => "The file, or the interpreter that its first line names, is not there",
            io::ErrorKind::PermissionDenied => {
                "It may not be executed, or lies where confined programs may not look: install it under /usr or in a folder of its own"
            }
            io::ErrorKind::WouldBlock | io::ErrorKind::OutOfMemory => {
                "The box has no processes or no memory left; it is tried again"
            }
            io::ErrorKind::ArgumentListTooLong => "Its arguments are too long; pass them in a file",
            _ => "`studio doctor` checks the installed programs",
        };
        Self::Spawn { program: program.to_owned(), source, help }
    }
}

impl From<ExecError> for StageError {
    fn from(e: ExecError) -> Self {
        let e = match e {
            ExecError::Sandbox(e) => return e.into(),
            e => e,
        };
        let code = e.code();
        let kind = match &e {
            ExecError::Invalid { field, .. } => return Self::invalid(field.clone(), e.to_string()).code(code),
            ExecError::Spawn { source, .. } => match source.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::OutOfMemory => ErrorKind::Transient,
                _ => ErrorKind::Permanent,
            },
            ExecError::Disk { .. } | ExecError::Io { .. } => ErrorKind::Transient,
            _ => ErrorKind::Permanent,
        };
        Self::new(kind, e.to_string()).code(code)
    }
}
