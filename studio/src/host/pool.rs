//! Threads of our own for guest turns, so that a computing guest never holds up the async runtime.

use std::{
    sync::{Arc, mpsc},
    thread,
};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::error::HostError;

type Job = Box<dyn FnOnce() + Send>;

/// A fixed number of threads that take jobs in order. They end when the pool is dropped.
pub struct TurnPool {
    queue: Mutex<mpsc::Sender<Job>>,
}

impl TurnPool {
    /// As many threads as said.
    pub fn new(threads: usize) -> std::io::Result<Self> {
        let (queue, jobs) = mpsc::channel::<Job>();
        let jobs = Arc::new(Mutex::new(jobs));
        for n in 0..threads.max(1) {
            let jobs = Arc::clone(&jobs);
            thread::Builder::new().name(format!("turn-{n}")).spawn(move || {
                loop {
                    let job = jobs.lock().recv();
                    let Ok(job) = job else { return };
                    job();
                }
            })?;
        }
        Ok(Self { queue: Mutex::new(queue) })
    }

    /// Runs `work` on one of the threads. Dropping the future lets it end and discards what it gives.
    pub async fn run<R: Send + 'static>(&self, work: impl FnOnce() -> R + Send + 'static) -> Result<R, HostError> {
        let (answer, result) = oneshot::channel();
        let job: Job = Box::new(move || {
            let _ = answer.send(work());
        });
        self.queue.lock().send(job).map_err(|_| HostError::Stopping)?;
        result.await.map_err(|_| HostError::Stopping)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn jobs_run_beside_each_other_and_give_their_results() {
        let pool = TurnPool::new(2).unwrap();
        let (to_b, from_a) = mpsc::channel();
        // Each waits for the other: with one thread this would never end.
        let (a, b) =
            tokio::join!(pool.run(move || to_b.send(1).is_ok()), pool.run(move || from_a.recv().unwrap_or(0)),);
        assert_eq!((a, b), (Ok(true), Ok(1)));
    }
}
