//! What a guest may do with blobs during a turn: read those it was given or made, write new ones.

use std::{collections::HashSet, fs::File, os::unix::fs::FileExt, sync::Arc};

use parking_lot::Mutex;

use crate::model::{BlobSink, BlobStore, Digest};

/// There is no such blob or handle.
pub const UNKNOWN: i64 = -1;
/// The blob was neither given to this node nor made by it.
pub const NOT_PERMITTED: i64 = -2;
/// Too many handles, or too much written.
pub const LIMIT: i64 = -3;
/// The disk failed.
pub const IO: i64 = -4;

/// Most blobs open at once in a turn.
const MAX_HANDLES: usize = 256;
/// Most bytes of one blob a guest writes itself.
const MAX_BLOB: u64 = 1 << 30;

/// The blobs that one node may read: those in its request and answers, and those it made.
#[derive(Clone)]
pub struct BlobAccess {
    store: Arc<dyn BlobStore>,
    known: Arc<Mutex<HashSet<Digest>>>,
}

impl BlobAccess {
    /// Nothing is known yet.
    pub fn new(store: Arc<dyn BlobStore>) -> Self {
        Self { store, known: Arc::default() }
    }

    /// The node has been given these.
    pub fn permit(&self, digests: impl IntoIterator<Item = Digest>) {
        self.known.lock().extend(digests);
    }

    /// May the node read it?
    pub fn permits(&self, digest: &Digest) -> bool {
        self.known.lock().contains(digest)
    }

    /// A turn's handles; dropped with the turn, they close.
    pub fn session(&self) -> BlobSession {
        BlobSession { access: self.clone(), handles: Vec::new(), damaged: None }
    }
}

/// The handles of one turn.
pub struct BlobSession {
    access: BlobAccess,
    handles: Vec<Handle>,
    damaged: Option<Digest>,
}

enum Handle {
    Reading(File),
    Writing(Box<dyn BlobSink>),
    Closed,
}

impl BlobSession {
    /// Opens a blob for reading: its handle, or a negative code.
    pub fn open(&mut self, digest: &str) -> i64 {
        let Ok(digest) = digest.parse::<Digest>() else { return UNKNOWN };
        if !self.access.permits(&digest) {
            return NOT_PERMITTED;
        }
        // What a guest makes of wrong bytes is nothing to be kept.
        if let Ok(false) = self.access.store.is_whole(&digest) {
            self.damaged = Some(digest);
            return IO;
        }
        match self.access.store.open(&digest) {
            Ok(file) => self.add(Handle::Reading(file)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => UNKNOWN,
            Err(_) => IO,
        }
    }

    /// A blob that was asked for and is not what its name says: what the turn says is not to be used.
    pub fn damaged(&self) -> Option<Digest> {
        self.damaged
    }

    /// Length of an open blob in bytes.
    pub fn size(&self, handle: i64) -> i64 {
        match self.get(handle) {
            Some(Handle::Reading(file)) => file.metadata().map_or(IO, |m| m.len() as i64),
            Some(Handle::Writing(sink)) => sink.written() as i64,
            _ => UNKNOWN,
        }
    }

    /// Reads into `into` from `position`: the number of bytes, 0 at the end.
    pub fn read(&self, handle: i64, position: i64, into: &mut [u8]) -> i64 {
        let (Some(Handle::Reading(file)), Ok(position)) = (self.get(handle), u64::try_from(position)) else {
            return UNKNOWN;
        };
        file.read_at(into, position).map_or(IO, |n| n as i64)
    }

    /// A new blob to write.
    pub fn create(&mut self) -> i64 {
        match self.access.store.create() {
            Ok(sink) => self.add(Handle::Writing(sink)),
            Err(_) => IO,
        }
    }

    /// Appends bytes: their number.
    pub fn write(&mut self, handle: i64, bytes: &[u8]) -> i64 {
        let Some(Handle::Writing(sink)) = self.get_mut(handle) else { return UNKNOWN };
        if sink.written() + bytes.len() as u64 > MAX_BLOB {
            return LIMIT;
        }
        sink.write(bytes).map_or(IO, |()| bytes.len() as i64)
    }

    /// Ends a blob: its digest in hex and its length.
    pub fn finish(&mut self, handle: i64) -> Result<(String, i64), i64> {
        let slot = self.get_mut(handle).ok_or(UNKNOWN)?;
        let Handle::Writing(sink) = std::mem::replace(slot, Handle::Closed) else { return Err(UNKNOWN) };
        let length = sink.written() as i64;
        let digest = sink.finish().map_err(|_| IO)?;
        self.access.permit([digest]);
        Ok((digest.hex(), length))
    }

    fn add(&mut self, handle: Handle) -> i64 {
        if self.handles.len() >= MAX_HANDLES {
            return LIMIT;
        }
        self.handles.push(handle);
        self.handles.len() as i64 - 1
    }

    fn get(&self, handle: i64) -> Option<&Handle> {
        self.handles.get(usize::try_from(handle).ok()?)
    }

    fn get_mut(&mut self, handle: i64) -> Option<&mut Handle> {
        self.handles.get_mut(usize::try_from(handle).ok()?)
    }
}
