//! What is heard: loudness, peaks, samples cut off at full scale, silence.

use studio_plugin_sdk::roles::{
    rank::Span,
    verify::{Check, StreamFacts},
};

use super::{
    known::{self, Known},
    measure::Seen,
    report::{Detail, count, covered, fail, length, pass, skipped, warn},
};

/// Longest silence that is a pause, in seconds.
const PAUSE: f64 = 2.0;
/// Speech that is silent for longer is missing, in seconds: no speaker rests so long, and no recording ends so late.
const LOST: f64 = 2.5;
/// So is one that is silent for longer than this, and for this share of all of it.
const BRIEF: f64 = 0.8;
const MOST: f64 = 0.6;

/// Checks what is heard.
pub fn checks(seen: &Seen, facts: &StreamFacts, known: &Known) -> Vec<Check> {
    let (loudness, peak) = levels(seen, known);
    vec![loudness, peak, clipping(seen), silence(seen, facts, known)]
}

fn levels(seen: &Seen, known: &Known) -> (Check, Check) {
    let Some(measured) = seen.loudness else {
        let why = "nothing is heard";
        return (skipped("loudness", why), skipped("true_peak", why));
    };
    let (is, wanted, near) = (measured.integrated, known.loudness, known::LOUDNESS);
    let off = is - wanted;
    let loudness = if off.abs() > near {
        let how = if off > 0.0 { "too loud" } else { "too quiet" };
        let message = format!("{is:.1} LUFS, {:.1} LU {how} (wanted {wanted} ± {near})", off.abs());
        fail("loudness", message, "render it again: the sound is brought to its loudness there")
    } else {
        pass("loudness", format!("{is:.1} LUFS (wanted {wanted} ± {near})"))
    };
    let (is, most) = (measured.true_peak, known.true_peak);
    let peak = if is > most + 0.05 {
        let message = format!("{is:.1} dBTP, above {most}: players and further encoding will distort it");
        fail("true_peak", message, "make it quieter, or limit it at twice the sample rate")
    } else {
        pass("true_peak", format!("{is:.1} dBTP (at most {most})"))
    };
    (loudness.number(measured.integrated, wanted, "LUFS"), peak.number(is, most, "dBTP"))
}

fn clipping(seen: &Seen) -> Check {
    let name = "clipping";
    let seconds: f64 = seen.clipped.iter().map(length).sum();
    if seen.clipped.is_empty() {
        return pass(name, "no sample is cut off at full scale").number(0.0, 0.0, "s");
    }
    let message = format!("waves are cut off flat at full scale for {seconds:.1} s");
    let help = "it was too loud before it was encoded: lower the source, not the film";
    fail(name, message, help).number(seconds, 0.0, "s").at(seen.clipped.iter().copied())
}

fn silence(seen: &Seen, facts: &StreamFacts, known: &Known) -> Check {
    let name = "silence";
    if known.silent && seen.loudness.is_none() {
        return skipped(name, "the film was made without sound");
    }
    if seen.loudness.is_none() {
        let all = Span { start: 0.0, end: facts.seconds };
        let help = "the sound is missing, or nobody speaks and no music plays";
        return fail(name, "nothing is heard in the whole film", help).number(facts.seconds, PAUSE, "s").at([all]);
    }
    let is_mute = |span: &Span, said: &Span| {
        let quiet = covered(span, std::slice::from_ref(said));
        quiet > LOST || quiet > BRIEF && quiet > MOST * length(said)
    };
    let is_lost = |span: &&Span| known.speech.iter().any(|said| is_mute(span, said));
    let lost: Vec<Span> = seen.silent.iter().filter(is_lost).copied().collect();
    if let Some(longest) = lost.iter().map(length).max_by(f64::total_cmp) {
        let message = format!("nothing is heard for {longest:.1} s where somebody is to speak");
        return fail(name, message, "a piece of speech is missing: render it again")
            .number(longest, PAUSE, "s")
            .at(lost);
    }
    let long: Vec<Span> = seen.silent.iter().filter(|span| length(span) > PAUSE).copied().collect();
    let Some(longest) = long.iter().map(length).max_by(f64::total_cmp) else {
        return pass(name, format!("no silence of more than {PAUSE} s"));
    };
    let end = facts.audio.as_ref().map_or(facts.seconds, |audio| audio.seconds);
    let stretches = count(long.len(), "silence", "silences");
    let place = if long.iter().all(|span| span.end > end - 0.1) { ", at the end" } else { "" };
    let message = format!("{stretches} of more than {PAUSE} s, the longest {longest:.1} s{place}");
    warn(name, message, "shorten it, or lay music under it").number(longest, PAUSE, "s").at(long)
}

#[cfg(test)]
mod tests {
    use studio_plugin_sdk::roles::{
        render::Loudness,
        verify::{AudioFacts, CheckState},
    };

    use super::*;

    fn states(seen: &Seen, known: &Known) -> Vec<CheckState> {
        let audio = AudioFacts { seconds: 10.0, ..AudioFacts::default() };
        let facts = StreamFacts { seconds: 10.0, audio: Some(audio), ..StreamFacts::default() };
        checks(seen, &facts, known).into_iter().map(|check| check.state).collect()
    }

    fn heard(integrated: f64, true_peak: f64) -> Seen {
        Seen { loudness: Some(Loudness { integrated, true_peak }), ..Seen::default() }
    }

    #[test]
    fn loudness_is_near_what_was_wanted() {
        use CheckState::{Fail, Pass};
        let known = Known { loudness: -14.0, true_peak: -1.0, ..Known::default() };
        assert_eq!(states(&heard(-14.4, -1.0), &known), [Pass; 4]);
        assert_eq!(states(&heard(-9.1, -0.2), &known)[..2], [Fail, Fail]);
        assert_eq!(states(&heard(-23.0, -3.0), &Known { loudness: -23.0, ..known })[..2], [Pass, Pass]);
    }

    #[test]
    fn silence_in_speech_is_worse_than_silence() {
        use CheckState::{Fail, Pass, Skipped, Warn};
        let known = Known { loudness: -14.0, true_peak: -1.0, ..Known::default() };
        let with = |start, end| Seen { silent: vec![Span { start, end }], ..heard(-14.0, -2.0) };
        let of = |seen: &Seen, known: &Known| states(seen, known)[3];
        assert_eq!((of(&with(2.0, 3.5), &known), of(&with(2.0, 5.0), &known)), (Pass, Warn));
        let spoken = Known { speech: vec![Span { start: 0.5, end: 9.0 }], ..known.clone() };
        assert_eq!((of(&with(2.0, 5.0), &spoken), of(&with(8.9, 10.0), &spoken)), (Fail, Pass));
        // A rest, and a recording with a quiet end.
        assert_eq!((of(&with(2.0, 4.2), &spoken), of(&with(7.0, 9.0), &spoken)), (Warn, Pass));
        let scenes = [(0.5, 3.0), (4.0, 5.5)].map(|(start, end)| Span { start, end }).to_vec();
        assert_eq!(of(&with(3.9, 5.4), &Known { speech: scenes, ..known.clone() }), Fail);
        assert_eq!(
            (of(&Seen::default(), &known), of(&Seen::default(), &Known { silent: true, ..known })),
            (Fail, Skipped)
        );
    }

    #[test]
    fn full_scale_is_a_fault() {
        let known = Known { loudness: -14.0, true_peak: -1.0, ..Known::default() };
        let seen = Seen { clipped: vec![Span { start: 1.0, end: 1.3 }], ..heard(-14.0, -1.0) };
        assert_eq!(states(&seen, &known)[2], CheckState::Fail);
    }
}
