//! Captions as files beside the film: SubRip, WebVTT and JSON, in film time.

use std::fmt::Write;

use serde::Serialize;
use studio_plugin_sdk::error::{Result, StageError};

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

/// The cues as JSON, in seconds of the film, with the time of every word; `second` are those of a second language.
///
/// # Errors
/// None that can be mended.
pub fn words(language: &str, cues: &[(u64, Cue)], second: &[(u64, Cue)]) -> Result<String> {
    #[derive(Serialize)]
    struct Said<'a> {
        text: &'a str,
        start: f64,
        end: f64,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        stressed: bool,
    }
    #[derive(Serialize)]
    struct Shown<'a> {
        start: f64,
        end: f64,
        lines: Vec<String>,
        words: Vec<Said<'a>>,
    }
    #[derive(Serialize)]
    struct File<'a> {
        #[serde(skip_serializing_if = "str::is_empty")]
        language: &'a str,
        captions: Vec<Shown<'a>>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        translation: Vec<Shown<'a>>,
    }
    fn shown((at, cue): &(u64, Cue)) -> Shown<'_> {
        let seconds = |ms: u32| (*at + u64::from(ms)) as f64 / 1000.0;
        let said = |t: &'_ Token| (seconds(t.start), seconds(t.end), t.key);
        let words = cue.lines.iter().flatten().map(|token| {
            let (start, end, stressed) = said(token);
            Said { text: &token.text, start, end, stressed }
        });
        let lines = cue.lines.iter().map(|line| Cue::line_text(line)).collect();
        Shown { start: seconds(cue.start), end: seconds(cue.end), lines, words: words.collect() }
    }
    let (captions, translation) = (cues.iter().map(shown).collect(), second.iter().map(shown).collect());
    let text = serde_json::to_string_pretty(&File { language, captions, translation })
        .map_err(|e| StageError::permanent(format!("Captions cannot be written as JSON: {e}")).code("caption.json"))?;
    Ok(text + "\n")
}

/// Cues of clips as cues of the film.
pub fn in_film(cues: &[(u64, Cue)]) -> Vec<Cue> {
    let moved = |(at, cue): &(u64, Cue)| {
        let at = u32::try_from(*at).unwrap_or(u32::MAX);
        let later = |ms: u32| ms.saturating_add(at);
        let token = |t: &Token| Token { start: later(t.start), end: later(t.end), ..t.clone() };
        let lines = cue.lines.iter().map(|line| line.iter().map(token).collect()).collect();
        Cue { start: later(cue.start), end: later(cue.end), lines }
    };
    cues.iter().map(moved).collect()
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

    #[test]
    fn every_word_has_its_time_in_json() {
        let text = words("de", &[(2000, cue(300, "Reis"))], &[]).unwrap();
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        let word = serde_json::json!({ "text": "Reis", "start": 2.3, "end": 2.8 });
        let caption = serde_json::json!({ "start": 2.3, "end": 3.2, "lines": ["Reis"], "words": [word] });
        assert_eq!(read, serde_json::json!({ "language": "de", "captions": [caption] }));
        assert_eq!(in_film(&[(2000, cue(300, "Reis"))])[0].lines[0][0].end, 2800);
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
