//! Times as the formats write them.

use studio_plugin_sdk::timeline::{MediaTime, Rate};

/// Frames as a fraction of seconds, as FCPXML has them: `7/30s`, `1001/30000s`, `0s`.
pub fn fraction(frames: i64, rate: Rate) -> String {
    if frames == 0 {
        return "0s".into();
    }
    format!("{}/{}s", frames * i64::from(rate.den), rate.num)
}

/// The timecode of a frame, as CMX 3600 has it without dropped numbers: `01:00:00:00`. Before zero there is nothing.
pub fn timecode(frames: i64, rate: Rate) -> String {
    let a_second = i64::from(whole(rate));
    let frames = frames.max(0);
    let (seconds, frame) = (frames / a_second, frames % a_second);
    format!("{:02}:{:02}:{:02}:{frame:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
}

/// The whole number of frames that a timecode counts a second.
pub fn whole(rate: Rate) -> u32 {
    ((rate.num + rate.den / 2) / rate.den.max(1)).max(1)
}

/// The frame that is the nearest to a moment.
pub fn nearest(time: MediaTime, rate: Rate) -> i64 {
    (time.seconds() * rate.hertz()).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_exactly() {
        let ntsc = Rate { num: 30_000, den: 1001 };
        assert_eq!(["0s", "7/30s"], [fraction(0, ntsc).as_str(), fraction(7, Rate::fps(30)).as_str()]);
        assert_eq!(fraction(2, ntsc), "2002/30000s");
        assert_eq!(timecode(30 * 3600 + 31, ntsc), "01:00:01:01");
        assert_eq!(timecode(-4, Rate::fps(25)), "00:00:00:00");
        assert_eq!(whole(Rate { num: 24_000, den: 1001 }), 24);
    }
}
