//! Time in a film: where it is now, and which frames are shown when. Pure: the time of day is given.

use std::time::{Duration, Instant};

/// Frames that are late are dropped, but something is shown at least this often.
const MOST_BETWEEN: Duration = Duration::from_millis(250);

/// Where a film is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    at: f64,
    since: Option<Instant>,
}

impl Clock {
    /// It stands at a place.
    pub fn standing(at: f64) -> Self {
        Self { at, since: None }
    }

    /// It has gone on from a place since then.
    pub fn going(at: f64, since: Instant) -> Self {
        Self { at, since: Some(since) }
    }

    /// Where it is, in seconds.
    pub fn position(&self, now: Instant) -> f64 {
        self.at + self.since.map_or(0.0, |since| now.saturating_duration_since(since).as_secs_f64())
    }
}

/// When which frame of a film is shown, from the moment on at which its first one was there.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    began: Instant,
    step: Duration,
    shown: Instant,
}

impl Pace {
    /// The first frame is there, of so many a second.
    pub fn new(now: Instant, per_second: u32) -> Self {
        Self { began: now, step: Duration::from_secs(1) / per_second.max(1), shown: now }
    }

    /// When the frame of that number is due.
    pub fn due(&self, frame: u32) -> Instant {
        self.began + self.step * frame
    }

    /// It comes too late to be shown.
    pub fn drops(&self, frame: u32, now: Instant) -> bool {
        now > self.due(frame) + self.step && now.saturating_duration_since(self.shown) < MOST_BETWEEN
    }

    /// A frame was shown.
    pub fn shows(&mut self, now: Instant) {
        self.shown = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_goes_on_while_it_plays() {
        let now = Instant::now();
        let later = now + Duration::from_millis(1500);
        assert!((Clock::standing(4.0).position(later) - 4.0).abs() < 1e-9);
        assert!((Clock::going(4.0, now).position(later) - 5.5).abs() < 1e-9);
        // The first frame may be due in a moment.
        assert!((Clock::going(4.0, later).position(now) - 4.0).abs() < 1e-9);
    }

    #[test]
    fn late_frames_are_dropped_but_something_is_always_shown() {
        let now = Instant::now();
        let mut pace = Pace::new(now, 10);
        let after = |ms| now + Duration::from_millis(ms);
        assert_eq!(pace.due(3), after(300));
        assert!(!pace.drops(1, after(120)), "a little late");
        assert!(pace.drops(1, after(220)), "too late");
        assert!(!pace.drops(1, after(260)), "nothing was shown for too long");
        pace.shows(after(260));
        assert!(pace.drops(2, after(400)));
    }
}
