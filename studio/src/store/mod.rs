//! What is kept: the journal is the only truth, sled is an index of it, blobs are files beside it.
//! The engine calls it; it uses only `model`. One process owns a store, and one thread of it writes.

mod apply;
mod archive;
mod backup;
mod blobs;
mod brands;
mod catalogue;
mod chat;
mod check;
mod commands;
mod compact;
mod compacting;
mod decisions;
mod earlier;
mod error;
mod extent;
mod files;
mod frame;
mod gc;
mod hooks;
mod index;
mod journal;
mod keys;
mod leases;
mod ledger;
mod lock;
mod manifest;
mod migrate;
mod mirror;
mod nodes;
mod places;
mod reads;
mod recover;
mod references;
mod restore;
mod secrets;
mod segments;
mod sizes;
#[cfg(test)]
mod tests;
mod trash;
mod writer;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread::JoinHandle,
};

use parking_lot::{Mutex, RwLock};
use tokio::sync::{Notify, broadcast, oneshot};

pub use backup::BackedUp;
pub use blobs::Blobs;
pub use catalogue::{LastRun, Listed, RunEnded};
pub use check::{Checked, Fault, check_closed};
pub use earlier::Earlier;
pub use error::{Result, StoreError};
pub use gc::{Collect, Collected, Unseal};
pub use journal::Counters;
pub use leases::Lease;
pub use manifest::SCHEMA;
pub use places::PlaceFacts;
pub use restore::{Restored, restore};
pub use secrets::{SecretError, SecretVault};

use crate::model::{Entry, Record, RunId, Seq};
use compact::Policy;
use index::Index;
use journal::Journal;
use lock::Lock;
use segments::Segments;
use writer::{Message, Request, Writer};

/// Events that a slow subscriber may lag behind before it must read them with [`Store::entries_since`].
const EVENTS_BUFFERED: usize = 4096;

/// Sizes, changed only by tests.
#[derive(Clone, Copy, Debug)]
struct Options {
    policy: Policy,
    reserve: u64,
    index_limit: u64,
}

impl Default for Options {
    fn default() -> Self {
        let policy = Policy { from_bytes: 8 << 20, events: 10_000, segment_limit: 16 << 20 };
        Self { policy, reserve: 4 << 20, index_limit: 16 << 20 }
    }
}

/// The store of one studio. Clones are the same store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

/// What readers and the writer share.
struct Shared {
    dir: PathBuf,
    /// None: closed, or it could not be made anew.
    index: RwLock<Option<Index>>,
    segments: Arc<Segments>,
    blobs: Arc<Blobs>,
    last_seq: AtomicU64,
    /// The latest change of a node of each run, as far as this process wrote any.
    changed: Mutex<HashMap<RunId, Seq>>,
    counters: Arc<Counters>,
    /// The journal has grown so far that compaction may be worth it.
    grown: Arc<Notify>,
    /// The store is being closed: whoever compacts it stops.
    closing: AtomicBool,
}

struct Inner {
    dir: PathBuf,
    shared: Arc<Shared>,
    events: broadcast::Sender<Arc<Entry>>,
    requests: Option<mpsc::Sender<Message>>,
    writer: Option<JoinHandle<()>>,
    /// Held by who reads or throws away all blobs.
    upkeep: Mutex<()>,
    /// Shared by those who read the whole journal; whoever compacts it has it alone.
    whole: RwLock<()>,
    policy: Policy,
}

impl Store {
    /// Opens the store in `dir`, creating it (for this user only) where there is none. Takes its lock, mends what a
    /// crash left, and brings the index up to the journal.
    pub fn open(dir: &Path) -> Result<Self> {
        Self::open_with(dir, Options::default())
    }

    fn open_with(dir: &Path, options: Options) -> Result<Self> {
        files::private_dir(dir).map_err(|e| StoreError::io("create", dir, e))?;
        files::close_to_others(dir).map_err(|e| StoreError::io("close to others", dir, e))?;
        let lock = Lock::take(dir)?;
        files::private_dir(&dir.join("journal")).map_err(|e| StoreError::io("create", dir, e))?;
        files::sync_dir(dir).map_err(|e| StoreError::io("sync", dir, e))?;
        let mut journal = Journal::open(&dir.join("journal"), options.policy.segment_limit)?;
        match compact::at_open(&mut journal, &options.policy) {
            Ok(()) => {}
            Err(e @ StoreError::Corrupt { .. }) => return Err(e),
            Err(e) => tracing::warn!(code = e.code(), error = %e, "the journal could not be compacted"),
        }
        recover::remove(&dir.join(compacting::NEW_INDEX))?;
        let index_dir = dir.join("index");
        let index = recover::index(&index_dir, &journal)?;
        let shared = Arc::new(Shared {
            dir: dir.to_owned(),
            index: RwLock::new(Some(index)),
            segments: journal.segments().clone(),
            blobs: Arc::new(Blobs::open(&dir.join("blobs"))?),
            last_seq: AtomicU64::new(journal.mark().seq),
            changed: Mutex::default(),
            counters: journal.counters().clone(),
            grown: Arc::default(),
            closing: AtomicBool::new(false),
        });
        let (events, _) = broadcast::channel(EVENTS_BUFFERED);
        let (requests, incoming) = mpsc::channel();
        let Options { reserve, index_limit, policy } = options;
        let (to_writer, told) = (shared.clone(), events.clone());
        let writer = Writer { journal, shared: to_writer, events: told, index_dir, reserve, index_limit, policy, lock };
        let thread = std::thread::Builder::new().name("store".into()).spawn(move || writer.run(&incoming));
        let thread = thread.map_err(|e| StoreError::io("start the writer of", dir, e))?;
        let (requests, writer, upkeep, whole) = (Some(requests), Some(thread), Mutex::default(), RwLock::default());
        let dir = dir.to_owned();
        Ok(Self { inner: Arc::new(Inner { dir, shared, events, requests, writer, upkeep, whole, policy }) })
    }

    /// Writes records as one group: after a crash all of them are there or none. Durable, indexed and counted as told
    /// when it returns the last one's number. Dropped while it waits, it is written all the same. An empty group makes
    /// durable what was only appended.
    pub async fn commit(&self, records: Vec<Record>) -> Result<Seq> {
        self.write(records, true).await
    }

    /// Like [`Store::commit`], but durable only against the end of this process, until the next commit or a second
    /// has passed: a power cut may lose it.
    pub async fn append(&self, records: Vec<Record>) -> Result<Seq> {
        self.write(records, false).await
    }

    /// Like [`Store::append`], but does not wait: it is written after what was asked for before, and an error is
    /// only logged. For what is told, not for what is built upon.
    pub fn post(&self, records: Vec<Record>) -> Result<()> {
        self.send(records, false).map(drop)
    }

    /// [`Store::commit`] for a thread that may block.
    fn commit_blocking(&self, records: Vec<Record>) -> Result<Seq> {
        let answered = self.send(records, true)?;
        futures::executor::block_on(answered).map_err(|_| StoreError::Closed)?
    }

    async fn write(&self, records: Vec<Record>, sync: bool) -> Result<Seq> {
        self.send(records, sync)?.await.map_err(|_| StoreError::Closed)?
    }

    fn send(&self, records: Vec<Record>, sync: bool) -> Result<oneshot::Receiver<Result<Seq>>> {
        let records: Vec<_> = records.into_iter().map(with_json).collect::<Result<_>>()?;
        let bytes: usize = records.iter().map(|(_, json)| json.len()).sum();
        if bytes > frame::MAX_BODY / 2 {
            return Err(StoreError::TooBig { bytes });
        }
        let (answer, answered) = oneshot::channel();
        self.ask(Message::Write(Request { records, sync, answer }))?;
        Ok(answered)
    }

    fn ask(&self, message: Message) -> Result<()> {
        let requests = self.inner.requests.as_ref().ok_or(StoreError::Closed)?;
        requests.send(message).map_err(|_| StoreError::Closed)
    }

    /// Events from now on, in order, once they can be read. Who lags more than 4096 behind is told so, and reads on
    /// with [`Store::entries_since`].
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Entry>> {
        self.inner.events.subscribe()
    }

    /// The number of the last record.
    pub fn last_seq(&self) -> Seq {
        self.inner.shared.last_seq.load(Ordering::Acquire)
    }

    /// The blobs.
    pub fn blobs(&self) -> &Arc<Blobs> {
        &self.inner.shared.blobs
    }

    /// What was asked of the disk since it was opened.
    pub fn counters(&self) -> &Counters {
        &self.inner.shared.counters
    }

    /// Makes everything durable and lets go of the store, whoever else holds clones of it: it can be opened again
    /// when this returns.
    pub async fn close(self) -> Result<()> {
        // Who compacts it stops before it is let go: nobody else may write to its files from then on.
        self.inner.shared.closing.store(true, Ordering::Relaxed);
        drop(self.inner.whole.read());
        let (answer, answered) = oneshot::channel();
        self.ask(Message::Close(answer))?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

/// Settles as [`Store::close`] does, when the last clone goes.
impl Drop for Inner {
    fn drop(&mut self) {
        self.requests = None;
        // Whoever waits for it to grow finds that it is gone.
        self.shared.grown.notify_one();
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

fn with_json(record: Record) -> Result<(Record, Vec<u8>)> {
    let json = serde_json::to_vec(&record).map_err(|e| StoreError::Encode { what: e.to_string() })?;
    Ok((record, json))
}
