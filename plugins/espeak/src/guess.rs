//! Word times without events: the sound's length shared out by the phonemes that espeak-ng names for each
//! word, with room for pauses after punctuation. Called where Python or the library is missing; pure.

use studio_plugin_sdk::words::{Sound, Token, shared_out};

/// Phonemes' worth of a word's own.
const WORD: f64 = 0.5;

/// `phonemes` is the output of `espeak-ng -x`, a line for each token; where it is not, letters count instead.
pub(crate) fn sounds(tokens: &[Token], phonemes: &str, seconds: f64) -> Vec<Sound> {
    let lines: Vec<&str> = phonemes.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let counted = lines.len() == tokens.len();
    let said = |(n, token): (usize, &Token)| {
        let said = if counted { count(lines[n]) } else { token.text.chars().filter(|c| c.is_alphanumeric()).count() };
        said as f64 + WORD
    };
    let said: Vec<f64> = tokens.iter().enumerate().map(said).collect();
    shared_out(tokens, &said, seconds)
}

/// Phonemes in espeak-ng's mnemonics: vowels of two letters count twice, as they last twice as long.
fn count(mnemonics: &str) -> usize {
    mnemonics.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '@' | '&' | ':')).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use studio_plugin_sdk::words::tokens;

    #[test]
    fn long_words_and_pauses_take_longer() {
        let tokens = tokens("Well, extraordinary rice. Yes.");
        let got = sounds(&tokens, "w'El\n Ekstr'O:din@ri\n\nr'aIs\nj'Es\n", 3.0);
        assert_eq!(got.len(), 4);
        assert!((got[3].end - 3.0).abs() < 1e-9);
        let length = |n: usize| got[n].end - got[n].start;
        assert!(length(1) > 2.0 * length(2));
        assert!(got[3].start - got[2].end > got[1].start - got[0].end);
        assert!((got[2].start - got[1].end).abs() < 1e-9);
    }

    #[test]
    fn letters_count_where_the_lines_do_not_fit() {
        let got = sounds(&tokens("a bbbb"), "", 1.0);
        assert!(got[1].end - got[1].start > got[0].end);
        assert!(sounds(&[], "", 1.0).is_empty());
    }
}
