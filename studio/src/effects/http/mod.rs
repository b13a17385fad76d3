//! HTTP for plugins: what they may reach, secrets filled in and scrubbed out, redirects, retries, polls, bodies to
//! blobs. Called by the engine, one call an effect; dropping a future cancels it. Knows nothing of journals:
//! the engine records the intent, in `SendContext::before_send`, and the answer.

mod address;
mod allow;
mod answer;
mod aside;
mod clock;
mod connections;
mod error;
mod failure;
mod forms;
mod idle;
mod limits;
mod line;
mod payload;
mod poll;
mod prepare;
mod redirect;
mod resolve;
mod retry;
mod scrub;
mod secrets;
mod send;
mod tally;
#[cfg(test)]
pub(in crate::effects) mod tests;

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use futures::future::BoxFuture;
use studio_plugin_sdk::{
    error::StageError,
    wire::{Body, Http, HttpAnswer},
};

pub use clock::{Clock, SystemClock};
pub use poll::{OnProgress, Polling};
pub(super) use resolve::Checked;
pub use resolve::{Lookup, SystemLookup};
pub(super) use retry::retry_after;
pub use tally::Tally;

use super::Caller;
use crate::model::{BlobStore, SecretSource};

/// Settings of the client; `default()` is right but for tests.
#[derive(Clone)]
pub struct HttpOptions {
    /// Sent where the guest sets none.
    pub user_agent: String,
    /// Bodies longer than this, in bytes, become blobs.
    pub inline_bytes: usize,
    /// Bodies longer than this, in bytes and after decompression, are refused.
    pub most_bytes: u64,
    /// Sends of one request at most.
    pub tries: u32,
    /// A server that asks for a longer pause gets none: its answer is passed on.
    pub longest_pause: Duration,
    /// Until a connection is there.
    pub connect_timeout: Duration,
    /// Certificates (PEM) trusted beside the system's.
    pub extra_roots: Vec<Vec<u8>>,
    /// Pauses between requests.
    pub clock: Arc<dyn Clock>,
    /// Names to addresses.
    pub lookup: Arc<dyn Lookup>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            user_agent: concat!("studio/", env!("CARGO_PKG_VERSION")).into(),
            inline_bytes: 1024 * 1024,
            most_bytes: 2 * 1024 * 1024 * 1024,
            tries: 5,
            longest_pause: Duration::from_mins(5),
            connect_timeout: Duration::from_secs(15),
            extra_roots: Vec::new(),
            clock: Arc::new(SystemClock::new()),
            lookup: Arc::new(SystemLookup),
        }
    }
}

impl HttpOptions {
    fn sizes(&self) -> answer::Sizes {
        answer::Sizes { inline: self.inline_bytes, most: self.most_bytes }
    }
}

/// Called right before a request that must not be sent twice leaves: the place to make its intent durable.
/// An error stops the request.
pub type BeforeSend = Arc<dyn Fn() -> BoxFuture<'static, Result<(), StageError>> + Send + Sync>;

/// Called with every pause of a request.
pub type OnNotice = Arc<dyn Fn(&Notice) + Send + Sync>;

/// What the engine adds to a request.
#[derive(Clone, Default)]
pub struct SendContext {
    /// Sent in the header that `Http::idempotency_header` names; the same on every repeat of the effect.
    pub idempotency_key: String,
    /// See [`BeforeSend`]; called once a send.
    pub before_send: Option<BeforeSend>,
    /// Told of every pause, for a person to see.
    pub notice: Option<OnNotice>,
}

impl SendContext {
    fn tell(&self, host: &str, wait: Duration, (attempt, of): (u32, u32), why: String) {
        let notice = Notice { host: host.to_owned(), wait, attempt, of, why };
        tracing::info!(host, attempt, of, seconds = wait.as_secs_f64(), why = notice.why, "a request waits");
        if let Some(tell) = &self.notice {
            tell(&notice);
        }
    }
}

/// Why a request waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// The host it is for.
    pub host: String,
    /// How long.
    pub wait: Duration,
    /// Which send comes after the pause, from 1.
    pub attempt: u32,
    /// Sends at most; 1: it waits for its turn.
    pub of: u32,
    /// What happened, in a sentence.
    pub why: String,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; goes on in {:.1} s", self.why, self.wait.as_secs_f64())?;
        if self.of > 1 { write!(f, " (try {} of {})", self.attempt, self.of) } else { Ok(()) }
    }
}

/// Performs requests for all plugins; shared by all of the engine.
pub struct HttpClient {
    connections: connections::Connections,
    blobs: Arc<dyn BlobStore>,
    secrets: Arc<dyn SecretSource>,
    limits: limits::Limits,
    polls: line::Lines<poll::Entry>,
    /// Begun with the first poll; none: polls are asked where they are begun.
    aside: OnceLock<Option<aside::Aside>>,
    tally: Tally,
    options: HttpOptions,
}

impl HttpClient {
    /// A client that has asked nobody yet.
    pub fn new(blobs: Arc<dyn BlobStore>, secrets: Arc<dyn SecretSource>, options: HttpOptions) -> Self {
        Self {
            connections: connections::Connections::default(),
            blobs,
            secrets,
            limits: limits::Limits::default(),
            polls: line::Lines::default(),
            aside: OnceLock::new(),
            tally: Tally::default(),
            options,
        }
    }

    /// What asks for polls; none: nothing beside all the rest.
    fn aside(&self) -> Option<&aside::Aside> {
        self.aside.get_or_init(aside::Aside::start).as_ref()
    }

    /// Counts of what it sends.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Sends a request and gives its answer; a status of 400 and above is an answer once retries are used up.
    ///
    /// # Errors
    /// `http.unanswered`: it was sent, is not idempotent, and may have been acted on. Every other code means that a
    /// request which is not idempotent had no effect. See [`is_idempotent`].
    pub async fn send(&self, caller: &Caller, http: &Http, context: &SendContext) -> Result<HttpAnswer, StageError> {
        let way =
            send::Way { idempotent: is_idempotent(http), tries: self.options.tries, polls: false, on_chunk: None };
        self.run(caller, http, context, way).await
    }

    /// Sends a request and gives its body in chunks of at most 64 KB or 250 ms, then its head.
    ///
    /// # Errors
    /// As [`HttpClient::send`]; there is no retry after the first chunk.
    pub async fn stream(
        &self,
        caller: &Caller,
        http: &Http,
        context: &SendContext,
        on_chunk: &mut (dyn FnMut(Body) + Send),
    ) -> Result<HttpAnswer, StageError> {
        let way = send::Way {
            idempotent: is_idempotent(http),
            tries: self.options.tries,
            polls: false,
            on_chunk: Some(on_chunk),
        };
        self.run(caller, http, context, way).await
    }
}

/// Does sending it twice no harm?
pub fn is_idempotent(http: &Http) -> bool {
    let safe = ["GET", "HEAD"].iter().any(|m| http.method.eq_ignore_ascii_case(m));
    safe || http.idempotent || http.idempotency_header.is_some()
}
