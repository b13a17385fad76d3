//! Bodies of requests and files for programs.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;

use crate::{
    blob::Blob,
    wire::{Body, Part},
};

/// Bytes as a body: as text where they are UTF-8, else in base64. Large ones belong in a blob
/// (`cx.write_blob`): an effect's request is kept in the node's journal.
pub fn bytes(bytes: impl AsRef<[u8]>) -> Body {
    let bytes = bytes.as_ref();
    match std::str::from_utf8(bytes) {
        Ok(text) => Body::Text(text.to_string()),
        Err(_) => Body::Base64(BASE64_STANDARD.encode(bytes)),
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        Self::Text(text.to_string())
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Body {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<Vec<u8>> for Body {
    fn from(content: Vec<u8>) -> Self {
        bytes(content)
    }
}

impl From<&[u8]> for Body {
    fn from(content: &[u8]) -> Self {
        bytes(content)
    }
}

impl From<Value> for Body {
    fn from(value: Value) -> Self {
        Self::Json(value)
    }
}

impl From<Blob> for Body {
    fn from(blob: Blob) -> Self {
        Self::Blob(blob)
    }
}

impl From<&Blob> for Body {
    fn from(blob: &Blob) -> Self {
        Self::Blob(blob.clone())
    }
}

/// One part of a multipart body; made by [`part`].
#[derive(Clone, Debug)]
pub struct PartBuilder(Part);

/// A part of a multipart body: a field with a value, or a file.
pub fn part(name: impl Into<String>, body: impl Into<Body>) -> PartBuilder {
    PartBuilder(Part { name: name.into(), file_name: None, body: body.into() })
}

impl PartBuilder {
    /// The same part as a file of that name.
    #[must_use]
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.0.file_name = Some(name.into());
        self
    }
}

impl From<PartBuilder> for Part {
    fn from(part: PartBuilder) -> Self {
        part.0
    }
}

impl<K: Into<String>, V: Into<Body>> From<(K, V)> for PartBuilder {
    fn from((name, value): (K, V)) -> Self {
        part(name, value)
    }
}
