//! Word times where nobody reports any: the sound's length shared out, with room for pauses after punctuation.

use super::{
    Sound, Token,
    marks::{ends_clause, ends_sentence, last_mark},
    timed, tokens,
};
use crate::roles::tts::Word;

/// How long the pauses of speech are, in the unit of a phoneme or letter.
const COMMA: f64 = 3.0;
const STOP: f64 = 6.0;
/// What a word lasts beside its letters.
const WORD: f64 = 0.5;

/// When each token is heard, if `said` is how long it takes beside the others (in phonemes, or letters).
pub fn shared_out(tokens: &[Token], said: &[f64], seconds: f64) -> Vec<Sound> {
    let last = tokens.len().saturating_sub(1);
    let pause = |n: usize| if n == last { 0.0 } else { pause(&tokens[n].text) };
    let whole: f64 = said.iter().enumerate().map(|(n, said)| said + pause(n)).sum();
    let unit = seconds / whole.max(1.0);
    let mut start = 0.0;
    let sound = |(n, (token, said)): (usize, (&Token, &f64))| {
        let end = start + said * unit;
        let sound = Sound { at: token.start, start, end };
        start = end + pause(n) * unit;
        sound
    };
    tokens.iter().zip(said).enumerate().map(sound).collect()
}

/// The words of a text in a sound of so many seconds, by their letters.
pub fn estimated(text: &str, seconds: f64) -> Vec<Word> {
    let tokens = tokens(text);
    let letters = |token: &Token| token.text.chars().filter(|c| c.is_alphanumeric()).count() as f64 + WORD;
    let said: Vec<f64> = tokens.iter().map(letters).collect();
    timed(&tokens, &shared_out(&tokens, &said, seconds), seconds)
}

fn pause(word: &str) -> f64 {
    match last_mark(word) {
        Some(mark) if ends_sentence(mark) || matches!(mark, ':' | '：') => STOP,
        Some(mark) if ends_clause(mark) => COMMA,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_share_the_sound_by_their_letters() {
        let words = estimated("Rice, extraordinary rice. Yes!", 3.0);
        let texts: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
        assert_eq!(texts, ["Rice,", "extraordinary", "rice.", "Yes!"]);
        assert!(words[1].end - words[1].start > 2.0 * (words[0].end - words[0].start));
        assert!(words[3].start - words[2].end > words[1].start - words[0].end);
        assert!((words[3].end - 3.0).abs() < 0.002);
        assert!(estimated(" … ", 1.0).is_empty());
    }
}
