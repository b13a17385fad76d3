//! What a guest gets from its host beside effects: bytes of blobs, progress and log.
//!
//! These need no journal (content is addressed and immutable, the rest is for eyes only), so they are plain
//! calls. On WebAssembly they are the raw host functions listed in `wasm.rs`; natively a test's own host.

#[cfg(target_arch = "wasm32")]
pub mod wasm;

use crate::error::StageError;

/// Most bytes that one `blob_read` or `blob_write` moves.
pub const WINDOW: usize = 64 * 1024;

/// How much a line of log matters. The numbers are those of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Every step (0).
    Trace,
    /// For the plugin's author (1).
    Debug,
    /// For the user (2).
    Info,
    /// Something is not as it should be, but work goes on (3).
    Warn,
    /// Something failed (4).
    Error,
}

impl Level {
    /// Its number in the protocol.
    pub fn number(self) -> i64 {
        self as i64
    }

    /// The level of that number.
    pub fn from_number(number: i64) -> Option<Self> {
        [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error]
            .into_iter()
            .find(|level| level.number() == number)
    }
}

/// Why a host function refused. Each is a negative number in the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostError {
    /// There is no such blob or handle (−1).
    UnknownBlob,
    /// The node may not read that blob (−2).
    NotPermitted,
    /// Too many handles, too many bytes, or too large a window (−3).
    Limit,
    /// The host's disk failed (−4).
    Io,
}

impl HostError {
    /// Its number in the protocol.
    pub fn number(self) -> i64 {
        match self {
            Self::UnknownBlob => -1,
            Self::NotPermitted => -2,
            Self::Limit => -3,
            Self::Io => -4,
        }
    }

    /// What a host function returned: a value, or an error where it is negative.
    pub fn check(number: i64) -> Result<u64, Self> {
        match number {
            -1 => Err(Self::UnknownBlob),
            -2 => Err(Self::NotPermitted),
            -3 => Err(Self::Limit),
            n => u64::try_from(n).map_err(|_| Self::Io),
        }
    }
}

impl From<HostError> for StageError {
    fn from(error: HostError) -> Self {
        match error {
            HostError::UnknownBlob => Self::permanent("there is no such blob").code("blob.unknown"),
            HostError::NotPermitted => {
                Self::permanent("this stage may only read blobs that it was given").code("blob.denied")
            }
            HostError::Limit => Self::permanent("too many or too large blobs for one stage").code("blob.limit"),
            HostError::Io => Self::transient("the host could not read or write the blob").code("blob.io"),
        }
    }
}

/// The host functions. Handles are valid within one turn.
pub trait GuestHost {
    /// Opens the blob of that digest (64 hex digits) to be read.
    fn blob_open(&self, digest: &str) -> Result<u64, HostError>;
    /// The bytes of an opened blob.
    fn blob_size(&self, handle: u64) -> Result<u64, HostError>;
    /// Fills `into` (at most [`WINDOW`]) from `position`; says how many bytes, 0 at the end.
    fn blob_read(&self, handle: u64, position: u64, into: &mut [u8]) -> Result<usize, HostError>;
    /// Begins a new blob.
    fn blob_create(&self) -> Result<u64, HostError>;
    /// Adds `bytes` (at most [`WINDOW`]) to it; says how many were taken.
    fn blob_write(&self, handle: u64, bytes: &[u8]) -> Result<usize, HostError>;
    /// Ends it: its digest and size.
    fn blob_finish(&self, handle: u64) -> Result<(String, u64), HostError>;
    /// How far the stage is, in millionths, and what it does.
    fn progress(&self, millionths: u32, label: &str);
    /// A line of log.
    fn log(&self, level: Level, text: &str);
}

/// Makes the exports of the protocol; used by `plugin!`.
#[cfg(not(target_arch = "wasm32"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __export_plugin {
    ($plugin:path) => {};
}
