//! Threads of our own for guest turns, so that a computing guest never holds up the async runtime.

use std::{collections::VecDeque, sync::Arc, thread};

use parking_lot::{Condvar, Mutex};
use tokio::sync::{oneshot, watch};

use super::error::HostError;

type Job = Box<dyn FnOnce() + Send>;

/// A fixed number of threads that take jobs in order. They end when the pool is dropped.
pub struct TurnPool {
    queue: Arc<Queue>,
    /// Jobs that have not ended.
    open: watch::Sender<usize>,
}

/// One thread is woken for a job, and no other.
#[derive(Default)]
struct Queue {
    jobs: Mutex<Jobs>,
    more: Condvar,
}

#[derive(Default)]
struct Jobs {
    waiting: VecDeque<Job>,
    closed: bool,
}

impl Queue {
    /// The next job; none: there will be no more.
    fn next(&self) -> Option<Job> {
        let mut jobs = self.jobs.lock();
        loop {
            match jobs.waiting.pop_front() {
                Some(job) => return Some(job),
                None if jobs.closed => return None,
                None => self.more.wait(&mut jobs),
            }
        }
    }
}

impl TurnPool {
    /// As many threads as said.
    pub fn new(threads: usize) -> std::io::Result<Self> {
        let pool = Self { queue: Arc::default(), open: watch::Sender::new(0) };
        for n in 0..threads.max(1) {
            let queue = Arc::clone(&pool.queue);
            thread::Builder::new().name(format!("turn-{n}")).spawn(move || {
                while let Some(job) = queue.next() {
                    job();
                }
            })?;
        }
        Ok(pool)
    }

    /// Runs `work` on one of the threads. Dropping the future lets it end and discards what it gives.
    pub async fn run<R: Send + 'static>(&self, work: impl FnOnce() -> R + Send + 'static) -> Result<R, HostError> {
        let (answer, result) = oneshot::channel();
        let counted = Counted::new(&self.open);
        let job: Job = Box::new(move || {
            let _ = answer.send(work());
            drop(counted);
        });
        self.queue.jobs.lock().waiting.push_back(job);
        self.queue.more.notify_one();
        result.await.map_err(|_| HostError::Stopping)
    }

    /// Waits until no job is under way, those included that nobody waits for any more.
    pub async fn drained(&self) {
        // The sender is this pool's own, so it cannot be gone.
        let _ = self.open.subscribe().wait_for(|open| *open == 0).await;
    }
}

impl Drop for TurnPool {
    fn drop(&mut self) {
        self.queue.jobs.lock().closed = true;
        self.queue.more.notify_all();
    }
}

/// Counts as open until dropped.
struct Counted(watch::Sender<usize>);

impl Counted {
    fn new(open: &watch::Sender<usize>) -> Self {
        open.send_modify(|n| *n += 1);
        Self(open.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.send_modify(|n| *n -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn jobs_run_beside_each_other_and_give_their_results() {
        let pool = TurnPool::new(2).unwrap();
        let (to_b, from_a) = mpsc::channel();
        // Each waits for the other: with one thread this would never end.
        let (a, b) =
            tokio::join!(pool.run(move || to_b.send(1).is_ok()), pool.run(move || from_a.recv().unwrap_or(0)),);
        assert_eq!((a, b), (Ok(true), Ok(1)));
    }

    #[tokio::test]
    async fn a_job_that_nobody_waits_for_is_waited_for_at_the_end() {
        let pool = TurnPool::new(1).unwrap();
        let (go, wait) = mpsc::channel::<()>();
        let (ended, has_ended) = mpsc::channel();
        let job = pool.run(move || {
            let _ = wait.recv();
            ended.send(())
        });
        drop(futures::future::select(Box::pin(job), std::future::ready(())).await);
        go.send(()).unwrap();
        pool.drained().await;
        assert_eq!(has_ended.try_recv(), Ok(()));
    }
}
