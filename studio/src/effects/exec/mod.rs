//! Runs a program for a plugin: confined, watched, its lines and outputs brought back. Called by the engine.
//! Starts nothing outside of `sandbox`, and keeps nothing but what `BlobStore` takes in.

mod error;
mod feed;
mod glance;
mod intake;
mod life;
mod lines;
mod programs;
mod request;
mod run;
#[cfg(all(test, target_os = "linux"))]
mod tests;
mod versions;
mod watch;

use std::sync::Arc;

use studio_plugin_sdk::{
    error::StageError,
    wire::{Exec, Exit},
};
use tokio::sync::watch::Sender;
use tracing::{Instrument, field::Empty};

use super::{
    Caller,
    sandbox::{Devices, Sandbox},
};
use crate::model::BlobStore;
pub use error::ExecError;
pub use programs::Programs;

/// What a program tells while it runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Signal {
    /// Lines that the guest asked for, in order, without line ends.
    Lines(Vec<String>),
    /// How far it is, from 0 to 1.
    Progress(f64),
}

/// Runs programs.
pub struct Runner {
    blobs: Arc<dyn BlobStore>,
    sandbox: Arc<Sandbox>,
    programs: Arc<Programs>,
    /// How many programs there are whose processes or scratch folder are not gone yet.
    alive: Sender<usize>,
}

impl Runner {
    /// With inputs from `blobs` and outputs into it.
    pub fn new(blobs: Arc<dyn BlobStore>, sandbox: Arc<Sandbox>, programs: Arc<Programs>) -> Self {
        Self { blobs, sandbox, programs, alive: Sender::new(0) }
    }

    /// Runs a program to its end. A bad exit code is an answer, not an error.
    ///
    /// Dropping the future kills the program with all that it started and removes its scratch folder; that is
    /// done in the background, and [`Runner::drained`] waits for it.
    pub async fn run(
        &self,
        caller: &Caller,
        exec: &Exec,
        on: &mut (dyn FnMut(Signal) + Send),
    ) -> Result<Exit, StageError> {
        let started = std::time::Instant::now();
        let span = tracing::info_span!("exec", program = exec.program, exit = Empty);
        let result = self.try_run(caller, exec, on).instrument(span.clone()).await;
        span.record("exit", result.as_ref().ok().and_then(|exit| exit.code));
        let ms = started.elapsed().as_millis();
        match &result {
            Ok(exit) => {
                tracing::debug!(plugin = caller.plugin, node = caller.node, program = exec.program, ?exit.code, ?exit.signal, ms, "program ended");
            }
            Err(error) => {
                tracing::debug!(plugin = caller.plugin, node = caller.node, program = exec.program, %error, ms, "program failed");
            }
        }
        Ok(result?)
    }

    /// Waits until no process and no scratch folder of this runner is left.
    pub async fn drained(&self) {
        // The sender is this runner's own, so it cannot be gone.
        let _ = self.alive.subscribe().wait_for(|alive| *alive == 0).await;
    }

    async fn try_run(
        &self,
        caller: &Caller,
        exec: &Exec,
        on: &mut (dyn FnMut(Signal) + Send),
    ) -> Result<Exit, ExecError> {
        let decl =
            caller.allowed.programs.iter().find(|p| p.name == exec.program).ok_or_else(|| ExecError::NotGranted {
                plugin: caller.plugin.clone(),
                program: exec.program.clone(),
            })?;
        if exec.devices.iter().any(|device| !caller.allowed.devices.contains(device)) {
            return Err(ExecError::NoDevice { plugin: caller.plugin.clone() });
        }
        let request = request::Request::new(exec, self.blobs.as_ref())?;
        let program = self.programs.find(&decl.name)?;
        let task = run::Task {
            decl: decl.clone(),
            roots: self.programs.roots(&program),
            program,
            request,
            sandbox: self.sandbox.clone(),
            blobs: self.blobs.clone(),
            alive: self.alive.clone(),
            devices: Devices::of(&exec.devices),
            own_words: false,
        };
        run::run(task, exec, on).await
    }
}
