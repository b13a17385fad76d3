//! What a model is asked: a request checked, and brought into the form of chat completions.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use studio_plugin_sdk::{prelude::*, serde_json};

use super::{schema, storyboard};
use crate::{
    api::Api,
    check::{self, invalid},
    models,
};

/// Most characters of all that is sent as text.
const MOST_TEXT: usize = 400_000;
/// Most pictures, and most bytes of one and of all.
const MOST_IMAGES: usize = 10;
const MOST_IMAGE: u64 = 8 << 20;
const MOST_IMAGE_BYTES: u64 = 20 << 20;
/// Most characters of a schema.
const MOST_SCHEMA: usize = 50_000;
/// Tokens to write where the request does not say.
const TOKENS: u32 = 8_000;
/// Answers that may be longer come whole: an event of a stream has some 350 bytes for each token, and a stage may be
/// told 4 MB.
const MOST_STREAMED: u32 = 8_000;
/// Most tokens that any model writes.
const MOST_TOKENS: u32 = 128_000;
/// What a picture may count as, in tokens.
const TOKENS_AN_IMAGE: u64 = 2_000;
/// Most tokens of what stands around a message.
const TOKENS_A_MESSAGE: u64 = 20;

/// A request found good.
pub(super) struct Job {
    pub model: String,
    messages: Vec<Value>,
    format: Option<Value>,
    images: Vec<Blob>,
    temperature: Option<f64>,
    pub at_most: Usage,
    /// Tokens that are read, where the service does not say: about four characters are one.
    pub read_about: u64,
    max_tokens: u32,
}

impl Job {
    pub(super) fn of(cx: &Cx, req: &LlmRequest) -> Result<Self> {
        check_text(req)?;
        check_images(&req.images)?;
        check_numbers(req)?;
        let format = match (req.task, &req.schema) {
            (Task::Storyboard, None) => Some(schema::format("storyboard", &storyboard::schema())),
            (Task::Storyboard, Some(_)) => {
                return Err(invalid("schema", "a storyboard has a schema of its own: leave `schema` out, or `task`"));
            }
            (Task::Text, Some(given)) => {
                if !given.is_object() || given.to_string().len() > MOST_SCHEMA {
                    let message = format!("a JSON Schema is an object of at most {MOST_SCHEMA} characters");
                    return Err(invalid("schema", message));
                }
                Some(schema::format(&schema::name(given), given))
            }
            (Task::Text, None) => None,
        };
        Ok(Self {
            model: check::name("model", req.model.as_ref(), models::LLM)?,
            messages: messages(req, check::note(cx)),
            format,
            images: req.images.clone(),
            temperature: req.temperature,
            at_most: at_most(req, check::note(cx).map_or(0, |note| note.len())),
            read_about: (length(req) + around(req)) as u64 / 4 + 1 + req.images.len() as u64 * TOKENS_AN_IMAGE / 4,
            max_tokens: max_tokens(req),
        })
    }

    pub(super) fn wants_json(&self) -> bool {
        self.format.is_some()
    }

    pub(super) fn streams(&self) -> bool {
        self.max_tokens <= MOST_STREAMED
    }

    /// The request to send.
    pub(super) fn request(&self, cx: &Cx, api: &Api) -> Result<HttpRequest> {
        // Servers that speak like OpenAI often know the older name alone.
        let limit = if api.is_openai() { "max_completion_tokens" } else { "max_tokens" };
        let mut body = json!({ "model": self.model, "messages": self.messages, limit: self.max_tokens });
        if let Some(format) = &self.format {
            body["response_format"] = format.clone();
        }
        if let Some(temperature) = self.temperature {
            body["temperature"] = temperature.into();
        }
        if self.streams() {
            body["stream"] = true.into();
            body["stream_options"] = json!({ "include_usage": true });
        }
        let request = api.post("/chat/completions").at_most(self.at_most.clone());
        if self.images.is_empty() {
            return Ok(request.json(&body));
        }
        self.show_images(cx, &mut body)?;
        // As a blob: what is asked for is written down before it is sent.
        let bytes = serde_json::to_vec(&body).map_err(|e| StageError::permanent(e.to_string()))?;
        Ok(request.blob(&cx.write_blob("application/json", &bytes)?))
    }

    /// Puts the pictures beside the text of the last message.
    fn show_images(&self, cx: &Cx, body: &mut Value) -> Result<()> {
        let last = self.messages.len().saturating_sub(1);
        let mut parts = vec![json!({ "type": "text", "text": body["messages"][last]["content"] })];
        for image in &self.images {
            let url = format!("data:{};base64,{}", image.mime, BASE64_STANDARD.encode(cx.read_blob(image)?));
            parts.push(json!({ "type": "image_url", "image_url": { "url": url } }));
        }
        body["messages"][last]["content"] = parts.into();
        Ok(())
    }
}

fn messages(req: &LlmRequest, note: Option<String>) -> Vec<Value> {
    let mut messages = Vec::new();
    let mut say = |role: &str, text: &str| messages.push(json!({ "role": role, "content": text }));
    let system = match req.task {
        Task::Storyboard => [storyboard::INSTRUCTIONS, req.system.trim()].join("\n\n"),
        Task::Text => req.system.clone(),
    };
    if !system.trim().is_empty() {
        // Also understood by models whose own word for it is `developer`.
        say("system", system.trim());
    }
    for message in &req.messages {
        let role = match message.role {
            Speaker::User => "user",
            Speaker::Assistant => "assistant",
        };
        say(role, &message.text);
    }
    let note = note.map(|note| format!("\n\nThis time: {note}")).unwrap_or_default();
    say("user", &format!("{}{note}", req.text));
    messages
}

/// The most that a request can use. A token is a byte of text at least; `note` has the bytes of what is to be different
/// this time.
pub(super) fn at_most(req: &LlmRequest, note: usize) -> Usage {
    Usage {
        model: req.model.clone().unwrap_or_else(|| models::LLM.into()),
        tokens_in: (bytes(req) + around(req) + note) as u64
            + (req.messages.len() as u64 + 2) * TOKENS_A_MESSAGE
            + req.images.len() as u64 * TOKENS_AN_IMAGE,
        tokens_out: max_tokens(req).into(),
        ..Usage::default()
    }
}

/// Bytes of what is sent beside the request's own texts.
fn around(req: &LlmRequest) -> usize {
    let own = if req.task == Task::Storyboard { storyboard::INSTRUCTIONS.len() + 2_000 } else { 0 };
    own + req.schema.as_ref().map_or(0, |schema| schema.to_string().len())
}

fn texts(req: &LlmRequest) -> impl Iterator<Item = &String> {
    [&req.text, &req.system].into_iter().chain(req.messages.iter().map(|m| &m.text))
}

fn length(req: &LlmRequest) -> usize {
    texts(req).map(|text| text.chars().count()).sum()
}

fn bytes(req: &LlmRequest) -> usize {
    texts(req).map(String::len).sum()
}

/// A storyboard says all of its text again, and more.
fn max_tokens(req: &LlmRequest) -> u32 {
    let needed = match req.task {
        Task::Storyboard => u32::try_from(req.text.chars().count()).unwrap_or(u32::MAX).saturating_add(4_000),
        Task::Text => TOKENS,
    };
    req.max_tokens.unwrap_or_else(|| needed.clamp(TOKENS, MOST_TOKENS))
}

fn check_text(req: &LlmRequest) -> Result<()> {
    check::text("text", &req.text, MOST_TEXT)?;
    check::optional_text("system", &req.system, MOST_TEXT)?;
    for (n, message) in req.messages.iter().enumerate() {
        check::text(&format!("messages[{n}].text"), &message.text, MOST_TEXT)?;
    }
    if length(req) > MOST_TEXT {
        return Err(invalid("messages", format!("all texts together have over {MOST_TEXT} characters: send fewer")));
    }
    Ok(())
}

fn check_images(images: &[Blob]) -> Result<()> {
    if images.len() > MOST_IMAGES {
        return Err(invalid("images", format!("{} pictures, at most {MOST_IMAGES} are looked at", images.len())));
    }
    for (n, image) in images.iter().enumerate() {
        let field = format!("images[{n}]");
        if !["image/png", "image/jpeg", "image/webp", "image/gif"].contains(&image.mime.as_str()) {
            return Err(invalid(&field, format!("{} is looked at as PNG, JPEG, WebP or GIF alone", image.mime)));
        }
        if image.bytes > MOST_IMAGE {
            return Err(invalid(&field, format!("it has {} bytes, at most {MOST_IMAGE} are looked at", image.bytes)));
        }
    }
    let bytes: u64 = images.iter().map(|image| image.bytes).sum();
    if bytes > MOST_IMAGE_BYTES {
        let message = format!("together they have {bytes} bytes, at most {MOST_IMAGE_BYTES} are looked at");
        return Err(invalid("images", message));
    }
    Ok(())
}

fn check_numbers(req: &LlmRequest) -> Result<()> {
    if let Some(t) = req.temperature.filter(|t| !(0.0..=2.0).contains(t)) {
        return Err(invalid("temperature", format!("0 to 2, not {t}")));
    }
    if let Some(n) = req.max_tokens.filter(|n| !(1..=MOST_TOKENS).contains(n)) {
        return Err(invalid("max_tokens", format!("1 to {MOST_TOKENS}, not {n}")));
    }
    Ok(())
}
