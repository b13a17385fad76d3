//! Marks of punctuation, in the scripts that have their own.

/// Does the mark end a sentence?
pub fn ends_sentence(c: char) -> bool {
    let latin = matches!(c, '.' | '!' | '?' | '…' | '‽');
    latin || matches!(c, '。' | '｡' | '．' | '！' | '？' | '؟' | '۔' | '।' | '॥' | '։' | '።' | '។')
}

/// Does the mark end a part of a sentence?
pub fn ends_clause(c: char) -> bool {
    let latin = matches!(c, ',' | ';' | ':' | '–' | '—');
    latin || matches!(c, '，' | '、' | '､' | '；' | '：' | '،' | '؛' | '፣')
}

/// Does the mark close what another one has opened? Languages differ in which quotation mark closes, so after a word all
/// of them do: „Reis“, »Reis«, “rice”.
pub fn is_closing(c: char) -> bool {
    let quote = matches!(c, '"' | '\'' | '”' | '’' | '“' | '‘' | '»' | '›' | '«' | '‹');
    quote || matches!(c, ')' | ']' | '}' | '」' | '』' | '）' | '】' | '》' | '〉')
}

/// What a word ends with, but for quotation marks and brackets that close after it.
pub fn last_mark(word: &str) -> Option<char> {
    word.trim_end_matches(|c: char| c.is_whitespace() || is_closing(c)).chars().last()
}
