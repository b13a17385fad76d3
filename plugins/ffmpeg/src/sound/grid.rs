//! Where the encoding of a film's sound is cut: on a grid that begins with the film, so that an edit leaves what lies
//! before it alone, whatever becomes of the length.
//!
//! An encoder of AAC looks from each frame of 1,024 samples into the next one, and shares each between two packets:
//! packet `n` and the one after it are needed for frame `n`, and packet 0 is for what was before the start. Nothing
//! else is shared, so that packets of two encoders join where both did the same before the joint and after it.

use super::{RATE, levels::UNFILLED};

/// Samples of a frame.
pub const FRAME: u64 = 1024;
/// Frames that are encoded before the ones that are kept, and after them. Before them the encoder, its rate control and the
/// limiter come to where one pass would be: eight are enough, on speech and on what is hard to encode.
pub const LEAD: u64 = 24;
const TAIL: u64 = 3;
/// Samples whose loudness is heard before what counts: a block.
const BEFORE: u64 = 19_200;
/// Parts are whole multiples of this: whole frames, and whole steps of a meter of loudness.
const UNIT: u64 = 76_800;
/// Units of a part: 28.8 seconds. Shorter parts start FFmpeg more often, which takes as long as to encode four seconds;
/// longer ones leave less as it was.
const UNITS: u64 = 18;
/// So many at a film's start are half as long: of a brief film, they are the most of what an edit has made anew.
const HALVES: u64 = 6;
/// A film so long has parts twice as long, and so on: a stage can ask for no more than some thousands.
const LONG: u64 = 2 * 3600 * RATE as u64;

/// A part of what is encoded, in samples of the film.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// What is encoded.
    pub start: u64,
    pub end: u64,
    /// Packets at its start that are not kept, and those after them that are.
    pub lead: u64,
    pub keep: u64,
}

/// Packets before a part that are decoded for who listens to it.
pub const HEARD_BEFORE: u64 = 22;

/// Where in decoded packets that is which counts, in samples.
pub struct Counted {
    /// What is heard before it, for a meter of loudness.
    pub from: u64,
    /// Its own start.
    pub start: u64,
    /// Blocks that the meter tells and that do not count.
    pub uncounted: usize,
}

impl Counted {
    /// After so many packets that only lead to it; the first of a film sounds before its start.
    pub fn after(lead: u64) -> Self {
        match lead {
            0 => Self { from: FRAME, start: FRAME, uncounted: UNFILLED },
            _ => {
                let start = lead.saturating_mul(FRAME);
                Self { from: start.saturating_sub(BEFORE), start, uncounted: UNFILLED + 1 }
            }
        }
    }
}

/// How many times longer than usual the parts of a film are.
pub fn scale(total: u64) -> u64 {
    1 + total / LONG
}

/// The parts of `total` samples.
pub fn spans(total: u64) -> Vec<Span> {
    let starts = starts(total);
    let span = |(n, &from): (usize, &u64)| {
        let (next, first) = (starts.get(n + 1), if n == 0 { 0 } else { from / FRAME + 1 });
        let end = next.map_or(packets(total), |next| next / FRAME + 1);
        Span {
            start: from.saturating_sub(LEAD * FRAME),
            end: next.map_or(total, |next| total.min(next + TAIL * FRAME)),
            lead: if n == 0 { 0 } else { LEAD + 1 },
            keep: end - first,
        }
    };
    starts.iter().enumerate().map(span).collect()
}

/// Where they begin. The last one is at least half as long as others there, and what is brief is one.
fn starts(total: u64) -> Vec<u64> {
    let long = UNIT * UNITS * scale(total);
    let after = |start: u64| start + if start < HALVES * long / 2 { long / 2 } else { long };
    let begins = |start: &u64| start + (after(*start) - start) / 2 <= total;
    let is_brief = total < long + long / 2;
    let starts = std::iter::successors(Some(0), |start| Some(after(*start)).filter(|next| !is_brief && begins(next)));
    starts.collect()
}

/// Packets of so many samples.
pub fn packets(samples: u64) -> u64 {
    samples.div_ceil(FRAME) + 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_packet_is_there_once(total in 1u64..(13 * 3600 * 48_000)) {
            let spans = spans(total);
            let mut next = 0;
            for span in &spans {
                prop_assert!(span.start % FRAME == 0 && span.start < span.end && span.end <= total);
                // The packets of an encoder that begins at `start` are as many further on in the film's.
                prop_assert_eq!(span.start / FRAME + span.lead, next);
                next += span.keep;
                prop_assert!(span.lead + span.keep <= packets(span.end - span.start));
                prop_assert!(span.lead == 0 || span.lead * FRAME > BEFORE + FRAME);
            }
            prop_assert_eq!(next, packets(total));
            prop_assert!(spans.len() < 2400);
        }

        #[test]
        fn a_later_edit_leaves_earlier_parts_alone(total in 1u64..100_000_000, more in 1u64..1_000_000) {
            let (before, after) = (spans(total), spans(total + more));
            let same = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
            prop_assert!(same + 1 >= before.len());
        }
    }

    #[test]
    fn parts_have_a_lead_and_a_tail() {
        let long = Span { start: 0, end: 2_073_599, lead: 0, keep: 2026 };
        assert_eq!(spans(2_073_599), [long]);
        let first = Span { start: 0, end: 694_272, lead: 0, keep: 676 };
        let second = Span { start: 666_624, end: 1_385_472, lead: 25, keep: 675 };
        assert_eq!(spans(2_073_600), [first, second, Span { start: 1_357_824, end: 2_073_600, lead: 25, keep: 675 }]);
    }

    #[test]
    fn parts_are_longer_after_the_first_minute() {
        let starts: Vec<u64> = spans(200 * 48_000).iter().map(|span| span.start / 48_000).collect();
        assert_eq!(starts, [0, 13, 28, 42, 57, 71, 85, 114, 143, 172]);
    }
}
