//! The words of a text with the times of a transcript that may have heard them otherwise.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::{Sound, Token, timed, tokens};
use crate::roles::tts::Word;

/// The words of `text` with the times of `heard`. Words that were heard as others, or not at all, get their share of
/// the time between those that were.
pub fn aligned(text: &str, heard: &[Word], seconds: f64) -> Vec<Word> {
    let tokens = tokens(text);
    let written: Vec<String> = tokens.iter().map(|token| plain(&token.text)).collect();
    let said: Vec<String> = heard.iter().map(|word| plain(&word.text)).collect();
    let mut sounds = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &said, &written) {
        match op {
            DiffOp::Equal { old_index, new_index, len } => {
                pairs(&mut sounds, &heard[old_index..old_index + len], &tokens[new_index..new_index + len]);
            }
            // "eight thousand" for "8,000": as many sounds as words, else one sound for the first.
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                let (heard, tokens) = (&heard[old_index..old_index + old_len], &tokens[new_index..new_index + new_len]);
                if old_len == new_len {
                    pairs(&mut sounds, heard, tokens);
                } else if let ([first, .., last] | [first @ last], [token, ..]) = (heard, tokens) {
                    sounds.push(Sound { at: token.start, start: first.start, end: last.end });
                }
            }
            DiffOp::Delete { .. } | DiffOp::Insert { .. } => {}
        }
    }
    timed(&tokens, &sounds, seconds)
}

fn pairs(sounds: &mut Vec<Sound>, heard: &[Word], tokens: &[Token]) {
    let sound = |(word, token): (&Word, &Token)| {
        let start = word.start.max(0.0);
        Sound { at: token.start, start, end: word.end.max(start) }
    };
    sounds.extend(heard.iter().zip(tokens).map(sound));
}

/// A word as it sounds: no case, no marks.
fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn word(text: &str, start: f64, end: f64) -> Word {
        Word { text: text.into(), start, end, speaker: String::new() }
    }

    #[test]
    fn what_is_written_gets_the_times_of_what_was_heard() {
        let heard = [
            word("it's", 0.1, 0.3),
            word("eight", 0.3, 0.6),
            word("thousand", 0.6, 1.0),
            word("litres", 1.0, 1.5),
            word("today", 1.6, 2.0),
        ];
        let words = aligned("It’s 8,000 litres – “today”.", &heard, 2.2);
        let found: Vec<(&str, f64, f64)> = words.iter().map(|w| (w.text.as_str(), w.start, w.end)).collect();
        assert_eq!(found, [("It’s", 0.1, 0.3), ("8,000", 0.3, 1.0), ("litres –", 1.0, 1.5), ("“today”.", 1.6, 2.0)]);
    }

    #[test]
    fn words_that_were_not_heard_share_the_time_of_the_one_before() {
        let words = aligned("one two three", &[word("one", 0.0, 0.4), word("three", 1.0, 1.4)], 1.5);
        assert!(words[0].end <= words[1].start && words[1].end <= words[2].start, "{words:?}");
        assert_eq!((words[2].start, words[2].end), (1.0, 1.4));
        assert_eq!(aligned("one two", &[], 1.0).len(), 2);
        assert!(aligned("", &[word("one", 0.0, 1.0)], 1.0).is_empty());
    }

    proptest! {
        #[test]
        fn whatever_was_heard_the_words_are_those_of_the_text_in_order(
            text in "[a-d .,]{0,40}",
            heard in prop::collection::vec(("[a-d]{1,3}", -1.0..9.0_f64, -1.0..9.0_f64), 0..15),
            seconds in 0.1..8.0_f64,
        ) {
            let heard: Vec<Word> = heard.iter().map(|(t, a, b)| word(t, *a, *b)).collect();
            let words = aligned(&text, &heard, seconds);
            prop_assert_eq!(words.len(), tokens(&text).len());
            let mut last = 0.0;
            for word in &words {
                prop_assert!(word.start >= last && word.end >= word.start && word.end <= seconds);
                last = word.start;
            }
        }
    }
}
