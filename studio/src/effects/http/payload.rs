//! What is sent with a request: from memory or streamed from a blob, as it is or as a form.

use std::{io, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use reqwest::{
    RequestBuilder,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue},
    multipart,
};
use studio_plugin_sdk::wire::{Body, Part};
use tokio_util::io::ReaderStream;

use super::{error::HttpError, idle::Activity};
use crate::model::{BlobStore, Digest};

const PIECE: usize = 64 * 1024;

/// A body ready to be sent, any number of times.
pub(super) enum Payload {
    Empty,
    Single(Piece),
    Form(Vec<FormPart>),
}

/// Bytes with their media type.
pub(super) struct Piece {
    bytes: Source,
    mime: HeaderValue,
}

enum Source {
    Memory(Bytes),
    File { digest: Digest, length: u64 },
}

pub(super) struct FormPart {
    name: String,
    file_name: Option<String>,
    piece: Piece,
}

/// Checks a body and brings it into the form in which it is sent.
pub(super) fn prepare(body: &Body, blobs: &dyn BlobStore) -> Result<Payload, HttpError> {
    match body {
        Body::Empty => Ok(Payload::Empty),
        Body::Multipart(parts) => {
            Ok(Payload::Form(parts.iter().map(|p| form_part(p, blobs)).collect::<Result<_, _>>()?))
        }
        _ => Ok(Payload::Single(piece("body", body, blobs)?)),
    }
}

fn form_part(part: &Part, blobs: &dyn BlobStore) -> Result<FormPart, HttpError> {
    let field = format!("body[{}]", part.name);
    let names = [Some(&part.name), part.file_name.as_ref()];
    if names.into_iter().flatten().any(|n| n.contains(|c: char| c.is_control() || c == '"' || c == '\\')) {
        let why = "a part's name and file name hold no quotes, backslashes or control characters".into();
        return Err(HttpError::Body { field, why });
    }
    Ok(FormPart {
        name: part.name.clone(),
        file_name: part.file_name.clone(),
        piece: piece(&field, &part.body, blobs)?,
    })
}

fn piece(field: &str, body: &Body, blobs: &dyn BlobStore) -> Result<Piece, HttpError> {
    let bad = |why: String| HttpError::Body { field: field.into(), why };
    let memory = |bytes: Vec<u8>, mime: &'static str| Piece {
        bytes: Source::Memory(bytes.into()),
        mime: HeaderValue::from_static(mime),
    };
    match body {
        Body::Empty => Ok(memory(Vec::new(), "text/plain; charset=utf-8")),
        Body::Text(text) => Ok(memory(text.clone().into_bytes(), "text/plain; charset=utf-8")),
        Body::Json(value) => Ok(memory(value.to_string().into_bytes(), "application/json")),
        Body::Base64(text) => {
            let bytes = STANDARD.decode(text).map_err(|e| bad(format!("not base64 (RFC 4648, padded): {e}")))?;
            Ok(memory(bytes, "application/octet-stream"))
        }
        Body::Blob(blob) => {
            let digest: Digest = blob.blob.parse().map_err(|e| bad(format!("{e}")))?;
            let file = blobs.open(&digest).map_err(|e| bad(format!("the blob is not in the store: {e}")))?;
            let length = file.metadata().map_err(|e| bad(format!("the blob can't be read: {e}")))?.len();
            let mime = if blob.mime.is_empty() { "application/octet-stream" } else { &blob.mime };
            let mime = HeaderValue::from_str(mime).map_err(|_| bad("its media type is not one".into()))?;
            Ok(Piece { bytes: Source::File { digest, length }, mime })
        }
        Body::Multipart(_) => Err(bad("a part is not itself multipart".into())),
    }
}

impl Payload {
    /// Puts it into a request. Each piece that leaves counts as a sign of life.
    pub fn attach(
        &self,
        request: RequestBuilder,
        own_type: bool,
        blobs: &Arc<dyn BlobStore>,
        activity: &Activity,
    ) -> Result<RequestBuilder, HttpError> {
        match self {
            Self::Empty => Ok(request),
            Self::Single(piece) => {
                let request = if own_type { request } else { request.header(CONTENT_TYPE, piece.mime.clone()) };
                Ok(request.header(CONTENT_LENGTH, piece.length()).body(piece.body(blobs, activity)?))
            }
            Self::Form(parts) => {
                let mut form = multipart::Form::new().percent_encode_noop();
                for part in parts {
                    form = form.part(part.name.clone(), part.part(blobs, activity)?);
                }
                Ok(request.multipart(form))
            }
        }
    }
}

impl FormPart {
    fn part(&self, blobs: &Arc<dyn BlobStore>, activity: &Activity) -> Result<multipart::Part, HttpError> {
        let body = self.piece.body(blobs, activity)?;
        let mut part = multipart::Part::stream_with_length(body, self.piece.length());
        if let Some(name) = &self.file_name {
            part = part.file_name(name.clone());
        }
        // A plain field has no type of its own: some services refuse one.
        if self.file_name.is_none() && matches!(self.piece.bytes, Source::Memory(_)) {
            return Ok(part);
        }
        let mime = self.piece.mime.to_str().unwrap_or("application/octet-stream");
        let bad =
            |_| HttpError::Body { field: format!("body[{}]", self.name), why: "its media type is not one".into() };
        part.mime_str(mime).map_err(bad)
    }
}

impl Piece {
    fn length(&self) -> u64 {
        match &self.bytes {
            Source::Memory(bytes) => bytes.len() as u64,
            Source::File { length, .. } => *length,
        }
    }

    fn body(&self, blobs: &Arc<dyn BlobStore>, activity: &Activity) -> Result<reqwest::Body, HttpError> {
        let activity = activity.clone();
        match &self.bytes {
            Source::Memory(bytes) if bytes.len() <= PIECE => Ok(bytes.clone().into()),
            Source::Memory(bytes) => {
                let bytes = bytes.clone();
                let pieces = (0..bytes.len()).step_by(PIECE).map(move |from| {
                    activity.touch();
                    Ok::<_, io::Error>(bytes.slice(from..bytes.len().min(from + PIECE)))
                });
                Ok(reqwest::Body::wrap_stream(stream::iter(pieces).boxed()))
            }
            Source::File { digest, .. } => {
                let file = blobs.open(digest).map_err(|e| HttpError::Store(e.to_string()))?;
                let pieces = ReaderStream::with_capacity(tokio::fs::File::from_std(file), PIECE);
                Ok(reqwest::Body::wrap_stream(pieces.inspect_ok(move |_| activity.touch())))
            }
        }
    }
}
