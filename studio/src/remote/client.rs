//! The engine, wherever it is: in this process where the store is free, else at the owner's socket. Where the owner
//! goes, the client finds the next one or becomes it; what it asked for is asked again, and done once.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::sync::Mutex;

use super::{
    connection::{Connection, Failed, Lost},
    events::Events,
    handover,
    owner::{Own, Owner},
    place::Place,
    server::Limits,
};
use crate::{
    engine::{
        Config,
        api::{ApiError, Method},
    },
    model::{RunId, Seq},
};

/// Between two tries to reach a store.
const PAUSE: Duration = Duration::from_millis(20);
/// How often a request that came too fast is sent again.
const MOST_TRIES: u32 = 200;

/// What a client does about a store that nobody has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It takes the store.
    Own,
    /// It takes the store and serves its socket, since it stays for long.
    Serve,
    /// It has a `studio serve` started.
    Spawn,
}

/// How a store is reached.
#[derive(Clone, Debug)]
pub struct Options {
    /// What an engine in this process is told.
    pub config: Config,
    /// Where the socket is.
    pub place: Place,
    /// What to do about a store that nobody has.
    pub mode: Mode,
    /// How long to wait for an owner that does not answer.
    pub wait: Duration,
    /// What is taken of one client of ours.
    pub limits: Limits,
    /// The program that a hand-over starts.
    pub program: PathBuf,
}

/// The engine, wherever it is. Clones are the same.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    options: Options,
    backend: Mutex<Backend>,
}

/// Who does what is asked for.
#[derive(Clone)]
pub(super) enum Backend {
    /// This process.
    Here(Arc<Owner>),
    /// Another one.
    There(Arc<Connection>),
}

impl Client {
    /// Reaches a store.
    pub async fn open(options: Options) -> Result<Self, ApiError> {
        let backend = reach(&options, None).await?;
        Ok(Self { inner: Arc::new(Inner { options, backend: Mutex::new(backend) }) })
    }

    /// Asks for something. A command is applied once, also where the answer to it was lost.
    pub async fn call<M: Method>(&self, method: M) -> Result<M::Reply, ApiError> {
        let command = M::CHANGES.then(|| ulid::Ulid::generate().to_string());
        let (mut tries, mut sent) = (0, false);
        loop {
            let connection = match self.backend().await {
                Backend::Here(owner) => {
                    // Nobody else can have applied what was never sent.
                    return owner.engine.ask(method, command.filter(|_| sent)).await;
                }
                Backend::There(connection) => connection,
            };
            let params = serde_json::to_value(&method).map_err(|e| ApiError::new("engine.encode", e.to_string()))?;
            sent = true;
            match connection.request(M::NAME, params, command.as_deref()).await {
                Ok(reply) => return decoded(M::NAME, reply),
                Err(Failed::Answered(e)) if e.code == "busy" && tries < MOST_TRIES => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_secs_f64(e.retry_after.unwrap_or(0.1).clamp(0.01, 5.0))).await;
                }
                Err(Failed::Answered(e)) if e.is_leaving() => self.renew(&connection).await?,
                Err(Failed::Answered(e)) => return Err(e),
                Err(Failed::Lost) => self.renew(&connection).await?,
            }
        }
    }

    /// What happens after number `since` (none: from now on), of one run where that is asked for.
    pub async fn events(&self, since: Option<Seq>, run: Option<RunId>) -> Result<Events, ApiError> {
        Events::open(self.clone(), since, run).await
    }

    /// The other process that owns the store; none: this one does.
    pub async fn owner(&self) -> Option<u32> {
        match self.backend().await {
            Backend::Here(_) => None,
            Backend::There(connection) => Some(connection.owner.pid),
        }
    }

    /// Stops the runs of this process where they are, so that they can be taken up, because `own` is to stop;
    /// elsewhere they go on. True: they were of this process.
    pub async fn interrupt(&self, own: &Own) -> bool {
        let Backend::Here(owner) = self.backend().await else { return false };
        owner.interrupt(own).await;
        true
    }

    /// Lets go of the store. Runs of others that are under way in this process go on in a `serve`.
    pub async fn close(self) -> Result<(), ApiError> {
        match self.backend().await {
            Backend::Here(owner) => owner.leave(Some(&self.inner.options.program)).await,
            Backend::There(_) => Ok(()),
        }
    }

    pub(super) async fn backend(&self) -> Backend {
        self.inner.backend.lock().await.clone()
    }

    pub(super) fn options(&self) -> &Options {
        &self.inner.options
    }

    /// Finds who has the store in place of a connection that is no more, or takes it.
    pub(super) async fn renew(&self, old: &Arc<Connection>) -> Result<(), ApiError> {
        let mut backend = self.inner.backend.lock().await;
        // Somebody else may have done it meanwhile.
        if matches!(&*backend, Backend::There(now) if Arc::ptr_eq(now, old)) {
            *backend = reach(&self.inner.options, Some(old)).await?;
        }
        Ok(())
    }
}

/// Finds who has the store, or takes it. Where the last owner said that another one comes, that one is waited for.
async fn reach(options: &Options, last: Option<&Arc<Connection>>) -> Result<Backend, ApiError> {
    let until = Instant::now() + options.wait;
    if let Some(last) = last {
        // It says that it leaves before it is gone.
        let _ = tokio::time::timeout(options.wait, last.lost()).await;
    }
    let successor = last.and_then(|last| last.is_lost()) == Some(Lost::Left { successor: true });
    let mut spawned = false;
    loop {
        if let Some(backend) = there(options, until).await? {
            return Ok(backend);
        }
        let mut busy = None;
        match options.mode {
            Mode::Spawn if !spawned => {
                handover::spawn_serve(&options.program, &options.config.home)?;
                spawned = true;
            }
            Mode::Own | Mode::Serve if !successor || Instant::now() > until => {
                match Owner::open(options.config.clone(), options, options.mode == Mode::Serve).await {
                    Ok(owner) => return Ok(Backend::Here(owner)),
                    Err(e) if e.code == "store.busy" => busy = Some(e),
                    Err(e) => return Err(e),
                }
            }
            _ => (),
        }
        if Instant::now() > until {
            let nobody = || {
                ApiError::new("serve.start", "nobody answers for the store")
                    .help("see serve.log in the store's folder, or start `studio serve` by hand")
            };
            return Err(busy.unwrap_or_else(nobody));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The owner at its socket, where one answers.
async fn there(options: &Options, until: Instant) -> Result<Option<Backend>, ApiError> {
    let Some(path) = options.place.noted() else { return Ok(None) };
    let within = until.saturating_duration_since(Instant::now()).max(PAUSE);
    match Connection::open(&path, within).await {
        Ok((connection, _)) => Ok(Some(Backend::There(Arc::new(connection)))),
        Err(Failed::Answered(e)) if e.code == "busy" || e.is_leaving() => Ok(None),
        Err(Failed::Answered(e)) => Err(e),
        Err(Failed::Lost) => Ok(None),
    }
}

fn decoded<T: serde::de::DeserializeOwned>(method: &str, reply: Value) -> Result<T, ApiError> {
    serde_json::from_value(reply).map_err(|e| {
        ApiError::new("protocol.answer", format!("the owner of the store gave a strange answer to {method}: {e}"))
            .help("it may be another version of studio: end it, and try again")
    })
}
