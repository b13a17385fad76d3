//! Work under way, by the name of its result: whoever wants the same result shares the work, and when
//! nobody wants it any more it is cancelled.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Weak},
};

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::model::{Kept, Key, NodeError};

/// What comes of a job.
pub type JobResult = Result<Arc<Kept>, NodeError>;

/// All work under way.
#[derive(Clone, Default)]
pub struct Jobs {
    by_key: Arc<Mutex<HashMap<Key, Weak<Job>>>>,
}

/// A share in some work. The last one dropped cancels it.
pub struct Job {
    result: watch::Receiver<Option<JobResult>>,
    cancel: CancellationToken,
}

impl Jobs {
    /// Joins the work for `key`, or starts it with `begin`.
    pub fn join<F>(&self, key: &Key, begin: impl FnOnce() -> F) -> Arc<Job>
    where
        F: Future<Output = JobResult> + Send + 'static,
    {
        let mut by_key = self.by_key.lock();
        if let Some(job) = by_key.get(key).and_then(Weak::upgrade)
            && !job.cancel.is_cancelled()
        {
            return job;
        }
        let (sender, result) = watch::channel(None);
        let cancel = CancellationToken::new();
        let job = Arc::new(Job { result, cancel: cancel.clone() });
        by_key.insert(key.clone(), Arc::downgrade(&job));
        let (jobs, key, this) = (self.clone(), key.clone(), Arc::downgrade(&job));
        let work = begin();
        tokio::spawn(async move {
            let outcome = tokio::select! {
                biased;
                () = cancel.cancelled() => Err(NodeError::cancelled()),
                outcome = work => outcome,
            };
            {
                let mut by_key = jobs.by_key.lock();
                if by_key.get(&key).is_some_and(|job| job.ptr_eq(&this)) {
                    by_key.remove(&key);
                }
            }
            let _ = sender.send(Some(outcome));
        });
        job
    }
}

impl Job {
    /// Waits for what comes of it.
    pub async fn wait(&self) -> JobResult {
        let mut result = self.result.clone();
        match result.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or_else(|| Err(NodeError::cancelled())),
            Err(_) => Err(NodeError::permanent("engine.lost", "the work ended without a result").help("run it again")),
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn the_same_work_is_shared_and_ends_when_nobody_waits() {
        let jobs = Jobs::default();
        let key = Key::new("k");
        let begun = Arc::new(AtomicUsize::new(0));
        let (alive, mut gone) = tokio::sync::mpsc::channel::<()>(1);
        let begin = || {
            begun.fetch_add(1, Ordering::SeqCst);
            let alive = alive.clone();
            async move {
                let _alive = alive;
                std::future::pending::<JobResult>().await
            }
        };
        let one = jobs.join(&key, begin);
        let two = jobs.join(&key, || std::future::ready(Err(NodeError::cancelled())));
        assert!(Arc::ptr_eq(&one, &two));
        assert_eq!(begun.load(Ordering::SeqCst), 1);
        drop((one, two, alive));
        assert_eq!(gone.recv().await, None, "the work was dropped");
    }
}
