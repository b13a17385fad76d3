//! Light colouring of program text: comments, strings, numbers, words that most languages share.
//! One line at a time; no language is parsed.

use std::ops::Range;

use crate::palette::Tone;

const WORDS: &str = " abstract and as assert async await begin bool break case catch char class const continue crate def default defer del do else elif end \
enum export extends extern false False final fn for from func function go if impl import in int interface is let local match mod \
module mut namespace new nil None not null or package pass private pub public raise return self Self static str string struct super \
switch then this throw trait true True try type typeof u8 u32 u64 i32 i64 f32 f64 union unless until unsafe use usize using var void \
where while with yield SELECT FROM WHERE INSERT INTO VALUES JOIN ON GROUP BY ORDER CREATE TABLE ";

/// Colours for the bytes of a line, without gaps.
pub fn colour(line: &str, language: &str) -> Vec<(Range<usize>, Tone)> {
    let language = language.to_lowercase();
    let comments: &[&str] = match language.as_str() {
        "python" | "py" | "ruby" | "sh" | "bash" | "shell" | "yaml" | "toml" | "makefile" => &["#"],
        "lua" | "luau" | "sql" | "haskell" | "ada" => &["--"],
        "lisp" | "clojure" | "scheme" | "asm" => &[";"],
        "html" | "xml" | "markdown" | "json" | "text" => &[],
        "" => &["//", "# ", "-- "],
        _ => &["//"],
    };
    let lifetimes = matches!(language.as_str(), "" | "rust" | "rs");
    let mut out: Vec<(Range<usize>, Tone)> = Vec::new();
    let mut at = 0;
    while at < line.len() {
        let rest = &line[at..];
        let fresh = !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let (len, tone) = token(rest, comments, lifetimes, fresh);
        match out.last_mut() {
            Some((range, last)) if *last == tone => range.end = at + len,
            _ => out.push((at..at + len, tone)),
        }
        at += len;
    }
    out
}

fn token(rest: &str, comments: &[&str], lifetimes: bool, fresh: bool) -> (usize, Tone) {
    let first = rest.chars().next().unwrap_or(' ');
    if comments.iter().any(|c| rest.starts_with(c)) {
        return (rest.len(), Tone::Muted);
    }
    if matches!(first, '"' | '\'' | '`')
        && let Some(len) = string(rest, first)
        && (first != '\'' || !lifetimes || char_literal(&rest[..len]))
    {
        return (len, Tone::Second);
    }
    if fresh && first.is_ascii_digit() {
        return (while_in(rest, |c| c.is_ascii_alphanumeric() || c == '.' || c == '_'), Tone::Second);
    }
    if first.is_alphabetic() || first == '_' {
        let len = while_in(rest, |c| c.is_alphanumeric() || c == '_');
        let known = fresh && WORDS.split_ascii_whitespace().any(|w| w == &rest[..len]);
        return (len, if known { Tone::Accent } else { Tone::Text });
    }
    let quiet = "{}[]();,.:".contains(first);
    (first.len_utf8(), if quiet { Tone::Muted } else { Tone::Text })
}

/// Whether what stands between two apostrophes is one character, not a lifetime and what follows it.
fn char_literal(text: &str) -> bool {
    text.starts_with("'\\") || text.chars().count() == 3
}

/// A closed string at the start, or none: a lone apostrophe is a lifetime or a word's.
fn string(rest: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (i, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return Some(i + c.len_utf8()),
            _ => {}
        }
    }
    None
}

fn while_in(text: &str, test: impl Fn(char) -> bool) -> usize {
    text.find(|c| !test(c)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tones(line: &str, language: &str) -> Vec<(String, Tone)> {
        colour(line, language)
            .into_iter()
            .map(|(r, t)| (line[r].trim().to_owned(), t))
            .filter(|(s, _)| !s.is_empty())
            .collect()
    }

    #[test]
    fn the_usual_tokens_are_told_apart() {
        let got = tones("let x = \"a // b\" + 4.5 // why", "rust");
        for expected in
            [("let", Tone::Accent), ("\"a // b\"", Tone::Second), ("4.5", Tone::Second), ("// why", Tone::Muted)]
        {
            assert!(got.contains(&(expected.0.into(), expected.1)), "{expected:?} not in {got:?}");
        }
        assert!(tones("fn f<'a>(x: &'a str)", "rust").iter().all(|(s, t)| *t != Tone::Second || s.is_empty()));
    }

    #[test]
    fn every_byte_is_coloured() {
        for line in ["", "é🦀 \"unterminated", "x1y 2z -- c"] {
            let spans = colour(line, "lua");
            assert_eq!(spans.iter().map(|(r, _)| r.len()).sum::<usize>(), line.len(), "{line}");
        }
    }
}
