//! How much of each resource may be used at once. Permits belong to programs while they run, never to a
//! node that waits: two renders that wait for their segments hold nothing that a segment needs.

use std::{collections::BTreeMap, sync::Arc};

use parking_lot::Mutex;
use studio_plugin_sdk::wire::Resource;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// Requests to remote services under way at once; the services' own limits come on top.
const NET: usize = 64;

/// Nodes that have their first turn at once: enough for all threads and for commits that are worth their sync.
const ENTERING: usize = 64;

/// Counters of what is free.
#[derive(Clone)]
pub struct Permits {
    entering: Arc<Semaphore>,
    cores: Arc<Cores>,
    net: Arc<Semaphore>,
    gpu: Arc<Semaphore>,
}

/// Whose turn it is where cores are short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// A node that has run a program already: what was begun is brought to its end, so that what hangs on it can begin.
    Begun,
    /// A node's first program: after all that were begun.
    Fresh,
}

/// What may be used until it is dropped.
pub enum Permit {
    /// Cores.
    Cores(CoresPermit),
    /// A request, or the graphics card.
    One(Option<OwnedSemaphorePermit>),
}

impl Permits {
    /// For a box with so many cores and one graphics card.
    pub fn new(cores: usize) -> Self {
        let all = cores.clamp(1, 1024) as u32;
        let cores = Cores { all, queue: Mutex::new(Queue { free: all, last: 0, waiting: BTreeMap::new() }) };
        let free = |many| Arc::new(Semaphore::new(many));
        Self { entering: free(ENTERING), cores: Arc::new(cores), net: free(NET), gpu: free(1) }
    }

    /// Waits until one more node may have its first turn.
    pub async fn enter(&self) -> Option<OwnedSemaphorePermit> {
        // Closed semaphores do not occur: nobody closes them.
        Arc::clone(&self.entering).acquire_owned().await.ok()
    }

    /// Waits for `amount` of a resource (of cores: at most as many as there are).
    pub async fn acquire(&self, resource: Resource, amount: u32, order: Order) -> Permit {
        let one = |semaphore: &Arc<Semaphore>| Arc::clone(semaphore).acquire_owned();
        match resource {
            Resource::Cpu => Permit::Cores(Arc::clone(&self.cores).acquire(amount, order).await),
            Resource::Net => Permit::One(one(&self.net).await.ok()),
            Resource::Gpu => Permit::One(one(&self.gpu).await.ok()),
        }
    }
}

struct Cores {
    all: u32,
    queue: Mutex<Queue>,
}

struct Queue {
    free: u32,
    /// The last ticket that was given.
    last: u64,
    waiting: BTreeMap<Ticket, Waiter>,
}

type Ticket = (Order, u64);

struct Waiter {
    amount: u32,
    admitted: oneshot::Sender<CoresPermit>,
}

/// Some cores, until it is dropped.
pub struct CoresPermit {
    cores: Arc<Cores>,
    amount: u32,
}

impl Cores {
    async fn acquire(self: Arc<Self>, amount: u32, order: Order) -> CoresPermit {
        let amount = amount.clamp(1, self.all);
        let (admitted, is_admitted) = oneshot::channel();
        let ticket = {
            let mut queue = self.queue.lock();
            queue.last += 1;
            let ticket = (order, queue.last);
            queue.waiting.insert(ticket, Waiter { amount, admitted });
            ticket
        };
        let leaving = Leaving { cores: &self, ticket };
        self.admit();
        let permit = is_admitted.await;
        drop(leaving);
        // The sender is only dropped with the ticket, which is this function's.
        permit.unwrap_or_else(|_| CoresPermit { cores: Arc::clone(&self), amount: 0 })
    }

    /// Lets in who is next, as long as there is enough: who wants much is not passed by who wants little.
    fn admit(self: &Arc<Self>) {
        loop {
            // Outside of the lock: a permit that nobody takes any more comes back, and is given on.
            let Some((waiter, permit)) = self.next() else { return };
            let _ = waiter.send(permit);
        }
    }

    fn next(self: &Arc<Self>) -> Option<(oneshot::Sender<CoresPermit>, CoresPermit)> {
        let mut queue = self.queue.lock();
        let amount = queue.waiting.first_key_value()?.1.amount;
        queue.free = queue.free.checked_sub(amount)?;
        let (_, waiter) = queue.waiting.pop_first()?;
        Some((waiter.admitted, CoresPermit { cores: Arc::clone(self), amount }))
    }
}

impl Drop for CoresPermit {
    fn drop(&mut self) {
        self.cores.queue.lock().free += self.amount;
        self.cores.admit();
    }
}

/// A ticket that is given back when it is not waited with any more.
struct Leaving<'a> {
    cores: &'a Arc<Cores>,
    ticket: Ticket,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        if self.cores.queue.lock().waiting.remove(&self.ticket).is_some() {
            self.cores.admit();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn free(permits: &Permits) -> u32 {
        permits.cores.queue.lock().free
    }

    #[tokio::test]
    async fn a_program_that_wants_more_cores_than_there_are_gets_them_all() {
        let permits = Permits::new(2);
        let all = permits.acquire(Resource::Cpu, 16, Order::Fresh).await;
        assert_eq!(free(&permits), 0);
        drop(all);
        assert_eq!(free(&permits), 2);
    }

    #[tokio::test]
    async fn what_was_begun_goes_first_and_much_is_not_passed_by_little() {
        let permits = Permits::new(2);
        let held = permits.acquire(Resource::Cpu, 1, Order::Fresh).await;
        let mut fresh = Box::pin(permits.acquire(Resource::Cpu, 1, Order::Fresh));
        let mut begun = Box::pin(permits.acquire(Resource::Cpu, 2, Order::Begun));
        let first = fresh.as_mut().now_or_never().expect("there is one left");
        assert!(begun.as_mut().now_or_never().is_none());
        let mut later = Box::pin(permits.acquire(Resource::Cpu, 1, Order::Fresh));
        assert!(later.as_mut().now_or_never().is_none());
        drop(first);
        assert!(later.as_mut().now_or_never().is_none(), "the one core is kept for who wants two");
        drop(held);
        assert!(later.as_mut().now_or_never().is_none());
        let both = begun.await;
        drop(both);
        later.await;
        assert_eq!(free(&permits), 2);
    }

    #[tokio::test]
    async fn who_does_not_wait_any_more_holds_up_nobody() {
        let permits = Permits::new(2);
        let held = permits.acquire(Resource::Cpu, 1, Order::Fresh).await;
        let mut much = Box::pin(permits.acquire(Resource::Cpu, 2, Order::Fresh));
        let mut little = Box::pin(permits.acquire(Resource::Cpu, 1, Order::Fresh));
        assert!(much.as_mut().now_or_never().is_none());
        assert!(little.as_mut().now_or_never().is_none());
        drop(much);
        let little = little.now_or_never().expect("nobody is before it any more");
        // One that was let in and did not see it.
        let mut unseen = Box::pin(permits.acquire(Resource::Cpu, 1, Order::Fresh));
        assert!(unseen.as_mut().now_or_never().is_none());
        drop(little);
        drop(unseen);
        drop(held);
        assert_eq!(free(&permits), 2);
    }
}
