//! What a model has answered so far, from a stream's events or from a whole answer: both have the same parts.

use serde::Deserialize;
use studio_plugin_sdk::prelude::*;

use super::job::Job;
use crate::{
    api::Api,
    error::{self, useless},
};

/// An answer in the making.
#[derive(Debug, Default)]
pub(super) struct Reply {
    text: String,
    refusal: String,
    finish: Option<String>,
    tokens: Option<Counted>,
    pub model: Option<String>,
    /// Bytes of the text that a person has been shown.
    shown: usize,
    /// Did anything of an answer come?
    pub begun: bool,
}

/// A whole answer, or an event of a stream. Servers add and leave out fields as they like.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Piece {
    choices: Option<Vec<Choice>>,
    usage: Option<Counted>,
    model: Option<String>,
    error: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Choice {
    #[serde(alias = "message")]
    delta: Option<Delta>,
    finish_reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Delta {
    content: Option<String>,
    refusal: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Counted {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    prompt_tokens_details: Option<Cached>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cached {
    cached_tokens: Option<u64>,
}

impl Reply {
    /// Takes in the next piece.
    pub(super) fn add(&mut self, api: &Api, piece: Piece) -> Result<()> {
        if let Some(error) = piece.error.filter(|e| !e.is_null()) {
            return Err(error::in_stream(api, json!({ "error": error })));
        }
        self.begun = true;
        self.tokens = piece.usage.or(self.tokens.take());
        self.model = piece.model.filter(|model| !model.is_empty()).or(self.model.take());
        let Some(choice) = piece.choices.and_then(|choices| choices.into_iter().next()) else { return Ok(()) };
        self.finish = choice.finish_reason.or(self.finish.take());
        let delta = choice.delta.unwrap_or_default();
        self.text.push_str(&delta.content.unwrap_or_default());
        self.refusal.push_str(&delta.refusal.unwrap_or_default());
        Ok(())
    }

    /// Shows what a person has not seen yet.
    pub(super) fn show(&mut self, cx: &Cx) {
        if self.text.len() > self.shown {
            cx.partial(&self.text[self.shown..]);
            self.shown = self.text.len();
        }
    }

    /// What it used; where the service does not say, about four characters are a token.
    pub(super) fn usage(&self, cx: &Cx, job: &Job) -> Usage {
        // As it was asked for: what answers calls itself by a date, or by a file's name, which no price is known for.
        let model = job.model.clone();
        let Some(tokens) = &self.tokens else {
            cx.log(Level::Warn, "the service did not say how many tokens it used; the count is an estimate");
            let tokens_out = self.text.chars().count() as u64 / 4 + 1;
            return Usage { model, tokens_in: job.read_about, tokens_out, ..Usage::default() };
        };
        let read = tokens.prompt_tokens.unwrap_or_default();
        let cached = tokens.prompt_tokens_details.as_ref().and_then(|d| d.cached_tokens).unwrap_or_default().min(read);
        Usage {
            model,
            tokens_in: read - cached,
            tokens_cached: cached,
            tokens_out: tokens.completion_tokens.unwrap_or_default(),
            ..Usage::default()
        }
    }

    /// The finished text, without what a model thought aloud.
    pub(super) fn text(self, cx: &Cx, api: &Api, whole: bool) -> Result<String> {
        if !self.refusal.trim().is_empty() {
            return Err(error::refused(api, &self.refusal));
        }
        let text = without_thoughts(&self.text).trim().to_owned();
        match self.finish.as_deref() {
            Some("content_filter") => return Err(error::refused(api, "its filter stopped the answer")),
            Some("length") if whole || text.is_empty() => {
                let message = "the answer did not fit into `max_tokens`: allow more, or ask for less";
                return Err(StageError { field: Some("max_tokens".into()), ..useless_length(message) });
            }
            Some("length") => cx.log(Level::Warn, "the answer was cut off at `max_tokens`"),
            Some(_) => {}
            None => {
                let message = format!("{} ended its answer early; ask again", api.name());
                return Err(StageError::transient(message).code("openai.cut"));
            }
        }
        if text.is_empty() {
            return Err(useless(api, "is empty"));
        }
        Ok(text)
    }
}

fn useless_length(message: &str) -> StageError {
    StageError::permanent(message).code("openai.length")
}

/// Local models put their thoughts before the answer.
fn without_thoughts(text: &str) -> &str {
    let thinks = text.trim_start().strip_prefix("<think>");
    thinks.and_then(|rest| rest.split_once("</think>")).map_or(text, |(_, answer)| answer)
}

/// JSON without the fence of Markdown that some models put around it.
pub(super) fn without_fence(text: &str) -> &str {
    let Some(rest) = text.trim().strip_prefix("```") else { return text.trim() };
    let inner = rest.split_once('\n').map_or(rest, |(_, inner)| inner);
    inner.trim_end().strip_suffix("```").unwrap_or(inner).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thoughts_and_fences_are_left_out() {
        assert_eq!(without_thoughts("<think>\nhm\n</think>\n\nYes."), "\n\nYes.");
        assert_eq!(without_thoughts("No <think> here"), "No <think> here");
        assert_eq!(without_thoughts("<think>never ends"), "<think>never ends");
        assert_eq!(without_fence("```json\n{\"a\": 1}\n```\n"), "{\"a\": 1}");
        assert_eq!(without_fence(" {} "), "{}");
    }
}
