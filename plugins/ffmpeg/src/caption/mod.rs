//! Captions: words with times become cues ([`cues`]), cues become the drawing that is burnt in ([`ass`])
//! or files beside the film ([`files`]).
//!
//! All times are whole milliseconds from the start of one clip, so a clip's captions do not change when
//! it moves in the film; those that are burnt in are on a clock of whole frames ([`clock`]). Pure; used by the planner
//! and by the segment stage.

use serde::{Deserialize, Serialize};
use studio_plugin_sdk::{roles::tts::Word, words::whole_millis};

use crate::shot::is_default;

pub mod ass;
pub mod clock;
pub mod cues;
pub mod files;
pub mod font;
pub mod language;
pub mod look;
pub mod style;

/// A word of a caption and when it is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// As shown, without line ends.
    pub text: String,
    /// Milliseconds.
    pub start: u32,
    /// Milliseconds, not before `start`.
    pub end: u32,
    /// It follows the one before without a space: both are one word, or their script has none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub glued: bool,
    /// It is stressed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub key: bool,
}

/// Words that are shown together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cue {
    /// When it appears, in milliseconds.
    pub start: u32,
    /// When it goes, in milliseconds.
    pub end: u32,
    /// Its lines from top to bottom; none is empty.
    pub lines: Vec<Vec<Token>>,
}

impl Cue {
    /// A line's words with spaces between.
    pub fn line_text(line: &[Token]) -> String {
        let mut out = String::new();
        for (i, token) in line.iter().enumerate() {
            out.push_str(if i > 0 && !token.glued { " " } else { "" });
            out.push_str(&token.text);
        }
        out
    }
}

/// Words as tokens: in order, within the clip, no empty ones, no control characters.
pub fn tokens(words: &[Word], clip_ms: u32) -> Vec<Token> {
    let mut last = 0;
    let mut tokens = Vec::with_capacity(words.len());
    for word in words {
        let text = printable(&word.text);
        let start = whole_millis(word.start).clamp(last, clip_ms.max(last));
        let end = whole_millis(word.end).clamp(start, clip_ms.max(start));
        if text.is_empty() || start >= clip_ms {
            continue;
        }
        last = start;
        tokens.push(Token { text, start, end, ..Token::default() });
    }
    tokens
}

/// One line of visible text: runs of white space and control characters become one space.
fn printable(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() || is_line_end(c) { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{85}')
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn word(text: &str, start: f64, end: f64) -> Word {
        Word { text: text.into(), start, end, speaker: String::new() }
    }

    #[test]
    fn hostile_times_and_texts_are_tamed() {
        let words = [
            word("a\nb\u{2028}", 0.1, 0.05),
            word(" \t", 0.2, 0.3),
            word("back", 0.0, 0.2),
            word("nan", f64::NAN, f64::INFINITY),
            word("late", 9.0, 9.5),
        ];
        let got: Vec<_> = tokens(&words, 1000).into_iter().map(|t| (t.text, t.start, t.end)).collect();
        assert_eq!(
            got,
            [("a b".into(), 100, 100), ("back".into(), 100, 200), ("nan".into(), 100, 1000)] as [(String, u32, u32); 3]
        );
    }
}
