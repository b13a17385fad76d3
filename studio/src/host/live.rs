//! Instances that wait between turns: the most recently used few; the rest are replayed when they go on.

use std::collections::{BTreeMap, HashMap};

use parking_lot::Mutex;

/// Beyond this many, memory maps run short (12 an instance of 65,530); a replay costs 0.2 ms.
pub const MOST_LIVE: usize = 256;

/// Parked instances by session number.
pub struct Live<T> {
    most: usize,
    inner: Mutex<Inner<T>>,
}

struct Inner<T> {
    clock: u64,
    parked: HashMap<u64, (u64, T)>,
    by_age: BTreeMap<u64, u64>,
}

impl<T> Live<T> {
    /// Room for `most`.
    pub fn new(most: usize) -> Self {
        let inner = Inner { clock: 0, parked: HashMap::new(), by_age: BTreeMap::new() };
        Self { most, inner: Mutex::new(inner) }
    }

    /// Takes a session's instance out, if it is still there.
    pub fn take(&self, session: u64) -> Option<T> {
        let mut inner = self.inner.lock();
        let (age, instance) = inner.parked.remove(&session)?;
        inner.by_age.remove(&age);
        Some(instance)
    }

    /// Parks a session's instance; the least recently used one goes if there is no room.
    pub fn park(&self, session: u64, instance: T) {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_not_used_for_longest_goes() {
        let live = Live::new(2);
        live.park(1, "a");
        live.park(2, "b");
        let used = live.take(1);
        assert_eq!(used, Some("a"));
        live.park(1, "a");
        live.park(3, "c");
        assert_eq!((live.take(1), live.take(2), live.take(3)), (Some("a"), None, Some("c")));
        assert_eq!(live.take(3), None, "it was taken out");
    }
}
