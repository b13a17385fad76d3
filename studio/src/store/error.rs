//! What can go wrong with a store: a stable code, a sentence, and what to do about it.

use std::{
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    sync::Arc,
};

use studio_plugin_sdk::error::ErrorKind as NodeErrorKind;

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
    /// A newer studio wrote a record of a kind that this one does not know.
    #[error("{} has a record of the kind {kind:?}, which this studio does not know", file.display())]
    NewerRecord {
        /// The file.
        file: PathBuf,
        /// The record's kind.
        kind: String,
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
    /// A backup or a collection is under way already.
    #[error("{what} is under way in this store")]
    Upkeep {
        /// Which.
        what: &'static str,
    },
    /// What a running node needs cannot be read without the key.
    #[error("what the running node at {slot} was answered is sealed, and cannot be opened: {what}")]
    Sealed {
        /// The node's place.
        slot: String,
        /// Why not.
        what: String,
    },
    /// It is no backup, or not a whole one.
    #[error("{} cannot be used as a backup: {what}", file.display())]
    Backup {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Something is where a backup is to go.
    #[error("there is something in {} already", path.display())]
    InTheWay {
        /// Where.
        path: PathBuf,
        /// What to do about it.
        help: &'static str,
    },
    /// It was closed.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// An error of the system, told apart by what can be done about it.
    pub(super) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        // By its kind: libraries wrap the system's number.
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Self::Full { path },
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => {
                Self::ReadOnly { path, source: Arc::new(source) }
            }
            _ => Self::Io { doing, path, source: Arc::new(source) },
        }
    }

    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Busy { .. } => "store.busy",
            Self::Newer { .. } | Self::NewerRecord { .. } => "store.newer",
            Self::Corrupt { .. } => "store.corrupt",
            Self::Full { .. } => "store.full",
            Self::ReadOnly { .. } => "store.readonly",
            Self::Io { .. } => "store.io",
            Self::Index { .. } => "store.index",
            Self::TooBig { .. } => "store.too_big",
            Self::Encode { .. } => "store.encode",
            Self::Upkeep { .. } => "store.upkeep",
            Self::Sealed { .. } => "store.sealed",
            Self::Backup { .. } => "backup.invalid",
            Self::InTheWay { .. } => "backup.in_the_way",
            Self::Closed => "store.closed",
        }
    }

    /// What to do about it, in a sentence.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Busy { .. } => "Wait until that process has ended, or use another store with --store DIR.",
            Self::Newer { .. } | Self::NewerRecord { .. } => {
                "Install the newer studio again, or use another store with --store DIR."
            }
            Self::Corrupt { .. } => {
                "`studio store check` says what else is damaged; `studio store restore FILE --replace` puts a backup in \
                 its place."
            }
            Self::Full { .. } => "Free some space on that disk; nothing that was kept is lost.",
            Self::ReadOnly { .. } => "Make the folder writable for this user, or use another store with --store DIR.",
            Self::Io { .. } => "Check the disk and the folder's permissions, then try again.",
            Self::Index { .. } => "Start studio again: it builds the index anew from the journal.",
            Self::TooBig { .. } => "Give large texts and files as blobs.",
            Self::Encode { .. } => "This is a fault in studio; please report it.",
            Self::Upkeep { .. } => "Wait until that has ended, then try again.",
            Self::Sealed { .. } => "Put the key file back (STUDIO_KEY_FILE), or cancel that node's run.",
            Self::Backup { .. } => "Use another backup; nothing was changed.",
            Self::InTheWay { help, .. } => help,
            Self::Closed => "Start studio again.",
        }
    }
}

impl From<StoreError> for NodeError {
    fn from(e: StoreError) -> Self {
        let kind = match e {
            StoreError::Full { .. } | StoreError::Io { .. } | StoreError::Index { .. } => NodeErrorKind::Transient,
            _ => NodeErrorKind::Permanent,
        };
        Self::new(e.code(), kind, e.to_string()).help(e.help())
    }
}

/// What the store's functions return.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;
