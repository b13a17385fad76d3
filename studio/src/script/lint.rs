//! What can be seen before a script runs, and not be trapped while it does: a promise in a condition is always
//! true, and never equal to a value. Looks at tokens only, and keeps silent where a name is set twice.

use std::collections::{BTreeMap, BTreeSet};

use studio_plugin_sdk::roles::Role;

use super::{
    port::SourceLine,
    source::ScriptSource,
    tokens::{Token, tokens},
};

/// Something in a script that is likely wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where.
    pub at: SourceLine,
    /// What, and what to do.
    pub message: String,
    /// The line and its neighbours with a caret.
    pub excerpt: String,
}

/// The warnings of a script and of what it requires.
pub(super) fn warnings(source: &ScriptSource) -> Vec<Warning> {
    let mut out = Vec::new();
    for (file, text) in &source.needed().files {
        let tokens = tokens(text);
        for (line, name, what) in conditions(&tokens, &promises(&tokens)) {
            let message = format!("`{name}` is a promise: {what}; use {name}:get()");
            let excerpt = source.excerpt(file, line, Some(name));
            out.push(Warning { at: SourceLine { file: file.clone(), line }, message, excerpt });
        }
    }
    out
}

/// Names that are set once, by a stage's call that nothing is done with.
fn promises<'a>(tokens: &[Token<'a>]) -> BTreeSet<&'a str> {
    let mut set: BTreeMap<&str, u32> = BTreeMap::new();
    for (i, token) in tokens.iter().enumerate().filter(|(_, token)| token.is_name) {
        let before = i.checked_sub(1).map_or("", |i| tokens[i].text);
        let after = tokens.get(i + 1).map_or("", |t| t.text);
        let is_set = after == "=" && before != "." && before != "{" || matches!(before, "local" | "function" | "for");
        let is_listed = matches!(after, "," | ")" | "in") && matches!(before, "," | "(");
        if is_set || is_listed && in_binding(tokens, i) {
            *set.entry(token.text).or_default() += 1;
        }
    }
    let declared = tokens.windows(5).enumerate().filter_map(|(i, w)| {
        let is_call = w[0].text == "local" && w[1].is_name && w[2].text == "=" && is_stage(w[3].text);
        (is_call && ends_there(tokens, i + 4)).then_some(w[1].text)
    });
    declared.filter(|name| set.get(name) == Some(&1)).collect()
}

/// Is the name at `i` in a list of parameters or of loop variables?
fn in_binding(tokens: &[Token<'_>], i: usize) -> bool {
    let start = tokens[..i].iter().rposition(|t| !t.is_name && t.text != ",");
    let Some(start) = start else { return false };
    let words = |n: usize| start.checked_sub(n).map_or("", |i| tokens[i].text);
    tokens[start].text == "(" && (words(1) == "function" || words(2) == "function")
        || tokens[start + 1..i].iter().any(|t| t.text == "for" || t.text == "local")
}

fn is_stage(name: &str) -> bool {
    name == "review" || Role::from_name(name).is_some()
}

/// Does the call whose argument begins at `open` end the expression?
fn ends_there(tokens: &[Token<'_>], open: usize) -> bool {
    let mut depth = 0_i32;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return i > open && !matches!(tokens.get(i + 1).map_or("", |t| t.text), ":" | "." | "[" | "(" | "{");
        }
    }
    false
}

/// Where promises stand as conditions or are compared.
fn conditions<'a>(tokens: &[Token<'a>], promises: &BTreeSet<&str>) -> Vec<(u32, &'a str, &'static str)> {
    let mut out = Vec::new();
    for (i, token) in tokens.iter().enumerate().filter(|(_, token)| token.is_name && promises.contains(token.text)) {
        let before = i.checked_sub(1).map_or("", |i| tokens[i].text);
        let after = tokens.get(i + 1).map_or("", |t| t.text);
        let what = match (before, after) {
            (_, "==" | "~=") | ("==" | "~=", _) if !matches!(after, ":" | "." | "[") => "it is never equal to a value",
            ("if" | "elseif", "then" | "and" | "or")
            | ("while", "do" | "and" | "or")
            | ("not", "then" | "and" | "or" | "do" | ")") => "as a condition it is always true",
            _ => continue,
        };
        out.push((token.line, token.text, what));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<u32> {
        warnings(&ScriptSource::single("a.lua", text)).into_iter().map(|w| w.at.line).collect()
    }

    #[test]
    fn promises_in_conditions_are_found() {
        let text =
            "local s = tts { text = 'x' }\nif s then end\nif s == 'x' then end\nif not s then end\nwhile s do end";
        assert_eq!(lines(text), [2, 3, 4, 5]);
        assert_eq!(lines("local s = review(image { text = {} })\n--[[ if s then ]]\nif s and 1 then end"), [3]);
    }

    #[test]
    fn what_may_be_known_is_left_alone() {
        let none: [u32; 0] = [];
        assert_eq!(lines("local s = tts { text = 'x' }:get()\nif s then end"), none);
        assert_eq!(lines("local s = tts { text = 'x' }\ns = nil\nif s then end"), none);
        assert_eq!(lines("local s = tts { text = 'x' }\nif s:get() == 1 then end\nif s.words:get() then end"), none);
        assert_eq!(lines("local s = tts { text = 'x' }\nlocal f = function(s) if s then end end"), none);
        assert_eq!(lines("local s = tts { text = 'x' }\nlocal t = 'if s then' -- if s then"), none);
        assert_eq!(lines("local s = llm { text = [[if s then]] }\nfor _, s in pairs({}) do if s then end end"), none);
        assert_eq!(lines("local s = tts {"), none);
        assert_eq!(lines("\"\\é"), none);
    }
}
