//! Where a clip's body is cut into parts, and which captions are seen in one.
//!
//! Cuts fall where a caption appears, or something over the picture comes or goes, from the front on. So an edit of a
//! sentence leaves the parts before it as they were, and of a still picture those after it too; and a body is encoded
//! on more than one core. What goes on for long
//! without any of that is cut all the same: where a render is broken off, what was encoded is not lost.

use std::ops::Range;

use studio_plugin_sdk::timeline::Rate;

use crate::{
    caption::{Cue, clock, cues::ends_sentence, style::Drawn},
    shot::Captions,
};

/// Seconds that a part lasts at least. Shorter ones would save more work after an edit, but a start of the encoder
/// costs as much as half a second of film.
const LEAST: f64 = 2.5;
/// The same where the next one begins with a sentence. Nearly every sentence begins a part, so that after an edit of
/// one the parts of the next are what they were.
const LEAST_OF_SENTENCES: f64 = 1.5;
/// Seconds that are left for the last part at least.
const REST: f64 = 1.5;
/// Seconds that a part lasts at most. Each decodes its source from the key frame before it, as a rule some seconds.
const MOST: f64 = 30.0;

/// Where a body may be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cut {
    /// The clip's frame.
    pub at: u32,
    /// A sentence begins there.
    pub begins: bool,
}

/// Where captions of a clip let its body be cut: where one appears.
pub fn cuts(cues: &[Cue], rate: Rate) -> Vec<Cut> {
    let begins = |i: usize| i.checked_sub(1).is_none_or(|before| ends_sentence(&cues[before]));
    cues.iter().enumerate().map(|(i, cue)| Cut { at: appears(cue, rate), begins: begins(i) }).collect()
}

/// The parts of the frames `body` of a clip, which may be cut at `cuts`, in order.
pub fn parts(cuts: &[Cut], body: Range<u32>, rate: Rate) -> Vec<Range<u32>> {
    let rest = rate.frames_for(REST);
    let mut parts = Vec::new();
    let mut start = body.start;
    for &Cut { at, begins } in cuts {
        let least = rate.frames_for(if begins { LEAST_OF_SENTENCES } else { LEAST });
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

/// The captions that are seen in `frames` frames from the clip's frame `first` on, in a style; none: there are none.
/// Those of a second language come second.
pub fn seen_in(
    style: Option<&Drawn>,
    (cues, second): (&[Cue], &[Cue]),
    first: i64,
    frames: u32,
    rate: Rate,
) -> Option<Captions> {
    let (one, two) = (within(cues, first, frames, rate), within(second, first, frames, rate));
    if one.is_none() && two.is_none() {
        return None;
    }
    let ((cues, joins), (second, second_joins)) = (one.unwrap_or_default(), two.unwrap_or_default());
    // Counted from the first of them, they are the same wherever in the clip they stand.
    let starts = cues.first().into_iter().chain(second.first()).map(|cue| i64::from(appears(cue, rate)));
    let from = starts.fold(first, i64::min);
    let moved = |cues: Vec<Cue>| cues.into_iter().map(|cue| clock::earlier(cue, from, rate)).collect();
    Some(Captions {
        first: u32::try_from(first - from).unwrap_or(0),
        cues: moved(cues),
        joins_last: joins.0,
        joins_next: joins.1,
        second: moved(second),
        second_joins,
        style: style.map(|drawn| Box::new(drawn.style.clone())),
        two: style.is_some_and(|drawn| drawn.two),
    })
}

type Joined = (Vec<Cue>, (bool, bool));

fn within(cues: &[Cue], first: i64, frames: u32, rate: Rate) -> Option<Joined> {
    let goes = |cue: &Cue| cue.end / clock::tick(rate);
    let is_seen = |cue: &Cue| i64::from(appears(cue, rate)) < first + i64::from(frames) && i64::from(goes(cue)) > first;
    let from = cues.iter().position(is_seen)?;
    let to = cues.iter().rposition(is_seen)? + 1;
    let joins_last = from > 0 && cues[from - 1].end == cues[from].start;
    let joins_next = cues.get(to).is_some_and(|next| next.start == cues[to - 1].end);
    Some((cues[from..to].to_vec(), (joins_last, joins_next)))
}

/// The frame with which a caption appears.
pub fn appears(cue: &Cue, rate: Rate) -> u32 {
    cue.start / clock::tick(rate)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use studio_plugin_sdk::{roles::tts::Word, words::WordFrames};

    use super::*;
    use crate::caption::{self, Token};

    const FPS: Rate = Rate { num: 30, den: 1 };

    fn cues(times: &[(u32, u32)]) -> Vec<Cue> {
        let cues: Vec<Cue> = times.iter().map(|&(start, end)| Cue { start, end, lines: vec![] }).collect();
        clock::on_frames(&cues, (0, u32::MAX), &WordFrames::of(&[], FPS), FPS)
    }

    /// Words, each in a cue of its own, with how long they are.
    fn said(words: &[(&str, u32)], from: u32) -> Vec<Cue> {
        let mut at = from;
        let word = |&(text, length): &(&str, u32)| {
            at += length;
            let [start, end] = [at - length, at].map(|ms| f64::from(ms) / 1000.0);
            Word { text: text.into(), start, end, ..Word::default() }
        };
        let words: Vec<Word> = words.iter().map(word).collect();
        let cue = |token: Token| Cue { start: token.start, end: token.end, lines: vec![vec![token]] };
        let cues: Vec<Cue> = caption::tokens(&words, u32::MAX).into_iter().map(cue).collect();
        clock::on_frames(&cues, (0, u32::MAX), &WordFrames::of(&words, FPS), FPS)
    }

    fn plan(cues: &[Cue], body: Range<u32>) -> Vec<(u32, Option<Captions>)> {
        let parts = parts(&super::cuts(cues, FPS), body, FPS);
        let seen = |p: &Range<u32>| seen_in(None, (cues, &[]), p.start.into(), p.end - p.start, FPS);
        parts.iter().map(|part| (part.end - part.start, seen(part))).collect()
    }

    #[test]
    fn parts_begin_with_captions_and_none_is_short() {
        let cues = cues(&[(220, 1800), (1800, 4000), (4000, 6507), (6507, 8000), (8000, 9600)]);
        let ends = |cues: &[Cue], body| {
            parts(&super::cuts(cues, FPS), body, FPS).iter().map(|part| part.end).collect::<Vec<_>>()
        };
        assert_eq!(ends(&cues, 7..293), [120, 195, 293]);
        assert_eq!(ends(&cues[..2], 7..118), [118]);
        assert_eq!(ends(&[], 0..944), [944]);
        assert_eq!(ends(&[], 5..2749), [905, 1805, 2749]);
    }

    #[test]
    fn a_part_knows_only_the_captions_seen_in_it_and_whether_they_join_others() {
        let cues = cues(&[(220, 1800), (1800, 4000), (4040, 6500)]);
        let seen = |range: Range<u32>| {
            let seen = seen_in(None, (&cues, &[]), i64::from(range.start), range.end - range.start, FPS).unwrap();
            let frames = seen.cues.iter().map(|cue| cue.start / clock::tick(FPS)).collect::<Vec<_>>();
            (seen.first, frames, seen.joins_last, seen.joins_next)
        };
        assert_eq!(seen(5..54), (0, vec![2], false, true));
        assert_eq!(seen(54..122), (0, vec![0, 67], true, false));
        assert_eq!(seen(60..121), (6, vec![0], true, false));
        assert_eq!(seen(121..200), (0, vec![0], false, false));
    }

    #[test]
    fn after_an_edit_the_sentences_that_follow_are_in_the_same_parts() {
        let text = [("Rice", 1300), ("grows.", 900), ("Water", 2700), ("runs.", 1100), ("Why?", 700), ("So", 2600)];
        let text =
            [text.as_slice(), &[("it", 1900), ("is.", 1200), ("Then", 2511), ("all", 2703), ("sleep.", 990)]].concat();
        let before = plan(&said(&text, 200), 10..590);
        let mut edited = text.clone();
        edited[0].1 += 418;
        // Four tenths of a second are twelve frames and a half.
        for frames in [602, 603] {
            let after = plan(&said(&edited, 200), 10..frames);
            assert_eq!(before[1..before.len() - 1], after[1..after.len() - 1]);
            assert!(before.len() > 4 && before[0] != after[0], "{before:?}");
        }
    }

    proptest! {
        #[test]
        fn a_later_edit_leaves_earlier_parts_alone(
            lengths in prop::collection::vec(1u32..4000, 2..12), change in 0usize..12, by in 1u32..3000,
        ) {
            let film = |lengths: &[u32]| {
                let mut at = 200;
                let times: Vec<_> = lengths.iter().map(|length| { at += length; (at - length, at) }).collect();
                plan(&cues(&times), 5..FPS.frames_for(f64::from(at + 300) / 1000.0))
            };
            let mut edited = lengths.clone();
            let change = change % lengths.len();
            edited[change] += by;
            let (before, after) = (film(&lengths), film(&edited));
            let edit: u32 = 200 + lengths[..change].iter().sum::<u32>();
            let ends: Vec<u32> =
                before.iter().scan(5, |end, (frames, _)| { *end += frames; Some(*end) }).collect();
            // The part in which something changed, and the one before the last, whose end hangs on the clip's.
            let same = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
            let whole = ends.iter().filter(|end| f64::from(**end + 1) * 1000.0 / 30.0 <= f64::from(edit)).count();
            prop_assert!(same >= whole, "{same} of {whole}");
            prop_assert!(before.iter().all(|(frames, _)| before.len() == 1 || *frames >= 45));
        }
    }
}
