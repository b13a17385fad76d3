//! Work under way, by the name of its result: whoever wants the same result shares the work, and when
//! nobody wants it any more it is cancelled.

use std::{
    collections::{HashMap, HashSet},
    future::Future,
    sync::{Arc, Weak},
};

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::later::{Later, later};
use crate::model::{Kept, Key, NodeError};

/// What comes of a job.
pub type JobResult = Result<Arc<Kept>, NodeError>;

/// All work under way.
#[derive(Clone, Default)]
pub struct Jobs {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    by_key: HashMap<Key, Entry>,
    /// Whose work waits for which other work, once for each time it does.
    waits: HashMap<Key, Vec<Key>>,
}

/// The latest work for a name.
struct Entry {
    job: Weak<Job>,
    /// Cancelled when nothing of it, and of what came before it, is left.
    ended: CancellationToken,
}

struct Job {
    result: Later<JobResult>,
    cancel: CancellationToken,
}

/// The work of `key` cannot be waited for: it waits for who asks.
#[derive(Debug, PartialEq, Eq)]
pub struct Cycle;

/// A share in some work. The last one dropped cancels it.
pub struct Share {
    job: Arc<Job>,
    /// It began with this share.
    pub began: bool,
    _wait: Option<Wait>,
}

impl Jobs {
    /// Joins the work for `key`, or starts it with `begin`. `caller` is the work that waits for it, if any does.
    ///
    /// Work that was given up may still be writing to the journal of its key: new work for the same key begins
    /// only when the old has ended.
    pub fn join<F>(&self, key: &Key, caller: Option<&Key>, begin: impl FnOnce() -> F) -> Result<Share, Cycle>
    where
        F: Future<Output = JobResult> + Send + 'static,
    {
        let mut inner = self.inner.lock();
        if caller.is_some_and(|caller| inner.reaches(key, caller)) {
            return Err(Cycle);
        }
        let wait = caller.map(|caller| {
            inner.waits.entry(caller.clone()).or_default().push(key.clone());
            Wait { jobs: self.clone(), caller: caller.clone(), key: key.clone() }
        });
        let entry = inner.by_key.get(key);
        if let Some(job) = entry.and_then(|e| e.job.upgrade())
            && !job.cancel.is_cancelled()
        {
            return Ok(Share { job, began: false, _wait: wait });
        }
        let before = entry.map(|e| e.ended.clone());
        let (giver, result) = later();
        let (cancel, ended) = (CancellationToken::new(), CancellationToken::new());
        let job = Arc::new(Job { result, cancel: cancel.clone() });
        inner.by_key.insert(key.clone(), Entry { job: Arc::downgrade(&job), ended: ended.clone() });
        let (jobs, key, this) = (self.clone(), key.clone(), Arc::downgrade(&job));
        // Boxed: the task would have room for it several times over.
        let work = Box::pin(begin());
        tokio::spawn(async move {
            let outcome = tokio::select! {
                biased;
                () = cancel.cancelled() => Err(NodeError::cancelled()),
                outcome = after(before.clone(), work) => outcome,
            };
            giver.give(outcome);
            if let Some(before) = before {
                before.cancelled().await;
            }
            jobs.forget(&key, &this);
            ended.cancel();
        });
        Ok(Share { job, began: true, _wait: wait })
    }

    fn forget(&self, key: &Key, job: &Weak<Job>) {
        let mut inner = self.inner.lock();
        if inner.by_key.get(key).is_some_and(|entry| entry.job.ptr_eq(job)) {
            inner.by_key.remove(key);
        }
    }
}

/// Does `work` once `before` has ended.
async fn after<T>(before: Option<CancellationToken>, work: impl Future<Output = T>) -> T {
    if let Some(before) = before {
        before.cancelled().await;
    }
    work.await
}

impl Inner {
    /// Does `from`'s work wait for `to`'s, or for work that does?
    fn reaches(&self, from: &Key, to: &Key) -> bool {
        let (mut seen, mut next) = (HashSet::new(), vec![from]);
        while let Some(key) = next.pop() {
            if key == to {
                return true;
            }
            if seen.insert(key) {
                next.extend(self.waits.get(key).into_iter().flatten());
            }
        }
        false
    }
}

/// One piece of work waits for another, until this is dropped.
struct Wait {
    jobs: Jobs,
    caller: Key,
    key: Key,
}

impl Drop for Wait {
    fn drop(&mut self) {
        let mut inner = self.jobs.inner.lock();
        if let Some(waited) = inner.waits.get_mut(&self.caller) {
            if let Some(at) = waited.iter().position(|key| *key == self.key) {
                waited.swap_remove(at);
            }
            if waited.is_empty() {
                inner.waits.remove(&self.caller);
            }
        }
    }
}

impl Share {
    /// Waits for what comes of it.
    pub async fn wait(&self) -> JobResult {
        let lost = || NodeError::permanent("engine.lost", "the work ended without a result").help("run it again");
        self.job.result.get().await.unwrap_or_else(|| Err(lost()))
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
    use tokio::sync::oneshot;

    async fn never() -> JobResult {
        std::future::pending().await
    }

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
                never().await
            }
        };
        let one = jobs.join(&key, None, begin).unwrap();
        let two = jobs.join(&key, None, never).unwrap();
        assert!(one.began && !two.began && Arc::ptr_eq(&one.job, &two.job));
        assert_eq!(begun.load(Ordering::SeqCst), 1);
        drop((one, two, alive));
        assert_eq!(gone.recv().await, None, "the work was dropped");
    }

    /// Says when it is dropped, and is only gone when it may be.
    struct Slow(Option<oneshot::Sender<()>>, std::sync::mpsc::Receiver<()>);

    impl Drop for Slow {
        fn drop(&mut self) {
            let _ = self.0.take().map(|dropping| dropping.send(()));
            let _ = self.1.recv();
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn new_work_waits_for_the_end_of_what_was_given_up() {
        let (jobs, key) = (Jobs::default(), Key::new("k"));
        let (dropping, is_dropping) = oneshot::channel();
        let (go, may_go) = std::sync::mpsc::channel();
        let slow = Slow(Some(dropping), may_go);
        let (running, is_running) = oneshot::channel();
        let old = jobs
            .join(&key, None, || async move {
                let _slow = slow;
                let _ = running.send(());
                never().await
            })
            .unwrap();
        is_running.await.unwrap();
        drop(old);
        is_dropping.await.unwrap();
        let (begun, mut has_begun) = oneshot::channel();
        let new = jobs
            .join(&key, None, || async move {
                let _ = begun.send(());
                Err(NodeError::cancelled())
            })
            .unwrap();
        assert!(new.began);
        assert!(has_begun.try_recv().is_err(), "the old work is not gone yet");
        go.send(()).unwrap();
        assert!(new.wait().await.is_err());
        assert_eq!(has_begun.try_recv(), Ok(()));
    }

    #[tokio::test]
    async fn two_that_would_wait_for_each_other_are_told() {
        let jobs = Jobs::default();
        let (a, b, c) = (Key::new("a"), Key::new("b"), Key::new("c"));
        let _a = jobs.join(&a, None, never).unwrap();
        let _b = jobs.join(&b, None, never).unwrap();
        let a_waits_for_b = jobs.join(&b, Some(&a), never).unwrap();
        let _b_waits_for_c = jobs.join(&c, Some(&b), never).unwrap();
        assert_eq!(jobs.join(&a, Some(&c), never).err(), Some(Cycle));
        assert_eq!(jobs.join(&a, Some(&a), never).err(), Some(Cycle));
        drop(a_waits_for_b);
        assert!(jobs.join(&a, Some(&c), never).is_ok(), "nobody waits in a circle any more");
        assert!(jobs.inner.lock().waits.len() <= 2);
    }
}
