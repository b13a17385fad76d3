//! From what a guest asked to what is sent: method, URL, headers and body checked, secrets filled in.

use std::{sync::Arc, time::Duration};

use reqwest::{
    Method,
    header::{CONTENT_TYPE, HeaderName, HeaderValue},
};
use studio_plugin_sdk::wire::{Body, Http};
use url::Url;

use super::{
    allow,
    error::HttpError,
    payload::{self, Payload},
    redirect::{Header, Hop},
    scrub::Secrets,
    secrets::{self, Keys},
};
use crate::model::BlobStore;

const QUIET: u32 = 120;

/// The host's own business: the guest can't set them.
const RESERVED: &[&str] = &[
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What stays the same through redirects and retries. Has no `Debug`: it holds secrets.
pub(super) struct Prepared {
    pub payload: Payload,
    pub secrets: Arc<Secrets>,
    /// Seconds without a byte.
    pub idle: Duration,
    pub to_blob: bool,
    /// Of the answer nothing may stay on the disk but what is sealed: it is never a blob.
    pub sensitive: bool,
}

/// Checks and fills in; gives the first request of the chain.
pub(super) fn prepare(
    http: &Http,
    key: &str,
    keys: &Keys<'_>,
    blobs: &dyn BlobStore,
) -> Result<(Hop, Prepared), HttpError> {
    let method = method(&http.method)?;
    if http.sensitive && http.to_blob {
        let why = "an answer that must not be read later is not kept as a blob; leave out `to_blob`".into();
        return Err(HttpError::Body { field: "to_blob".into(), why });
    }
    secrets::none_in("url", &http.url)?;
    let mut url = Url::parse(&http.url).map_err(|e| HttpError::Url(e.to_string()))?;
    url.set_fragment(None);
    // First of all, so that nothing is looked up for a host that may not be reached.
    allow::check(keys.caller, &url)?;
    secrets::none_in_body("body", &http.body)?;
    let mut headers = Vec::with_capacity(http.headers.len() + 1);
    for (name, template) in &http.headers {
        headers.push(header(name, template, &url, keys)?);
    }
    if let Some(name) = &http.idempotency_header {
        headers.retain(|h| !h.name.as_str().eq_ignore_ascii_case(name));
        headers.push(header(name, key, &url, keys)?);
    }
    if matches!(http.body, Body::Multipart(_)) {
        // Its boundary is the host's to choose.
        headers.retain(|h| h.name != CONTENT_TYPE);
    }
    let plain = url.clone();
    for (name, template) in &http.query {
        secrets::none_in("query", name)?;
        let (value, _) = keys.fill(&format!("query[{name}]"), template, &plain)?;
        url.query_pairs_mut().append_pair(name, &value);
    }
    let prepared = Prepared {
        payload: payload::prepare(&http.body, blobs)?,
        secrets: Arc::new(keys.to_scrub()),
        idle: Duration::from_secs(http.timeout_s.unwrap_or(QUIET).max(1).into()),
        to_blob: http.to_blob,
        sensitive: http.sensitive,
    };
    Ok((Hop { method, url, headers, with_body: true }, prepared))
}

/// TRACE would send secrets back; CONNECT would make a tunnel.
fn method(text: &str) -> Result<Method, HttpError> {
    match text.to_ascii_uppercase().as_str() {
        "GET" => Ok(Method::GET),
        "HEAD" => Ok(Method::HEAD),
        "POST" => Ok(Method::POST),
        "PUT" => Ok(Method::PUT),
        "PATCH" => Ok(Method::PATCH),
        "DELETE" => Ok(Method::DELETE),
        "OPTIONS" => Ok(Method::OPTIONS),
        _ => Err(HttpError::Method(text.chars().take(32).collect())),
    }
}

fn header(name: &str, template: &str, url: &Url, keys: &Keys<'_>) -> Result<Header, HttpError> {
    let shown: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
    let bad = |why: &str| HttpError::Header { name: shown.clone(), why: why.into() };
    let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad("not a header's name"))?;
    if RESERVED.contains(&parsed.as_str()) {
        return Err(bad("the host sets this header itself; leave it out"));
    }
    let (text, secret) = keys.fill(&format!("headers[{shown}]"), template, url)?;
    let mut value =
        HeaderValue::from_str(&text).map_err(|_| bad("a header's value is visible ASCII on one line; encode it"))?;
    value.set_sensitive(secret || is_credential(&parsed));
    Ok(Header { name: parsed, value, secret })
}

/// Headers that by their names belong to one server, whether or not a secret was filled in.
pub(super) fn is_credential(name: &HeaderName) -> bool {
    ["auth", "cookie", "token", "secret", "key"].iter().any(|part| name.as_str().contains(part))
}
