//! A host for guests in tests: blobs, progress and log in memory.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use crate::{
    blob::Blob,
    guest::{GuestHost, HostError, Level, WINDOW},
};

/// Blobs, progress and log in memory. Clones are the same host.
#[derive(Clone, Default)]
pub struct MemoryHost(Rc<RefCell<State>>);

#[derive(Default)]
struct State {
    blobs: BTreeMap<String, Rc<[u8]>>,
    handles: Vec<Handle>,
    progress: Vec<(u32, String)>,
    log: Vec<(Level, String)>,
}

enum Handle {
    Reader(Rc<[u8]>),
    Writer(Vec<u8>),
    Closed,
}

impl MemoryHost {
    /// Keeps bytes; the blob that names them.
    pub fn put(&self, mime: &str, bytes: &[u8]) -> Blob {
        let blob = blake3::hash(bytes).to_hex().to_string();
        self.0.borrow_mut().blobs.insert(blob.clone(), bytes.into());
        Blob { blob, bytes: bytes.len() as u64, mime: mime.to_string() }
    }

    /// The bytes of a digest, if kept.
    pub fn get(&self, digest: &str) -> Option<Vec<u8>> {
        self.0.borrow().blobs.get(digest).map(|bytes| bytes.to_vec())
    }

    /// Every progress so far: millionths and label.
    pub fn progress_seen(&self) -> Vec<(u32, String)> {
        self.0.borrow().progress.clone()
    }

    /// Every line of log so far.
    pub fn log_seen(&self) -> Vec<(Level, String)> {
        self.0.borrow().log.clone()
    }

    /// A turn has ended: its handles are closed.
    pub fn end_turn(&self) {
        for handle in &mut self.0.borrow_mut().handles {
            *handle = Handle::Closed;
        }
    }

    fn open(&self, handle: Handle) -> u64 {
        let handles = &mut self.0.borrow_mut().handles;
        handles.push(handle);
        handles.len() as u64
    }
}

impl State {
    fn handle(&mut self, handle: u64) -> Result<&mut Handle, HostError> {
        let at = usize::try_from(handle).ok().and_then(|n| n.checked_sub(1)).ok_or(HostError::UnknownBlob)?;
        self.handles.get_mut(at).ok_or(HostError::UnknownBlob)
    }
}

impl GuestHost for MemoryHost {
    fn blob_open(&self, digest: &str) -> Result<u64, HostError> {
        let bytes = self.0.borrow().blobs.get(digest).cloned().ok_or(HostError::UnknownBlob)?;
        Ok(self.open(Handle::Reader(bytes)))
    }

    fn blob_size(&self, handle: u64) -> Result<u64, HostError> {
        match self.0.borrow_mut().handle(handle)? {
            Handle::Reader(bytes) => Ok(bytes.len() as u64),
            _ => Err(HostError::UnknownBlob),
        }
    }

    fn blob_read(&self, handle: u64, position: u64, into: &mut [u8]) -> Result<usize, HostError> {
        if into.len() > WINDOW {
            return Err(HostError::Limit);
        }
        let mut state = self.0.borrow_mut();
        let Handle::Reader(bytes) = state.handle(handle)? else { return Err(HostError::UnknownBlob) };
        let from = usize::try_from(position).unwrap_or(usize::MAX).min(bytes.len());
        let rest = &bytes[from..];
        let n = rest.len().min(into.len());
        into[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }

    fn blob_create(&self) -> Result<u64, HostError> {
        Ok(self.open(Handle::Writer(Vec::new())))
    }

    fn blob_write(&self, handle: u64, bytes: &[u8]) -> Result<usize, HostError> {
        if bytes.len() > WINDOW {
            return Err(HostError::Limit);
        }
        let mut state = self.0.borrow_mut();
        let Handle::Writer(written) = state.handle(handle)? else { return Err(HostError::UnknownBlob) };
        written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn blob_finish(&self, handle: u64) -> Result<(String, u64), HostError> {
        let written = {
            let mut state = self.0.borrow_mut();
            match std::mem::replace(state.handle(handle)?, Handle::Closed) {
                Handle::Writer(written) => written,
                other => {
                    *state.handle(handle)? = other;
                    return Err(HostError::UnknownBlob);
                }
            }
        };
        let blob = self.put("", &written);
        Ok((blob.blob, blob.bytes))
    }

    fn progress(&self, millionths: u32, label: &str) {
        self.0.borrow_mut().progress.push((millionths, label.to_string()));
    }

    fn log(&self, level: Level, text: &str) {
        self.0.borrow_mut().log.push((level, text.to_string()));
    }
}
