//! The clock on which captions are drawn, and captions on it.
//!
//! libass knows when an event begins to a hundredth of a second; frames of a thirtieth fall between them, so the same
//! words would be drawn a little differently wherever in a clip they stood. On this clock a frame lasts a whole number
//! of hundredths, near what it lasts, and captions are counted in frames from one to the next: after an edit those
//! that follow are drawn as they were, only later, and what was encoded of them is kept.

use studio_plugin_sdk::timeline::Rate;

use super::{Cue, Token};

/// Thousandths of a second that a frame lasts on the clock: the whole hundredths nearest to what it lasts.
pub fn tick(rate: Rate) -> u32 {
    10 * nearest(rate.den.saturating_mul(100), rate.num).max(1)
}

/// Cues of a clip on the clock: each begins and ends with a frame, and so do its words. In the `quiet` frames nothing
/// else is seen: a cue that stays within them goes on doing so.
///
/// The frames from one cue to the next are rounded, so that they are the same wherever both stand. What this adds up to
/// is one frame at most.
pub fn on_frames(cues: Vec<Cue>, (quiet_from, quiet_to): (u32, u32), rate: Rate) -> Vec<Cue> {
    let starts = starts(&cues, rate);
    let next = |i: usize| (starts.get(i + 1).copied().unwrap_or(u32::MAX), cues.get(i + 1).map(|cue| cue.start));
    let spans: Vec<(u32, u32)> = (0..cues.len())
        .map(|i| {
            let (cue, (next_at, next_start)) = (&cues[i], next(i));
            let at = if frames(cue.start, rate) >= quiet_from { starts[i].max(quiet_from) } else { starts[i] };
            let end = if next_start == Some(cue.end) {
                next_at
            } else {
                let end = at + frames(cue.end - cue.start, rate).max(1);
                let most = if frames(cue.end, rate) <= quiet_to { quiet_to.max(at + 1) } else { u32::MAX };
                end.min(next_at).min(most)
            };
            (at.min(next_at), end)
        })
        .collect();
    cues.into_iter().zip(spans).map(|(cue, span)| on_clock(cue, span, rate)).collect()
}

/// The same so many frames earlier; `by` is no more than where it starts.
pub fn earlier(cue: Cue, by: i64, rate: Rate) -> Cue {
    let moved = |ms: u32| u32::try_from(i64::from(ms) - by * i64::from(tick(rate))).unwrap_or(0);
    let token = |token: Token| Token { start: moved(token.start), end: moved(token.end), ..token };
    let lines = cue.lines.into_iter().map(|line| line.into_iter().map(token).collect()).collect();
    Cue { start: moved(cue.start), end: moved(cue.end), lines }
}

/// The frame with which each cue begins.
fn starts(cues: &[Cue], rate: Rate) -> Vec<u32> {
    let mut starts: Vec<u32> = Vec::with_capacity(cues.len());
    for (i, cue) in cues.iter().enumerate() {
        let exact = frames(cue.start, rate);
        let at = match (i.checked_sub(1).map(|i| cues[i].start), starts.last()) {
            (Some(before), Some(last)) => {
                let counted = last + frames(cue.start - before, rate);
                if is_near(counted, cue.start, rate) { counted } else { exact.max(*last) }
            }
            _ => exact,
        };
        starts.push(at);
    }
    starts
}

/// Does that frame begin within a frame's length of that time?
fn is_near(frame: u32, ms: u32, rate: Rate) -> bool {
    let (num, den) = (i64::from(rate.num), i64::from(rate.den));
    (i64::from(frame) * 1000 * den - i64::from(ms) * num).abs() <= 1000 * den
}

/// How many frames that time is, to the nearest.
fn frames(ms: u32, rate: Rate) -> u32 {
    let (num, whole) = (u64::from(rate.num), 1000 * u64::from(rate.den.max(1)));
    u32::try_from((u64::from(ms) * num + whole / 2) / whole).unwrap_or(u32::MAX)
}

fn nearest(all: u32, part: u32) -> u32 {
    all.saturating_add(part / 2) / part.max(1)
}

fn on_clock(cue: Cue, (at, end): (u32, u32), rate: Rate) -> Cue {
    let tick = tick(rate);
    let clock = |frame: u32| frame.saturating_mul(tick);
    let within = |ms: u32| clock(at.saturating_add(frames(ms.saturating_sub(cue.start), rate)));
    let token = |token: &Token| Token { start: within(token.start), end: within(token.end), ..token.clone() };
    let lines = cue.lines.iter().map(|line| line.iter().map(token).collect()).collect();
    Cue { start: clock(at), end: clock(end), lines }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FPS: Rate = Rate { num: 30, den: 1 };

    fn cue(start: u32, end: u32) -> Cue {
        let word = |start, end| Token { text: "rice".into(), start, end, ..Token::default() };
        let half = start + (end - start) / 2;
        Cue { start, end, lines: vec![vec![word(start, half), word(half, end)]] }
    }

    fn rows(lengths: &[(u32, u32)], from: u32) -> Vec<Cue> {
        let mut at = from;
        lengths
            .iter()
            .map(|(gap, length)| {
                at += gap;
                at += length;
                cue(at - length, at)
            })
            .collect()
    }

    #[test]
    fn frames_last_whole_hundredths() {
        let rates = [(24, 1), (25, 1), (30_000, 1001), (30, 1), (50, 1), (60, 1), (1000, 1)];
        let ticks = rates.map(|(num, den)| tick(Rate { num, den }));
        assert_eq!(ticks, [40, 40, 30, 30, 20, 20, 10]);
    }

    #[test]
    fn a_cue_that_ends_with_its_clips_quiet_frames_is_not_seen_in_the_next_one() {
        let cues = on_frames(vec![cue(517, 1990), cue(1990, 4000)], (15, 120), FPS);
        let frames: Vec<(u32, u32)> = cues.iter().map(|cue| (cue.start / 30, cue.end / 30)).collect();
        assert_eq!(frames, [(16, 60), (60, 120)]);
        let cues = on_frames(vec![cue(500, 4000)], (15, 120), FPS);
        assert_eq!((cues[0].start, cues[0].end), (15 * 30, 120 * 30));
    }

    proptest! {
        #[test]
        fn cues_stay_in_order_and_where_they_were(
            lengths in prop::collection::vec((0u32..3000, 1u32..6000), 1..40), from in 0u32..100_000, rate in 0usize..6,
        ) {
            let (num, den) = [(24, 1), (25, 1), (30_000, 1001), (30, 1), (50, 1), (60, 1)][rate];
            let (rate, exact) = (Rate { num, den }, rows(&lengths, from));
            let cues = on_frames(exact.clone(), (0, u32::MAX), rate);
            let tick = tick(rate);
            for (cue, exact) in cues.iter().zip(&exact) {
                let times = cue.lines.concat().into_iter().flat_map(|token| [token.start, token.end]);
                prop_assert!(times.chain([cue.start, cue.end]).all(|ms| ms.is_multiple_of(tick)));
                let real = f64::from(cue.start / tick) * 1000.0 / rate.hertz();
                prop_assert!((real - f64::from(exact.start)).abs() <= 1000.0 / rate.hertz() + 1.0, "{real} {exact:?}");
                prop_assert!(cue.start <= cue.end);
            }
            for (pair, exact) in cues.windows(2).zip(exact.windows(2)) {
                prop_assert!(pair[0].end <= pair[1].start);
                prop_assert_eq!(exact[0].end == exact[1].start, pair[0].end == pair[1].start && exact[0].end == exact[1].start);
            }
        }

        #[test]
        fn what_follows_is_the_same_only_later(
            lengths in prop::collection::vec((0u32..900, 500u32..6000), 1..3), from in 0u32..100_000, by in 0u32..5000,
        ) {
            prop_assert_eq!(from_its_first(&lengths, from), from_its_first(&lengths, from + by));
        }
    }

    /// Cues on the clock, from where the first begins.
    fn from_its_first(lengths: &[(u32, u32)], from: u32) -> Vec<Cue> {
        let cues = on_frames(rows(lengths, from), (0, u32::MAX), FPS);
        let first = i64::from(cues[0].start / tick(FPS));
        cues.into_iter().map(|cue| earlier(cue, first, FPS)).collect()
    }

    #[test]
    fn a_long_row_is_the_same_but_where_its_count_begins_anew() {
        let lengths: Vec<(u32, u32)> = (0..40).map(|n| (400 * (n % 3), 1500 + 137 * n)).collect();
        let length = |cues: &[Cue]| cues.windows(2).map(|pair| pair[1].start - pair[0].start).collect::<Vec<_>>();
        let before = length(&from_its_first(&lengths, 200));
        for by in [1, 7, 15, 20, 33, 418] {
            let after = length(&from_its_first(&lengths, 200 + by));
            let other: usize = before.iter().zip(&after).filter(|(a, b)| a != b).count();
            assert!(other <= 9, "{by} ms later {other} of 39 are other");
        }
    }
}
