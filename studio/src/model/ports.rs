//! What the parts of the engine need of one another; implemented in `store`.

use std::{fs::File, io, path::PathBuf};

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::ids::Digest;

/// Content-addressed bytes on disk.
pub trait BlobStore: Send + Sync {
    /// The file of a blob, read-only; `NotFound` where there is none.
    fn open(&self, digest: &Digest) -> io::Result<File>;

    /// Where that file is, to be bound read-only into a sandbox.
    fn path(&self, digest: &Digest) -> PathBuf;

    /// A new blob to write.
    fn create(&self) -> io::Result<Box<dyn BlobSink>>;

    /// Is a blob still what its name says? One that is not is put aside, so that it can be made anew. What was found
    /// whole is read again only where its file has changed, and what is very large not at all; `NotFound` where there is
    /// none.
    fn is_whole(&self, digest: &Digest) -> io::Result<bool>;

    /// Takes a finished file in as a blob: reflinked or copied, never renamed.
    fn take_in(&self, file: &mut File) -> io::Result<(Digest, u64)>;
}

/// What is said of blobs that are not whole.
pub fn damaged(blobs: &[String]) -> String {
    format!(
        "files of the store are damaged: their bytes are not the ones that were kept ({}). They were put aside \
         (blobs/damaged); run again, and what made them makes them anew",
        blobs.join(", ")
    )
}

/// A blob being written. Dropped unfinished, it leaves nothing behind.
pub trait BlobSink: Send {
    /// Appends bytes.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Bytes so far.
    fn written(&self) -> u64;

    /// Makes it durable and gives its name.
    fn finish(self: Box<Self>) -> io::Result<Digest>;
}

/// Secrets by name.
pub trait SecretSource: Send + Sync {
    /// The secret of that name, if there is one.
    fn secret(&self, name: &str) -> Option<SecretString>;
}

/// A secret's text: never printed, wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SecretString(String);

impl SecretString {
    /// Takes it in.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, to be put into a request and nowhere else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SecretString {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretString(…)")
    }
}
