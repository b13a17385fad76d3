//! Instances that wait between turns: the most recently used few; the rest are replayed when they go on.

use std::collections::{BTreeMap, HashMap};

use parking_lot::Mutex;

use super::guest::Instance;

/// Beyond this many, memory maps run short (12 an instance of 65,530); a replay costs 0.2 ms.
pub const MOST_LIVE: usize = 256;

/// Parked instances by session number.
pub struct Live {
    most: usize,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    clock: u64,
    parked: HashMap<u64, (u64, Instance)>,
    by_age: BTreeMap<u64, u64>,
}

impl Live {
    /// Room for `most`.
    pub fn new(most: usize) -> Self {
        Self { most, inner: Mutex::default() }
    }

    /// Takes a session's instance out, if it is still there.
    pub fn take(&self, session: u64) -> Option<Instance> {
        let mut inner = self.inner.lock();
        let (age, instance) = inner.parked.remove(&session)?;
        inner.by_age.remove(&age);
        Some(instance)
    }

    /// Parks a session's instance; the least recently used one goes if there is no room.
    pub fn park(&self, session: u64, instance: Instance) {
        let evicted = {
            let mut inner = self.inner.lock();
            inner.clock += 1;
            let age = inner.clock;
            inner.parked.insert(session, (age, instance));
            inner.by_age.insert(age, session);
            if inner.parked.len() > self.most {
                inner.by_age.pop_first().and_then(|(_, oldest)| inner.parked.remove(&oldest))
            } else {
                None
            }
        };
        // Unmapping takes a while: not under the lock.
        drop(evicted);
    }

    /// How many are parked.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.inner.lock().parked.len()
    }
}
