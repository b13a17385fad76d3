//! What can go wrong with a store: a stable code, a sentence, and what to do about it.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::io::Errno;
use studio_plugin_sdk::error::ErrorKind;

use crate::model::NodeError;

/// An error of the store. Cloned to every caller whose records were in the same write.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process owns it.
    #[error("the store {} is in use{}", dir.display(), pid.map(|p| format!(" by process {p}")).unwrap_or_default())]
    Busy {
        /// The store.
        dir: PathBuf,
        /// The owner, where it is known.
        pid: Option<u32>,
    },
    /// A newer studio wrote it.
    #[error("the store has schema {found}, and this studio knows schemas up to {known}")]
    Newer {
        /// Its schema.
        found: u32,
        /// The newest that this program knows.
        known: u32,
    },
    /// Bytes that were durable have changed.
    #[error("{} is damaged at byte {offset}: {what}", file.display())]
    Corrupt {
        /// The file.
        file: PathBuf,
        /// Where in it, in bytes.
        offset: u64,
        /// What is wrong there.
        what: String,
    },
    /// No room is left on the disk, in the quota, or below the limit of a file's size.
    #[error("no room is left for {}", path.display())]
    Full {
        /// What was being written.
        path: PathBuf,
    },
    /// It may not be written.
    #[error("{} cannot be written: {source}", path.display())]
    ReadOnly {
        /// What was being written.
        path: PathBuf,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// The system refused something else.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was tried: `read`, `create` …
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// The index cannot be used; the journal has everything.
    #[error("the store's index cannot be used: {what}")]
    Index {
        /// What is wrong with it.
        what: String,
    },
    /// Records too large to be written at once.
    #[error("records of {bytes} bytes are too large to be kept at once")]
    TooBig {
        /// Their size as JSON.
        bytes: usize,
    },
    /// A record that has no JSON.
    #[error("a record cannot be written as JSON: {what}")]
    Encode {
        /// Why.
        what: String,
    },
    /// It was closed.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// An error of the system, told apart by what can be done about it.
    pub(super) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match Errno::from_io_error(&source) {
            Some(Errno::NOSPC | Errno::DQUOT | Errno::FBIG) => Self::Full { path },
            Some(Errno::ROFS | Errno::ACCESS | Errno::PERM) => Self::ReadOnly { path, source: Arc::new(source) },
            _ => Self::Io { doing, path, source: Arc::new(source) },
        }
    }

    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Busy { .. } => "store.busy",
            Self::Newer { .. } => "store.newer",
            Self::Corrupt { .. } => "store.corrupt",
            Self::Full { .. } => "store.full",
            Self::ReadOnly { .. } => "store.readonly",
            Self::Io { .. } => "store.io",
            Self::Index { .. } => "store.index",
            Self::TooBig { .. } => "store.too_big",
            Self::Encode { .. } => "store.encode",
            Self::Closed => "store.closed",
        }
    }

    /// What to do about it, in a sentence.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Busy { .. } => "Wait until that process has ended, or use another store with --store DIR.",
            Self::Newer { .. } => "Install the newer studio again, or use another store with --store DIR.",
            Self::Corrupt { .. } => "Check the disk, and put that file back from a backup.",
            Self::Full { .. } => "Free some space on that disk; nothing that was kept is lost.",
            Self::ReadOnly { .. } => "Make the folder writable for this user, or use another store with --store DIR.",
            Self::Io { .. } => "Check the disk and the folder's permissions, then try again.",
            Self::Index { .. } => "Start studio again: it builds the index anew from the journal.",
            Self::TooBig { .. } => "Give large texts and files as blobs.",
            Self::Encode { .. } => "This is a fault in studio; please report it.",
            Self::Closed => "Start studio again.",
        }
    }
}

impl From<StoreError> for NodeError {
    fn from(e: StoreError) -> Self {
        let kind = match e {
            StoreError::Full { .. } | StoreError::Io { .. } | StoreError::Index { .. } => ErrorKind::Transient,
            _ => ErrorKind::Permanent,
        };
        Self::new(e.code(), kind, e.to_string()).help(e.help())
    }
}

/// What the store's functions return.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;
