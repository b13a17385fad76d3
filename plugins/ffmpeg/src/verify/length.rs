//! How long a film is, against what it was to be and against what is said in it.

use studio_plugin_sdk::roles::{
    rank::Span,
    verify::{Check, StreamFacts},
};

use super::{
    known::Known,
    report::{Detail, fail, pass, skipped, warn},
    streams::frame,
};

/// Longest quiet after the last word that is not wondered at, in seconds.
const TAIL: f64 = 8.0;

/// Checks lengths.
pub fn checks(facts: &StreamFacts, known: &Known) -> Vec<Check> {
    vec![whole(facts, known), narration(facts, known)]
}

fn whole(facts: &StreamFacts, known: &Known) -> Check {
    let name = "length";
    let is = facts.video.as_ref().map_or(facts.seconds, |video| video.seconds);
    let Some(wanted) = known.seconds else {
        return if is > 0.0 {
            skipped(name, format!("{is:.2} s; nothing says how long it is to be"))
        } else {
            fail(name, "it has no length", "the file is cut or damaged: make it again")
        };
    };
    if (is - wanted).abs() > frame(facts) + 1e-3 {
        let message = format!("{is:.2} s where {wanted:.2} s were wanted");
        return fail(name, message, "something is missing or twice: render it again").number(is, wanted, "s");
    }
    pass(name, format!("{is:.2} s, as planned")).number(is, wanted, "s")
}

fn narration(facts: &StreamFacts, known: &Known) -> Check {
    let name = "narration";
    let heard = facts.audio.as_ref().map_or(0.0, |audio| audio.seconds);
    let words = known.words.iter().map(|word| word.end);
    let Some(last) = known.speech.iter().map(|span| span.end).chain(words).max_by(f64::total_cmp) else {
        return skipped(name, "nothing says when somebody speaks");
    };
    if last > heard + frame(facts) {
        let message = format!("speech ends at {last:.2} s and the sound at {heard:.2} s: the end is cut off");
        let cut = Span { start: heard, end: last };
        return fail(name, message, "make the film as long as what is said in it").number(heard, last, "s").at([cut]);
    }
    let tail = facts.seconds - last;
    if tail > TAIL {
        let message = format!("nobody speaks in the last {tail:.1} s");
        let quiet = Span { start: last, end: facts.seconds };
        return warn(name, message, "end it sooner, unless music or pictures carry it")
            .number(tail, TAIL, "s")
            .at([quiet]);
    }
    pass(name, format!("the last word ends {tail:.1} s before the film")).number(tail, TAIL, "s")
}

#[cfg(test)]
mod tests {
    use studio_plugin_sdk::roles::verify::{AudioFacts, CheckState, VideoFacts};

    use super::*;

    fn facts(seconds: f64) -> StreamFacts {
        let video = VideoFacts { rate: "25/1".into(), seconds, ..VideoFacts::default() };
        let audio = AudioFacts { seconds, ..AudioFacts::default() };
        StreamFacts { seconds, video: Some(video), audio: Some(audio), ..StreamFacts::default() }
    }

    #[test]
    fn a_frame_more_or_less_is_as_planned() {
        let state = |seconds| whole(&facts(seconds), &Known { seconds: Some(10.0), ..Known::default() }).state;
        assert_eq!((state(10.04), state(10.08)), (CheckState::Pass, CheckState::Fail));
        assert_eq!(whole(&facts(3.0), &Known::default()).state, CheckState::Skipped);
        assert_eq!(whole(&facts(0.0), &Known::default()).state, CheckState::Fail);
    }

    #[test]
    fn speech_is_not_cut_off() {
        let state = |end| {
            let speech = vec![Span { start: 0.0, end }];
            narration(&facts(10.0), &Known { speech, ..Known::default() }).state
        };
        assert_eq!((state(9.7), state(10.5), state(1.0)), (CheckState::Pass, CheckState::Fail, CheckState::Warn));
        assert_eq!(narration(&facts(10.0), &Known::default()).state, CheckState::Skipped);
    }
}
