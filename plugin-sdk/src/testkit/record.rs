//! From a run that has ended to a cassette.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{Cassette, Content, Exchange, Guest, Run};
use crate::{
    blob::Blob,
    wire::{Action, Answer, Effect, Http, Outcome, Take},
};

impl Cassette {
    /// What happened in a run, as a cassette. Answers marked sensitive are refused: write those by hand.
    pub fn record<G: Guest>(run: &mut Run<G>, about: impl Into<String>) -> Result<Self, String> {
        let mut blobs = Blobs::default();
        let steps = run.steps().to_vec();
        let start = run.started_with().clone();
        let mut exchanges = BTreeMap::new();
        for Effect { id, action } in steps.iter().flat_map(|step| &step.turn.effects) {
            if let Action::Http(Http { sensitive: true, url, .. }) = action {
                return Err(format!("the answer of {url} is sensitive; write this cassette by hand"));
            }
            if let Some(expect) = expectation(action) {
                exchanges.insert(*id, Exchange { expect, answers: Vec::new(), repeat: false });
            }
        }
        // Whom nobody waited for stays without an answer: that is what makes the replay cancel it too.
        let cancelled: Vec<u32> = steps.iter().flat_map(|step| &step.turn.effects).filter_map(cancels).collect();
        for event in steps.iter().flat_map(|step| &step.events).filter(|event| !cancelled.contains(&event.id)) {
            let mut answer = event.answer.clone();
            if let Answer::Http(answer) = &mut answer {
                answer.headers.retain(|(name, _)| name != "set-cookie");
            }
            let answer = serde_json::to_value(answer).map_err(|e| e.to_string())?;
            if let Some(exchange) = exchanges.get_mut(&event.id) {
                exchange.answers.push(blobs.name_in(answer, run.guest())?);
            }
        }
        let request = blobs.name_in(start.request, run.guest())?;
        let (response, error, usage) = match run.outcome() {
            Outcome::Done { response, usage } => (Some(response.clone()), None, Some(usage.clone())),
            Outcome::Failed { error, .. } => {
                (None, Some(serde_json::to_value(error).map_err(|e| e.to_string())?), None)
            }
            Outcome::None => return Err("the run has not ended".into()),
        };
        Ok(Self {
            about: about.into(),
            role: start.role,
            request,
            take: (start.take != Take::default()).then_some(start.take),
            seed: (start.seed != 1).then_some(start.seed),
            resume_hint: start.resume_hint,
            service: start.service,
            blobs: blobs.contents,
            one_by_one: false,
            exchanges: exchanges.into_values().collect(),
            response,
            error,
            usage,
        })
    }
}

fn cancels(effect: &Effect) -> Option<u32> {
    match effect.action {
        Action::Cancel { target } => Some(target),
        _ => None,
    }
}

/// The part of an effect that tells it from others.
fn expectation(action: &Action) -> Option<Value> {
    let http = |http: &Http| json!({"method": http.method, "url": http.url});
    Some(match action {
        Action::Http(request) => {
            let mut expect = http(request);
            expect["effect"] = "http".into();
            if !request.query.is_empty() {
                expect["query"] = json!(request.query);
            }
            expect
        }
        Action::Poll(poll) => json!({"effect": "poll", "request": http(&poll.request)}),
        Action::Exec(exec) => json!({"effect": "exec", "program": exec.program, "args": exec.args}),
        Action::Sleep { ms } => json!({"effect": "sleep", "ms": ms}),
        Action::Probe { program } => json!({"effect": "probe", "program": program}),
        Action::Stage(call) => json!({"effect": "stage", "role": call.role, "slot": call.id}),
        Action::Deliver(deliver) => json!({"effect": "deliver", "folder": deliver.folder}),
        Action::Partial(_) | Action::Cancel { .. } => return None,
    })
}

/// Blobs met so far, by the name they get in the cassette.
#[derive(Default)]
struct Blobs {
    names: BTreeMap<String, String>,
    contents: BTreeMap<String, Content>,
}

impl Blobs {
    /// The same JSON with blobs replaced by their names.
    fn name_in(&mut self, value: Value, guest: &mut impl Guest) -> Result<Value, String> {
        Ok(match value {
            Value::Object(map) if map.len() == 3 && map.contains_key("blob") => {
                match serde_json::from_value::<Blob>(Value::Object(map.clone())) {
                    Ok(blob) => json!({"$blob": self.name(&blob, guest)?}),
                    Err(_) => Value::Object(map),
                }
            }
            Value::Object(map) => {
                let members = map.into_iter().map(|(key, value)| Ok((key, self.name_in(value, guest)?)));
                Value::Object(members.collect::<Result<_, String>>()?)
            }
            Value::Array(items) => {
                Value::Array(items.into_iter().map(|item| self.name_in(item, guest)).collect::<Result<_, _>>()?)
            }
            other => other,
        })
    }

    fn name(&mut self, blob: &Blob, guest: &mut impl Guest) -> Result<String, String> {
        let key = format!("{} {}", blob.blob, blob.mime);
        if let Some(name) = self.names.get(&key) {
            return Ok(name.clone());
        }
        let content = match String::from_utf8(guest.get_blob(blob)?) {
            Ok(text) => Content { mime: blob.mime.clone(), text: Some(text), ..Content::default() },
            Err(e) => {
                let base64 = Some(BASE64_STANDARD.encode(e.into_bytes()));
                Content { mime: blob.mime.clone(), base64, ..Content::default() }
            }
        };
        let name = format!("blob-{}", self.names.len() + 1);
        self.names.insert(key, name.clone());
        self.contents.insert(name.clone(), content);
        Ok(name)
    }
}
