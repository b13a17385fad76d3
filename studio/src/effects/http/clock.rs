//! Time for pauses between requests, injectable so that tests of retries and polls take none.
//! Timeouts of a connection are not its business: those are real time always.

use std::time::{Duration, SystemTime};

use futures::future::BoxFuture;

/// Where pauses come from.
pub trait Clock: Send + Sync {
    /// Time since some fixed start; never goes back.
    fn now(&self) -> Duration;

    /// The date, to read `Retry-After: Fri, 07 Aug 2026 …`.
    fn wall(&self) -> SystemTime;

    /// Waits.
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()>;
}

/// The box's own time.
pub struct SystemClock {
    start: tokio::time::Instant,
}

impl SystemClock {
    /// Starts counting now.
    pub fn new() -> Self {
        Self { start: tokio::time::Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}
