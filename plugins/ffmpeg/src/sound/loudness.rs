//! Reading what `ebur128` measured, and the search for the gain at which the encoded file is right.

use studio_plugin_sdk::roles::render::Loudness;

use super::goal::Goal;

/// How far from it is near enough, in LU.
pub const NEAR: f64 = 0.3;
/// How much more than that by which peaks were over it a limit is lowered, in dB, and how low it may be, in hundredths.
const MORE: f64 = 0.1;
const LOWEST: i32 = -1200;
/// How far below the highest peak wanted the limiter begins, in dB.
const ROOM: f64 = 0.5;

/// The limited mix is measured at two gains, on a grid in dB so that other words leave what was measured as it is. The one
/// that is looked for is mostly between them: a limiter takes something back, so it is above the one that would do without
/// a limiter, and seldom by much. Outside, the line through them leaves the curve soon, and the sound is encoded twice.
const GRID: f64 = 2.0;
/// So near below the one that would do without a limiter the first may be, or above it, in dB.
const ABOVE: f64 = 0.35;
/// So does the gain that is found, and with it what was encoded. What it is then off by leaves room within [`NEAR`] for
/// what the line is off by.
const STEP_CB: i32 = 40;
/// What encoding takes, as measured on voices over music, in LU.
const LOST: f64 = 0.06;

/// The gains at which a mix of that integrated loudness is measured, in hundredths of a dB.
pub fn gains(integrated: f64, goal: Goal) -> [i32; 2] {
    let least = (goal.integrated - integrated).clamp(-60.0, 60.0);
    let first = ((least + ABOVE) / GRID).floor() * GRID;
    [first, first + GRID].map(|gain| (gain * 100.0) as i32)
}

/// The last summary in FFmpeg's standard error; none: there is none.
pub fn parse(stderr: &str) -> Option<Loudness> {
    let summary = &stderr[stderr.rfind("Summary:")?..];
    let summary = &summary[summary.find("Integrated loudness:")?..];
    let number = |label: &str, unit: &str| -> Option<f64> {
        let rest = &summary[summary.find(label)? + label.len()..];
        let value: f64 = rest[..rest.find(unit)?].trim().parse().ok()?;
        Some(if value.is_finite() { value } else { -70.0 })
    };
    Some(Loudness { integrated: number("I:", "LUFS")?, true_peak: number("Peak:", "dBFS").unwrap_or(-70.0) })
}

/// Is it as loud as it should be?
pub fn is_near(measured: Loudness, goal: Goal) -> bool {
    (measured.integrated - goal.integrated).abs() <= NEAR
}

/// Is it, with peaks as low as they should be?
pub fn is_right(measured: Loudness, goal: Goal) -> bool {
    is_near(measured, goal) && measured.true_peak <= goal.true_peak
}

/// A limit in hundredths of a dB of full scale, lowered where peaks were `over` what is wanted, in dB.
pub fn lowered(limit_cb: i32, over: f64) -> i32 {
    if over > 0.0 { (limit_cb - ((over + MORE) * 100.0).ceil() as i32).max(LOWEST) } else { limit_cb }
}

/// How wrong it is; peaks weigh as much as level.
pub fn distance(measured: Loudness, goal: Goal) -> f64 {
    (measured.integrated - goal.integrated).abs() + (measured.true_peak - goal.true_peak).max(0.0)
}

/// A gain and a limit, corrected by what was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search {
    /// In dB.
    pub gain: f64,
    /// The limiter's limit, in dBFS.
    pub limit: f64,
    goal: Goal,
    last: Option<(f64, f64)>,
}

impl Search {
    /// Starts at a gain in dB.
    pub fn at(gain: f64, goal: Goal) -> Self {
        Self { gain: gain.clamp(-60.0, 60.0), limit: goal.true_peak - ROOM, goal, last: None }
    }

    /// Starts at the gain that a curve of gains, rising, and what they lead to promises.
    pub fn on(curve: &[(f64, f64)], goal: Goal) -> Self {
        let reached = |pair: &&[(f64, f64)]| pair[1].1 >= goal.integrated;
        match curve.windows(2).find(reached).or_else(|| curve.windows(2).last()) {
            Some([low, high]) => {
                let slope = ((high.1 - low.1) / (high.0 - low.0)).max(0.25);
                Self::at(low.0 + (goal.integrated - low.1) / slope, goal)
            }
            _ => Self::at(0.0, goal),
        }
        .stepped()
    }

    fn stepped(self) -> Self {
        let step = f64::from(STEP_CB) / 100.0;
        Self { gain: ((self.gain + LOST) / step).round() * step, ..self }
    }

    /// The next try. The limiter takes back some of the gain, so the step grows by what the last one missed.
    #[must_use]
    pub fn after(self, measured: Loudness) -> Self {
        let error = self.goal.integrated - measured.integrated;
        let slope = match self.last {
            Some((gain, integrated)) if (self.gain - gain).abs() > 0.05 => {
                ((measured.integrated - integrated) / (self.gain - gain)).clamp(0.25, 1.0)
            }
            _ => 1.0,
        };
        let over = (measured.true_peak - self.goal.true_peak).max(0.0);
        let limit = f64::from(lowered(self.limit_cb(), over)) / 100.0;
        let gain = (self.gain + error / slope).clamp(-60.0, 60.0);
        Self { gain, limit, last: Some((self.gain, measured.integrated)), ..self }
    }

    /// The gain in hundredths of a dB.
    pub fn gain_cb(&self) -> i32 {
        (self.gain * 100.0).round() as i32
    }

    /// The limit in hundredths of a dB of full scale.
    pub fn limit_cb(&self) -> i32 {
        (self.limit * 100.0).round() as i32
    }

    /// Its filter chain.
    pub fn filter(&self) -> String {
        finished(self.gain_cb(), self.limit_cb())
    }
}

/// A gain and a limiter, both in hundredths of a dB. The limiter works at twice the rate, so that it sees peaks between
/// samples. What it misses is less than lies between its limit and the highest peak wanted.
pub fn finished(gain_cb: i32, limit_cb: i32) -> String {
    format!("{},aresample=96000,{},aresample=48000", volume(gain_cb), limiter(limit_cb))
}

/// The same without the detour.
pub fn limited(gain_cb: i32, limit_cb: i32) -> String {
    format!("{},{}", volume(gain_cb), limiter(limit_cb))
}

fn volume(gain_cb: i32) -> String {
    format!("volume={:.2}dB", f64::from(gain_cb) / 100.0)
}

fn limiter(limit_cb: i32) -> String {
    let limit = 10f64.powf(f64::from(limit_cb) / 2000.0);
    format!("alimiter=limit={limit:.4}:attack=5:release=50:level=false:latency=true")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOAL: Goal = Goal::WEB;
    const TARGET: f64 = GOAL.integrated;

    const SUMMARY: &str = "[Parsed_ebur128_0 @ 0x1] Summary:\n\n  Integrated loudness:\n    I:         -70.0 LUFS\n\
        \n  True peak:\n    Peak:       -inf dBFS\n[x] Summary:\n\n  Integrated loudness:\n    I:         -21.2 LUFS\n    \
        Threshold: -31.5 LUFS\n\n  Loudness range:\n    LRA:         3.1 LU\n\n  True peak:\n    Peak:       -5.5 dBFS\n";

    #[test]
    fn the_last_summary_counts() {
        assert_eq!(parse(SUMMARY), Some(Loudness { integrated: -21.2, true_peak: -5.5 }));
        assert_eq!(parse("Error opening input"), None);
        assert!(parse("Summary: Integrated loudness:\n I: nan LUFS").unwrap().integrated < -69.0);
    }

    /// A limiter that takes more than half of what is above −18 LUFS.
    fn limited(gain: f64) -> f64 {
        let loud = -30.0 + gain;
        if loud > -18.0 { -18.0 + (loud + 18.0) * 0.4 } else { loud }
    }

    #[test]
    fn the_gain_is_read_off_a_curve_that_bends() {
        let curve =
            |bend: fn(f64) -> f64| gains(-30.0, GOAL).map(|cb| f64::from(cb) / 100.0).map(|gain| (gain, bend(gain)));
        let half = f64::from(STEP_CB) / 200.0;
        assert!((limited(Search::on(&curve(limited), GOAL).gain) - TARGET).abs() < half + 0.05);
        let straight = |gain: f64| -30.0 + gain;
        assert!((straight(Search::on(&curve(straight), GOAL).gain) - TARGET).abs() < half + 0.05);
        // Peaks alone are never so loud; the gain stays within reason.
        assert!(Search::on(&curve(|_| -40.0), GOAL).gain <= 60.0);
        assert!((Search::on(&[], GOAL).gain).abs() < 1e-9);
    }

    #[test]
    fn a_limit_is_lowered_by_what_peaks_are_over() {
        assert_eq!((lowered(-150, -0.4), lowered(-150, 0.0)), (-150, -150));
        assert_eq!(lowered(-150, 0.3), -190);
        assert_eq!(lowered(-150, 60.0), LOWEST);
    }

    #[test]
    fn the_search_converges_on_a_limiter_that_takes_half() {
        let measure = |s: Search| Loudness { integrated: limited(s.gain), true_peak: s.limit + 0.7 };
        let mut search = Search::at(TARGET + 30.0, GOAL);
        for _ in 0..4 {
            search = search.after(measure(search));
        }
        assert!(is_right(measure(search), GOAL), "{:?}", measure(search));
    }
}
