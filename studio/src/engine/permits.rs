//! How much of each resource may be used at once. Permits belong to programs while they run, never to a
//! node that waits: two renders that wait for their segments hold nothing that a segment needs.

use std::sync::Arc;

use studio_plugin_sdk::wire::Resource;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Requests to remote services under way at once; the services' own limits come on top.
const NET: usize = 64;

/// Counters of what is free.
#[derive(Clone)]
pub struct Permits {
    cores: u32,
    cpu: Arc<Semaphore>,
    net: Arc<Semaphore>,
    gpu: Arc<Semaphore>,
}

impl Permits {
    /// For a box with so many cores and one graphics card.
    pub fn new(cores: usize) -> Self {
        let cores = cores.clamp(1, 1024) as u32;
        Self {
            cores,
            cpu: Arc::new(Semaphore::new(cores as usize)),
            net: Arc::new(Semaphore::new(NET)),
            gpu: Arc::new(Semaphore::new(1)),
        }
    }

    /// Waits for `amount` of a resource (of cores: at most as many as there are).
    pub async fn acquire(&self, resource: Resource, amount: u32) -> Option<OwnedSemaphorePermit> {
        let (semaphore, amount) = match resource {
            Resource::Cpu => (&self.cpu, amount.clamp(1, self.cores)),
            Resource::Net => (&self.net, 1),
            Resource::Gpu => (&self.gpu, 1),
        };
        // Closed semaphores do not occur: nobody closes them.
        Arc::clone(semaphore).acquire_many_owned(amount).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_program_that_wants_more_cores_than_there_are_gets_them_all() {
        let permits = Permits::new(2);
        let all = permits.acquire(Resource::Cpu, 16).await;
        assert!(all.is_some());
        assert_eq!(permits.cpu.available_permits(), 0);
        drop(all);
        assert_eq!(permits.cpu.available_permits(), 2);
    }
}
