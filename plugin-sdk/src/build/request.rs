//! An HTTP request in the making.

use std::time::Duration;

use serde::Serialize;

use super::{PartBuilder, bytes};
use crate::{
    blob::Blob,
    error::{Result, StageError},
    usage::Usage,
    wire::{Body, Http, Part},
};

/// A request; [`get`], [`post`] and their like make it, `cx.http` sends it.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until cx sends it"]
pub struct HttpRequest {
    http: Http,
    /// What went wrong while building; comes out where the request is sent.
    error: Option<StageError>,
}

/// A request of any method.
pub fn request(method: impl Into<String>, url: impl Into<String>) -> HttpRequest {
    let http = Http { method: method.into().to_ascii_uppercase(), url: url.into(), ..Http::default() };
    HttpRequest { http, error: None }
}

/// `GET`: idempotent.
pub fn get(url: impl Into<String>) -> HttpRequest {
    request("GET", url)
}

/// `HEAD`: idempotent.
pub fn head(url: impl Into<String>) -> HttpRequest {
    request("HEAD", url)
}

/// `POST`: sent once, unless marked [`HttpRequest::idempotent`].
pub fn post(url: impl Into<String>) -> HttpRequest {
    request("POST", url)
}

/// `PUT`: sent once, unless marked [`HttpRequest::idempotent`].
pub fn put(url: impl Into<String>) -> HttpRequest {
    request("PUT", url)
}

/// `PATCH`: sent once, unless marked [`HttpRequest::idempotent`].
pub fn patch(url: impl Into<String>) -> HttpRequest {
    request("PATCH", url)
}

/// `DELETE`: sent once, unless marked [`HttpRequest::idempotent`].
pub fn delete(url: impl Into<String>) -> HttpRequest {
    request("DELETE", url)
}

#[allow(clippy::needless_pass_by_value, reason = "callers pass what they have at hand")]
impl HttpRequest {
    /// Adds a header. `{{secret:NAME}}` in the value is filled in by the host.
    pub fn header(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.http.headers.push((name.into(), value.to_string()));
        self
    }

    /// `Authorization: Bearer …`, usually of a [`super::secret`].
    pub fn bearer(self, token: impl std::fmt::Display) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// Adds a pair to the URL's query; the host escapes it.
    pub fn query(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.http.query.push((name.into(), value.to_string()));
        self
    }

    /// JSON as the body.
    pub fn json(mut self, body: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_value(body) {
            Ok(value) => self.http.body = Body::Json(value),
            Err(e) => self.error = Some(StageError::permanent(format!("the request's body is not JSON: {e}"))),
        }
        self
    }

    /// Text as the body; give it its content type as a header.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.http.body = Body::Text(text.into());
        self
    }

    /// Bytes as the body; large ones belong in a blob.
    pub fn bytes(mut self, content: impl AsRef<[u8]>) -> Self {
        self.http.body = bytes(content);
        self
    }

    /// A blob's bytes as the body, with its media type.
    pub fn blob(mut self, blob: &Blob) -> Self {
        self.http.body = Body::Blob(blob.clone());
        self
    }

    /// `multipart/form-data` as the body: `[("model", "x")]`, or parts made by [`super::part`].
    pub fn multipart<P: Into<PartBuilder>>(mut self, parts: impl IntoIterator<Item = P>) -> Self {
        let parts: Vec<Part> = parts.into_iter().map(|part| part.into().into()).collect();
        if let Some(part) = parts.iter().find(|part| matches!(part.body, Body::Multipart(_))) {
            self.error = Some(StageError::permanent(format!("the part {} is itself multipart", part.name)));
        }
        self.http.body = Body::Multipart(parts);
        self
    }

    /// Any body.
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.http.body = body.into();
        self
    }

    /// Sending it twice does no harm: the host may repeat it.
    pub fn idempotent(mut self) -> Self {
        self.http.idempotent = true;
        self
    }

    /// The service takes an idempotency key in this header; the host makes one. The host may repeat it.
    pub fn idempotency_header(mut self, name: impl Into<String>) -> Self {
        self.http.idempotency_header = Some(name.into());
        self
    }

    /// The answer holds what must not be read later (an upload address, a token): it is sealed.
    pub fn sensitive(mut self) -> Self {
        self.http.sensitive = true;
        self
    }

    /// The most this call can use: reserved from the budget before it is sent.
    pub fn at_most(mut self, usage: Usage) -> Self {
        self.http.at_most = Some(usage);
        self
    }

    /// How long the service may be silent; without this 120 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.http.timeout_s = Some(u32::try_from(timeout.as_secs()).unwrap_or(u32::MAX).max(1));
        self
    }

    /// The answer's body comes as a blob, however small.
    pub fn to_blob(mut self) -> Self {
        self.http.to_blob = true;
        self
    }

    /// The request as it goes over the wire.
    pub fn into_wire(self) -> Result<Http> {
        match self.error {
            Some(error) => Err(error),
            None => Ok(self.http),
        }
    }
}

impl From<Http> for HttpRequest {
    fn from(http: Http) -> Self {
        Self { http, error: None }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::build::{part, secret};

    #[test]
    fn a_request_is_built_as_it_reads() {
        let built = post("https://api.example.com/v1/speech")
            .bearer(secret("example"))
            .query("format", "wav")
            .json(&json!({"n": 1}))
            .at_most(Usage { characters: 12, ..Usage::default() })
            .timeout(Duration::from_secs(30))
            .to_blob()
            .into_wire()
            .unwrap();
        assert_eq!(
            serde_json::to_value(&built).unwrap(),
            json!({
                "method": "POST",
                "url": "https://api.example.com/v1/speech",
                "query": [["format", "wav"]],
                "headers": [["authorization", "Bearer {{secret:example}}"]],
                "body": {"json": {"n": 1}},
                "to_blob": true,
                "at_most": {"characters": 12},
                "timeout_s": 30,
            })
        );
    }

    #[test]
    fn what_cannot_be_sent_is_an_error() {
        let map = std::collections::BTreeMap::from([((1, 2), 3)]);
        assert!(post("https://a").json(&map).into_wire().is_err());
        let nested = part("outer", Body::Multipart(Vec::new()));
        assert!(post("https://a").multipart([nested]).into_wire().unwrap_err().message.contains("outer"));
    }

    #[test]
    fn parts_are_fields_or_files() {
        let built =
            post("https://a").multipart([part("model", "x"), part("file", vec![0xff]).file_name("a.wav")]).into_wire();
        let Body::Multipart(parts) = built.unwrap().body else { panic!("multipart") };
        assert_eq!(parts[0].body, Body::Text("x".into()));
        assert_eq!(parts[1].file_name.as_deref(), Some("a.wav"));
        assert_eq!(parts[1].body, Body::Base64("/w==".into()));
    }
}
