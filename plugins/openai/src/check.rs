//! What no service could make sense of is refused here, with the field named; and what a take adds.

use studio_plugin_sdk::prelude::*;

/// Longest name of a model or voice.
const MOST_NAME: usize = 200;

/// A wrong input.
pub(crate) fn invalid(field: &str, message: impl Into<String>) -> StageError {
    StageError::invalid(field, message).code("openai.invalid_input")
}

/// Text for the service: there is some, it is not too long, and it is text.
pub(crate) fn text(field: &str, text: &str, most: usize) -> Result<()> {
    if text.trim().is_empty() {
        return Err(invalid(field, format!("there is nothing in `{field}`: give it words")));
    }
    optional_text(field, text, most)
}

/// The same, where it may be left out.
pub(crate) fn optional_text(field: &str, text: &str, most: usize) -> Result<()> {
    let length = text.chars().count();
    if length > most {
        let message = format!("it has {length} characters, at most {most} are taken at once: shorten or split it");
        return Err(invalid(field, message));
    }
    let odd = |c: &char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}');
    match text.chars().find(odd) {
        Some(c) => {
            let message = format!("it holds the control character U+{:04X}: this is no text", u32::from(c));
            Err(invalid(field, message))
        }
        None => Ok(()),
    }
}

/// The name of a model or voice: the request's, or the one that is taken otherwise.
pub(crate) fn name(field: &str, given: Option<&String>, otherwise: &str) -> Result<String> {
    let Some(name) = given else { return Ok(otherwise.to_owned()) };
    let plain = !name.is_empty() && name.trim() == name && !name.chars().any(char::is_control);
    if plain && name.len() <= MOST_NAME {
        return Ok(name.clone());
    }
    Err(invalid(field, format!("this is no name of a {field}: give 1 to {MOST_NAME} characters on one line")))
}

/// What a person wants to be different in another take.
pub(crate) fn note(cx: &Cx) -> Option<String> {
    let take = cx.take();
    (take.n > 1 && !take.note.trim().is_empty()).then(|| take.note.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(result: Result<impl Sized>) -> Option<String> {
        result.err().and_then(|e| e.field)
    }

    #[test]
    fn what_is_odd_is_refused_by_field() {
        for bad in ["", " \n", "a\0b", "a\u{1b}[31m", &"x".repeat(11)] {
            assert_eq!(field(text("text", bad, 10)).as_deref(), Some("text"), "{bad:?}");
        }
        assert!(text("text", "Grüße\n\t日本 😀", 20).is_ok());
        for bad in ["", " a", "a\nb", &"m".repeat(300)] {
            assert_eq!(field(name("model", Some(&bad.to_owned()), "m")).as_deref(), Some("model"), "{bad:?}");
        }
        assert_eq!(name("model", Some(&"Qwen/Qwen3-8B:Q4".to_owned()), "m").unwrap(), "Qwen/Qwen3-8B:Q4");
        assert_eq!(name("model", None, "m").unwrap(), "m");
    }
}
