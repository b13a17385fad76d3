//! The tokens of a Luau text: enough to look at a script without running it.

/// A word, a text, a number, or a sign.
pub(super) struct Token<'a> {
    pub text: &'a str,
    /// From 1.
    pub line: u32,
    pub is_name: bool,
}

/// The tokens of a Luau text; strings and numbers as one token, comments left out.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let (bytes, mut i, mut line, mut out) = (text.as_bytes(), 0, 1, Vec::new());
    while i < bytes.len() {
        let (start, at) = (i, line);
        let end = match bytes[i] {
            b'-' if text[i..].starts_with("--") => match long_bracket(bytes, i + 2) {
                Some(end) => end,
                None => text[i..].find('\n').map_or(bytes.len(), |n| i + n),
            },
            b'[' if long_bracket(bytes, i).is_some() => long_bracket(bytes, i).unwrap_or(i + 1),
            quote @ (b'"' | b'\'' | b'`') => quoted(bytes, i, quote),
            c if c.is_ascii_alphanumeric() || c == b'_' => {
                i + bytes[i..].iter().take_while(|c| c.is_ascii_alphanumeric() || **c == b'_').count()
            }
            b'=' | b'~' | b'<' | b'>' if bytes.get(i + 1) == Some(&b'=') => i + 2,
            c if c < 0x80 => i + 1,
            _ => i + text[i..].chars().next().map_or(1, char::len_utf8),
        };
        let token = &text[start..end];
        line += token.bytes().filter(|b| *b == b'\n').count() as u32;
        i = end;
        if !token.trim().is_empty() && !token.starts_with("--") {
            let is_name = token.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            out.push(Token { text: token, line: at, is_name });
        }
    }
    out
}

/// The end of a long bracket (`[[ … ]]`, `[==[ … ]==]`) that begins at `i`.
fn long_bracket(bytes: &[u8], i: usize) -> Option<usize> {
    let level = bytes.get(i + 1..)?.iter().take_while(|b| **b == b'=').count();
    if bytes.get(i) != Some(&b'[') || bytes.get(i + 1 + level) != Some(&b'[') {
        return None;
    }
    let close: Vec<u8> = [b"]".as_slice(), &vec![b'='; level], b"]"].concat();
    let inside = i + 2 + level;
    let found = bytes.get(inside..)?.windows(close.len()).position(|w| w == close);
    Some(found.map_or(bytes.len(), |at| inside + at + close.len()))
}

/// The end of a quoted text that begins at `i`. All quotes are ASCII, so it ends between characters.
fn quoted(bytes: &[u8], i: usize, quote: u8) -> usize {
    let mut at = i + 1;
    while at < bytes.len() && bytes[at] != quote && (bytes[at] != b'\n' || quote == b'`') {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    let mut end = (at + 1).min(bytes.len());
    while end < bytes.len() && bytes[end] & 0xC0 == 0x80 {
        end += 1;
    }
    end
}

/// The modules that a text requires by a plain name; none: it requires something that only running it tells.
pub(super) fn required(text: &str) -> Option<Vec<String>> {
    let tokens = tokens(text);
    let calls = tokens.iter().enumerate().filter(|(i, token)| {
        let before = i.checked_sub(1).map_or("", |i| tokens[i].text);
        token.text == "require" && !matches!(before, "." | ":")
    });
    calls
        .map(|(i, _)| {
            let open = tokens.get(i + 1).filter(|t| t.text == "(").map_or(i + 1, |_| i + 2);
            let name = tokens.get(open)?.text;
            let plain = name.starts_with(['"', '\'']) && name.len() > 2 && !name.contains('\\');
            let ends = open == i + 1 || tokens.get(open + 1).is_some_and(|t| t.text == ")");
            (plain && ends).then(|| name[1..name.len() - 1].to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requires_are_found() {
        let text = "local a = require('lib.a') -- require('lib.c')\nlocal b = require \"lib.b\" x.require('d') y = [[require('e')]]";
        assert_eq!(required(text), Some(vec!["lib.a".into(), "lib.b".into()]));
        assert_eq!(required("require('lib.' .. name)"), None);
        assert_eq!(required("local r = require"), None);
        assert_eq!(required("return 1"), Some(Vec::new()));
    }
}
