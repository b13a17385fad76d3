//! One request from its first byte to its answer.

use std::{convert::Infallible, io, sync::Arc};

use bytes::Bytes;
use futures::StreamExt;
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    Request, Response,
    body::{Frame, Incoming},
    header::{AUTHORIZATION, CONTENT_TYPE},
    http::request::Parts,
};
use serde_json::{Map, Value, json};

use super::{State, answers, held, ledger::Entry, mood::Mood};

type Answer = Response<UnsyncBoxBody<Bytes, io::Error>>;

/// Takes a request in whole, then answers it whether or not the connection lives.
pub async fn serve(state: Arc<State>, request: Request<Incoming>) -> Result<Answer, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = body.collect().await else { return Ok(error(400, None, &json!({}))) };
    state.asked.send_modify(|n| *n += 1);
    let work = tokio::spawn(answer(state, head, body.to_bytes()));
    Ok(work.await.unwrap_or_else(|_| error(500, None, &json!({}))))
}

async fn answer(state: Arc<State>, head: Parts, body: Bytes) -> Answer {
    let mut open = state.open.subscribe();
    // The server going away lets nobody wait.
    let _ = open.wait_for(|open| *open).await;
    let slow = *state.slow.borrow();
    tokio::time::sleep(slow).await;
    if let Some(name) = head.uri.path().strip_prefix("/files/") {
        return file(&state, name);
    }
    let path = head.uri.path().strip_prefix("/v1").unwrap_or("").to_owned();
    let authorization = head.headers.get(AUTHORIZATION).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let (request, file) = read(&head, body).await;
    let mut entry =
        Entry { path: path.clone(), authorization, request, status: 200, billed: false, usage: Value::Null };
    if let Some(key) = &state.key
        && entry.authorization != format!("Bearer {key}")
    {
        let shown = entry.authorization.trim_start_matches("Bearer ");
        // Worse than OpenAI, which shows some of it: this one echoes all.
        let message = format!("Incorrect API key provided: {shown}. You can find your API key at the platform.");
        let body = json!({ "error": { "message": message, "type": "invalid_request_error", "param": null, "code": "invalid_api_key" } });
        return told(&state, entry, 401, None, &body);
    }
    if let Some(job) = path.strip_prefix("/videos/") {
        let body = answers::job(&state, job);
        return told(&state, entry, 200, None, &body);
    }
    let faults = state.shapes.faults(&path, &entry.request);
    if !faults.is_empty() {
        let message = faults.join("; ");
        held(&state.faults).extend(faults);
        let body =
            json!({ "error": { "message": message, "type": "invalid_request_error", "param": null, "code": null } });
        return told(&state, entry, 400, None, &body);
    }
    let mood = mood(&state, &path);
    if let Some((status, header, body)) = mood.as_ref().and_then(Mood::error) {
        return told(&state, entry, status, header, &body);
    }
    let made = answers::make(&state, &path, &entry.request, &file, mood.as_ref());
    (entry.billed, entry.usage) = (true, made.usage);
    state.ledger.send_modify(|entries| entries.push(entry));
    let mut frames: Vec<io::Result<Frame<Bytes>>> =
        made.pieces.into_iter().map(|piece| Ok(Frame::data(piece))).collect();
    if matches!(mood, Some(Mood::Cuts)) {
        frames.truncate(frames.len() / 2);
        frames.push(Err(io::Error::other("cut")));
    }
    let at = if matches!(mood, Some(Mood::Halfway)) { frames.len() / 2 } else { frames.len() };
    let rest = frames.split_off(at);
    let mut whole = state.whole.subscribe();
    let waits = async move {
        if !rest.is_empty() {
            // The server going away lets nobody wait.
            let _ = whole.wait_for(|whole| *whole).await;
        }
        futures::stream::iter(rest)
    };
    let pause = *state.pause.borrow();
    let late = move |frame| async move {
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        frame
    };
    let frames = futures::stream::iter(frames).chain(futures::stream::once(waits).flatten()).then(late);
    let body = StreamBody::new(frames).boxed_unsync();
    Response::builder()
        .header(CONTENT_TYPE, made.mime)
        .header("x-request-id", "req_1")
        .body(body)
        .unwrap_or_else(|_| error(500, None, &json!({})))
}

/// What was set for the next request of this path.
fn mood(state: &State, path: &str) -> Option<Mood> {
    let mut moods = held(&state.moods);
    let at = moods.iter().position(|(start, _)| path.starts_with(start.as_str()))?;
    moods.remove(at).map(|(_, mood)| mood)
}

fn told(
    state: &State,
    mut entry: Entry,
    status: u16,
    header: Option<(&'static str, &'static str)>,
    body: &Value,
) -> Answer {
    entry.status = status;
    state.ledger.send_modify(|entries| entries.push(entry));
    error(status, header, body)
}

fn error(status: u16, header: Option<(&'static str, &'static str)>, body: &Value) -> Answer {
    let mut response = Response::builder().status(status).header(CONTENT_TYPE, "application/json");
    if let Some((name, value)) = header {
        response = response.header(name, value);
    }
    let body = Full::new(Bytes::from(body.to_string())).map_err(|never| match never {}).boxed_unsync();
    response.body(body).expect("a response")
}

fn file(state: &State, name: &str) -> Answer {
    let Some(bytes) = held(&state.files).get(name).cloned() else {
        return error(403, None, &json!({ "error": "Signature not valid in the specified time frame" }));
    };
    let body = Full::new(bytes).map_err(|never| match never {}).boxed_unsync();
    Response::builder().header(CONTENT_TYPE, "application/octet-stream").body(body).expect("a response")
}

/// A body as JSON, and the file of a form. Fields whose names end in `[]` are lists.
async fn read(head: &Parts, body: Bytes) -> (Value, Bytes) {
    let mime = head.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let Ok(boundary) = multer::parse_boundary(mime) else {
        return (serde_json::from_slice(&body).unwrap_or_default(), Bytes::new());
    };
    let mut form = multer::Multipart::new(futures::stream::iter([Ok::<_, io::Error>(body)]), boundary);
    let (mut fields, mut file) = (Map::new(), Bytes::new());
    while let Ok(Some(field)) = form.next_field().await {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(str::to_owned);
        let bytes = field.bytes().await.unwrap_or_default();
        let text = match file_name {
            Some(file_name) => {
                file = bytes;
                Value::from(file_name)
            }
            None => Value::from(String::from_utf8_lossy(&bytes).into_owned()),
        };
        match name.strip_suffix("[]") {
            Some(list) => {
                let list = fields.entry(list.to_owned()).or_insert_with(|| json!([]));
                list.as_array_mut().expect("a list").push(text);
            }
            None => drop(fields.insert(name, text)),
        }
    }
    (fields.into(), file)
}
