//! The engine in this process: it owns the store, may serve the store's socket, and knows how to leave.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use parking_lot::Mutex;

use super::{
    client::Options,
    handover,
    server::{Limits, Server},
};
use crate::{
    engine::{
        Config, Engine,
        api::{ApiError, runs},
    },
    model::{Batch, BatchId, Run, RunId},
};

/// What a client began itself and stops with it.
pub enum Own {
    /// A run.
    Run(RunId),
    /// A batch.
    Batch(Batch),
}

/// The owner of a store.
pub struct Owner {
    /// The engine.
    pub(super) engine: Engine,
    server: Mutex<Option<Server>>,
    /// Runs of others were stopped together with our own: somebody must go on with them.
    owing: AtomicBool,
}

impl Owner {
    /// Takes the store, and serves its socket where that is asked for.
    pub async fn open(config: Config, options: &Options, serve: bool) -> Result<Arc<Self>, ApiError> {
        let engine = Engine::open(config).await?;
        let server = match serve.then(|| Server::start(engine.clone(), options.place.clone(), options.limits)) {
            Some(Ok(server)) => Some(server),
            Some(Err(e)) => {
                // The work can be done all the same, only nobody can join it.
                tracing::warn!(code = e.code, "{e}");
                None
            }
            None => None,
        };
        Ok(Arc::new(Self { engine, server: Mutex::new(server), owing: AtomicBool::new(false) }))
    }

    /// Takes the store and serves its socket, or fails.
    pub async fn serving(config: Config, options: &Options, limits: Limits) -> Result<Arc<Self>, ApiError> {
        let engine = Engine::open(config).await?;
        match Server::start(engine.clone(), options.place.clone(), limits) {
            Ok(server) => {
                let (server, owing) = (Mutex::new(Some(server)), AtomicBool::new(false));
                Ok(Arc::new(Self { engine, server, owing }))
            }
            Err(e) => {
                engine.close().await?;
                Err(e)
            }
        }
    }

    /// Where its socket is, where it has one.
    pub fn socket(&self) -> Option<std::path::PathBuf> {
        self.server.lock().as_ref().map(|server| server.path().to_owned())
    }

    /// What is counted, in the text format that Prometheus reads.
    pub async fn metrics(&self) -> Result<String, std::fmt::Error> {
        let clients = self.server.lock().as_ref().map_or(0, Server::clients);
        self.engine.metrics(clients).await
    }

    /// Takes up the runs that were interrupted.
    pub async fn take_up_all(&self) -> Result<runs::Resumed, ApiError> {
        self.engine.ask(runs::Resume { run: None }, None).await
    }

    /// Is there a client, or a run under way?
    pub fn is_needed(&self) -> bool {
        let clients = self.server.lock().as_ref().is_some_and(|server| server.clients() > 0);
        clients
            || self.engine.is_chatting()
            || !self.engine.all_active().is_empty()
            || !self.engine.active_batches().is_empty()
    }

    /// Stops all runs where they are, because one's own is to stop.
    pub async fn interrupt(&self, own: &Own) {
        let is_own = |run: &Run| match own {
            Own::Run(id) => run.id == *id,
            Own::Batch(batch) => batch.projects.contains(&run.project),
        };
        let is_own_batch = |id: &BatchId| matches!(own, Own::Batch(batch) if batch.id == *id);
        let others = self.engine.all_active().iter().any(|active| !is_own(&active.run))
            || self.engine.active_batches().iter().any(|id| !is_own_batch(id));
        self.owing.fetch_or(others, Ordering::Relaxed);
        self.engine.interrupt_runs().await;
    }

    /// Stops what is under way where it is and lets go of the store. Runs of others go on in a `serve` of their own,
    /// where `handover` says by which program.
    pub async fn leave(&self, handover: Option<&Path>) -> Result<(), ApiError> {
        if handover.is_some() {
            // A command that has ended; whoever is sent away goes at once.
            self.engine.settle_webhooks().await;
        }
        let server = self.server.lock().take();
        if let Some(server) = &server {
            server.stop_admitting();
        }
        let batches = !self.engine.active_batches().is_empty();
        let runs = self.engine.interrupt_runs().await;
        if server.is_some() {
            tracing::info!(runs, batches, "the owner leaves");
        }
        let program = handover.filter(|_| runs > 0 || batches || self.owing.load(Ordering::Relaxed));
        if let Some(server) = server {
            server.leave(program.is_some()).await;
        }
        let store = self.engine.home().to_owned();
        self.engine.clone().close().await?;
        match program {
            Some(program) => handover::spawn_serve(program, &store),
            None => Ok(()),
        }
    }
}
