//! On which frames words are said, so that what follows a change is as it was, only later.

use super::phrase::{PhraseEnd, phrase_end};
use crate::{roles::tts::Word, timeline::Rate};

/// Silence after which words begin a phrase, in milliseconds.
const PAUSE: u32 = 300;

/// The frames of a clip on which its words are said.
///
/// Times are rounded to frames from the start of their phrase on, and the frames from one phrase to the next one by
/// one: wherever a phrase stands in a clip, its words are as many frames after its start, and so is what follows it.
/// Where the roundings add up to more than a frame, the count begins anew.
#[derive(Clone, Debug, PartialEq)]
pub struct WordFrames {
    rate: Rate,
    /// When phrases begin, in milliseconds, and the frames for that; in order.
    phrases: Vec<(u32, u32)>,
}

impl WordFrames {
    /// Those of some words, in order, timed from their clip's start.
    pub fn of(words: &[Word], rate: Rate) -> Self {
        let mut phrases: Vec<(u32, u32)> = Vec::new();
        let mut before: Option<&Word> = None;
        for word in words {
            let start = whole_millis(word.start);
            let begins = before.is_none_or(|before| {
                phrase_end(&before.text) != PhraseEnd::None || start.saturating_sub(whole_millis(before.end)) >= PAUSE
            });
            if begins && phrases.last().is_none_or(|(last, _)| *last < start) {
                phrases.push((start, counted(phrases.last(), start, rate)));
            }
            before = Some(word);
        }
        Self { rate, phrases }
    }

    /// The frame for a time in milliseconds.
    pub fn at(&self, ms: u32) -> u32 {
        let next = self.phrases.partition_point(|(start, _)| *start <= ms);
        let Some((start, frame)) = next.checked_sub(1).map(|last| self.phrases[last]) else {
            return self.count(ms);
        };
        let most = self.phrases.get(next).map_or(u32::MAX, |(_, frame)| *frame);
        frame.saturating_add(self.count(ms - start)).min(most)
    }

    /// The fewest frames of a clip that goes on until a time in milliseconds.
    pub fn until(&self, ms: u32) -> u32 {
        let last = self.phrases.iter().rev().find(|(start, _)| *start <= ms);
        let (start, frame) = last.copied().unwrap_or_default();
        frame.saturating_add(self.rate.frames_for(f64::from(ms - start) / 1000.0))
    }

    /// How many frames that time is, to the nearest.
    pub fn count(&self, ms: u32) -> u32 {
        nearest(ms, self.rate)
    }
}

/// A time as whole milliseconds.
pub fn whole_millis(seconds: f64) -> u32 {
    (seconds * 1000.0).round().clamp(0.0, f64::from(u32::MAX)) as u32
}

/// The frame of a phrase after the one `before`.
fn counted(before: Option<&(u32, u32)>, start: u32, rate: Rate) -> u32 {
    let exact = nearest(start, rate);
    let Some((earlier, frame)) = before else { return exact };
    let counted = frame.saturating_add(nearest(start - earlier, rate));
    if is_near(counted, start, rate) { counted } else { exact.max(*frame) }
}

/// Does that frame begin within a frame's length of that time?
fn is_near(frame: u32, ms: u32, rate: Rate) -> bool {
    let (num, whole) = (i64::from(rate.num), 1000 * i64::from(rate.den));
    (i64::from(frame) * whole - i64::from(ms) * num).abs() <= whole
}

fn nearest(ms: u32, rate: Rate) -> u32 {
    let (num, whole) = (u64::from(rate.num), 1000 * u64::from(rate.den.max(1)));
    u32::try_from((u64::from(ms) * num + whole / 2) / whole).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FPS: Rate = Rate { num: 30, den: 1 };

    fn words(lengths: &[u32], from: u32) -> Vec<Word> {
        let mut at = from;
        let word = |(n, length): (usize, &u32)| {
            at += length;
            let text = if n % 4 == 3 { "hills," } else { "rice" };
            Word {
                text: text.into(),
                start: f64::from(at - length) / 1000.0,
                end: f64::from(at) / 1000.0,
                ..Word::default()
            }
        };
        lengths.iter().enumerate().map(word).collect()
    }

    proptest! {
        #[test]
        fn frames_are_in_order_and_near_their_times(
            lengths in prop::collection::vec(20u32..900, 1..60), from in 0u32..100_000, rate in 0usize..6,
        ) {
            let (num, den) = [(24, 1), (25, 1), (30_000, 1001), (30, 1), (50, 1), (60, 1)][rate];
            let rate = Rate { num, den };
            let frames = WordFrames::of(&words(&lengths, from), rate);
            let mut last = 0;
            for ms in (from.saturating_sub(200)..from + lengths.iter().sum::<u32>() + 500).step_by(7) {
                let frame = frames.at(ms);
                prop_assert!(frame >= last);
                let apart = (f64::from(frame) / rate.hertz() - f64::from(ms) / 1000.0).abs();
                prop_assert!(apart <= 1.6 / rate.hertz(), "{apart}");
                last = frame;
            }
        }

        #[test]
        fn what_follows_a_phrase_is_the_same_only_later(
            lengths in prop::collection::vec(20u32..900, 5..8), from in 0u32..100_000, by in 0u32..5000,
        ) {
            // Two phrases: their roundings never add up to more than a frame.
            let since = |from: u32| {
                let frames = WordFrames::of(&words(&lengths, from), FPS);
                let end = from + lengths.iter().sum::<u32>();
                (from..end + 1000).step_by(13).map(|ms| frames.at(ms) - frames.at(from)).collect::<Vec<_>>()
            };
            prop_assert_eq!(since(from), since(from + by));
        }
    }
}
