//! How far work is, how fast it goes, and how long what is left will take. Pure: moments are seconds of any clock.

/// What is done so soon after the beginning was there already, in seconds: it is kept from before, and tells nothing
/// about what is left.
const THERE: f64 = 1.0;
/// Of what is to be done, below this share what was done tells nothing about what is left.
const TELLING: f64 = 0.05;
/// The same where most was there: few pieces are made anew then, side by side, and the first to end says little of the
/// others.
const TELLING_OF_FEW: f64 = 0.25;
/// Less than this is little to do.
const FEW: f64 = 0.3;

/// How far work is, and since when.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pace {
    began: f64,
    /// The share that was there when the work began, and when that was known.
    there: (f64, f64),
    /// The share that is done, and when that was told.
    done: (f64, f64),
}

impl Pace {
    /// Work that begins at `now`.
    pub fn new(now: f64) -> Self {
        Self { began: now, there: (0.0, now), done: (0.0, now) }
    }

    /// A share of it is done, 0–1.
    pub fn progressed(&mut self, share: f64, now: f64) {
        self.done = (share.clamp(0.0, 1.0), now);
        if now - self.began < THERE {
            self.there = self.done;
        }
    }

    /// The share that is done, 0–1.
    pub fn share(&self) -> f64 {
        self.done.0
    }

    /// Seconds that are left, by its pace; by what all of it takes as a rule (`typical`, seconds) as long as that tells
    /// nothing. None: that cannot be said.
    pub fn left(&self, now: f64, typical: Option<f64>) -> Option<f64> {
        let ((there, since), (done, at)) = (self.there, self.done);
        let (to_do, gained, left) = (1.0 - there, done - there, 1.0 - done);
        let telling = if to_do < FEW { TELLING_OF_FEW } else { TELLING };
        if gained <= telling * to_do || at <= since {
            return typical.map(|typical| (typical * to_do - (now - self.began)).max(0.0));
        }
        // Told in steps: between two of them time passes as it was expected to. Where it took longer than that, it goes
        // on at the pace that this leaves.
        let expected = (at - since) * left / gained - (now - at);
        Some(if expected > 0.0 { expected } else { (now - since) * left / gained })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(steps: &[(f64, f64)]) -> Pace {
        let mut pace = Pace::new(100.0);
        steps.iter().for_each(|(at, share)| pace.progressed(*share, 100.0 + at));
        pace
    }

    #[test]
    fn what_is_left_goes_at_the_pace_of_what_was_done() {
        let pace = told(&[(10.0, 0.25), (20.0, 0.5)]);
        assert_eq!(pace.left(120.0, Some(999.0)), Some(20.0));
        assert_eq!(pace.left(125.0, None), Some(15.0), "it goes on between two steps");
        assert_eq!(pace.left(160.0, None), Some(60.0), "it took longer than expected");
        assert_eq!(told(&[(40.0, 1.0)]).left(140.0, None), Some(0.0));
    }

    #[test]
    fn what_was_there_already_is_no_work() {
        // Nine tenths are kept; half of the rest took five seconds.
        let pace = told(&[(0.2, 0.5), (0.4, 0.9), (5.4, 0.95)]);
        assert!((pace.left(105.4, Some(100.0)).unwrap() - 5.0).abs() < 1e-6);
        // Before that only the rule is known, of which a tenth is to be done.
        let pace = told(&[(0.4, 0.9)]);
        assert!((pace.left(102.0, Some(100.0)).unwrap() - 8.0).abs() < 1e-6);
        assert_eq!(pace.left(102.0, None), None);
        assert_eq!(Pace::new(0.0).left(3.0, Some(5.0)), Some(2.0));
    }

    proptest! {
        #[test]
        fn even_work_is_foretold_from_the_start(length in 2.0f64..1000.0, kept in 0.0f64..0.9, steps in 2u32..50) {
            let mut pace = Pace::new(0.0);
            pace.progressed(kept, 0.1);
            for n in 1..=steps {
                let share = f64::from(n) / f64::from(steps);
                let now = 1.0 + length * share;
                pace.progressed(kept + (1.0 - kept) * share, now);
                if let Some(left) = pace.left(now, None) {
                    prop_assert!((left - (1.0 + length - now)).abs() <= 1.0 / share, "{left} at {now} of {length}");
                }
                prop_assert!(pace.left(now + length, None).is_none_or(|left| left >= 0.0 && left.is_finite()));
            }
        }
    }
}
