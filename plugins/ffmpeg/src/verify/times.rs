//! When frames are shown: each as long as the others, at the rate that was meant; and whether the index stands in front.

use studio_plugin_sdk::{
    blob::Blob,
    prelude::Cx,
    roles::{rank::Span, verify::Check},
};

use super::{
    known::Known,
    report::{Detail, count, fail, pass, skipped, warn},
    streams::Probed,
};
use crate::mp4::{self, Track};

/// Most frames that are looked at one by one.
const MOST: u64 = 5_000_000;
/// Rates of a file that differ by less than this share are the same: some containers keep whole milliseconds.
const SAME: f64 = 1e-3;

/// Checks times and index. Of files without an MP4's index only the rates that they claim.
pub fn checks(cx: &Cx, video: &Blob, probed: &Probed, known: &Known) -> Vec<Check> {
    let mut checks = Vec::new();
    let index =
        probed.is_mp4().then(|| cx.open_blob(video).ok().and_then(|mut file| mp4::read(&mut file).ok())).flatten();
    if probed.facts.video.is_some() {
        let track = index.as_ref().and_then(|index| index.tracks.iter().find(|track| track.kind == "vide"));
        checks.push(match track.filter(|track| (2..=MOST).contains(&track.samples())) {
            Some(track) => of_track(track, known),
            None => of_rates(probed, known),
        });
    }
    checks.push(match index {
        Some(index) if index.fast_start => pass("fast_start", "the index is in front: it plays while it loads"),
        Some(_) => {
            let message = "the index is at the end: players on the web wait for the whole file";
            warn("fast_start", message, "ffmpeg -i IN -c copy -movflags +faststart OUT")
        }
        None => skipped("fast_start", "only MP4 and MOV have an index that could stand elsewhere"),
    });
    checks
}

fn of_track(track: &Track, known: &Known) -> Check {
    let name = "frame_times";
    let shown = shown(track);
    let steps: Vec<i64> = shown.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let usual = median(&steps).max(1);
    // Rates that are no whole number of ticks alternate between two steps.
    let wrong: Vec<usize> = (0..steps.len()).filter(|i| (steps[*i] - usual).abs() > 1).collect();
    let second = |tick: i64| tick as f64 / f64::from(track.timescale.max(1));
    let mean = second(shown[shown.len() - 1] - shown[0]) / steps.len() as f64;
    if !wrong.is_empty() {
        let message = format!(
            "{} of {} not shown for {:.2} ms as the rest",
            count(wrong.len(), "frame", "frames"),
            shown.len(),
            second(usual) * 1000.0
        );
        let at = wrong.iter().map(|i| Span { start: second(shown[*i]), end: second(shown[i + 1]) });
        return fail(name, message, "encode it at one rate: -fps_mode cfr -r 30")
            .number(wrong.len() as f64, 0.0, "frames")
            .at(at);
    }
    of_rate(1.0 / mean, shown.len(), known)
}

/// When each frame is shown, in ticks, in order.
fn shown(track: &Track) -> Vec<i64> {
    let steps = track.steps.iter().flat_map(|&(n, step)| std::iter::repeat_n(i64::from(step), n as usize));
    let offsets = track.offsets.iter().flat_map(|&(n, offset)| std::iter::repeat_n(i64::from(offset), n as usize));
    let mut decoded = 0;
    let mut shown: Vec<i64> = steps
        .zip(offsets.chain(std::iter::repeat(0)))
        .map(|(step, offset)| {
            let at = decoded + offset - track.start;
            decoded += step;
            at
        })
        .collect();
    shown.sort_unstable();
    shown
}

fn median(steps: &[i64]) -> i64 {
    let mut sorted = steps.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or(0)
}

fn of_rates(probed: &Probed, known: &Known) -> Check {
    let (claimed, counted) = probed.rates;
    if claimed <= 0.0 || counted <= 0.0 {
        return skipped("frame_times", "the file does not say when its frames are shown");
    }
    if (claimed / counted - 1.0).abs() > SAME {
        let message = format!("it claims {claimed:.3} frames a second and has {counted:.3} on average");
        return fail("frame_times", message, "encode it at one rate: -fps_mode cfr -r 30")
            .number(counted, claimed, "frames/s");
    }
    of_rate(counted, 0, known)
}

fn of_rate(rate: f64, frames: usize, known: &Known) -> Check {
    let name = "frame_times";
    let wanted = known.rate.map(|(num, den)| f64::from(num) / f64::from(den));
    if let Some(wanted) = wanted.filter(|wanted| (rate / wanted - 1.0).abs() > SAME) {
        let message = format!("{rate:.3} frames a second where {wanted:.3} were wanted");
        return fail(name, message, "render it again at the rate that is meant").number(rate, wanted, "frames/s");
    }
    let frames = if frames > 0 { format!("{}, ", count(frames, "frame", "frames")) } else { String::new() };
    pass(name, format!("{frames}all equally long, {rate:.2} a second"))
}

#[cfg(test)]
mod tests {
    use studio_plugin_sdk::roles::verify::CheckState;

    use super::*;

    fn track(timescale: u32, steps: &[(u32, u32)]) -> Track {
        Track { kind: "vide".into(), timescale, steps: steps.to_vec(), ..Track::default() }
    }

    #[test]
    fn a_frame_that_stays_longer_is_found() {
        let known = Known::default();
        assert_eq!(of_track(&track(15360, &[(90, 512)]), &known).state, CheckState::Pass);
        let held = of_track(&track(15360, &[(30, 512), (1, 1536), (20, 512)]), &known);
        assert_eq!((held.state, held.measured), (CheckState::Fail, Some(1.0)));
        assert_eq!(held.at, [Span { start: 1.0, end: 1.1 }]);
        // 24 frames a second in whole milliseconds.
        assert_eq!(of_track(&track(1000, &[(1, 41), (2, 42), (1, 41), (2, 42)]), &known).state, CheckState::Pass);
    }

    #[test]
    fn order_of_decoding_is_not_order_of_showing() {
        let mut b_frames = track(15360, &[(3, 512)]);
        (b_frames.offsets, b_frames.start) = (vec![(1, 1024), (1, 1536), (1, 512)], 1024);
        assert_eq!(shown(&b_frames), [0, 512, 1024]);
    }

    #[test]
    fn another_rate_than_wanted_is_a_fault() {
        let known = Known { rate: Some((25, 1)), ..Known::default() };
        assert_eq!(of_track(&track(15360, &[(90, 512)]), &known).state, CheckState::Fail);
        let probed = |claimed, counted| Probed { rates: (claimed, counted), ..Probed::default() };
        assert_eq!(of_rates(&probed(30.0, 24.6), &Known::default()).state, CheckState::Fail);
        assert_eq!(of_rates(&probed(29.97, 29.97), &Known::default()).state, CheckState::Pass);
        assert_eq!(of_rates(&probed(0.0, 0.0), &Known::default()).state, CheckState::Skipped);
    }
}
