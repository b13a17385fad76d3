//! Times: the grid of frames, and exact moments in media files.

use serde::{Deserialize, Serialize};

/// Frames a second as a fraction: 30/1, 30000/1001.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Frames …
    pub num: u32,
    /// … in so many seconds.
    pub den: u32,
}

impl Rate {
    /// A whole number of frames a second.
    pub const fn fps(num: u32) -> Self {
        Self { num, den: 1 }
    }

    /// Frames a second as a number.
    pub fn hertz(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }

    /// The length of `frames` in seconds.
    pub fn seconds(self, frames: u32) -> f64 {
        f64::from(frames) * f64::from(self.den) / f64::from(self.num)
    }

    /// The fewest frames that hold `seconds`; a hair over a frame's end is not a new frame.
    pub fn frames_for(self, seconds: f64) -> u32 {
        let exact = seconds * f64::from(self.num) / f64::from(self.den);
        (exact - 1e-6).ceil().max(0.0) as u32
    }

    /// The sample at which frame `frame` starts, at `hertz` samples a second: the nearest, and exact over any length,
    /// since it is counted from the start each time.
    pub fn sample(self, frame: u32, hertz: u32) -> u64 {
        let num = u128::from(self.num.max(1));
        let exact = u128::from(frame) * u128::from(hertz) * u128::from(self.den);
        // A frame at a rate of 1/2^32 and 2^32 Hz fits: it is below 2^96.
        u64::try_from((exact + num / 2) / num).unwrap_or(u64::MAX)
    }
}

/// A factor as a fraction: 1/2, 3/1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Ratio {
    /// So many …
    pub num: u32,
    /// … of so many.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub den: u32,
}

impl Ratio {
    /// As it is.
    pub const ONE: Self = Self { num: 1, den: 1 };
    /// Not at all.
    pub const ZERO: Self = Self { num: 0, den: 1 };

    /// As a number; not a number where `den` is 0.
    pub fn value(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }
}

impl Default for Ratio {
    fn default() -> Self {
        Self::ONE
    }
}

fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_one(n: &u32) -> bool {
    *n == 1
}

/// An exact moment: the start of frame `value` at a rate, or of sample `value` at 48000/1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RationalTime {
    /// Frames or samples from the start.
    pub value: u64,
    /// So many of them a second.
    pub rate: Rate,
}

/// A moment in a file, in seconds or exactly.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum MediaTime {
    /// Seconds from the file's start.
    Seconds(f64),
    /// Frames or samples from the file's start.
    Exact(RationalTime),
}

impl Default for MediaTime {
    fn default() -> Self {
        Self::Seconds(0.0)
    }
}

impl From<f64> for MediaTime {
    fn from(seconds: f64) -> Self {
        Self::Seconds(seconds)
    }
}

impl MediaTime {
    /// In seconds; not a number where it is none.
    pub fn seconds(self) -> f64 {
        match self {
            Self::Seconds(seconds) => seconds,
            Self::Exact(RationalTime { value, rate }) => value as f64 * f64::from(rate.den) / f64::from(rate.num),
        }
    }

    /// In whole microseconds, the nearest; what FFmpeg counts in.
    pub fn micros(self) -> u64 {
        self.units(1_000_000)
    }

    /// In samples at `hertz`, the nearest.
    pub fn samples(self, hertz: u32) -> u64 {
        self.units(hertz)
    }

    fn units(self, a_second: u32) -> u64 {
        match self {
            Self::Seconds(seconds) => (seconds * f64::from(a_second)).round().max(0.0) as u64,
            Self::Exact(RationalTime { value, rate }) => {
                let num = u128::from(rate.num.max(1));
                let exact = u128::from(value).saturating_mul(u128::from(a_second) * u128::from(rate.den));
                u64::try_from((exact.saturating_add(num / 2)) / num).unwrap_or(u64::MAX)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NTSC: Rate = Rate { num: 30000, den: 1001 };

    #[test]
    fn frames_start_on_the_nearest_sample() {
        assert_eq!(Rate::fps(30).sample(7, 48_000), 11_200);
        assert_eq!(NTSC.sample(30_000, 48_000), 48_048_000);
        assert_eq!(NTSC.sample(1, 48_000), 1602);
        assert_eq!(Rate { num: 1, den: u32::MAX }.sample(u32::MAX, u32::MAX), u64::MAX);
    }

    #[test]
    fn moments_are_numbers_or_exact() {
        let read = |json: &str| serde_json::from_str::<MediaTime>(json).unwrap();
        assert_eq!(read("2"), MediaTime::Seconds(2.0));
        let exact = read(r#"{"value": 1, "rate": {"num": 30000, "den": 1001}}"#);
        assert_eq!((exact.micros(), exact.samples(48_000)), (33_367, 1602));
        assert_eq!(serde_json::to_string(&MediaTime::Seconds(0.5)).unwrap(), "0.5");
        assert!(serde_json::from_str::<MediaTime>(r#"{"value": 1}"#).is_err());
    }
}
