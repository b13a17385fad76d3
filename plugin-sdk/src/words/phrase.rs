//! What ends with a word.

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
    let bare = word.trim_end_matches(['"', '\'', '”', '’', '»', ')', ']']);
    match bare.chars().last() {
        Some('.' | '!' | '?' | '…' | '。' | '！' | '？') => PhraseEnd::Sentence,
        Some(',' | ';' | ':' | '–' | '—' | '，' | '、') => PhraseEnd::Clause,
        _ => PhraseEnd::None,
    }
}
