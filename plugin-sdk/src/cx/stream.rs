//! A body as it comes: bytes, lines, server-sent events.

use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, ready},
};

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{Cx, http::body_bytes, mismatch};
use crate::{
    build::HttpRequest,
    error::{Result, StageError},
    task::Asked,
    wire::{Action, Answer, Body, HttpAnswer},
};

/// A line longer than this is no line of text.
const MAX_LINE: usize = 8 * 1024 * 1024;

/// A streamed answer; made by `Cx::http_stream`. Read it with one of the `next` methods, then await it for
/// the status and headers; what was not read is then its body.
///
/// The status comes last, so of an error's body the first pieces look like any other.
#[must_use = "a request is sent when it is awaited"]
pub struct HttpStream {
    asked: Asked,
    buffer: VecDeque<u8>,
    head: Option<HttpAnswer>,
}

/// One event of a `text/event-stream`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SseEvent {
    /// Its `event:` field; empty: a plain message.
    pub event: String,
    /// Its `data:` lines.
    pub data: String,
}

impl HttpStream {
    pub(super) fn new(cx: &Cx, request: HttpRequest) -> Self {
        let action = request.into_wire().map(|mut http| {
            http.stream = true;
            Action::Http(http)
        });
        Self { asked: cx.ask(action), buffer: VecDeque::new(), head: None }
    }

    /// Takes in one more piece; false: there is none.
    fn poll_more(&mut self, context: &mut Context<'_>) -> Poll<Result<bool>> {
        if self.head.is_some() {
            return Poll::Ready(Ok(false));
        }
        match ready!(self.asked.poll_next(context))? {
            Answer::Chunk { body } => {
                self.buffer.extend(body_bytes(body)?);
                Poll::Ready(Ok(true))
            }
            Answer::Http(mut head) => {
                // A host may send a short answer whole.
                self.buffer.extend(body_bytes(std::mem::take(&mut head.body))?);
                self.head = Some(head);
                Poll::Ready(Ok(!self.buffer.is_empty()))
            }
            _ => Poll::Ready(Err(mismatch())),
        }
    }

    /// The next bytes; none: the body has ended.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        while self.buffer.is_empty() {
            if !poll_fn(|context| self.poll_more(context)).await? {
                return Ok(None);
            }
        }
        Ok(Some(self.buffer.drain(..).collect()))
    }

    /// The next line without its end; none: the body has ended.
    pub async fn next_line(&mut self) -> Result<Option<String>> {
        let mut searched = 0;
        loop {
            if let Some(at) = self.buffer.iter().skip(searched).position(|b| *b == b'\n') {
                let mut line: Vec<u8> = self.buffer.drain(..=searched + at).collect();
                line.pop();
                line.pop_if(|b| *b == b'\r');
                return text(line).map(Some);
            }
            searched = self.buffer.len();
            if searched > MAX_LINE {
                return Err(StageError::permanent("a line of the stream is over 8 MiB").code("http.answer"));
            }
            if !poll_fn(|context| self.poll_more(context)).await? {
                let rest: Vec<u8> = self.buffer.drain(..).collect();
                return if rest.is_empty() { Ok(None) } else { text(rest).map(Some) };
            }
        }
    }

    /// The next server-sent event; none: the body has ended. Comments, ids and retry times are left out.
    pub async fn next_event(&mut self) -> Result<Option<SseEvent>> {
        let (mut event, mut data) = (String::new(), None::<String>);
        loop {
            let line = self.next_line().await?;
            match line.as_deref() {
                Some("") | None => {
                    if let Some(data) = data.take() {
                        return Ok(Some(SseEvent { event, data }));
                    }
                    if line.is_none() {
                        return Ok(None);
                    }
                    event.clear();
                }
                Some(line) => {
                    let (field, value) = line.split_once(':').unwrap_or((line, ""));
                    let value = value.strip_prefix(' ').unwrap_or(value);
                    match (field, &mut data) {
                        ("event", _) => event = value.to_string(),
                        ("data", None) => data = Some(value.to_string()),
                        ("data", Some(data)) => {
                            data.push('\n');
                            data.push_str(value);
                        }
                        _ => {}
                    }
                }
            }
        }
    }
}

fn text(bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|_| StageError::permanent("the stream is not UTF-8 text").code("http.answer"))
}

impl Future for HttpStream {
    type Output = Result<HttpAnswer>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        while self.head.is_none() {
            ready!(self.poll_more(context))?;
        }
        let mut head = self.head.take().unwrap_or_default();
        let rest: Vec<u8> = std::mem::take(&mut self.buffer).into();
        head.body = match String::from_utf8(rest) {
            Ok(text) if text.is_empty() => Body::Empty,
            Ok(text) => Body::Text(text),
            Err(e) => Body::Base64(BASE64_STANDARD.encode(e.into_bytes())),
        };
        Poll::Ready(Ok(head))
    }
}
