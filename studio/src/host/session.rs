//! One running stage: its turns, on a live instance or on a fresh one that is told all it was told before.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use studio_plugin_sdk::wire::{Effect, Event, Turn};

use super::{
    blobs::BlobAccess,
    error::HostError,
    guest::{Instance, TurnContext},
    live::{IDLE, Live, MOST_LIVE},
    opening::Opening,
    pool::TurnPool,
    registry::Loaded,
};
use crate::model::{Digest, NodeError, blobs_in};

/// Most answers name no blob, and need not be searched for them.
const BLOB_FIELD: &str = r#""blob""#;

/// Where a running stage's progress and words go.
pub trait Sink: Send + Sync {
    /// How far it is, 0–1, and with what.
    fn progress(&self, share: f64, label: String);
    /// What it says: level (0 trace … 4 error) and text.
    fn log(&self, level: u8, text: String);
}

/// The threads and the live instances that all running stages share.
pub struct Host {
    pool: TurnPool,
    live: Live<Instance>,
    next: AtomicU64,
}

impl Host {
    /// With so many threads for turns.
    pub fn new(threads: usize) -> std::io::Result<Self> {
        Ok(Self { pool: TurnPool::new(threads)?, live: Live::new(MOST_LIVE), next: AtomicU64::new(1) })
    }

    /// Waits until no turn is under way.
    pub async fn drained(&self) {
        self.pool.drained().await;
    }

    /// Keeps an instance for its next turn, unless that is long in coming.
    fn park(self: &Arc<Self>, session: u64, instance: Instance) {
        if !self.live.park(session, instance) {
            return;
        }
        let host = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(IDLE).await;
                let Some(host) = host.upgrade() else { return };
                let Some(until) = Instant::now().checked_sub(IDLE) else { continue };
                // Dropping hundreds takes a while.
                let swept = tokio::task::spawn_blocking(move || host.live.sweep(until)).await;
                if !swept.unwrap_or(false) {
                    return;
                }
            }
        });
    }

    /// Begins a stage. Nothing runs before the first turn.
    pub fn session(
        self: &Arc<Self>,
        plugin: Arc<Loaded>,
        opening: Arc<Opening>,
        blobs: BlobAccess,
        sink: Arc<dyn Sink>,
    ) -> Session {
        let mut given = Vec::new();
        if opening.text().contains(BLOB_FIELD) {
            blobs_in(&opening.request(), &mut given);
        }
        blobs.permit(given);
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        Session { host: Arc::clone(self), id, plugin, opening, blobs, sink, turns: 0, asked: Asked::default() }
    }
}

/// A running stage. Dropped, its instance goes too.
pub struct Session {
    host: Arc<Host>,
    id: u64,
    plugin: Arc<Loaded>,
    opening: Arc<Opening>,
    blobs: BlobAccess,
    sink: Arc<dyn Sink>,
    /// Turns taken, `start` included.
    turns: u32,
    asked: Asked,
}

impl Session {
    /// The first turn.
    pub async fn start(&mut self) -> Result<Turn, HostError> {
        let input = self.opening.text().as_bytes().to_vec();
        self.turn(TakenOn::New, "start", input).await
    }

    /// Another turn. `history` are the events of the turns since `start`, should a fresh instance need them.
    pub async fn resume(
        &mut self,
        events: &[Event],
        history: impl FnOnce() -> Result<Vec<Vec<Event>>, NodeError>,
    ) -> Result<Turn, NodeError> {
        let input = serde_json::to_string(events).unwrap_or_default();
        if input.contains(BLOB_FIELD) {
            self.permit(events);
        }
        let from = match self.host.live.take(self.id) {
            Some(instance) => TakenOn::Live(Box::new(instance)),
            None => TakenOn::Fresh(history()?),
        };
        Ok(self.turn(from, "resume", input.into_bytes()).await?)
    }

    /// Lets a fresh stage take the turns that were journalled; `asked` of each is what it asked for before.
    pub async fn replay(&mut self, turns: &[(Vec<Event>, Option<Digest>)]) -> Result<Vec<Turn>, NodeError> {
        let mut done = vec![self.start().await?];
        for (n, (events, asked)) in turns.iter().enumerate() {
            if asked.is_some_and(|asked| asked != self.asked()) {
                let plugin = self.plugin.manifest.id.clone();
                return Err(HostError::Diverged { plugin, turn: n as u32 + 1 }.into());
            }
            let before = &turns[..n];
            done.push(self.resume(events, || Ok(before.iter().map(|(e, _)| e.clone()).collect())).await?);
        }
        Ok(done)
    }

    /// BLAKE3 over all effects that it has asked for so far.
    pub fn asked(&self) -> Digest {
        self.asked.digest()
    }

    /// What it may read and has made.
    pub fn blobs(&self) -> &BlobAccess {
        &self.blobs
    }

    fn permit(&self, events: &[Event]) {
        let mut given = Vec::new();
        for event in events {
            blobs_in(&serde_json::to_value(event).unwrap_or_default(), &mut given);
        }
        self.blobs.permit(given);
    }

    /// One turn. Making the instance and calling it are one job: a thousand stages that wait for a thread
    /// must not be a thousand instances.
    async fn turn(&mut self, from: TakenOn, export: &'static str, input: Vec<u8>) -> Result<Turn, HostError> {
        let (context, blobs) = (self.context(), self.blobs.clone());
        let (plugin, opening) = (Arc::clone(&self.plugin), Arc::clone(&self.opening));
        let work = move || -> Result<(Instance, Vec<u8>), HostError> {
            let mut instance = match from {
                TakenOn::Live(instance) => *instance,
                TakenOn::New => plugin.instance()?,
                TakenOn::Fresh(history) => told(plugin.instance()?, opening.text().as_bytes(), &history, &blobs)?,
            };
            let output = instance.call(export, &input, Some(context))?;
            Ok((instance, output))
        };
        let (instance, output) = self.host.pool.run(work).await??;
        let turn = self.checked(&output)?;
        self.turns += 1;
        if turn.outcome == studio_plugin_sdk::wire::Outcome::None {
            self.host.park(self.id, instance);
        }
        Ok(turn)
    }

    fn context(&self) -> TurnContext {
        let (progress, log) = (Arc::clone(&self.sink), Arc::clone(&self.sink));
        TurnContext {
            blobs: self.blobs.session(),
            progress: Box::new(move |share, label| progress.progress(share, label)),
            log: Box::new(move |level, text| log.log(level, text)),
        }
    }

    fn checked(&mut self, output: &[u8]) -> Result<Turn, HostError> {
        let wrong = |why: String| HostError::Protocol { plugin: self.plugin.manifest.id.clone(), why };
        let turn: Turn = serde_json::from_slice(output).map_err(|e| wrong(format!("not a turn: {e}")))?;
        for effect in &turn.effects {
            self.asked.add(&hash_of(effect));
        }
        Ok(turn)
    }
}

/// All effects that a stage asked for, as hashes: few of them take less room than a hasher over them.
#[derive(Default)]
struct Asked {
    few: Vec<u8>,
    many: Option<Box<blake3::Hasher>>,
}

impl Asked {
    const FEW: usize = 16 * blake3::OUT_LEN;

    fn add(&mut self, effect: &[u8; blake3::OUT_LEN]) {
        self.few.extend_from_slice(effect);
        if self.few.len() >= Self::FEW {
            self.many.get_or_insert_default().update(&self.few);
            self.few.clear();
        }
    }

    fn digest(&self) -> Digest {
        let mut all = self.many.as_deref().cloned().unwrap_or_default();
        Digest::from_hash(all.update(&self.few).finalize())
    }
}

/// What a turn is taken on.
enum TakenOn {
    /// A new instance, which is to start.
    New,
    /// The instance that waited.
    Live(Box<Instance>),
    /// A new instance that is first told the events of the turns since `start`.
    Fresh(Vec<Vec<Event>>),
}

/// An instance that has been told what was told before; what it says to that is known.
fn told(
    mut instance: Instance,
    start: &[u8],
    history: &[Vec<Event>],
    blobs: &BlobAccess,
) -> Result<Instance, HostError> {
    let silent = || TurnContext { blobs: blobs.session(), progress: Box::new(|_, _| ()), log: Box::new(|_, _| ()) };
    instance.call("start", start, Some(silent()))?;
    for events in history {
        let events = serde_json::to_vec(events).unwrap_or_default();
        instance.call("resume", &events, Some(silent()))?;
    }
    Ok(instance)
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.host.live.take(self.id));
    }
}

fn hash_of(effect: &Effect) -> [u8; 32] {
    *blake3::hash(&serde_json::to_vec(effect).unwrap_or_default()).as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_has_one_hash_however_it_is_kept() {
        let (mut asked, mut whole) = (Asked::default(), blake3::Hasher::new());
        for n in 0..100_u8 {
            assert_eq!(asked.digest(), Digest::from_hash(whole.finalize()), "after {n}");
            asked.add(&[n; 32]);
            whole.update(&[n; 32]);
            assert!(asked.few.len() < Asked::FEW);
        }
    }
}
