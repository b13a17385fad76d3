//! How fast a host may be asked: requests a minute, and pauses that it asked for itself. Shared by all callers.
//! Pure in time: the caller says when now is, and does the waiting.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use parking_lot::Mutex;

const MINUTE: Duration = Duration::from_mins(1);
/// From here on, entries that say nothing any more are dropped.
const MANY: usize = 256;

/// What is known of every host.
#[derive(Default)]
pub(super) struct Limits {
    paused: Mutex<HashMap<String, Duration>>,
    sent: Mutex<HashMap<String, VecDeque<Duration>>>,
}

impl Limits {
    /// Nobody asks `host` before `until`.
    pub fn pause(&self, host: &str, until: Duration, now: Duration) {
        let mut paused = self.paused.lock();
        if paused.len() >= MANY {
            paused.retain(|_, until| *until > now);
        }
        let entry = paused.entry(host.to_owned()).or_default();
        *entry = until.max(*entry);
    }

    /// How long `host` is still paused.
    pub fn paused(&self, host: &str, now: Duration) -> Option<Duration> {
        let until = *self.paused.lock().get(host)?;
        until.checked_sub(now).filter(|left| !left.is_zero())
    }

    /// Takes the next place in line: in any minute at most `per_minute` requests to what `rule` covers.
    pub fn reserve(&self, rule: &str, per_minute: u32, now: Duration) -> Duration {
        let mut sent = self.sent.lock();
        if sent.len() >= MANY {
            sent.retain(|_, times| times.back().is_some_and(|last| *last + MINUTE > now));
        }
        let times = sent.entry(rule.to_owned()).or_default();
        while times.front().is_some_and(|first| *first + MINUTE <= now) {
            times.pop_front();
        }
        let most = per_minute.max(1) as usize;
        let free = times.len().checked_sub(most).map_or(now, |i| times[i] + MINUTE);
        let at = times.back().map_or(free, |last| free.max(*last));
        times.push_back(at);
        at.saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn s(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn a_burst_goes_at_once_and_the_rest_a_minute_later() {
        let limits = Limits::default();
        let waits: Vec<u64> = (0..7).map(|_| limits.reserve("a", 3, s(10)).as_secs()).collect();
        assert_eq!(waits, [0, 0, 0, 60, 60, 60, 120]);
        assert_eq!(limits.reserve("b", 3, s(10)), s(0));
        assert_eq!(limits.reserve("a", 3, s(1000)), s(0));
    }

    #[test]
    fn the_longest_pause_counts_and_ends() {
        let limits = Limits::default();
        limits.pause("a", s(30), s(0));
        limits.pause("a", s(20), s(0));
        assert_eq!(limits.paused("a", s(10)), Some(s(20)));
        assert_eq!(limits.paused("b", s(10)), None);
        assert_eq!(limits.paused("a", s(30)), None);
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let limits = Limits::default();
        for i in 0..10_000 {
            limits.pause(&i.to_string(), s(i + 1), s(i));
            limits.reserve(&i.to_string(), 1, s(i));
        }
        assert!(limits.paused.lock().len() <= MANY && limits.sent.lock().len() <= MANY);
    }

    proptest! {
        #[test]
        fn no_minute_sees_more_than_allowed(limit in 1u32..6, gaps in prop::collection::vec(0u64..40, 1..60)) {
            let limits = Limits::default();
            let (mut now, mut sent) = (s(0), Vec::new());
            for gap in gaps {
                now += s(gap);
                sent.push(now + limits.reserve("a", limit, now));
            }
            for window in sent.windows(limit as usize + 1) {
                prop_assert!(window[limit as usize] >= window[0] + MINUTE);
            }
        }
    }
}
