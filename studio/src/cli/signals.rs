//! What a process is told from outside: Ctrl-C, SIGTERM, and that the terminal is gone.

use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

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
}
