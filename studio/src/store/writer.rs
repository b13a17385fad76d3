//! The one thread that writes: drains the queue, appends all of it at once, syncs once, applies it to the index,
//! answers, tells the events. Nothing else writes to the journal or the index.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use tokio::sync::{broadcast, oneshot};

use super::{
    Shared,
    apply::{apply, tell},
    compact::{Policy, is_due},
    error::{Result, StoreError},
    index::{Applying, Index},
    journal::{Group, Journal},
    lock::Lock,
    recover,
    segments::Place,
};
use crate::model::{Entry, Record, Seq};

/// The most that is written at once: requests, and bytes of JSON.
const MAX_BATCH: usize = 1024;
const MAX_BATCH_BYTES: usize = 8 << 20;
/// After so long without a request, appended records are synced and the index is flushed …
const SETTLE_IDLE: Duration = Duration::from_secs(1);
/// … and under load after so long.
const SETTLE_BUSY: Duration = Duration::from_secs(5);

/// The index is made anew when it is so many times as large as when it was made.
const INDEX_GROWTH: u64 = 3;

/// What the writer is asked for.
pub(super) enum Message {
    /// To write these.
    Write(Request),
    /// To do this between two writes.
    Call(Call),
    /// To settle everything and end.
    Close(oneshot::Sender<Result<()>>),
}

/// What is done between two writes.
pub(super) type Call = Box<dyn FnOnce(&mut Writer) + Send>;

/// Records to be written together.
pub(super) struct Request {
    /// With their JSON.
    pub records: Vec<(Record, Vec<u8>)>,
    /// They must be durable before the answer.
    pub sync: bool,
    /// Takes the last one's number.
    pub answer: oneshot::Sender<Result<Seq>>,
}

impl Request {
    fn bytes(&self) -> usize {
        self.records.iter().map(|(_, json)| json.len()).sum()
    }
}

/// The writer's own things.
pub(super) struct Writer {
    pub(super) journal: Journal,
    pub(super) shared: Arc<Shared>,
    pub(super) events: broadcast::Sender<Arc<Entry>>,
    pub(super) index_dir: PathBuf,
    /// Room that is left free, in bytes, so that the index never meets a full disk.
    pub(super) reserve: u64,
    /// The index is not made anew below this size, in bytes.
    pub(super) index_limit: u64,
    /// When the journal is to be compacted; and the events that are kept when the index is made anew.
    pub(super) policy: Policy,
    /// Let go last.
    pub(super) lock: Lock,
}

impl Writer {
    /// Serves requests until told to close or until nobody is left to ask.
    pub(super) fn run(mut self, requests: &Receiver<Message>) {
        let mut unsettled: Option<Instant> = None;
        loop {
            let next = match unsettled {
                Some(_) => requests.recv_timeout(SETTLE_IDLE),
                None => requests.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match next {
                Ok(message) => {
                    let mut next = Some(message);
                    while let Some(message) = next {
                        next = match message {
                            Message::Write(first) => {
                                unsettled = unsettled.or_else(|| Some(Instant::now()));
                                self.batch(first, requests)
                            }
                            Message::Call(call) => {
                                call(&mut self);
                                None
                            }
                            Message::Close(answer) => return self.close(Some(answer)),
                        };
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return self.close(None),
                Err(RecvTimeoutError::Timeout) => {
                    self.settle_or_warn();
                    unsettled = None;
                }
            }
            if unsettled.is_some_and(|since| since.elapsed() > SETTLE_BUSY) {
                self.settle_or_warn();
                unsettled = None;
            }
        }
    }

    /// Writes `first` and whatever else has come to be written. Something else that came with it is given back.
    fn batch(&mut self, first: Request, requests: &Receiver<Message>) -> Option<Message> {
        let mut other = None;
        let mut bytes = first.bytes();
        let mut batch = vec![first];
        while batch.len() < MAX_BATCH && bytes < MAX_BATCH_BYTES {
            match requests.try_recv() {
                Ok(Message::Write(request)) => {
                    bytes += request.bytes();
                    batch.push(request);
                }
                Ok(message) => {
                    other = Some(message);
                    break;
                }
                Err(_) => break,
            }
        }
        match self.write(&mut batch) {
            Ok(written) => {
                for (request, last) in batch.into_iter().zip(written.last) {
                    let _ = request.answer.send(Ok(last));
                }
                for entry in written.entries.into_iter().filter(|e| e.record.is_event()) {
                    let _ = self.events.send(Arc::new(entry));
                }
            }
            Err(e) => {
                tracing::warn!(code = e.code(), error = %e, "records could not be kept");
                for request in batch {
                    let _ = request.answer.send(Err(e.clone()));
                }
            }
        }
        other
    }

    fn write(&mut self, batch: &mut [Request]) -> Result<Written> {
        self.ensure_room(batch.iter().map(Request::bytes).sum())?;
        self.ensure_index()?;
        let sync = batch.iter().any(|r| r.sync);
        if sync {
            self.shared.blobs.sync()?;
        }
        let (groups, written) = number(batch, self.journal.mark().seq);
        let places = self.journal.append(&groups, sync)?;
        let applied = catch_unwind(AssertUnwindSafe(|| self.apply(&places, &written.entries)));
        match applied {
            Ok(Ok(())) => {}
            Ok(Err(e)) => self.mend(&e)?,
            Err(_) => self.mend(&StoreError::Index { what: "it is damaged".into() })?,
        }
        self.note_changed(&written.entries);
        self.shared.last_seq.store(self.journal.mark().seq, Ordering::Release);
        Ok(written)
    }

    fn note_changed(&self, entries: &[Entry]) {
        let mut changed = self.shared.changed.lock();
        for entry in entries {
            if let Record::Node(change) = &entry.record {
                match changed.get_mut(&change.run) {
                    Some(seq) => *seq = entry.seq,
                    None => drop(changed.insert(change.run.clone(), entry.seq)),
                }
            }
        }
    }

    fn apply(&self, places: &[Vec<Place>], entries: &[Entry]) -> Result<()> {
        let mut entries = entries.iter();
        for places in places {
            // Readers see a group whole or not at all.
            let index = self.shared.index.write();
            let index = index.as_ref().ok_or(StoreError::Closed)?;
            for (&place, entry) in places.iter().zip(entries.by_ref()) {
                let mut trees = Applying { index, place };
                tell(&mut trees, entry, index.events_from())?;
                apply(&mut trees, entry)?;
            }
        }
        let index = self.shared.index.read();
        index.as_ref().ok_or(StoreError::Closed)?.set_mark(&self.journal.mark())
    }

    /// An error where the disk is so full that the index might not be written after the journal.
    fn ensure_room(&self, bytes: usize) -> Result<()> {
        let dir = self.journal.dir();
        let disk = rustix::fs::statvfs(dir).map_err(|e| StoreError::io("look at", dir, e.into()))?;
        let room = disk.f_bavail.saturating_mul(disk.f_frsize);
        if room < self.reserve + bytes as u64 { Err(StoreError::Full { path: dir.to_owned() }) } else { Ok(()) }
    }

    /// Makes the index anew if an earlier attempt to failed.
    fn ensure_index(&self) -> Result<()> {
        if self.shared.index.read().is_some() { Ok(()) } else { self.rebuild() }
    }

    fn mend(&self, e: &StoreError) -> Result<()> {
        tracing::warn!(error = %e, "the index is built anew");
        self.rebuild()
    }

    /// Makes the index anew from the journal.
    pub(super) fn rebuild(&self) -> Result<()> {
        let mut index = self.shared.index.write();
        *index = None;
        *index = Some(recover::rebuilt(&self.index_dir, &self.journal)?);
        Ok(())
    }

    /// Makes durable what was only appended, and writes out the index.
    pub(super) fn settle(&mut self) -> Result<()> {
        self.shared.blobs.sync()?;
        self.journal.sync()?;
        self.ensure_room(0)?;
        let flushed = self.shared.index.read().as_ref().map_or(Ok(()), Index::flush);
        flushed.and_then(|()| self.shrink()).or_else(|e| self.mend(&e))?;
        if is_due(&self.journal, &self.policy) {
            self.shared.grown.notify_one();
        }
        Ok(())
    }

    /// Makes the index anew where it has grown far beyond what is in it: sled gives back little by itself.
    /// The oldest events go with that.
    fn shrink(&mut self) -> Result<()> {
        let look =
            |index: &Index| Ok((index.size()?, index.size_when_made()?, index.latest_events_from(self.policy.events)?));
        let sizes = self.shared.index.read().as_ref().map(look);
        let Some((now, made, events_from)) = sizes.transpose()? else { return Ok(()) };
        if now < self.index_limit.max(made.saturating_mul(INDEX_GROWTH)) {
            return Ok(());
        }
        // Readers wait for the new one: there is no moment without any.
        let shared = Arc::clone(&self.shared);
        let mut index = shared.index.write();
        *index = None;
        if let Some(seq) = events_from {
            // Gone before the manifest speaks of fewer events: a crash in between finds no index that has more.
            recover::remove(&self.index_dir)?;
            self.journal.tell_from(seq)?;
        }
        let made = index.insert(recover::rebuilt(&self.index_dir, &self.journal)?);
        let after = made.size()?;
        tracing::info!(before = now, after, "the index had grown, and was made anew");
        Ok(())
    }

    fn settle_or_warn(&mut self) {
        if let Err(e) = self.settle() {
            tracing::warn!(code = e.code(), error = %e, "the store could not be settled");
        }
    }

    /// Settles, and lets go of everything before it says so: who hears the answer can open the store again.
    fn close(mut self, answer: Option<oneshot::Sender<Result<()>>>) {
        let settled = self.settle();
        *self.shared.index.write() = None;
        drop(self.journal);
        drop(self.lock);
        match answer {
            Some(answer) => drop(answer.send(settled)),
            None => {
                if let Err(e) = settled {
                    tracing::warn!(code = e.code(), error = %e, "the store could not be settled");
                }
            }
        }
    }
}

/// A batch once it has its numbers.
struct Written {
    entries: Vec<Entry>,
    /// For each request.
    last: Vec<Seq>,
}

/// Gives the records their numbers and time.
fn number(batch: &mut [Request], after: Seq) -> (Vec<Group>, Written) {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let at_ms = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
    let mut seq = after;
    let mut groups = Vec::with_capacity(batch.len());
    let mut written = Written { entries: Vec::new(), last: Vec::with_capacity(batch.len()) };
    for request in batch {
        let mut entries = Vec::with_capacity(request.records.len());
        for (record, json) in request.records.drain(..) {
            seq += 1;
            entries.push(entry_json(seq, at_ms, &json));
            written.entries.push(Entry { seq, at_ms, record });
        }
        groups.push(Group { entries, last_seq: seq });
        written.last.push(seq);
    }
    (groups, written)
}

/// The JSON of an entry whose record's JSON is there already.
fn entry_json(seq: Seq, at_ms: i64, record: &[u8]) -> Vec<u8> {
    let mut json = format!(r#"{{"seq":{seq},"at_ms":{at_ms},"record":"#).into_bytes();
    json.extend_from_slice(record);
    json.push(b'}');
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_written_as_it_is_read() {
        let record = Record::Secret { name: "a".into(), sealed: None };
        let json = entry_json(7, -3, &serde_json::to_vec(&record).unwrap());
        assert_eq!(json, serde_json::to_vec(&Entry { seq: 7, at_ms: -3, record }).unwrap());
    }
}
