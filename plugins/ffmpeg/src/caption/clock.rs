//! The clock on which captions are drawn, and captions on it.
//!
//! libass knows when an event begins to a hundredth of a second; frames of a thirtieth fall between them, so the same
//! words would be drawn a little differently wherever in a clip they stood. On this clock a frame lasts a whole number
//! of hundredths, near what it lasts, and words are on the frames on which [`WordFrames`] has them: after an edit those
//! that follow are drawn as they were, only later, and what was encoded of them is kept.

use studio_plugin_sdk::{timeline::Rate, words::WordFrames};

use super::{Cue, Token};

/// Thousandths of a second that a frame lasts on the clock: the whole hundredths nearest to what it lasts.
pub fn tick(rate: Rate) -> u32 {
    10 * nearest(rate.den.saturating_mul(100), rate.num).max(1)
}

/// Cues of a clip on the clock of `rate`: each begins and ends with a frame, and so do its words. In the `quiet` frames
/// nothing else is seen: a cue that stays within them goes on doing so.
pub fn on_frames(cues: &[Cue], (quiet_from, quiet_to): (u32, u32), words: &WordFrames, rate: Rate) -> Vec<Cue> {
    let starts: Vec<u32> = cues.iter().map(|cue| starts(cue, words)).collect();
    let on_frames = |(i, cue): (usize, &Cue)| {
        let (next, next_at) = (cues.get(i + 1), starts.get(i + 1).copied().unwrap_or(u32::MAX));
        let stays = words.count(cue.start) >= quiet_from;
        let at = starts[i].max(if stays { quiet_from } else { 0 }).min(next_at);
        let end = if next.is_some_and(|next| next.start == cue.end) {
            next_at
        } else {
            let most = if words.count(cue.end) <= quiet_to { quiet_to.max(at + 1) } else { u32::MAX };
            ends(cue, words).max(at + 1).min(next_at).min(most)
        };
        on_clock(cue, (at, end), words, tick(rate))
    };
    cues.iter().enumerate().map(on_frames).collect()
}

/// The same so many frames earlier; `by` is no more than where it starts.
pub fn earlier(cue: Cue, by: i64, rate: Rate) -> Cue {
    let moved = |ms: u32| u32::try_from(i64::from(ms) - by * i64::from(tick(rate))).unwrap_or(0);
    let token = |token: Token| Token { start: moved(token.start), end: moved(token.end), ..token };
    let lines = cue.lines.into_iter().map(|line| line.into_iter().map(token).collect()).collect();
    Cue { start: moved(cue.start), end: moved(cue.end), lines }
}

/// The frame with which a cue appears: so many before its first word.
fn starts(cue: &Cue, words: &WordFrames) -> u32 {
    let said = cue.lines.first().and_then(|line| line.first()).map_or(cue.start, |word| word.start.max(cue.start));
    words.at(said).saturating_sub(words.count(said - cue.start))
}

/// The frame with which it goes: so many after its last word.
fn ends(cue: &Cue, words: &WordFrames) -> u32 {
    let said = cue.lines.last().and_then(|line| line.last()).map_or(cue.start, |word| word.start.min(cue.end));
    words.at(said).saturating_add(words.count(cue.end - said))
}

fn on_clock(cue: &Cue, (at, end): (u32, u32), words: &WordFrames, tick: u32) -> Cue {
    let clock = |frame: u32| frame.saturating_mul(tick);
    let said = |ms: u32| clock(words.at(ms).max(at));
    let token = |token: &Token| Token { start: said(token.start), end: said(token.end), ..token.clone() };
    let lines = cue.lines.iter().map(|line| line.iter().map(token).collect()).collect();
    Cue { start: clock(at), end: clock(end), lines }
}

fn nearest(all: u32, part: u32) -> u32 {
    all.saturating_add(part / 2) / part.max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use studio_plugin_sdk::roles::tts::Word;

    use super::*;

    const FPS: Rate = Rate { num: 30, den: 1 };

    /// Cues of a word each, which is a sentence.
    fn rows(lengths: &[(u32, u32)], from: u32) -> Vec<Cue> {
        let mut at = from;
        let cue = |(gap, length): &(u32, u32)| {
            at += gap + length;
            let (start, end) = (at - length, at);
            let word = Token { text: "grows.".into(), start: start + 5.min(*length), end, ..Token::default() };
            Cue { start, end, lines: vec![vec![word]] }
        };
        lengths.iter().map(cue).collect()
    }

    fn drawn(cues: &[Cue], quiet: (u32, u32), rate: Rate) -> Vec<Cue> {
        let words: Vec<Word> = cues.iter().flat_map(|cue| cue.lines.concat()).map(word).collect();
        on_frames(cues, quiet, &WordFrames::of(&words, rate), rate)
    }

    fn word(token: Token) -> Word {
        let [start, end] = [token.start, token.end].map(|ms| f64::from(ms) / 1000.0);
        Word { text: token.text, start, end, ..Word::default() }
    }

    #[test]
    fn frames_last_whole_hundredths() {
        let rates = [(24, 1), (25, 1), (30_000, 1001), (30, 1), (50, 1), (60, 1), (1000, 1)];
        let ticks = rates.map(|(num, den)| tick(Rate { num, den }));
        assert_eq!(ticks, [40, 40, 30, 30, 20, 20, 10]);
    }

    #[test]
    fn a_cue_that_ends_with_its_clips_quiet_frames_is_not_seen_in_the_next_one() {
        let frames = |lengths: &[(u32, u32)], from| {
            let cues = drawn(&rows(lengths, from), (15, 120), FPS);
            cues.iter().map(|cue| (cue.start / 30, cue.end / 30)).collect::<Vec<_>>()
        };
        assert_eq!(frames(&[(0, 1473), (0, 2010)], 517), [(16, 60), (60, 120)]);
        assert_eq!(frames(&[(0, 3500)], 500), [(15, 120)]);
        assert_eq!(frames(&[(0, 3520)], 480), [(15, 120)]);
        assert_eq!(frames(&[(0, 3600)], 480), [(15, 123)]);
    }

    proptest! {
        #[test]
        fn cues_stay_in_order_and_where_they_were(
            lengths in prop::collection::vec((0u32..3000, 1u32..6000), 1..40), from in 0u32..100_000, rate in 0usize..6,
        ) {
            let (num, den) = [(24, 1), (25, 1), (30_000, 1001), (30, 1), (50, 1), (60, 1)][rate];
            let (rate, exact) = (Rate { num, den }, rows(&lengths, from));
            let cues = drawn(&exact, (0, u32::MAX), rate);
            let tick = tick(rate);
            for (cue, exact) in cues.iter().zip(&exact) {
                let times = cue.lines.concat().into_iter().flat_map(|token| [token.start, token.end]);
                prop_assert!(times.chain([cue.start, cue.end]).all(|ms| ms.is_multiple_of(tick)));
                let real = f64::from(cue.start / tick) / rate.hertz();
                let apart = (real - f64::from(exact.start) / 1000.0).abs();
                prop_assert!(apart <= 2.1 / rate.hertz() && cue.start <= cue.end, "{apart} {exact:?}");
            }
            for (pair, exact) in cues.windows(2).zip(exact.windows(2)) {
                prop_assert!(pair[0].end <= pair[1].start);
                prop_assert!(exact[0].end != exact[1].start || pair[0].end == pair[1].start);
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
        let cues = drawn(&rows(lengths, from), (0, u32::MAX), FPS);
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
