//! Where a clip's body is cut into parts, and which captions are seen in one.
//!
//! Cuts fall where a caption appears, or something over the picture comes or goes, from the front on. So an edit of a
//! sentence leaves the parts before it as they were, and a body is encoded on more than one core. What goes on for long
//! without any of that is cut all the same: where a render is broken off, what was encoded is not lost.

use std::ops::Range;

use studio_plugin_sdk::timeline::Rate;

use crate::{
    caption::{Cue, style::Drawn},
    piece::frame_ms,
    shot::Captions,
};

/// Seconds that a part lasts at least. Shorter ones would save more work after an edit, but a start of the encoder
/// costs as much as half a second of film.
const LEAST: f64 = 2.5;
/// Seconds that are left for the last part at least.
const REST: f64 = 1.5;
/// Seconds that a part lasts at most. Each decodes its source from the key frame before it, as a rule some seconds.
const MOST: f64 = 30.0;

/// The parts of the frames `body` of a clip, which may be cut at `cuts`, in order.
pub fn parts(cuts: &[u32], body: Range<u32>, rate: Rate) -> Vec<Range<u32>> {
    let (least, rest) = (rate.frames_for(LEAST), rate.frames_for(REST));
    let mut parts = Vec::new();
    let mut start = body.start;
    for &at in cuts {
        if at >= start + least && at + rest <= body.end {
            parts.push(start..at);
            start = at;
        }
    }
    parts.push(start..body.end);
    let most = rate.frames_for(MOST);
    parts.into_iter().flat_map(|part| pieces(part, most, rest)).collect()
}

/// A part in pieces of `most` frames; the last has at least `rest`.
fn pieces(part: Range<u32>, most: u32, rest: u32) -> impl Iterator<Item = Range<u32>> {
    let mut start = part.start;
    std::iter::from_fn(move || {
        let from = start;
        start = if part.end - from >= most + rest { from + most } else { part.end };
        (from < part.end).then_some(from..start)
    })
}

/// The captions that are seen in `frames` frames from the clip's frame `first` on; none: there are none.
pub fn seen(cues: &[Cue], first: i64, frames: u32, rate: Rate) -> Option<Captions> {
    let (cues, (joins_last, joins_next)) = within(cues, first, frames, rate)?;
    Some(Captions { first, cues, joins_last, joins_next, ..Captions::default() })
}

/// The same of two languages, in a style.
pub fn seen_in(
    style: Option<&Drawn>,
    (cues, second): (&[Cue], &[Cue]),
    first: i64,
    frames: u32,
    rate: Rate,
) -> Option<Captions> {
    let Some(drawn) = style else { return seen(cues, first, frames, rate) };
    let (one, two) = (seen(cues, first, frames, rate), within(second, first, frames, rate));
    if one.is_none() && two.is_none() {
        return None;
    }
    let (second, second_joins) = two.unwrap_or_default();
    let captions = Captions { first, ..one.unwrap_or_default() };
    Some(Captions { second, second_joins, style: Some(Box::new(drawn.style.clone())), two: drawn.two, ..captions })
}

type Joined = (Vec<Cue>, (bool, bool));

fn within(cues: &[Cue], first: i64, frames: u32, rate: Rate) -> Option<Joined> {
    let (start, last) = (frame_ms(rate, first), frame_ms(rate, first + i64::from(frames) - 1));
    let is_seen = |cue: &Cue| drawn(cue.start) <= last && drawn(cue.end) > start;
    let from = cues.iter().position(is_seen)?;
    let to = cues.iter().rposition(is_seen)? + 1;
    let joins_last = from > 0 && cues[from - 1].end == cues[from].start;
    let joins_next = cues.get(to).is_some_and(|next| next.start == cues[to - 1].end);
    Some((cues[from..to].to_vec(), (joins_last, joins_next)))
}

/// The first frame in which a caption is seen.
pub fn appears(cue: &Cue, rate: Rate) -> u32 {
    let exact = drawn(cue.start) * i64::from(rate.num) / (1000 * i64::from(rate.den));
    let mut frame = u32::try_from(exact).unwrap_or(u32::MAX);
    while frame_ms(rate, i64::from(frame)) < drawn(cue.start) {
        frame += 1;
    }
    frame
}

/// Captions are drawn by hundredths of a second.
fn drawn(ms: u32) -> i64 {
    i64::from(ms / 10 * 10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cues(times: &[(u32, u32)]) -> Vec<Cue> {
        times.iter().map(|&(start, end)| Cue { start, end, lines: vec![] }).collect()
    }

    #[test]
    fn parts_begin_with_captions_and_none_is_short() {
        let cues = cues(&[(220, 1800), (1800, 4000), (4000, 6507), (6507, 8000), (8000, 9600)]);
        let cuts = |cues: &[Cue]| cues.iter().map(|cue| appears(cue, Rate::fps(30))).collect::<Vec<_>>();
        let ends =
            |cues: &[Cue], body| parts(&cuts(cues), body, Rate::fps(30)).iter().map(|p| p.end).collect::<Vec<_>>();
        assert_eq!(ends(&cues, 7..293), [120, 195, 293]);
        assert_eq!(ends(&cues[..2], 7..118), [118]);
        assert_eq!(ends(&[], 0..944), [944]);
        assert_eq!(ends(&[], 5..2749), [905, 1805, 2749]);
    }

    #[test]
    fn a_part_knows_only_the_captions_seen_in_it_and_whether_they_join_others() {
        let cues = cues(&[(220, 1800), (1800, 4000), (4012, 6500)]);
        let seen = |range: Range<u32>| {
            let seen = seen(&cues, i64::from(range.start), range.end - range.start, Rate::fps(30)).unwrap();
            (seen.cues.iter().map(|c| c.start).collect::<Vec<_>>(), seen.joins_last, seen.joins_next)
        };
        assert_eq!(seen(7..54), (vec![220], false, true));
        assert_eq!(seen(54..122), (vec![1800, 4012], true, false));
        assert_eq!(seen(54..121), (vec![1800], true, false));
        assert_eq!(seen(121..200), (vec![4012], false, false));
    }

    proptest! {
        #[test]
        fn a_later_edit_leaves_earlier_parts_alone(
            lengths in prop::collection::vec(1u32..4000, 2..12), change in 0usize..12, by in 1u32..3000,
        ) {
            let film = |lengths: &[u32]| {
                let mut at = 200;
                let times: Vec<_> = lengths.iter().map(|length| { at += length; (at - length, at) }).collect();
                let (rate, cues) = (Rate::fps(30), cues(&times));
                let cuts: Vec<u32> = cues.iter().map(|cue| appears(cue, rate)).collect();
                let spans = parts(&cuts, 5..rate.frames_for(f64::from(at + 300) / 1000.0), rate);
                spans.iter().map(|p| (p.clone(), seen(&cues, p.start.into(), p.end - p.start, rate))).collect::<Vec<_>>()
            };
            let mut edited = lengths.clone();
            let change = change % lengths.len();
            edited[change] += by;
            let (before, after) = (film(&lengths), film(&edited));
            let edit: u32 = 200 + lengths[..change].iter().sum::<u32>();
            // The part in which something changed, and the one before the last, whose end hangs on the clip's.
            let same = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
            let whole = before.iter().filter(|(p, _)| frame_ms(Rate::fps(30), p.end.into()) <= i64::from(edit)).count();
            prop_assert!(same >= whole, "{same} of {whole}");
            prop_assert_eq!(before.iter().map(|(p, _)| p.end - p.start).sum::<u32>(), before.last().unwrap().0.end - 5);
            prop_assert!(before.iter().all(|(p, _)| before.len() == 1 || p.end - p.start >= 45));
        }
    }
}
