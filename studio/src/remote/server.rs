//! The owner's side of the socket: takes connections of its own user, and lets go of them when the owner leaves.

use std::{path::PathBuf, sync::Arc, time::Duration};

use rustix::process::geteuid;
use tokio::{
    net::{UnixListener, UnixStream},
    sync::watch,
    task::JoinHandle,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{place::Place, rpc, session};
use crate::engine::{
    Engine,
    api::{ApiError, Owner},
};

/// Connections at once.
const MOST_CLIENTS: usize = 128;
/// How long what was begun may take to end when the owner leaves.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// What is taken of one client.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests a second, and that many at once.
    pub per_second: u32,
    /// Bytes of one line.
    pub line: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // A text may have 16 MiB, and twice that once it is JSON.
        Self { per_second: 25, line: 40 << 20 }
    }
}

/// What all connections share.
pub struct Shared {
    /// The engine.
    pub engine: Engine,
    /// What is taken of one client.
    pub limits: Limits,
    /// The store's folder.
    pub store: PathBuf,
    /// The owner leaves: no new requests.
    pub closing: CancellationToken,
    /// The owner has left: whether another one is to come.
    pub gone: watch::Sender<Option<bool>>,
}

impl Shared {
    /// Who answers.
    pub fn owner(&self, protocol: u32) -> Owner {
        Owner {
            protocol,
            schema: crate::engine::api::SCHEMA,
            version: env!("CARGO_PKG_VERSION").into(),
            pid: std::process::id(),
            store: self.store.clone(),
            seq: self.engine.last_seq(),
            per_second: self.limits.per_second,
        }
    }
}

/// A socket that is served.
pub struct Server {
    shared: Arc<Shared>,
    place: Place,
    path: PathBuf,
    sessions: TaskTracker,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Binds the store's socket and serves it. Only for who holds the store's lock.
    pub fn start(engine: Engine, place: Place, limits: Limits) -> Result<Self, ApiError> {
        let (listener, path) = place.bind()?;
        let (store, closing, gone) = (place.store.clone(), CancellationToken::new(), watch::channel(None).0);
        let shared = Arc::new(Shared { engine, limits, store, closing, gone });
        let sessions = TaskTracker::new();
        tracing::info!(socket = %path.display(), "serving the store");
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared), sessions.clone()));
        Ok(Self { shared, place, path, sessions, accepting })
    }

    /// Where it is.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// How many clients there are.
    pub fn clients(&self) -> usize {
        self.sessions.len()
    }

    /// Takes no more connections and no more requests.
    pub fn stop_admitting(&self) {
        self.accepting.abort();
        self.place.unbind(&self.path);
        self.shared.closing.cancel();
    }

    /// Lets what was begun end, tells all clients that nobody is here any more, and whether another one comes.
    pub async fn leave(self, successor: bool) {
        self.stop_admitting();
        self.shared.gone.send_replace(Some(successor));
        self.sessions.close();
        let _ = tokio::time::timeout(LAST_WORDS, self.sessions.wait()).await;
    }
}

async fn accept(listener: UnixListener, shared: Arc<Shared>, sessions: TaskTracker) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(e) => {
                // Out of descriptors, say: the next one may do better.
                tracing::warn!("a client could not be taken: {e}");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        if !is_own_user(&stream) {
            tracing::warn!("somebody else's program tried to connect and was refused");
            continue;
        }
        if sessions.len() >= MOST_CLIENTS {
            tracing::info!(clients = MOST_CLIENTS, "a client was refused: there are too many");
            sessions.spawn(turn_away(stream));
            continue;
        }
        sessions.spawn(session::serve(stream, Arc::clone(&shared)));
    }
}

/// Is the other side a program of this user? Else nothing is read from it.
pub fn is_own_user(stream: &UnixStream) -> bool {
    stream.peer_cred().is_ok_and(|peer| peer.uid() == geteuid().as_raw())
}

async fn turn_away(mut stream: UnixStream) {
    let error = ApiError::busy(format!("{MOST_CLIENTS} clients are here already"), 1.0);
    let line = rpc::refusal(&serde_json::Value::Null, -32_000, &error) + "\n";
    let told = tokio::io::AsyncWriteExt::write_all(&mut stream, line.as_bytes());
    let _ = tokio::time::timeout(Duration::from_secs(1), told).await;
}
