//! From an answer that says no to a typed error with a sentence for a person.

use serde::Deserialize;
use studio_plugin_sdk::{prelude::*, serde_json};

use crate::{api::Api, check::invalid};

/// The service's names of parameters, and the fields of requests that they come from.
const FIELDS: [(&str, &str); 12] = [
    ("messages", "text"),
    ("input", "text"),
    ("instructions", "style"),
    ("max_completion_tokens", "max_tokens"),
    ("max_tokens", "max_tokens"),
    ("response_format", "schema"),
    ("temperature", "temperature"),
    ("voice", "voice"),
    ("speed", "speed"),
    ("size", "aspect"),
    ("file", "media"),
    ("language", "language"),
];

/// What services write into the body; numbers for codes, and null, occur too.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    message: Value,
    code: Value,
    param: Value,
}

/// The error of an answer with a status of 400 and above.
pub(crate) fn of(api: &Api, answer: &HttpAnswer) -> StageError {
    let said = said(answer);
    let (code, param) = (said.code.as_str().unwrap_or_default(), said.param.as_str().unwrap_or_default());
    let message = said.message.as_str().unwrap_or_default();
    let mut error = status_error(answer);
    match (answer.status, code) {
        // Not with the service's own words: they show parts of the key.
        (401, _) => error.message = no_key(api),
        (400 | 413 | 422, "context_length_exceeded" | "string_above_max_length") => {
            error = invalid("text", format!("it is too long for this model: {message}"));
        }
        (400 | 404, "model_not_found") => error = no_model(api, message),
        (404, _) if message.to_ascii_lowercase().contains("model") => error = no_model(api, message),
        (404, _) => {
            let hint = "is the address right? It usually ends in /v1";
            error.message = format!("{} does not know this request ({message}): {hint}", api.name());
        }
        (400 | 422, _) if error.kind == ErrorKind::Permanent => {
            let name = param.split(['.', '[']).next().unwrap_or_default();
            if let Some((_, field)) = FIELDS.iter().find(|(theirs, _)| *theirs == name) {
                error = invalid(field, format!("{} does not take it: {message}", api.name()));
            }
        }
        _ if error.kind == ErrorKind::Quota => {
            error.message = format!("{}; look at its billing page", error.message);
        }
        _ => {}
    }
    error.code = code_of(error.kind).into();
    error
}

/// An error that came in the middle of a stream, where the status had been good.
pub(crate) fn in_stream(api: &Api, body: Value) -> StageError {
    let kind = body["error"]["type"].as_str().unwrap_or_default();
    let status = if kind.starts_with("invalid") { 400 } else { 500 };
    of(api, &HttpAnswer { status, headers: Vec::new(), body: Body::Json(body) })
}

/// The service will not make it.
pub(crate) fn refused(api: &Api, why: &str) -> StageError {
    let why: String = why.trim().chars().take(500).collect();
    let message = format!("{} will not make this: {why}", api.name());
    StageError::new(ErrorKind::ContentRefused, message).code(code_of(ErrorKind::ContentRefused))
}

/// An answer that was good by its status and is of no use.
pub(crate) fn useless(api: &Api, what: &str) -> StageError {
    StageError::permanent(format!("the answer of {} {what}", api.name())).code("openai.answer")
}

fn no_key(api: &Api) -> String {
    match api.secret() {
        "" => format!("{} wants a key: name a secret for it in config.toml, as plugins.openai.secret", api.name()),
        secret => format!("{} refused the key: set it again with: studio secret set {secret}", api.name()),
    }
}

fn no_model(api: &Api, message: &str) -> StageError {
    let hint = "name one that it has, here or in config.toml";
    invalid("model", format!("{} does not have this model ({message}): {hint}", api.name()))
}

fn said(answer: &HttpAnswer) -> Said {
    let body: Value = match &answer.body {
        Body::Json(value) => value.clone(),
        Body::Text(text) => serde_json::from_str(text).unwrap_or_default(),
        _ => Value::Null,
    };
    // vLLM's older versions have it at the top.
    let inner = if body["error"].is_object() { body["error"].clone() } else { body };
    serde_json::from_value(inner).unwrap_or_default()
}

fn code_of(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidInput => "openai.invalid_input",
        ErrorKind::Unauthorized => "openai.unauthorized",
        ErrorKind::RateLimited => "openai.rate_limited",
        ErrorKind::Quota => "openai.quota",
        ErrorKind::Transient => "openai.transient",
        ErrorKind::ContentRefused => "openai.content_refused",
        ErrorKind::Permanent => "openai.permanent",
    }
}
