//! The words of a text and when each is heard: from what a speech engine reports, from a transcript, or estimated.
//! For stages that speak or listen; pure.

mod align;
mod frames;
mod marks;
mod phrase;
mod share;

pub use align::aligned;
pub use frames::{WordFrames, whole_millis};
pub use marks::{ends_sentence, is_closing, may_close};
pub use phrase::{PhraseEnd, phrase_end};
pub use share::{estimated, shared_out};

use self::marks::ends_clause;
use crate::roles::tts::Word;

/// A word as written, with the punctuation that clings to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The written characters; runs of white space are single spaces.
    pub text: String,
    /// Index of its first character in the text.
    pub start: usize,
}

/// The sound of a piece of the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sound {
    /// Index of a written character.
    pub at: usize,
    /// Seconds.
    pub start: f64,
    /// Seconds.
    pub end: f64,
}

/// Splits at white space; what is punctuation alone clings to the word before it, or to the first word.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut lead: Option<Token> = None;
    for (start, piece) in pieces(text) {
        let silent = piece.chars().all(is_punctuation);
        if let Some(last) = tokens.last_mut().filter(|_| silent).or(lead.as_mut()) {
            last.text.push(' ');
            last.text.push_str(&piece);
            if !silent {
                tokens.extend(lead.take());
            }
        } else if silent {
            lead = Some(Token { text: piece, start });
        } else {
            tokens.push(Token { text: piece, start });
        }
    }
    tokens
}

fn pieces(text: &str) -> Vec<(usize, String)> {
    let mut pieces: Vec<(usize, String)> = Vec::new();
    let mut fresh = true;
    for (at, c) in text.chars().enumerate() {
        if c.is_whitespace() || c.is_control() {
            fresh = true;
        } else if fresh {
            pieces.push((at, c.to_string()));
            fresh = false;
        } else if let Some((_, piece)) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces
}

fn is_punctuation(c: char) -> bool {
    const OTHERS: &str = "―‒„‚¿¡·•「『（《〈【\u{feff}\u{200b}\u{200c}\u{200d}\u{2060}";
    let ascii = c.is_ascii_punctuation() && !matches!(c, '&' | '%' | '+' | '=' | '@' | '#' | '$');
    ascii || ends_sentence(c) || ends_clause(c) || is_closing(c) || may_close(c) || OTHERS.contains(c)
}

/// Every token with its times: the sounds that lie in it, and for tokens without one a share of what its
/// neighbours leave. Times never go back and end within `seconds`.
pub fn timed(tokens: &[Token], sounds: &[Sound], seconds: f64) -> Vec<Word> {
    let mut spans: Vec<Option<(f64, f64)>> = vec![None; tokens.len()];
    let mut heard = 0;
    for sound in sounds {
        // After a last mark espeak-ng sometimes reports a word of no length further back.
        if sound.at < heard {
            continue;
        }
        heard = sound.at;
        let Some(n) = tokens.partition_point(|t| t.start <= sound.at).checked_sub(1) else { continue };
        let span = spans[n].get_or_insert((sound.start, sound.end));
        *span = (span.0.min(sound.start), span.1.max(sound.end));
    }
    fill(tokens, &mut spans, seconds);
    let mut last = 0.0_f64;
    let starts: Vec<f64> = spans
        .iter()
        .map(|span| {
            last = span.map_or(last, |s| s.0).clamp(last, seconds.max(last));
            last
        })
        .collect();
    let word = |(n, token): (usize, &Token)| {
        let start = starts[n];
        let next = starts.get(n + 1).copied().unwrap_or(seconds);
        let end = spans[n].map_or(next, |span| span.1).clamp(start, next.max(start));
        Word { text: token.text.clone(), start: millis(start), end: millis(end), speaker: String::new() }
    };
    tokens.iter().enumerate().map(word).collect()
}

/// Gives tokens without a sound their share, by length, of the time from the word before them to the next.
fn fill(tokens: &[Token], spans: &mut [Option<(f64, f64)>], seconds: f64) {
    let length = |n: usize| tokens[n].text.chars().count() as f64;
    let mut at = 0;
    while at < spans.len() {
        if spans[at].is_some() {
            at += 1;
            continue;
        }
        let until = (at..spans.len()).find(|n| spans[*n].is_some()).unwrap_or(spans.len());
        let next = spans.get(until).copied().flatten().map_or(seconds, |span| span.0);
        // The word before shares its time as well: its sound holds theirs.
        let (from, first) = match at.checked_sub(1).and_then(|before| spans[before].map(|span| (before, span.0))) {
            Some((before, start)) => (before, start),
            None => (at, 0.0),
        };
        let whole: f64 = (from..until).map(length).sum();
        let mut start = first;
        for (n, span) in spans.iter_mut().enumerate().take(until).skip(from) {
            let end = start + (next - first).max(0.0) * length(n) / whole;
            *span = Some((start, end));
            start = end;
        }
        at = until;
    }
}

fn millis(seconds: f64) -> f64 {
    (seconds * 1000.0).floor() / 1000.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|t| t.text).collect()
    }

    #[test]
    fn punctuation_clings() {
        assert_eq!(texts("Rice — the “grain” of 70 % …"), ["Rice —", "the", "“grain”", "of", "70", "% …"]);
        assert_eq!(texts("— « Bonjour » !\n"), ["— « Bonjour » !"]);
        assert_eq!(texts(" ... "), Vec::<String>::new());
    }

    #[test]
    fn words_get_the_sounds_that_lie_in_them() {
        let t = tokens("it’s well-known now");
        let sound = |at, start, end| Sound { at, start, end };
        let words = timed(&t, &[sound(0, 0.1, 0.3), sound(5, 0.3, 0.5), sound(10, 0.5, 0.8), sound(16, 1.0, 1.2)], 1.5);
        let times: Vec<(f64, f64)> = words.iter().map(|w| (w.start, w.end)).collect();
        assert_eq!(times, [(0.1, 0.3), (0.3, 0.8), (1.0, 1.2)]);
        let words = timed(&t, &[sound(0, 0.1, 0.3), sound(5, 0.3, 0.5), sound(17, 1.0, 1.2), sound(9, 1.3, 1.3)], 1.5);
        assert!((words[1].end - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_word_without_a_sound_shares_its_neighbours_time() {
        let t = tokens("aa ☃☃ bb");
        let sound = |at, start, end| Sound { at, start, end };
        let words = timed(&t, &[sound(0, 0.0, 0.2), sound(6, 0.8, 1.0)], 1.0);
        assert_eq!((words[1].start, words[1].end), (0.4, 0.8));
        let none = timed(&t, &[], 0.6);
        assert!((none[2].start - 0.4).abs() < 0.002 && (none[2].end - 0.6).abs() < 0.002);
    }

    proptest! {
        #[test]
        fn words_are_the_text_in_order_within_the_sound(
            text in "\\PC{0,60}",
            sounds in prop::collection::vec((0_usize..70, 0.0..9.0_f64, 0.0..9.0_f64), 0..20),
            seconds in 0.1..8.0_f64,
        ) {
            let tokens = tokens(&text);
            let sounds: Vec<Sound> =
                sounds.into_iter().map(|(at, a, b)| Sound { at, start: a.min(b), end: a.max(b) }).collect();
            let words = timed(&tokens, &sounds, seconds);
            let joined = words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ");
            let written: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|p| !p.is_empty()).collect();
            prop_assert!(joined == written.join(" ") || words.is_empty());
            let mut last = 0.0;
            for word in &words {
                prop_assert!(word.start >= last && word.end >= word.start && word.end <= seconds);
                last = word.start;
            }
        }
    }
}
