//! What is seen: black and frozen stretches, and whether all of it decodes.

use studio_plugin_sdk::roles::{
    rank::Span,
    verify::{Check, StreamFacts},
};

use super::{
    known::Known,
    measure::Seen,
    report::{Detail, count, covered, fail, length, pass, warn},
};

/// Black for longer than this is a hole, in seconds; at the ends it may be a fade.
const BLACK: f64 = 0.4;
const FADE: f64 = 2.0;
/// A picture that moves may stand still for so long, in seconds; any other for so long.
const STILL: f64 = 2.0;
const SLIDE: f64 = 20.0;

/// Checks what is seen.
pub fn checks(seen: &Seen, facts: &StreamFacts, known: &Known) -> Vec<Check> {
    let end = facts.video.as_ref().map_or(facts.seconds, |video| video.seconds);
    vec![decodes(seen), black(seen, end, known), frozen(seen, known)]
}

fn decodes(seen: &Seen) -> Check {
    match seen.complaints.first() {
        Some(first) => {
            let lines = count(seen.complaints.len(), "error", "errors");
            fail(
                "decode",
                format!("{lines} while it was decoded, first: {first}"),
                "the file is damaged: make it again",
            )
        }
        None => pass("decode", "all of it decodes"),
    }
}

fn black(seen: &Seen, end: f64, known: &Known) -> Check {
    let name = "black";
    let is_hole = |span: &&Span| length(span) - covered(span, &known.black) > BLACK;
    let holes: Vec<Span> = seen.black.iter().filter(is_hole).copied().collect();
    let Some(longest) = holes.iter().map(length).max_by(f64::total_cmp) else {
        return pass(name, "never black").number(0.0, BLACK, "s");
    };
    let is_fade = |span: &Span| length(span) <= FADE && (span.start < 0.1 || span.end > end - 0.1);
    let message = format!("{} of black, the longest {longest:.1} s", count(holes.len(), "stretch", "stretches"));
    let check = if holes.iter().all(is_fade) {
        warn(name, format!("{message}, at its ends"), "leave it, if it fades in or out; else cut it off")
    } else {
        fail(name, message, "a picture is missing there, or it is black itself: look, and render it again")
    };
    check.number(longest, BLACK, "s").at(holes)
}

fn frozen(seen: &Seen, known: &Known) -> Check {
    let name = "frozen";
    let holds = |span: &&Span| covered(span, &known.moving) > STILL;
    let stuck: Vec<Span> = seen.frozen.iter().filter(holds).copied().collect();
    if let Some(longest) = stuck.iter().map(length).max_by(f64::total_cmp) {
        let message = format!("a picture that was to move stands still for {longest:.1} s");
        let help =
            "the video is shorter than its clip, so its last frame stays: shorten the clip, or take another video";
        return warn(name, message, help).number(longest, STILL, "s").at(stuck);
    }
    let slides: Vec<Span> = seen.frozen.iter().filter(|span| length(span) > SLIDE).copied().collect();
    let longest = seen.frozen.iter().map(length).fold(0.0, f64::max);
    if slides.is_empty() {
        return pass(name, format!("nothing stands still for longer than {longest:.1} s")).number(longest, SLIDE, "s");
    }
    let message = format!("the picture does not change for {longest:.1} s");
    warn(name, message, "show more pictures, or let it move").number(longest, SLIDE, "s").at(slides)
}

#[cfg(test)]
mod tests {
    use studio_plugin_sdk::roles::verify::CheckState;

    use super::*;

    fn span(start: f64, end: f64) -> Span {
        Span { start, end }
    }

    #[test]
    fn black_in_the_middle_is_a_hole_and_at_the_ends_a_fade() {
        let state = |black: Vec<Span>, known: &Known| black_of(black, known).state;
        fn black_of(black: Vec<Span>, known: &Known) -> Check {
            super::black(&Seen { black, ..Seen::default() }, 10.0, known)
        }
        let known = Known::default();
        assert_eq!(state(vec![span(3.0, 4.0)], &known), CheckState::Fail);
        assert_eq!(state(vec![span(3.0, 3.2)], &known), CheckState::Pass);
        assert_eq!(state(vec![span(0.0, 1.0), span(9.0, 10.0)], &known), CheckState::Warn);
        assert_eq!(state(vec![span(0.0, 5.0)], &known), CheckState::Fail);
        let meant = Known { black: vec![span(2.9, 4.1)], ..Known::default() };
        assert_eq!(state(vec![span(3.0, 4.0)], &meant), CheckState::Pass);
    }

    #[test]
    fn slides_may_stand_still_and_videos_may_not() {
        let state = |frozen: Span, moving: Vec<Span>| {
            let known = Known { moving, ..Known::default() };
            super::frozen(&Seen { frozen: vec![frozen], ..Seen::default() }, &known).state
        };
        assert_eq!(state(span(0.0, 12.0), vec![]), CheckState::Pass);
        assert_eq!(state(span(0.0, 25.0), vec![]), CheckState::Warn);
        assert_eq!(state(span(0.0, 5.0), vec![span(1.0, 4.0)]), CheckState::Warn);
        assert_eq!(state(span(0.0, 5.0), vec![span(4.0, 9.0)]), CheckState::Pass);
    }
}
