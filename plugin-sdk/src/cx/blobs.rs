//! Bytes of blobs through the host functions, in windows.

use std::{
    io::{self, Read, Seek, SeekFrom, Write},
    rc::Rc,
};

use crate::{
    blob::Blob,
    error::{Result, StageError},
    guest::WINDOW,
    task::Shared,
};

/// Reads a blob from any place; made by `Cx::open_blob`.
pub struct BlobReader {
    shared: Rc<Shared>,
    digest: String,
    position: u64,
    size: u64,
}

impl BlobReader {
    pub(super) fn open(shared: &Rc<Shared>, blob: &Blob) -> Result<Self> {
        let handle = shared.open_blob(&blob.blob)?;
        let size = shared.host.blob_size(handle)?;
        Ok(Self { shared: Rc::clone(shared), digest: blob.blob.clone(), position: 0, size })
    }

    /// Its length in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }
}

impl Read for BlobReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let len = into.len().min(WINDOW);
        if len == 0 || self.position >= self.size {
            return Ok(0);
        }
        // Opened again where another turn has begun since.
        let handle = self.shared.open_blob(&self.digest).map_err(io::Error::other)?;
        let n = self.shared.host.blob_read(handle, self.position, &mut into[..len]).map_err(as_io)?;
        self.position += n as u64;
        Ok(n)
    }
}

impl Seek for BlobReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (base, offset) = match to {
            SeekFrom::Start(n) => (n, 0),
            SeekFrom::Current(n) => (self.position, n),
            SeekFrom::End(n) => (self.size, n),
        };
        self.position = base
            .checked_add_signed(offset)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a place before the blob's first byte"))?;
        Ok(self.position)
    }
}

pub(super) fn read_all(shared: &Rc<Shared>, blob: &Blob) -> Result<Vec<u8>> {
    let mut reader = BlobReader::open(shared, blob)?;
    let mut bytes = Vec::with_capacity(usize::try_from(reader.size).unwrap_or(0).min(64 * WINDOW));
    reader.read_to_end(&mut bytes).map_err(from_io)?;
    if bytes.len() as u64 == reader.size {
        Ok(bytes)
    } else {
        Err(StageError::transient("the blob ended early").code("blob.io"))
    }
}

/// Writes a blob piece by piece; made by `Cx::create_blob`. It is finished before the stage awaits anything:
/// the host drops what a turn leaves unfinished.
pub struct BlobWriter {
    shared: Rc<Shared>,
    handle: u64,
    turn: u32,
    mime: String,
}

impl BlobWriter {
    pub(super) fn create(shared: &Rc<Shared>, mime: String) -> Result<Self> {
        let handle = shared.host.blob_create()?;
        Ok(Self { shared: Rc::clone(shared), handle, turn: shared.turn(), mime })
    }

    /// Adds all of `bytes`.
    pub fn add(&mut self, bytes: &[u8]) -> Result<()> {
        self.write_all(bytes).map_err(from_io)
    }

    fn in_time(&self) -> Result<()> {
        if self.turn == self.shared.turn() {
            return Ok(());
        }
        let message = "a blob is written and finished between two awaits; gather its bytes first";
        Err(StageError::permanent(message).code("blob.turn"))
    }

    /// The finished blob.
    pub fn finish(self) -> Result<Blob> {
        self.in_time()?;
        let (blob, bytes) = self.shared.host.blob_finish(self.handle)?;
        Ok(Blob { blob, bytes, mime: self.mime })
    }
}

impl Write for BlobWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let window = &bytes[..bytes.len().min(WINDOW)];
        if window.is_empty() {
            return Ok(0);
        }
        self.in_time().map_err(io::Error::other)?;
        self.shared.host.blob_write(self.handle, window).map_err(as_io)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn as_io(error: crate::guest::HostError) -> io::Error {
    io::Error::other(StageError::from(error))
}

/// Back to the typed error that `as_io` put in.
fn from_io(error: io::Error) -> StageError {
    error
        .downcast::<StageError>()
        .unwrap_or_else(|e| StageError::transient(format!("the host could not move the blob: {e}")).code("blob.io"))
}
