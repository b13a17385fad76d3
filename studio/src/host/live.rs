//! Instances that wait between turns: the most recently used few, for a while; the rest are replayed when they go on.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use parking_lot::Mutex;

/// Few more than work at once: one takes 0.3 MB, and a replay costs 0.2 ms.
pub const MOST_LIVE: usize = 64;
/// Who waits for longer than this waits for something slow, and does without an instance, which takes 0.1 MB and more.
pub const IDLE: Duration = Duration::from_secs(5);

/// Parked instances by session number.
pub struct Live<T> {
    most: usize,
    inner: Mutex<Inner<T>>,
}

struct Inner<T> {
    clock: u64,
    parked: HashMap<u64, (u64, T)>,
    by_age: BTreeMap<u64, (u64, Instant)>,
    swept: bool,
}

impl<T> Inner<T> {
    fn oldest(&mut self) -> Option<T> {
        let (_, (session, _)) = self.by_age.pop_first()?;
        self.parked.remove(&session).map(|(_, instance)| instance)
    }
}

impl<T> Live<T> {
    /// Room for `most`.
    pub fn new(most: usize) -> Self {
        let inner = Inner { clock: 0, parked: HashMap::new(), by_age: BTreeMap::new(), swept: false };
        Self { most, inner: Mutex::new(inner) }
    }

    /// Takes a session's instance out, if it is still there.
    pub fn take(&self, session: u64) -> Option<T> {
        let mut inner = self.inner.lock();
        let (age, instance) = inner.parked.remove(&session)?;
        inner.by_age.remove(&age);
        Some(instance)
    }

    /// Parks a session's instance; the least recently used one goes if there is no room. True: nobody sweeps yet, and
    /// the caller is to call [`Self::sweep`] from time to time until it is told to stop.
    pub fn park(&self, session: u64, instance: T) -> bool {
        let (evicted, sweeps) = {
            let mut inner = self.inner.lock();
            inner.clock += 1;
            let age = inner.clock;
            inner.parked.insert(session, (age, instance));
            inner.by_age.insert(age, (session, Instant::now()));
            let evicted = if inner.parked.len() > self.most { inner.oldest() } else { None };
            (evicted, !std::mem::replace(&mut inner.swept, true))
        };
        // Unmapping takes a while: not under the lock.
        drop(evicted);
        sweeps
    }

    /// Drops what was parked before `until`. False: nothing is left, and there is nothing more to sweep.
    pub fn sweep(&self, until: Instant) -> bool {
        let mut idle = Vec::new();
        let mut inner = self.inner.lock();
        while inner.by_age.first_key_value().is_some_and(|(_, (_, parked))| *parked <= until) {
            idle.extend(inner.oldest());
        }
        inner.swept = !inner.parked.is_empty();
        let left = inner.swept;
        drop(inner);
        drop(idle);
        left
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

    #[test]
    fn those_that_wait_for_long_go() {
        let live = Live::new(8);
        assert!(live.park(1, "a"), "somebody has to sweep");
        assert!(!live.park(2, "b"), "somebody does");
        let then = Instant::now();
        assert!(live.take(2).is_some_and(|instance| !live.park(2, instance)));
        assert!(live.sweep(then), "one was used since");
        assert_eq!(live.take(1), None);
        assert!(!live.sweep(Instant::now()), "nothing is left");
        assert!(live.park(3, "c"));
    }
}
