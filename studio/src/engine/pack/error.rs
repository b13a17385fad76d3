//! Why a file cannot be unpacked, or a project not be packed.

use std::io;

use crate::store::StoreError;

/// A packed file that is not right.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// It is another kind of file.
    #[error("this is no packed project")]
    Format,
    /// A later studio made it.
    #[error("this was packed by a later studio ({studio}), in form {version}; this one knows form {known}", known = super::format::VERSION)]
    Newer {
        /// The form that it says it has.
        version: u32,
        /// The studio that it says made it.
        studio: String,
    },
    /// It is not as it was packed.
    #[error("the file is damaged: {0}")]
    Damaged(String),
    /// It holds what no studio packs.
    #[error("the file is not to be trusted: {0}")]
    Unsafe(String),
    /// It says it holds more than it can, or more than is taken.
    #[error("the file is too large: {0}")]
    TooLarge(String),
    /// The store does not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file could not be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl PackError {
    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Format => "pack.format",
            Self::Newer { .. } => "pack.newer",
            Self::Damaged(_) => "pack.damaged",
            Self::Unsafe(_) => "pack.unsafe",
            Self::TooLarge(_) => "pack.size",
            Self::Store(e) => e.code(),
            Self::Io(e) if e.kind() == io::ErrorKind::StorageFull => "disk.full",
            Self::Io(_) => "disk.io",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Format => "`studio pack` makes such files; they end in .studio",
            Self::Newer { .. } => "unpack it with that studio or a later one",
            Self::Damaged(_) => "copy it again from where it was packed; nothing of it was kept",
            Self::Unsafe(_) => "ask whoever sent it to pack it again; nothing of it was kept",
            Self::TooLarge(_) => "nothing of it was kept",
            Self::Store(e) => e.help(),
            Self::Io(_) => "",
        }
    }
}
