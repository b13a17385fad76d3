//! Reading what `ebur128` measured, and the search for the gain at which the encoded file is right.

use studio_plugin_sdk::roles::render::Loudness;

/// Wanted integrated loudness, in LUFS.
pub const TARGET: f64 = -14.0;
/// How far from it is near enough, in LU.
pub const NEAR: f64 = 0.3;
/// Highest true peak, in dBTP.
pub const PEAK: f64 = -1.0;

/// The last summary in FFmpeg's standard error; none: there is none.
pub fn parse(stderr: &str) -> Option<Loudness> {
    let summary = &stderr[stderr.rfind("Integrated loudness:")?..];
    let number = |label: &str, unit: &str| -> Option<f64> {
        let rest = &summary[summary.find(label)? + label.len()..];
        let value: f64 = rest[..rest.find(unit)?].trim().parse().ok()?;
        Some(if value.is_finite() { value } else { -70.0 })
    };
    Some(Loudness { integrated: number("I:", "LUFS")?, true_peak: number("Peak:", "dBFS").unwrap_or(-70.0) })
}

/// Is it as loud as it should be, with peaks as low as they should be?
pub fn is_right(measured: Loudness) -> bool {
    (measured.integrated - TARGET).abs() <= NEAR && measured.true_peak <= PEAK
}

/// A gain and a limit, corrected by what was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search {
    /// In dB.
    pub gain: f64,
    /// The limiter's limit, in dBFS.
    pub limit: f64,
    last: Option<(f64, f64)>,
}

impl Search {
    /// Starts from a sound of that integrated loudness.
    pub fn from(integrated: f64) -> Self {
        Self { gain: (TARGET - integrated).clamp(-60.0, 60.0), limit: -1.5, last: None }
    }

    /// The next try. The limiter takes back some of the gain, so the step grows by what the last one missed.
    #[must_use]
    pub fn after(self, measured: Loudness) -> Self {
        let error = TARGET - measured.integrated;
        let slope = match self.last {
            Some((gain, integrated)) if (self.gain - gain).abs() > 0.05 => {
                ((measured.integrated - integrated) / (self.gain - gain)).clamp(0.25, 1.0)
            }
            _ => 1.0,
        };
        let over = (measured.true_peak - PEAK).max(0.0);
        let limit = if over > 0.0 { (self.limit - over - 0.1).max(-12.0) } else { self.limit };
        let gain = (self.gain + error / slope).clamp(-60.0, 60.0);
        Self { gain, limit, last: Some((self.gain, measured.integrated)) }
    }

    /// The filter chain: the limiter works at four times the rate, so that it sees peaks between samples.
    pub fn filter(&self) -> String {
        let limit = 10f64.powf(self.limit / 20.0);
        format!(
            "volume={:.2}dB,aresample=192000,\
             alimiter=limit={limit:.4}:attack=5:release=50:level=false:latency=true,aresample=48000",
            self.gain
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUMMARY: &str = "[Parsed_ebur128_0 @ 0x1] Summary:\n\n  Integrated loudness:\n    I:         -70.0 LUFS\n\
        \n  True peak:\n    Peak:       -inf dBFS\n[x] Summary:\n\n  Integrated loudness:\n    I:         -21.2 LUFS\n    \
        Threshold: -31.5 LUFS\n\n  Loudness range:\n    LRA:         3.1 LU\n\n  True peak:\n    Peak:       -5.5 dBFS\n";

    #[test]
    fn the_last_summary_counts() {
        assert_eq!(parse(SUMMARY), Some(Loudness { integrated: -21.2, true_peak: -5.5 }));
        assert_eq!(parse("Error opening input"), None);
        assert!(parse("Integrated loudness:\n I: nan LUFS").unwrap().integrated < -69.0);
    }

    #[test]
    fn the_search_converges_on_a_limiter_that_takes_half() {
        let measure = |s: Search| {
            let loud = -30.0 + s.gain;
            let integrated = if loud > -18.0 { -18.0 + (loud + 18.0) * 0.4 } else { loud };
            Loudness { integrated, true_peak: s.limit + 0.7 }
        };
        let mut search = Search::from(-30.0);
        for _ in 0..4 {
            search = search.after(measure(search));
        }
        assert!(is_right(measure(search)), "{:?}", measure(search));
    }
}
