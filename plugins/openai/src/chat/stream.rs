//! An answer as it comes: server-sent events, each a piece of the answer. What has come is shown whenever there is
//! nothing more to read for now.

use std::pin::pin;

use studio_plugin_sdk::{futures_util::future::poll_immediate, prelude::*, serde_json};

use super::reply::Reply;
use crate::{
    api::Api,
    error::{self, useless},
};

/// What is kept of a body that is no stream: an error, or an answer of a server that does not stream.
const MOST_OTHER: usize = 1 << 20;

pub(super) async fn read(cx: &Cx, api: &Api, request: HttpRequest) -> Result<Reply> {
    let mut stream = cx.http_stream(request);
    let mut reply = Reply::default();
    let mut other = String::new();
    loop {
        let line = {
            let mut next = pin!(stream.next_line());
            match poll_immediate(next.as_mut()).await {
                Some(line) => line?,
                None => {
                    reply.show(cx);
                    next.await?
                }
            }
        };
        let Some(line) = line else { break };
        match line.strip_prefix("data:").map(str::trim) {
            Some("[DONE]" | "") => {}
            Some(data) => {
                let piece = serde_json::from_str(data);
                reply.add(api, piece.map_err(|e| useless(api, &format!("has an event that is no JSON: {e}")))?)?;
            }
            // Comments keep the connection alive; `event:` and `id:` say nothing here.
            None if line.starts_with(':') => {}
            None if other.len() + line.len() < MOST_OTHER => other.push_str(&line),
            None => {}
        }
    }
    reply.show(cx);
    let head = stream.await?;
    if head.status >= 400 {
        return Err(error::of(api, &HttpAnswer { body: Body::Text(other), ..head }));
    }
    if !reply.begun {
        let whole = serde_json::from_str(&other);
        reply.add(api, whole.map_err(|e| useless(api, &format!("is no chat completion: {e}")))?)?;
        reply.show(cx);
    }
    Ok(reply)
}
