//! How much of each resource may be used at once. Permits belong to programs while they run, never to a
//! node that waits: two renders that wait for their segments hold nothing that a segment needs.

use std::{collections::BTreeMap, sync::Arc};

use parking_lot::Mutex;
use studio_plugin_sdk::wire::Resource;
use tokio::sync::oneshot;

/// Requests to remote services under way at once; the services' own limits come on top.
const NET: u32 = 64;

/// Programs beyond the number of cores that may run at once, of nodes that were begun. Else a chain of short steps, like
/// a film's sound, waits before each of them for a program that takes long, and is left alone at the end.
const SPARE: u32 = 1;

/// Nodes that have their first turn at once: enough for all threads and for commits that are worth their sync.
const ENTERING: u32 = 64;

/// What is free of each resource.
#[derive(Clone)]
pub struct Permits {
    entering: Arc<Pool>,
    cores: Arc<Pool>,
    net: Arc<Pool>,
    gpu: Arc<Pool>,
}

/// Whose turn it is where a resource is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// A node that has run a program already, or had a stage run: what was begun is brought to its end, so that what
    /// hangs on it can begin.
    Begun,
    /// A node's first program: after all that were begun.
    Fresh,
}

impl Permits {
    /// For a box with so many cores and one graphics card.
    pub fn new(cores: usize) -> Self {
        let cores = cores.clamp(1, 1024) as u32;
        let [entering, net, gpu] = [ENTERING, NET, 1].map(|all| Pool::new(all, 0));
        Self { entering, cores: Pool::new(cores, SPARE), net, gpu }
    }

    /// How much of each resource is in use, by its name.
    pub fn levels(&self) -> [(&'static str, Level); 4] {
        [("enter", &self.entering), ("cpu", &self.cores), ("net", &self.net), ("gpu", &self.gpu)]
            .map(|(name, pool)| (name, pool.level()))
    }

    /// Waits until one more node may have its first turn.
    pub async fn enter(&self) -> Permit {
        Arc::clone(&self.entering).acquire(1, Order::Fresh).await
    }

    /// Waits for `amount` of a resource (of cores: at most as many as there are).
    pub async fn acquire(&self, resource: Resource, amount: u32, order: Order) -> Permit {
        let (pool, amount) = match resource {
            Resource::Cpu => (&self.cores, amount),
            Resource::Net => (&self.net, 1),
            Resource::Gpu => (&self.gpu, 1),
        };
        Arc::clone(pool).acquire(amount, order).await
    }
}

/// One resource: what is free of it, and who waits for it.
struct Pool {
    all: u32,
    queue: Mutex<Queue>,
}

struct Queue {
    free: u32,
    /// What is free beyond all of it, for those that were begun.
    spare: u32,
    /// The last ticket that was given.
    last: u64,
    waiting: BTreeMap<Ticket, Waiter>,
}

type Ticket = (Order, u64);

struct Waiter {
    amount: u32,
    admitted: oneshot::Sender<Permit>,
}

/// How a resource stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// How much of it there is.
    pub all: u32,
    /// How much of that is in use.
    pub used: u32,
    /// How many wait for some of it.
    pub waiting: usize,
}

/// Some of a resource, until it is dropped.
pub struct Permit {
    pool: Arc<Pool>,
    amount: u32,
    is_spare: bool,
}

impl Pool {
    fn new(all: u32, spare: u32) -> Arc<Self> {
        Arc::new(Self { all, queue: Mutex::new(Queue { free: all, spare, last: 0, waiting: BTreeMap::new() }) })
    }

    fn level(&self) -> Level {
        let queue = self.queue.lock();
        Level { all: self.all, used: self.all - queue.free, waiting: queue.waiting.len() }
    }

    async fn acquire(self: Arc<Self>, amount: u32, order: Order) -> Permit {
        let amount = amount.clamp(1, self.all);
        let (admitted, is_admitted) = oneshot::channel();
        let ticket = {
            let mut queue = self.queue.lock();
            queue.last += 1;
            let ticket = (order, queue.last);
            queue.waiting.insert(ticket, Waiter { amount, admitted });
            ticket
        };
        let waiting = Waiting { pool: &self, ticket };
        self.admit();
        let permit = is_admitted.await;
        drop(waiting);
        // The sender is only dropped with the ticket, which is this function's.
        permit.unwrap_or_else(|_| Permit { pool: Arc::clone(&self), amount: 0, is_spare: false })
    }

    /// Lets in who is next, as long as there is enough: who wants much is not passed by who wants little.
    fn admit(self: &Arc<Self>) {
        // Outside of the lock: a permit that nobody takes any more comes back, and is given on.
        while let Some((waiter, permit)) = self.next() {
            let _ = waiter.send(permit);
        }
    }

    fn next(self: &Arc<Self>) -> Option<(oneshot::Sender<Permit>, Permit)> {
        let mut queue = self.queue.lock();
        let ((order, _), Waiter { amount, .. }) = queue.waiting.first_key_value()?;
        let (order, amount) = (*order, *amount);
        let is_spare = queue.free < amount;
        if is_spare {
            queue.spare = queue.spare.checked_sub(amount).filter(|_| order == Order::Begun)?;
        } else {
            queue.free -= amount;
        }
        let (_, waiter) = queue.waiting.pop_first()?;
        Some((waiter.admitted, Permit { pool: Arc::clone(self), amount, is_spare }))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        {
            let mut queue = self.pool.queue.lock();
            *(if self.is_spare { &mut queue.spare } else { &mut queue.free }) += self.amount;
        }
        self.pool.admit();
    }
}

/// A ticket that is given back when it is not waited with any more.
struct Waiting<'a> {
    pool: &'a Arc<Pool>,
    ticket: Ticket,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.pool.queue.lock().waiting.remove(&self.ticket).is_some() {
            self.pool.admit();
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
        assert_eq!(permits.levels()[1], ("cpu", Level { all: 2, used: 2, waiting: 0 }));
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
    async fn one_of_those_that_were_begun_runs_beside_all_others() {
        let permits = Permits::new(2);
        let all = permits.acquire(Resource::Cpu, 2, Order::Fresh).await;
        let beside = permits.acquire(Resource::Cpu, 1, Order::Begun).now_or_never().expect("it was begun");
        assert!(permits.acquire(Resource::Cpu, 1, Order::Begun).now_or_never().is_none(), "one of them");
        assert!(permits.acquire(Resource::Cpu, 1, Order::Fresh).now_or_never().is_none());
        drop(beside);
        assert!(permits.acquire(Resource::Cpu, 1, Order::Fresh).now_or_never().is_none(), "it is for them alone");
        let beside = permits.acquire(Resource::Cpu, 1, Order::Begun).now_or_never();
        assert!(beside.is_some());
        drop((all, beside));
        assert_eq!((free(&permits), permits.cores.queue.lock().spare), (2, SPARE));
        let card = permits.acquire(Resource::Gpu, 1, Order::Begun).await;
        assert!(permits.acquire(Resource::Gpu, 1, Order::Begun).now_or_never().is_none(), "there is one card");
        drop(card);
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
