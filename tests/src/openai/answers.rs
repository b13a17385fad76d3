//! What is answered to a good request: the body, and what it would cost.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde_json::{Value, json};

use super::{State, files, held, mood::Mood};

/// A good answer.
pub struct Made {
    /// Its media type.
    pub mime: &'static str,
    /// Its body, in the pieces in which it is sent.
    pub pieces: Vec<Bytes>,
    /// What was used.
    pub usage: Value,
}

impl Made {
    fn json(value: &Value, usage: Value) -> Self {
        Self { mime: "application/json", pieces: vec![value.to_string().into()], usage }
    }
}

/// An answer to a request with these fields and, of a form, these files.
pub fn make(state: &State, path: &str, request: &Value, file: &[u8], mood: Option<&Mood>) -> Made {
    if matches!(mood, Some(Mood::Nonsense)) {
        return Made { mime: "text/html", pieces: vec!["<html>Welcome to nginx!</html>".into()], usage: Value::Null };
    }
    match path {
        "/chat/completions" => chat(state, request, mood),
        "/audio/speech" => speech(request, mood),
        "/audio/transcriptions" => transcript(state, request, file),
        "/videos" => new_job(state, request),
        _ => picture(state, request, mood),
    }
}

fn chat(state: &State, request: &Value, mood: Option<&Mood>) -> Made {
    let mut text = held(&state.says).pop_front().unwrap_or_else(|| own_words(request));
    let asked = request["messages"].to_string();
    let tokens = |text: &str| text.chars().count() as u64 / 4 + 1;
    let refusal = matches!(mood, Some(Mood::ModelRefuses)).then(|| "I can't help with that.".to_owned());
    if refusal.is_some() {
        text.clear();
    }
    let finish = if matches!(mood, Some(Mood::Length)) { "length" } else { "stop" };
    if finish == "length" {
        text = text.chars().take(text.chars().count() / 2).collect();
    }
    let usage = json!({
        "prompt_tokens": tokens(&asked), "completion_tokens": tokens(&text), "total_tokens": tokens(&asked) + tokens(&text),
        "prompt_tokens_details": { "cached_tokens": 2, "audio_tokens": 0 },
        "completion_tokens_details": { "reasoning_tokens": 0 },
    });
    let said = if matches!(mood, Some(Mood::NoUsage)) { Value::Null } else { usage.clone() };
    let model = format!("{}-2026-03-17", request["model"].as_str().unwrap_or_default());
    if request["stream"] != true {
        let message = json!({ "role": "assistant", "content": text, "refusal": refusal, "annotations": [] });
        let choice = json!({ "index": 0, "message": message, "logprobs": null, "finish_reason": finish });
        let body = json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1_741_570_283, "model": model, "choices": [choice],
            "usage": said, "service_tier": "default",
        });
        return Made::json(&body, usage);
    }
    let event = |choices: Value, usage: &Value| {
        let chunk = json!({
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_741_570_283, "model": model,
            "service_tier": "default", "choices": choices, "usage": usage, "obfuscation": "q7",
        });
        Bytes::from(format!("data: {chunk}\n\n"))
    };
    let delta = |delta: Value, finish: Value| json!([{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish }]);
    let mut pieces = vec![
        Bytes::from_static(b": keep-alive\n\n"),
        event(delta(json!({ "role": "assistant", "content": "" }), Value::Null), &Value::Null),
    ];
    // Cut anywhere, also in the middle of letters: that is how streams are.
    pieces.extend(
        text.split_inclusive(' ').map(|word| event(delta(json!({ "content": word }), Value::Null), &Value::Null)),
    );
    if let Some(refusal) = refusal {
        pieces.push(event(delta(json!({ "refusal": refusal }), Value::Null), &Value::Null));
    }
    match mood {
        Some(Mood::Empty) => {}
        Some(Mood::BreaksStream) => {
            let error =
                json!({ "error": { "message": "The server had an error.", "type": "server_error", "code": null } });
            pieces.push(format!("data: {error}\n\n").into());
        }
        _ => {
            pieces.push(event(delta(json!({}), json!(finish)), &Value::Null));
            pieces.push(event(json!([]), &said));
            pieces.push(Bytes::from_static(b"data: [DONE]\n\n"));
        }
    }
    Made { mime: "text/event-stream; charset=utf-8", pieces, usage }
}

/// What a model says that nobody told what to say: a storyboard of the material, something that fits a schema, or a
/// few sentences.
fn own_words(request: &Value) -> String {
    let last = request["messages"].as_array().and_then(|m| m.last()).cloned().unwrap_or_default();
    let material =
        last["content"].as_str().or_else(|| last["content"][0]["text"].as_str()).unwrap_or_default().to_owned();
    let format = &request["response_format"]["json_schema"];
    match format["name"].as_str() {
        Some("storyboard") => storyboard(&material).to_string(),
        Some(_) => files::instance(&format["schema"]).to_string(),
        None => {
            let subject: String = material.chars().filter(|c| !c.is_control()).take(40).collect();
            format!("This is about {subject}. It has a beginning. It has an end.")
        }
    }
}

fn storyboard(material: &str) -> Value {
    let mut scenes = Vec::new();
    let mut section = "Opening".to_owned();
    for block in material.split("\n\n").map(str::trim).filter(|block| !block.is_empty()) {
        if let Some(heading) = block.strip_prefix('#') {
            heading.trim_matches(['#', ' ']).clone_into(&mut section);
            continue;
        }
        let card = json!({
            "layout": "title", "kicker": "", "heading": section, "lines": [], "right": [], "columns": [], "caption": "",
            "emphasis": [],
        });
        let narration = block.replace('\n', " ");
        scenes.push(json!({ "title": section, "narration": narration, "picture": format!("A wide view of {section}"), "card": card }));
    }
    json!({ "title": scenes.first().map_or("Untitled", |s| s["title"].as_str().unwrap_or_default()), "scenes": scenes })
}

fn speech(request: &Value, mood: Option<&Mood>) -> Made {
    let input = request["input"].as_str().unwrap_or_default();
    let words = if matches!(mood, Some(Mood::Empty)) { 0 } else { input.split_whitespace().count() };
    let wav = files::speech(words, request["speed"].as_f64().unwrap_or(1.0));
    let pieces = wav.chunks(16 * 1024).map(Bytes::copy_from_slice).collect();
    Made { mime: "audio/wav", pieces, usage: json!({ "characters": input.chars().count() }) }
}

/// A job that is done when it has been asked for so often.
const POLLS: u32 = 3;

fn new_job(state: &State, request: &Value) -> Made {
    let mut jobs = held(&state.jobs);
    let id = format!("video_{}", jobs.len() + 1);
    let body = json!({ "id": id, "object": "video", "status": "queued", "progress": 0, "prompt": request["prompt"] });
    jobs.insert(id, POLLS);
    Made::json(&body, json!({ "seconds": request["seconds"] }))
}

/// How a job stands.
pub fn job(state: &State, id: &str) -> Value {
    let mut jobs = held(&state.jobs);
    let Some(left) = jobs.get_mut(id) else {
        held(&state.faults).push(format!("there is no job {id}"));
        return json!({ "error": { "message": "no such video", "type": "invalid_request_error", "param": null, "code": null } });
    };
    *left = left.saturating_sub(1);
    let status = if *left == 0 { "completed" } else { "in_progress" };
    json!({ "id": id, "object": "video", "status": status, "progress": 100 - *left * 100 / POLLS })
}

/// It hears what it is told to expect, else a greeting.
fn transcript(state: &State, request: &Value, file: &[u8]) -> Made {
    let seconds = files::seconds(file);
    let prompt = request["prompt"].as_str().map(str::to_owned);
    let text = held(&state.says).pop_front().or(prompt).unwrap_or_else(|| "Hello there, good people.".into());
    let usage = json!({ "type": "duration", "seconds": seconds.ceil() });
    let plain = |word: &str| word.chars().filter(|c| c.is_alphanumeric() || *c == '\'').collect::<String>();
    let heard: Vec<String> = text.split_whitespace().map(plain).filter(|w| !w.is_empty()).collect();
    let each = seconds / heard.len().max(1) as f64;
    let at = |n: usize| (n as f64 * each * 100.0).round() / 100.0;
    let body = match request["response_format"].as_str() {
        Some("diarized_json") => {
            let half = seconds / 2.0;
            let segment = |speaker: &str, start: f64| json!({ "type": "transcript.text.segment", "id": speaker, "start": start, "end": start + half, "text": text, "speaker": speaker });
            json!({ "task": "transcribe", "duration": seconds, "text": text, "segments": [segment("A", 0.0), segment("B", half)], "usage": usage })
        }
        Some("json") => {
            json!({ "text": text, "usage": { "type": "tokens", "input_tokens": 14, "output_tokens": 45, "total_tokens": 59 } })
        }
        _ => {
            let words: Vec<Value> = heard
                .iter()
                .enumerate()
                .map(|(n, word)| json!({ "word": word, "start": at(n), "end": at(n + 1) }))
                .collect();
            let segment = json!({ "id": 0, "seek": 0, "start": 0.0, "end": seconds, "text": text, "tokens": [], "temperature": 0.0 });
            json!({
                "task": "transcribe", "language": "english", "duration": seconds, "text": text, "words": words,
                "segments": [segment], "usage": usage,
            })
        }
    };
    Made::json(&body, usage)
}

fn picture(state: &State, request: &Value, mood: Option<&Mood>) -> Made {
    let usage = json!({ "input_tokens": 20, "output_tokens": 1056, "total_tokens": 1076, "images": 1 });
    let size = request["size"].as_str().and_then(|size| size.split_once('x'));
    let side = |text: &str| text.parse().unwrap_or(1024);
    let (width, height) = size.map_or((1024, 1024), |(width, height)| (side(width), side(height)));
    let prompt = request["prompt"].as_str().unwrap_or_default();
    let by_url = matches!(mood, Some(Mood::ByUrl | Mood::Expired));
    let data = if matches!(mood, Some(Mood::Empty)) {
        json!([{}])
    } else if by_url {
        let name = format!("{}.png", prompt.len());
        if !matches!(mood, Some(Mood::Expired)) {
            held(&state.files).insert(name.clone(), files::png(width, height, prompt).into());
        }
        json!([{ "url": format!("http://{}/files/{name}?sig=abc", state.host), "revised_prompt": format!("{prompt}, in detail") }])
    } else {
        json!([{ "b64_json": BASE64_STANDARD.encode(files::png(width, height, prompt)) }])
    };
    Made::json(&json!({ "created": 1_741_570_283, "data": data, "usage": usage }), usage)
}
