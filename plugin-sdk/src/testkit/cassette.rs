//! The file of a recorded run: what is asked, what is answered, what must come out.

use std::{collections::BTreeMap, fs, path::Path};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Guest;
use crate::{
    blob::Blob,
    roles::Role,
    usage::Usage,
    wire::{Service, Start, Take},
};

/// A recorded run of one stage. Holds no secrets: at this level only `{{secret:NAME}}` exists.
///
/// Wherever JSON stands, `{"$blob": "NAME"}` is the blob of that name in `blobs`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cassette {
    /// What it shows, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// The role whose stage runs.
    pub role: Role,
    /// The role's request.
    pub request: Value,
    /// Which take; none: the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub take: Option<Take>,
    /// The seed; none: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The id of an attached remote job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume_hint: Option<String>,
    /// Where the plugin's service is; none: where its manifest says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// Contents that the request and the answers name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub blobs: BTreeMap<String, Content>,
    /// One answer a turn, in the order of `exchanges`, in place of all at once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub one_by_one: bool,
    /// Effects and their answers. Effects may come in any order.
    #[serde(default)]
    pub exchanges: Vec<Exchange>,
    /// The response that must come out, exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Value>,
    /// Or the error: a part of it, as in [`super::mismatch`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Value>,
    /// What must have been used; none: not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

/// An effect and its answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// A part of the effect's JSON: `{"effect": "http", "method": "POST", "url": "https://…"}`; see [`super::mismatch`].
    pub expect: Value,
    /// The answers, the last one closing it. None at all: it stays open (and is cancelled, or the stage ends).
    #[serde(default)]
    pub answers: Vec<Value>,
    /// Any number of effects may match, none as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeat: bool,
}

/// A blob's bytes and media type; one of `text`, `base64` and `file` (relative to the cassette).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Media type.
    pub mime: String,
    /// As text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// In base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// In a file beside the cassette.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

impl Cassette {
    /// Reads a cassette and checks that it holds no key.
    pub fn load(path: &Path) -> Result<Self, String> {
        let at = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
        let text = fs::read_to_string(path).map_err(|e| at(&e))?;
        let mut json = serde_json::Deserializer::from_str(&text);
        let mut cassette: Self = serde_path_to_error::deserialize(&mut json).map_err(|e| at(&e))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        for (name, content) in &mut cassette.blobs {
            if let Some(file) = &content.file {
                let bytes = fs::read(folder.join(file)).map_err(|e| at(&format!("blob {name}, file {file}: {e}")))?;
                content.base64 = Some(BASE64_STANDARD.encode(bytes));
            }
        }
        cassette.check_secrets().map_err(|e| at(&e))?;
        Ok(cassette)
    }

    /// Writes it, unless it holds a key.
    pub fn save(&self, path: &Path) -> Result<(), String> {
        self.check_secrets()?;
        let mut cassette = self.clone();
        for content in cassette.blobs.values_mut().filter(|content| content.file.is_some()) {
            content.base64 = None;
        }
        let text = serde_json::to_string_pretty(&cassette).map_err(|e| e.to_string())?;
        fs::write(path, text + "\n").map_err(|e| format!("{}: {e}", path.display()))
    }

    /// What `start` gets, with the blobs kept by `guest`.
    pub(super) fn prepare(&self, guest: &mut dyn Guest) -> Result<(Start, BTreeMap<String, Blob>), String> {
        let mut blobs = BTreeMap::new();
        for (name, content) in &self.blobs {
            blobs.insert(name.clone(), guest.put_blob(&content.mime, &content.bytes(name)?)?);
        }
        let start = Start {
            role: self.role,
            request: with_blobs(&self.request, &blobs)?,
            take: self.take.clone().unwrap_or_default(),
            seed: self.seed.unwrap_or(1),
            resume_hint: self.resume_hint.clone(),
            service: self.service.clone(),
        };
        Ok((start, blobs))
    }

    /// A header that carries a key may only hold a placeholder.
    fn check_secrets(&self) -> Result<(), String> {
        fn look(value: &Value) -> Result<(), String> {
            match value {
                Value::Array(items) => match items.as_slice() {
                    [Value::String(name), Value::String(held)] if is_secret(name) && !held.contains("{{secret:") => {
                        Err(format!("the header {name} holds a key; write {{{{secret:NAME}}}} or leave it out"))
                    }
                    items => items.iter().try_for_each(look),
                },
                Value::Object(map) => map.values().try_for_each(look),
                _ => Ok(()),
            }
        }
        self.exchanges.iter().try_for_each(|e| e.answers.iter().chain([&e.expect]).try_for_each(look))
    }
}

fn is_secret(header: &str) -> bool {
    let name = header.to_ascii_lowercase();
    let exact = ["authorization", "proxy-authorization", "cookie", "set-cookie", "xi-api-key", "x-goog-api-key"];
    exact.contains(&name.as_str()) || name.ends_with("api-key")
}

impl Content {
    fn bytes(&self, name: &str) -> Result<Vec<u8>, String> {
        match (&self.text, &self.base64) {
            (Some(text), None) => Ok(text.clone().into_bytes()),
            (None, Some(text)) => BASE64_STANDARD.decode(text).map_err(|e| format!("blob {name}: {e}")),
            _ => Err(format!("blob {name} needs one of text, base64 and file")),
        }
    }
}

/// The same JSON with `{"$blob": "NAME"}` replaced by the blob.
pub(super) fn with_blobs(value: &Value, blobs: &BTreeMap<String, Blob>) -> Result<Value, String> {
    Ok(match value {
        Value::Object(map) => {
            if let Some(name) = map.get("$blob").and_then(Value::as_str) {
                let Blob { blob, bytes, mime } = blobs.get(name).ok_or(format!("there is no blob named {name}"))?;
                return Ok(json!({"blob": blob, "bytes": bytes, "mime": mime}));
            }
            let members = map.iter().map(|(k, v)| Ok((k.clone(), with_blobs(v, blobs)?)));
            Value::Object(members.collect::<Result<Map<_, _>, String>>()?)
        }
        Value::Array(items) => items.iter().map(|item| with_blobs(item, blobs)).collect::<Result<_, _>>()?,
        other => other.clone(),
    })
}
