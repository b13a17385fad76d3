//! Who waits to ask a host, in the order of their times: so few ask at once that a thousand whose time has come
//! together open no thousand connections.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::clock::Clock;

/// Who may ask one host at once. Requests that are not polls have connections of their own, and where one is about to be
/// opened while another comes back, it is opened all the same.
pub(super) const AT_ONCE: usize = 32;
/// Lines that are kept though nobody may wait in them any more.
const KEPT: usize = 256;

/// The lines of all hosts.
pub(super) struct Lines<T> {
    lines: Mutex<HashMap<Arc<str>, Arc<Line<T>>>>,
    next: AtomicU64,
}

impl<T> Default for Lines<T> {
    fn default() -> Self {
        Self { lines: Mutex::default(), next: AtomicU64::default() }
    }
}

impl<T> Lines<T> {
    /// The line of a host.
    pub fn of(&self, host: &Arc<str>) -> Arc<Line<T>> {
        let mut lines = self.lines.lock();
        if lines.len() >= KEPT {
            lines.retain(|_, line| Arc::strong_count(line) > 1);
        }
        Arc::clone(lines.entry(Arc::clone(host)).or_default())
    }

    /// A number for one who waits.
    pub fn next(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }
}

/// Who waits to ask one host.
pub(super) struct Line<T> {
    waiting: Mutex<Waiting<T>>,
    /// The first has changed.
    changed: Notify,
    at_once: Arc<Semaphore>,
}

struct Waiting<T> {
    by_id: HashMap<u64, (Duration, Box<T>)>,
    by_time: BTreeSet<(Duration, u64)>,
    /// Somebody sees to them.
    seen_to: bool,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        let waiting = Waiting { by_id: HashMap::new(), by_time: BTreeSet::new(), seen_to: false };
        Self { waiting: Mutex::new(waiting), changed: Notify::new(), at_once: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl<T> Line<T> {
    /// One waits until `at`, if it is `wanted` still: that is asked where [`Self::remove`] cannot come between. True:
    /// nobody sees to the line, and the caller has to.
    #[must_use]
    pub fn put(&self, id: u64, at: Duration, what: Box<T>, wanted: impl FnOnce(&T) -> bool) -> bool {
        let mut waiting = self.waiting.lock();
        if !wanted(&what) {
            // Dropped beyond the lock, as below.
            drop(waiting);
            return false;
        }
        waiting.by_id.insert(id, (at, what));
        waiting.by_time.insert((at, id));
        let seen_to = std::mem::replace(&mut waiting.seen_to, true);
        if seen_to && waiting.by_time.first() == Some(&(at, id)) {
            self.changed.notify_one();
        }
        !seen_to
    }

    /// One does not wait any more; it may have left already.
    pub fn remove(&self, id: u64) {
        let removed = {
            let mut waiting = self.waiting.lock();
            let Some((at, what)) = waiting.by_id.remove(&id) else { return };
            waiting.by_time.remove(&(at, id));
            if waiting.by_time.is_empty() {
                waiting.by_id.shrink_to_fit();
                self.changed.notify_one();
            }
            what
        };
        // Beyond the lock: what is dropped may be long in dropping.
        drop(removed);
    }

    /// Waits until the first one's time has come and it may ask; none: nobody waits any more, and whoever calls this
    /// sees to the line no longer.
    pub async fn due(&self, clock: &dyn Clock) -> Option<(u64, Box<T>, OwnedSemaphorePermit)> {
        loop {
            // A place first, so that who is late is asked for in the order of the times.
            let permit = Arc::clone(&self.at_once).acquire_owned().await.ok()?;
            let pause = {
                let mut waiting = self.waiting.lock();
                let Some((at, id)) = waiting.by_time.first().copied() else {
                    waiting.seen_to = false;
                    return None;
                };
                let pause = at.saturating_sub(clock.now());
                if pause.is_zero() {
                    waiting.by_time.pop_first();
                    if let Some((_, what)) = waiting.by_id.remove(&id) {
                        return Some((id, what, permit));
                    }
                }
                pause
            };
            drop(permit);
            tokio::select! {
                () = clock.sleep(pause) => (),
                () = self.changed.notified() => (),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::{super::SystemClock, *};

    const MS: Duration = Duration::from_millis(1);

    #[tokio::test]
    async fn they_come_in_the_order_of_their_times_and_who_left_does_not() {
        let (line, clock) = (Line::default(), SystemClock::new());
        assert!(line.put(1, MS * 30, Box::new("late"), |_| true), "the first one has to be seen to");
        for (id, at, what) in [(2, 10, "early"), (3, 20, "gone"), (4, 10, "early too")] {
            assert!(!line.put(id, MS * at, Box::new(what), |_| true));
        }
        line.remove(3);
        line.remove(3);
        let mut came = Vec::new();
        while let Some((id, what, _permit)) = line.due(&clock).await {
            assert!(clock.now() >= MS * if id == 1 { 30 } else { 10 }, "{what}");
            came.push((id, *what));
        }
        assert_eq!(came, [(2, "early"), (4, "early too"), (1, "late")]);
        assert!(line.put(5, MS, Box::new("again"), |_| true), "nobody sees to it any more");
    }

    #[tokio::test]
    async fn an_earlier_one_is_not_kept_waiting_and_an_empty_line_is_left() {
        let (line, clock) = (Arc::new(Line::default()), SystemClock::new());
        assert!(line.put(1, Duration::from_hours(1), Box::new(()), |()| true));
        let mut first = Box::pin(line.due(&clock));
        assert!(first.as_mut().now_or_never().is_none());
        assert!(!line.put(2, Duration::ZERO, Box::new(()), |()| true));
        assert_eq!(first.await.map(|(id, ..)| id), Some(2));
        let mut next = Box::pin(line.due(&clock));
        assert!(next.as_mut().now_or_never().is_none());
        line.remove(1);
        assert!(next.await.is_none());
    }

    #[tokio::test]
    async fn what_is_not_wanted_any_more_does_not_wait() {
        let line = Line::default();
        assert!(!line.put(1, Duration::ZERO, Box::new(()), |()| false));
        assert!(line.due(&SystemClock::new()).await.is_none());
    }

    #[tokio::test]
    async fn no_more_than_may_ask_at_once() {
        let (line, clock) = (Line::default(), SystemClock::new());
        for id in 0..=AT_ONCE as u64 {
            let _ = line.put(id, Duration::ZERO, Box::new(()), |()| true);
        }
        let mut permits = Vec::new();
        for _ in 0..AT_ONCE {
            permits.push(line.due(&clock).await.unwrap().2);
        }
        assert!(line.due(&clock).now_or_never().is_none());
        permits.pop();
        assert!(line.due(&clock).await.is_some());
    }
}
