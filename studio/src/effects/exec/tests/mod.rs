//! Programs that are run for real, at each level.

use std::{fs::File, io, path::PathBuf};

use crate::model::{BlobSink, BlobStore, Digest};

/// A store with nothing in it.
pub(super) struct NoBlobs;

impl BlobStore for NoBlobs {
    fn open(&self, _: &Digest) -> io::Result<File> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn path(&self, _: &Digest) -> PathBuf {
        PathBuf::new()
    }

    fn create(&self) -> io::Result<Box<dyn BlobSink>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn take_in(&self, _: &mut File) -> io::Result<(Digest, u64)> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
