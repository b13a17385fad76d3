//! What a process is told from outside: Ctrl-C, SIGTERM, and that the terminal is gone.

use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

use super::fail::CANCELLED;
use crate::engine::api::ApiError;

/// A signal that asks for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C: give it up.
    Interrupt,
    /// SIGTERM: stop, and keep what is done.
    Terminate,
    /// SIGHUP: the terminal is gone.
    Hangup,
}

/// Signals from now on; they no longer end the process by themselves.
pub struct Signals {
    interrupt: Stream,
    terminate: Stream,
    hangup: Stream,
}

impl Signals {
    /// Begins to take them.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// The next.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = self.hangup.recv() => Signal::Hangup,
        }
    }

    /// Waits for the end of some work. Ctrl-C has it given up by `cancel`; whoever asks twice has waited long enough.
    /// None: the process is to stop, and the work is not to be given up.
    pub async fn heed<T>(
        &mut self,
        work: impl Future<Output = Result<T, ApiError>>,
        cancel: impl AsyncFn() -> Result<(), ApiError>,
    ) -> Result<Option<T>, ApiError> {
        tokio::pin!(work);
        let mut asked = false;
        loop {
            let signal = tokio::select! {
                done = &mut work => return done.map(Some),
                signal = self.next() => signal,
            };
            match signal {
                Signal::Interrupt if asked => {
                    return Err(ApiError { exit: CANCELLED, ..ApiError::new("interrupted", "stopped at once") });
                }
                Signal::Interrupt => {
                    asked = true;
                    cancel().await?;
                }
                Signal::Terminate | Signal::Hangup => return Ok(None),
            }
        }
    }
}
