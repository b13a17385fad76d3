//! Requests as futures, and what a stage does with their answers.

use std::{
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Cx, blobs, mismatch, status_error};
use crate::{
    blob::Blob,
    build::HttpRequest,
    error::{Result, StageError},
    json,
    task::{EffectFuture, Shared},
    wire::{self, Action, Answer, Body, HttpAnswer},
};

/// Text of an answer beyond this stays a blob.
const MAX_TEXT: u64 = 32 * 1024 * 1024;

pub(super) fn call(cx: &Cx, request: HttpRequest) -> EffectFuture<HttpAnswer> {
    let action = request.into_wire();
    let as_blob = action.as_ref().is_ok_and(|http| http.to_blob);
    cx.single(action.map(Action::Http), if as_blob { answer } else { answer_with_text })
}

fn answer(_: &Rc<Shared>, answer: Answer) -> Result<HttpAnswer> {
    match answer {
        Answer::Http(answer) => Ok(answer),
        _ => Err(mismatch()),
    }
}

/// A long JSON answer comes as a blob; the stage wants it as text all the same.
fn answer_with_text(shared: &Rc<Shared>, given: Answer) -> Result<HttpAnswer> {
    let mut answer = answer(shared, given)?;
    if let Body::Blob(blob) = &answer.body
        && blob.bytes <= MAX_TEXT
        && is_text(answer.header("content-type").unwrap_or(&blob.mime))
        && let Ok(text) = String::from_utf8(blobs::read_all(shared, blob)?)
    {
        answer.body = Body::Text(text);
    }
    Ok(answer)
}

fn is_text(mime: &str) -> bool {
    let mime = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    mime.starts_with("text/") || mime == "application/json" || mime.ends_with("+json")
}

/// A request that the host repeats; made by `Cx::poll`. Without more: every 2 s, given up after an hour.
///
/// `cx.poll(get(url)).every(secs(3)).until("/status", ["succeeded", "failed"]).give_up(minutes(10)).await?`
#[must_use = "a poll begins when it is awaited"]
pub struct PollCall {
    inner: EffectFuture<HttpAnswer>,
}

impl PollCall {
    pub(super) fn new(cx: &Cx, request: HttpRequest) -> Self {
        let action = request.into_wire().map(|request| {
            Action::Poll(wire::Poll {
                request,
                every_ms: 2000,
                backoff: 1.0,
                pointer: String::new(),
                until: Vec::new(),
                progress: None,
                give_up_s: 3600,
            })
        });
        Self { inner: cx.single(action, answer_with_text) }
    }

    /// The pause between two requests.
    pub fn every(self, pause: Duration) -> Self {
        self.with(|poll| poll.every_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX))
    }

    /// Each pause is `factor` times the last, up to ten times the first.
    pub fn backoff(self, factor: f64) -> Self {
        self.with(|poll| poll.backoff = factor)
    }

    /// Ends when the value at the JSON pointer is one of `values`.
    pub fn until<V: Into<Value>>(self, pointer: impl Into<String>, values: impl IntoIterator<Item = V>) -> Self {
        self.with(|poll| {
            poll.pointer = pointer.into();
            poll.until = values.into_iter().map(Into::into).collect();
        })
    }

    /// Shows the number at the JSON pointer (0–1, or 0–100) as progress.
    pub fn progress(self, pointer: impl Into<String>) -> Self {
        self.with(|poll| poll.progress = Some(pointer.into()))
    }

    /// Fails with a transient error after this long.
    pub fn give_up(self, after: Duration) -> Self {
        self.with(|poll| poll.give_up_s = after.as_secs().max(1))
    }

    fn with(mut self, change: impl FnOnce(&mut wire::Poll)) -> Self {
        if let Some(Action::Poll(poll)) = self.inner.asked.action_mut() {
            change(poll);
        }
        self
    }
}

impl Future for PollCall {
    type Output = Result<HttpAnswer>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(Action::Poll(poll)) = self.inner.asked.action_mut()
            && poll.until.is_empty()
        {
            let message = "a poll needs an end: .until(\"/status\", [\"done\"])";
            self.inner.asked.refuse(StageError::permanent(message).code("poll.until"));
        }
        Pin::new(&mut self.inner).poll(context)
    }
}

impl HttpAnswer {
    /// The first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The answer itself, or the typed error of a status of 400 and above ([`status_error`]).
    pub fn ok(self) -> Result<Self> {
        if self.status < 400 { Ok(self) } else { Err(status_error(&self)) }
    }

    /// The body as text; none where it is a blob or no text.
    pub fn body_text(&self) -> Option<&str> {
        match &self.body {
            Body::Text(text) => Some(text),
            Body::Empty => Some(""),
            _ => None,
        }
    }

    /// The body as text. A status of 400 and above is its error.
    pub fn text(self) -> Result<String> {
        match self.ok()?.body {
            Body::Text(text) => Ok(text),
            Body::Empty => Ok(String::new()),
            Body::Json(value) => Ok(value.to_string()),
            _ => Err(unexpected("is not text")),
        }
    }

    /// The body as JSON. A status of 400 and above is its error.
    pub fn json<T: DeserializeOwned>(self) -> Result<T> {
        self.ok()?.parse()
    }

    /// The body as JSON, whatever the status.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        let value = match &self.body {
            Body::Json(value) => value.clone(),
            Body::Text(text) => {
                serde_json::from_str(text).map_err(|e| unexpected(&format!("is not whole JSON: {e}")))?
            }
            _ => return Err(unexpected("is not JSON")),
        };
        json::typed(value).map_err(|e| unexpected(&format!("has another shape: {e}")))
    }

    /// The body as a blob: ask for it with `.to_blob()`. A status of 400 and above is its error.
    pub fn blob(self) -> Result<Blob> {
        match self.ok()?.body {
            Body::Blob(blob) => Ok(blob),
            _ => Err(unexpected("is no blob; send the request with .to_blob()")),
        }
    }

    /// The body's bytes, where it is small. A status of 400 and above is its error.
    pub fn bytes(self) -> Result<Vec<u8>> {
        body_bytes(self.ok()?.body)
    }
}

/// The bytes of a body that came inline.
pub(super) fn body_bytes(body: Body) -> Result<Vec<u8>> {
    match body {
        Body::Empty => Ok(Vec::new()),
        Body::Text(text) => Ok(text.into_bytes()),
        Body::Base64(text) => BASE64_STANDARD.decode(text).map_err(|e| unexpected(&format!("is not base64: {e}"))),
        _ => Err(unexpected("is a blob; read it with cx.read_blob")),
    }
}

fn unexpected(what: &str) -> StageError {
    StageError::permanent(format!("the service's answer {what}")).code("http.answer")
}
