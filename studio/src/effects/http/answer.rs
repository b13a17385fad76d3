//! What a server answers, cleaned of secrets: whole (in memory, or a blob where it is large), or in chunks.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use studio_plugin_sdk::{blob::Blob, wire::Body};
use tokio::time::Instant;

use super::{
    error::HttpError,
    failure::Failure,
    scrub::{Scrubber, Secrets},
};
use crate::model::{BlobSink, BlobStore};

/// Chunks are at most this long and at most this late.
const CHUNK: usize = 64 * 1024;
const CHUNK_TIME: Duration = Duration::from_millis(250);
/// Bytes gathered before the disk is bothered.
const WRITE: usize = 256 * 1024;

/// How much is taken.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    /// Longer bodies become blobs.
    pub inline: usize,
    /// Longer bodies are refused.
    pub most: u64,
}

impl Sizes {
    /// What would become a blob is refused.
    pub fn in_memory(self) -> Self {
        Self { most: self.most.min(self.inline as u64), ..self }
    }
}

/// A body being read.
pub(super) struct Reader {
    response: reqwest::Response,
    scrubber: Scrubber,
    host: String,
    idle: Duration,
    last: Instant,
    taken: u64,
    sizes: Sizes,
}

enum Next {
    Bytes(Vec<u8>),
    Quiet,
    End(Vec<u8>),
}

impl Reader {
    /// Refuses at once what says that it is too long.
    pub fn new(
        response: reqwest::Response,
        secrets: &Arc<Secrets>,
        host: &str,
        idle: Duration,
        sizes: Sizes,
    ) -> Result<Self, Failure> {
        if response.content_length().is_some_and(|n| n > sizes.most) {
            return Err(Failure::Broken(HttpError::TooLarge { host: host.into(), most: sizes.most }));
        }
        let scrubber = Scrubber::new(Arc::clone(secrets));
        Ok(Self { response, scrubber, host: host.into(), idle, last: Instant::now(), taken: 0, sizes })
    }

    /// What comes next, or `Quiet` at `wake`.
    async fn next(&mut self, wake: Option<Instant>) -> Result<Next, Failure> {
        let silent = self.last + self.idle;
        let until = wake.map_or(silent, |wake| wake.min(silent));
        let mut clean = Vec::new();
        match tokio::time::timeout_at(until, self.response.chunk()).await {
            Err(_) if until == silent => Err(Failure::Silent(self.idle)),
            Err(_) => Ok(Next::Quiet),
            Ok(Err(e)) => Err(Failure::after_head(&e)),
            Ok(Ok(None)) => {
                self.scrubber.finish(&mut clean);
                Ok(Next::End(clean))
            }
            Ok(Ok(Some(bytes))) => {
                self.last = Instant::now();
                self.taken += bytes.len() as u64;
                if self.taken > self.sizes.most {
                    return Err(Failure::Broken(HttpError::TooLarge {
                        host: self.host.clone(),
                        most: self.sizes.most,
                    }));
                }
                self.scrubber.push(&bytes, &mut clean);
                Ok(Next::Bytes(clean))
            }
        }
    }

    /// The whole body: in memory, or as a blob where it is large or where that was asked for.
    pub async fn whole(mut self, to_blob: bool, blobs: &Arc<dyn BlobStore>) -> Result<Body, Failure> {
        let mime = mime(self.response.headers());
        let (mut buffer, mut sink): (Vec<u8>, Option<Box<dyn BlobSink>>) = (Vec::new(), None);
        loop {
            let (bytes, end) = match self.next(None).await? {
                Next::Bytes(bytes) => (bytes, false),
                Next::Quiet => continue,
                Next::End(bytes) => (bytes, true),
            };
            buffer.extend_from_slice(&bytes);
            if sink.is_none() && (buffer.len() > self.sizes.inline || (end && to_blob)) {
                let blobs = Arc::clone(blobs);
                sink = Some(on_disk(move || blobs.create()).await?);
            }
            let Some(open) = sink.take() else {
                if end {
                    return Ok(inline(buffer));
                }
                continue;
            };
            if end {
                return finish(open, buffer, mime).await;
            }
            let full = buffer.len() >= WRITE;
            sink = Some(if full { write(open, std::mem::take(&mut buffer)).await? } else { open });
        }
    }

    /// The body in chunks as they come.
    pub async fn chunks(mut self, on_chunk: &mut (dyn FnMut(Body) + Send)) -> Result<(), Failure> {
        let mut chunker = Chunker::default();
        let mut flush_at = None;
        loop {
            let end = match self.next(flush_at).await? {
                Next::Bytes(bytes) => {
                    chunker.pending.extend_from_slice(&bytes);
                    while let Some(body) = chunker.full() {
                        on_chunk(body);
                        flush_at = None;
                    }
                    false
                }
                Next::Quiet => {
                    if let Some(body) = chunker.rest(false) {
                        on_chunk(body);
                    }
                    flush_at = None;
                    continue;
                }
                Next::End(bytes) => {
                    chunker.pending.extend_from_slice(&bytes);
                    while let Some(body) = chunker.full() {
                        on_chunk(body);
                    }
                    true
                }
            };
            if end {
                if let Some(body) = chunker.rest(true) {
                    on_chunk(body);
                }
                return Ok(());
            }
            if flush_at.is_none() && !chunker.pending.is_empty() {
                flush_at = Some(Instant::now() + CHUNK_TIME);
            }
        }
    }
}

async fn on_disk<T: Send + 'static>(work: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    let store = |why: String| Failure::Broken(HttpError::Store(why));
    done.map_err(|e| store(e.to_string()))?.map_err(|e| store(e.to_string()))
}

async fn write(mut sink: Box<dyn BlobSink>, bytes: Vec<u8>) -> Result<Box<dyn BlobSink>, Failure> {
    on_disk(move || sink.write(&bytes).map(|()| sink)).await
}

async fn finish(sink: Box<dyn BlobSink>, rest: Vec<u8>, mime: String) -> Result<Body, Failure> {
    let sink = write(sink, rest).await?;
    let bytes = sink.written();
    let digest = on_disk(move || sink.finish()).await?;
    Ok(Body::Blob(Blob { blob: digest.hex(), bytes, mime }))
}

fn inline(bytes: Vec<u8>) -> Body {
    if bytes.is_empty() {
        return Body::Empty;
    }
    String::from_utf8(bytes).map_or_else(|e| Body::Base64(STANDARD.encode(e.as_bytes())), Body::Text)
}

fn mime(headers: &HeaderMap) -> String {
    let text = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let fine = |c: char| c.is_ascii_alphanumeric() || "/+-._".contains(c);
    let usable = essence.contains('/') && essence.len() <= 128 && essence.chars().all(fine);
    if usable { essence } else { "application/octet-stream".into() }
}

/// Headers as a guest gets them: names in lower case, no secret in them.
pub(super) fn headers(map: &HeaderMap, secrets: &Secrets) -> Vec<(String, String)> {
    let text = |value: &[u8]| secrets.clean(&String::from_utf8_lossy(value));
    map.iter().map(|(name, value)| (secrets.clean(name.as_str()), text(value.as_bytes()))).collect()
}

/// Cuts a stream into chunks that never split a character.
#[derive(Default)]
struct Chunker {
    pending: Vec<u8>,
}

impl Chunker {
    /// A chunk of full length, if there is that much.
    fn full(&mut self) -> Option<Body> {
        if self.pending.len() < CHUNK { None } else { self.cut(CHUNK, false) }
    }

    /// What there is; at the `end` also the beginning of a character that never came whole.
    fn rest(&mut self, end: bool) -> Option<Body> {
        self.cut(self.pending.len(), end)
    }

    fn cut(&mut self, length: usize, end: bool) -> Option<Body> {
        let length = match std::str::from_utf8(&self.pending[..length]) {
            Err(e) if e.error_len().is_none() && !end => e.valid_up_to(),
            _ => length,
        };
        let chunk: Vec<u8> = self.pending.drain(..length).collect();
        if chunk.is_empty() { None } else { Some(inline(chunk)) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes(body: &Body) -> Vec<u8> {
        match body {
            Body::Text(text) => text.clone().into_bytes(),
            Body::Base64(text) => STANDARD.decode(text).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_character_cut_in_two_waits_for_its_rest() {
        let mut chunker = Chunker { pending: "ab€".as_bytes()[..4].to_vec() };
        assert_eq!(chunker.rest(false), Some(Body::Text("ab".into())));
        assert_eq!(chunker.rest(false), None);
        chunker.pending.push("€".as_bytes()[2]);
        assert_eq!(chunker.rest(false), Some(Body::Text("€".into())));
        chunker.pending = vec![0xe2, 0x82];
        assert!(matches!(chunker.rest(true), Some(Body::Base64(_))));
        chunker.pending = vec![0xff; 3];
        assert!(matches!(chunker.rest(false), Some(Body::Base64(_))));
    }

    #[test]
    fn media_types_lose_their_parameters_and_nonsense() {
        let of = |text: &str| {
            let mut map = HeaderMap::new();
            map.insert(CONTENT_TYPE, text.parse().unwrap());
            mime(&map)
        };
        assert_eq!(of("Audio/MPEG; rate=1"), "audio/mpeg");
        assert_eq!(of("nonsense"), "application/octet-stream");
        assert_eq!(of("a/\"b"), "application/octet-stream");
        assert_eq!(mime(&HeaderMap::new()), "application/octet-stream");
    }

    proptest! {
        #[test]
        fn chunks_are_the_stream(text in "\\PC{0,200}", cut in 0usize..400) {
            let all = text.as_bytes();
            let cut = cut.min(all.len());
            let (mut chunker, mut out) = (Chunker::default(), Vec::new());
            for piece in [&all[..cut], &all[cut..]] {
                chunker.pending.extend_from_slice(piece);
                if let Some(body) = chunker.rest(false) {
                    prop_assert!(matches!(body, Body::Text(_)));
                    out.extend(bytes(&body));
                }
            }
            prop_assert!(chunker.rest(true).is_none());
            prop_assert_eq!(out, all);
        }
    }
}
