//! When captions are up: one at a time, within the film, long enough to be read.

use studio_plugin_sdk::roles::{rank::Span, verify::Check};

use super::{
    super::report::{Detail, count, fail, pass, skipped, warn},
    Cue,
    read::File,
};

/// Shorter captions are a flicker, in seconds.
const SHORTEST: f64 = 0.5;
/// Most characters a second that can be read.
const FASTEST: f64 = 21.0;
/// Times of caption files are whole milliseconds.
const MILLI: f64 = 0.0015;

/// Do captions overlap, end before they begin, or lie outside of a film that ends at `end`?
pub fn times(file: &File, end: f64) -> Check {
    let name = "caption_times";
    let cues = &file.cues;
    if cues.is_empty() {
        return fail(name, "the caption file has no captions in it", "give it SubRip or WebVTT");
    }
    let overlaps: Vec<Span> = cues
        .windows(2)
        .filter(|pair| pair[1].start + MILLI < pair[0].end)
        .map(|pair| Span { start: pair[1].start, end: pair[0].end.max(pair[1].start) })
        .collect();
    let bad = |what: &dyn Fn(&Cue) -> bool| cues.iter().filter(|cue| what(cue)).map(Cue::span).collect::<Vec<_>>();
    let backwards = bad(&|cue| cue.end <= cue.start);
    let outside = bad(&|cue| cue.end > end + 0.05);
    let short = bad(&|cue| cue.end > cue.start && cue.end - cue.start < SHORTEST);

    let mut found = Vec::new();
    let mut add = |spans: &[Span], what: &str| {
        if !spans.is_empty() {
            found.push(format!("{} {what}", count(spans.len(), "caption", "captions")));
        }
    };
    add(&overlaps, "on screen with the one before");
    add(&backwards, "that end before they begin");
    add(&outside, "beyond the end of the film");
    if file.unread > 0 {
        found.push(format!("{} that are none", count(file.unread, "line of times", "lines of times")));
    }
    if !found.is_empty() {
        let at = overlaps.into_iter().chain(backwards).chain(outside);
        return fail(name, found.join(", "), "mend the caption file; one caption is up at a time").at(at);
    }
    let shortest = cues.iter().map(|cue| cue.end - cue.start).fold(f64::INFINITY, f64::min);
    if !short.is_empty() {
        let message = format!("{} up for less than {SHORTEST} s", count(short.len(), "caption", "captions"));
        return warn(name, message, "show it longer, or join it with the next")
            .number(shortest, SHORTEST, "s")
            .at(short);
    }
    let message =
        format!("{}, one after another, each up for {shortest:.1} s or more", count(cues.len(), "caption", "captions"));
    pass(name, message).number(shortest, SHORTEST, "s")
}

/// Can they be read in time?
pub fn speed(cues: &[Cue]) -> Check {
    let name = "caption_speed";
    let rate = |cue: &Cue| cue.chars() as f64 / (cue.end - cue.start).max(0.001);
    let Some(fastest) = cues.iter().map(rate).max_by(f64::total_cmp) else {
        return skipped(name, "there are no captions");
    };
    let fast: Vec<Span> = cues.iter().filter(|cue| rate(cue) > FASTEST).map(Cue::span).collect();
    if fast.is_empty() {
        return pass(name, format!("at most {fastest:.1} characters a second")).number(
            fastest,
            FASTEST,
            "characters/s",
        );
    }
    let message = format!(
        "{} of {} faster than can be read, up to {fastest:.0} characters a second",
        fast.len(),
        count(cues.len(), "caption", "captions")
    );
    warn(name, message, "speak slower, or say less").number(fastest, FASTEST, "characters/s").at(fast)
}

#[cfg(test)]
mod tests {
    use studio_plugin_sdk::roles::verify::CheckState;

    use super::*;

    fn cue(start: f64, end: f64, text: &str) -> Cue {
        Cue { start, end, lines: vec![text.into()] }
    }

    fn of(cues: Vec<Cue>) -> Check {
        times(&File { cues, unread: 0 }, 10.0)
    }

    #[test]
    fn captions_follow_one_another_in_the_film() {
        assert_eq!(of(vec![cue(0.0, 2.0, "a"), cue(2.0, 3.0, "b")]).state, CheckState::Pass);
        let overlap = of(vec![cue(0.0, 2.0, "a"), cue(1.5, 3.0, "b")]);
        assert_eq!((overlap.state, overlap.at), (CheckState::Fail, vec![Span { start: 1.5, end: 2.0 }]));
        assert_eq!(of(vec![cue(2.0, 1.0, "a")]).state, CheckState::Fail);
        assert_eq!(of(vec![cue(9.0, 10.5, "a")]).state, CheckState::Fail);
        assert_eq!(of(vec![cue(9.0, 9.3, "a")]).state, CheckState::Warn);
        assert_eq!(of(vec![]).state, CheckState::Fail);
        assert_eq!(times(&File { cues: vec![cue(0.0, 2.0, "a")], unread: 1 }, 10.0).state, CheckState::Fail);
    }

    #[test]
    fn captions_that_are_too_fast_are_told() {
        let fast = speed(&[cue(0.0, 1.0, &"x".repeat(30)), cue(1.0, 3.0, "slow")]);
        assert_eq!((fast.state, fast.measured, fast.at.len()), (CheckState::Warn, Some(30.0), 1));
        assert_eq!(speed(&[cue(0.0, 2.0, "slow")]).state, CheckState::Pass);
    }
}
