//! What ends with a word.

use super::marks::{ends_clause, ends_sentence, last_mark};

/// What ends with a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhraseEnd {
    /// Nothing: its phrase goes on.
    None,
    /// A part of a sentence.
    Clause,
    /// A sentence.
    Sentence,
}

/// What ends with a word, by the mark that it ends with; quotation marks and brackets may follow that.
pub fn phrase_end(word: &str) -> PhraseEnd {
    match last_mark(word) {
        Some(mark) if ends_sentence(mark) => PhraseEnd::Sentence,
        Some(mark) if ends_clause(mark) => PhraseEnd::Clause,
        _ => PhraseEnd::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_ends_as_its_script_ends_it() {
        let sentences =
            ["rice.", "rice?!”", "(rice.)", "riz ! »", "„Reis.“", "稻田。」", "أرز؟", "چاول۔", "चावल।", "…"];
        for word in sentences {
            assert_eq!(phrase_end(word), PhraseEnd::Sentence, "{word}");
        }
        for word in ["rice,", "rice —", "»Reis«,", "稻田，", "たんぼ、", "أرز،", "أرز؛", "dit : «"]
        {
            assert_eq!(phrase_end(word), PhraseEnd::Clause, "{word}");
        }
        for word in ["rice", "“rice”", "it’s", "70%", "", "稻田", "أرز"] {
            assert_eq!(phrase_end(word), PhraseEnd::None, "{word}");
        }
    }
}
