//! So many requests a second, and some at once.

use std::time::Instant;

/// What a client may still ask for.
#[derive(Debug)]
pub struct Rate {
    per_second: f64,
    burst: f64,
    left: f64,
    at: Instant,
}

impl Rate {
    /// `per_second` requests a second, that many at once.
    pub fn new(per_second: u32, now: Instant) -> Self {
        let per_second = f64::from(per_second.max(1));
        Self { per_second, burst: per_second, left: per_second, at: now }
    }

    /// Takes a request that counts for so many; else the seconds after which it is worth trying again.
    pub fn take(&mut self, cost: u32, now: Instant) -> Result<(), f64> {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.left = (self.left + passed * self.per_second).min(self.burst);
        let cost = f64::from(cost);
        if self.left < cost {
            return Err((cost - self.left) / self.per_second);
        }
        self.left -= cost;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_burst_is_taken_and_then_so_many_a_second() {
        let start = Instant::now();
        let mut rate = Rate::new(25, start);
        let at = |ms: u64| start + Duration::from_millis(ms);
        assert!((0..25).all(|_| rate.take(1, start).is_ok()));
        let wait = rate.take(1, start).unwrap_err();
        assert!((0.03..0.05).contains(&wait), "{wait}");
        assert!(rate.take(0, start).is_ok());
        let taken = (0..2_000).filter(|ms| rate.take(1, at(*ms)).is_ok()).count();
        assert!((49..=50).contains(&taken), "{taken}");
        assert!((0..26).all(|n| rate.take(1, at(60_000)).is_ok() == (n < 25)), "no more than a burst is saved up");
    }
}
