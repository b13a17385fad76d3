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

/// Does the mark close what another one has opened, in every language?
pub fn is_closing(c: char) -> bool {
    let quote = matches!(c, '"' | '\'' | '”' | '’' | '»' | '›');
    quote || matches!(c, ')' | ']' | '}' | '」' | '』' | '）' | '】' | '》' | '〉')
}

/// Is it a quotation mark that closes in some languages, „Reis“ and »Reis«, and opens in others, “rice” and « riz »?
pub fn may_close(c: char) -> bool {
    matches!(c, '“' | '‘' | '«' | '‹')
}

/// What a word ends with, but for quotation marks and brackets that close after it: after a word those that may do.
pub fn last_mark(word: &str) -> Option<char> {
    word.trim_end_matches(|c: char| c.is_whitespace() || is_closing(c) || may_close(c)).chars().last()
}
