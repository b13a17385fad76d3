//! Reading and timing: which moment of a file is seen in which frame.

use std::fmt::Write;

use super::{Canvas, Graph};
use crate::{
    preset::Format,
    probe::{STILL_FORMATS, VIDEO_FORMATS},
    shot::{Pace, Video},
};

/// Moments are moved on by this share of a frame: of two source frames that are equally near, always the same one is
/// taken, wherever a segment begins.
const BIAS: f64 = 0.01;
/// Pixels of 1080p, with what encoders add to it.
const LARGE: u64 = 1920 * 1088;
/// Frames after what stays for ever, which are never seen.
const NEVER: &str = "1e9";

impl Graph {
    /// Starts a chain with the first picture of a still.
    pub(super) fn still(&mut self, name: &str, canvas: Canvas<'_>) {
        let args = ["-protocol_whitelist", "file", "-format_whitelist", STILL_FORMATS, "-framerate", &canvas.rate()];
        let i = self.input(&args, name);
        let _ = write!(self.filter, "[{i}:v]trim=end_frame=1");
    }

    /// Starts a chain with the frames of a video that are seen, each once, at the film's rate.
    pub(super) fn video(&mut self, video: &Video, name: &str, canvas: Canvas<'_>) {
        let reading = Reading::new(video, canvas);
        // From the key frame before on, so that a frame that began long before is still seen.
        let seek = format!("{}us", reading.seek_us);
        let (protocols, formats, place) = match &video.index {
            None => ("file", VIDEO_FORMATS, format!("{{in}}/{name}")),
            Some(_) => ("file,concat", "mov", format!("concat:{{in}}/{}|{{in}}/{name}", super::index_name(name))),
        };
        let whitelists = ["-protocol_whitelist", protocols, "-format_whitelist", formats];
        let args =
            [&whitelists[..], &decoding(video, canvas.format.rough), &["-noaccurate_seek", "-ss", &seek]].concat();
        let i = self.input_at(&args, place);
        let _ = write!(
            self.filter,
            "[{i}:v]settb=AVTB,setpts='{}',fps={}:start_time=0,tpad=stop=-1:stop_mode=clone,trim=end_frame={},{}",
            reading.times,
            canvas.rate(),
            canvas.frames,
            canvas.numbered()
        );
    }
}

/// Options of the decoder. With each thread it decodes a frame more before it gives out the one that is wanted: on two
/// cores, one frame takes an eighth longer with three than with two. Two are as many as encoding has use for; of what is
/// only looked at, large frames take as many as there are cores.
fn decoding(video: &Video, rough: bool) -> Vec<&'static str> {
    let is_large = u64::from(video.width) * u64::from(video.height) > LARGE;
    let threads: &[&str] = if rough && is_large { &[] } else { &["-threads", "2"] };
    let rough: &[&str] = if rough { &["-skip_loop_filter", "all"] } else { &[] };
    [threads, rough].concat()
}

/// The seconds of a file before which the frame begins that is seen in a film's first frame: the last one that begins
/// before the first of them is seen, or one between them. None: it does not play as it was made.
pub fn seen_before(video: &Video, format: &Format) -> Option<(f64, f64)> {
    let reading = Reading::new(video, Canvas { format, frames: 1, fills: &|_| false });
    let frame = 1.0 / format.rate.hertz();
    // `fps` takes what is nearer to the first frame than to the next.
    let end = (reading.seek_us as f64 - reading.shift?) / 1e6 + frame / 2.0;
    Some((end - frame * BIAS, end + frame * BIAS))
}

/// Where reading starts, and when what is read is seen.
#[derive(Debug, PartialEq)]
struct Reading {
    /// Microseconds into the file.
    seek_us: u64,
    /// New times in microseconds, from the old ones, which count from where reading starts.
    times: String,
    /// By how many microseconds they are later; none: not all by as much.
    shift: Option<f64>,
}

impl Reading {
    fn new(video: &Video, canvas: Canvas<'_>) -> Self {
        let fps = f64::from(canvas.format.rate.num) / f64::from(canvas.format.rate.den);
        let from = video.from_us as f64 / 1e6;
        let begins = from + played(&video.speed, video.first as f64) / fps;
        // Where it begins after the file's end, the last frame is seen.
        let last = video.length_ms as f64 / 1000.0 - 1.0 / fps;
        let frame = 1e6 / fps;
        if video.length_ms > 0 && begins > last {
            let seek_us = (last.max(0.0) * 1e6).round() as u64;
            return Self::shifted(seek_us, BIAS * frame);
        }
        let seek_us = (begins.max(0.0) * 1e6).round() as u64;
        // Frames of the file from the clip's start to where reading starts.
        let offset = (seek_us as f64 - video.from_us as f64) / frame;
        if video.speed.is_empty() {
            return Self::shifted(seek_us, (offset - video.first as f64 + BIAS) * frame);
        }
        let position = inverse(&video.speed, &format!("PTS*{:.12}{offset:+.9}", 1.0 / frame));
        // Nothing that comes after the last frame wanted is far from it: `fps` would fill the time between.
        let (shift, end) = (BIAS - video.first as f64, canvas.frames + 1);
        Self { seek_us, times: format!("min({position}{shift:+.9},{end})*{frame:.9}"), shift: None }
    }

    fn shifted(seek_us: u64, by: f64) -> Self {
        Self { seek_us, times: format!("PTS{by:+.0}"), shift: Some(by) }
    }
}

/// How far a clip has played at one of its frames, in frames; before its start as if it had played on from before.
fn played(paces: &[Pace], frame: f64) -> f64 {
    let Some(first) = paces.first() else { return frame };
    if frame < 0.0 {
        return frame * first.from;
    }
    let (mut left, mut played) = (frame, 0.0);
    for pace in paces {
        let length = pace.frames.map_or(f64::INFINITY, f64::from);
        let into = left.min(length);
        let change =
            if length.is_finite() && length > 0.0 { (pace.to - pace.from) * into / (2.0 * length) } else { 0.0 };
        played += into * (pace.from + change);
        left -= into;
        if left <= 0.0 {
            break;
        }
    }
    played
}

/// The frame of a clip in which a moment of its media is seen, as a sum of what each stretch adds. A stretch that
/// stands still adds its whole length right after the moment that it holds.
fn inverse(paces: &[Pace], media: &str) -> String {
    let mut sum = format!("0*st(0,{media})");
    let first = paces.first().map_or(1.0, |pace| pace.from);
    if first > 0.0 {
        let _ = write!(sum, "+min(ld(0),0)/{first:.9}");
    } else {
        sum.push_str("+min(ld(0),0)");
    }
    let mut start = 0.0;
    for pace in paces {
        let Some(length) = pace.frames.map(f64::from) else {
            let _ = if pace.from > 0.0 {
                write!(sum, "+max(ld(0)-{start:.9},0)/{:.9}", pace.from)
            } else {
                write!(sum, "+{NEVER}*gt(ld(0),{:.9})", start + BIAS)
            };
            break;
        };
        let media = length * f64::midpoint(pace.from, pace.to);
        let into = format!("clip(ld(0)-{start:.9},0,{media:.9})");
        let gain = (pace.to - pace.from) / length.max(1.0);
        let _ = if media <= 0.0 {
            write!(sum, "+{length}*gt(ld(0),{:.9})", start + BIAS)
        } else if gain.abs() < 1e-12 {
            write!(sum, "+{into}/{:.9}", pace.from)
        } else {
            // What lies under a line that rises or falls evenly, solved for the time.
            let (v, square) = (pace.from, pace.from * pace.from);
            write!(sum, "+(sqrt(max({square:.12}{:+.12}*{into},0))-{v:.9})/{gain:.12}", 2.0 * gain)
        };
        start += media;
    }
    sum
}

#[cfg(test)]
mod tests {
    use studio_plugin_sdk::timeline::{Clip, Ratio, SpeedPoint};

    use super::*;
    use crate::preset;

    fn reading(from_us: u64, length_ms: u64, first: i64, speed: &[Pace]) -> (u64, String) {
        let format = preset::usual();
        let canvas = Canvas { format: &format, frames: 1, fills: &|_| false };
        let video = Video { from_us, length_ms, first, speed: speed.to_vec(), ..Video::default() };
        let Reading { seek_us, times, .. } = Reading::new(&video, canvas);
        (seek_us, times)
    }

    #[test]
    fn a_video_is_read_from_where_it_is_seen() {
        assert_eq!(reading(0, 9000, 0, &[]), (0, "PTS+333".into()));
        assert_eq!(reading(2_000_000, 9000, 45, &[]), (3_500_000, "PTS+333".into()));
        // Seven frames before the file begins: its first one stays.
        assert_eq!(reading(0, 9000, -7, &[]), (0, "PTS+233667".into()));
        assert_eq!(reading(0, 2000, 900, &[]), (1_966_667, "PTS+333".into()));
        let slow = Pace { frames: None, from: 0.5, to: 0.5 };
        assert_eq!(reading(1_000_000, 9000, 60, &[slow]).0, 2_000_000);
    }

    #[test]
    fn a_large_frame_that_is_only_looked_at_takes_all_cores() {
        let of = |width, rough| decoding(&Video { width, height: 1080, ..Video::default() }, rough).join(" ");
        assert_eq!((of(1920, false), of(4096, false)), ("-threads 2".into(), "-threads 2".into()));
        assert_eq!(of(1920, true), "-threads 2 -skip_loop_filter all");
        assert_eq!(of(4096, true), "-skip_loop_filter all");
    }

    #[test]
    fn a_ramp_is_played_as_the_timeline_says() {
        let point = |frame, num| SpeedPoint { frame, speed: Ratio { num, den: 2 } };
        let clip = Clip { ramp: vec![point(4, 2), point(30, 6), point(50, 1)], ..Clip::default() };
        let paces: Vec<Pace> =
            clip.stretches().iter().map(|s| Pace { frames: s.frames, from: s.from, to: s.to }).collect();
        for frame in [0.0, 3.0, 17.0, 30.0, 44.0, 90.0] {
            assert!((played(&paces, frame) - clip.played(frame)).abs() < 1e-9, "{frame}");
        }
        assert!((played(&paces, -3.0) + 3.0).abs() < 1e-9);
    }
}
