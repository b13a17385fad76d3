//! Captions as files beside the film: SubRip and WebVTT, in film time.

use std::fmt::Write;

use super::{
    Cue, Token,
    cues::{Limits, WORDS},
};

/// Most characters on a line of a caption file.
const LINE: usize = 42;

/// What fits on a line of a caption file.
pub fn limits() -> Limits<'static> {
    Limits {
        measure: &|text| text.chars().count() as f64,
        line_width: LINE as f64,
        line_chars: LINE,
        lines: 2,
        words: WORDS,
    }
}

/// The cues as SubRip.
pub fn srt<'a>(cues: impl Iterator<Item = (u64, &'a Cue)>) -> String {
    let mut out = String::new();
    for (n, (at, cue)) in cues.enumerate() {
        let (start, end) = (stamp(at + u64::from(cue.start), ','), stamp(at + u64::from(cue.end), ','));
        let _ = writeln!(out, "{}\n{start} --> {end}", n + 1);
        for line in &cue.lines {
            let _ = writeln!(out, "{}", srt_text(line));
        }
        out.push('\n');
    }
    out
}

/// The cues as WebVTT.
pub fn vtt<'a>(cues: impl Iterator<Item = (u64, &'a Cue)>) -> String {
    let mut out = String::from("WEBVTT\n\n");
    for (at, cue) in cues {
        let (start, end) = (stamp(at + u64::from(cue.start), '.'), stamp(at + u64::from(cue.end), '.'));
        let _ = writeln!(out, "{start} --> {end}");
        for line in &cue.lines {
            let _ = writeln!(out, "{}", vtt_text(line));
        }
        out.push('\n');
    }
    out
}

/// SubRip has no escapes; only what would end or start a cue is kept apart.
fn srt_text(line: &[Token]) -> String {
    one_line(line).replace("-->", "→")
}

fn vtt_text(line: &[Token]) -> String {
    one_line(line).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn one_line(line: &[Token]) -> String {
    Cue::line_text(line).replace(|c: char| c.is_control(), " ")
}

fn stamp(ms: u64, point: char) -> String {
    let s = ms / 1000;
    format!("{:02}:{:02}:{:02}{point}{:03}", s / 3600, s / 60 % 60, s % 60, ms % 1000)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cue(start: u32, text: &str) -> Cue {
        Cue {
            start,
            end: start + 900,
            lines: vec![vec![Token { text: text.into(), start, end: start + 500, ..Token::default() }]],
        }
    }

    #[test]
    fn files_are_in_film_time() {
        let cues = [(0, cue(300, "Tom & <i>Jo</i>")), (3_600_000, cue(1, "a --> b"))];
        let each = || cues.iter().map(|(at, c)| (*at, c));
        insta::assert_snapshot!(srt(each()), @"
        1
        00:00:00,300 --> 00:00:01,200
        Tom & <i>Jo</i>

        2
        01:00:00,001 --> 01:00:00,901
        a → b
        ");
        insta::assert_snapshot!(vtt(each()), @"
        WEBVTT

        00:00:00.300 --> 00:00:01.200
        Tom &amp; &lt;i&gt;Jo&lt;/i&gt;

        01:00:00.001 --> 01:00:00.901
        a --&gt; b
        ");
    }

    proptest! {
        #[test]
        fn no_text_breaks_a_file_open(text in "[ -~\n\r\u{85}]{0,30}") {
            let cues = [cue(5, &text)];
            let vtt = vtt(cues.iter().map(|c| (0, c)));
            prop_assert_eq!(vtt.matches("-->").count(), 1);
            prop_assert_eq!(vtt.lines().count(), 5);
            prop_assert!(!vtt.contains('<'));
            prop_assert_eq!(srt(cues.iter().map(|c| (0, c))).matches("-->").count(), 1);
        }
    }
}
