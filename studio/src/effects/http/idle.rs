//! Notices a connection on which nothing moves. Real time, not the injected clock: bytes come in real time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

/// When the last byte moved.
#[derive(Clone)]
pub(super) struct Activity {
    start: Instant,
    last_ms: Arc<AtomicU64>,
}

impl Activity {
    /// Something moved just now.
    pub fn start() -> Self {
        Self { start: Instant::now(), last_ms: Arc::default() }
    }

    /// A byte has moved.
    pub fn touch(&self) {
        self.last_ms.store(self.start.elapsed().as_millis() as u64, Ordering::Relaxed);
    }

    fn last(&self) -> Instant {
        self.start + Duration::from_millis(self.last_ms.load(Ordering::Relaxed))
    }

    /// Waits for `work` as long as something moves at least every `idle`; none: it does not any more.
    pub async fn within<T>(&self, idle: Duration, work: impl Future<Output = T>) -> Option<T> {
        let mut work = std::pin::pin!(work);
        loop {
            let until = self.last() + idle;
            if let Ok(done) = tokio::time::timeout_at(until, &mut work).await {
                return Some(done);
            }
            if self.last() + idle <= until {
                return None;
            }
        }
    }
}
