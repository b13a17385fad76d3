//! Why a request could not be done, with a stable code and what to do.

use std::time::Duration;

use studio_plugin_sdk::error::{ErrorKind, StageError};

/// A failed request. No message holds a secret or a URL's query.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(super) enum HttpError {
    #[error("not a usable URL: {0}")]
    Url(String),
    #[error("{0} is no method that may be sent; use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS")]
    Method(String),
    #[error("{why}")]
    Header { name: String, why: String },
    #[error("{why}")]
    Body { field: String, why: String },
    #[error("a secret is filled in only in header and query values, not in {field}; move it to `headers` or `query`")]
    SecretPlace { field: String },
    #[error(
        "\"{plugin}\" may not reach {host}; declare the host in its manifest, then grant it: studio plugin grant {plugin}"
    )]
    Host { plugin: String, host: String },
    #[error("{host} is not asked over https; use https (http is for localhost, 127.0.0.0/8 and ::1 alone)")]
    Scheme { host: String },
    #[error("{host} is at a private or unusable address; if it is a server of your own, its rule must say `private`")]
    Address { host: String },
    #[error(
        "\"{plugin}\" may not send the secret \"{name}\" to {host}; its manifest must name that secret for that host, and a grant allow it"
    )]
    SecretGrant { plugin: String, name: String, host: String },
    #[error("the secret \"{name}\" is not set; set it with: studio secret set {name}")]
    SecretMissing { name: String },
    #[error("the secret \"{name}\" {why}; set it again with: studio secret set {name}")]
    SecretUnfit { name: String, why: &'static str },
    #[error("{host} redirected more than {most} times; the service may be down, or its address has changed")]
    Redirects { host: String, most: u32 },
    #[error("{host} redirected to what may not be followed: {why}")]
    Redirect { host: String, why: String },
    #[error("{host} could not be reached: {why}; nothing was sent")]
    Unsent { host: String, why: String },
    #[error("{host} was sent the request but gave no whole answer: {why}; it may have acted on it, and billed it")]
    Unanswered { host: String, why: String },
    #[error("the connection to {host} failed: {why}")]
    Network { host: String, why: String },
    #[error("{host} was silent for {} s; ask again later, or raise `timeout_s`", .after.as_secs())]
    Silent { host: String, after: Duration },
    #[error("the answer of {host} is over {most} bytes, the most that is taken")]
    TooLarge { host: String, most: u64 },
    #[error("the answer could not be kept: {0}; look at the disk that holds the store")]
    Store(String),
    #[error("{host} was not done after {} s; the job may still end: try again later", .after.as_secs())]
    GaveUp { host: String, after: Duration },
    #[error("{0}")]
    Refused(StageError),
}

impl HttpError {
    /// Stable, for programs.
    pub fn code(&self) -> &str {
        match self {
            Self::Url(_) => "http.url",
            Self::Method(_) => "http.method",
            Self::Header { .. } => "http.header",
            Self::Body { .. } => "http.body",
            Self::SecretPlace { .. } => "secret.place",
            Self::Host { .. } => "grant.host",
            Self::Scheme { .. } => "http.scheme",
            Self::Address { .. } => "http.address",
            Self::SecretGrant { .. } => "grant.secret",
            Self::SecretMissing { .. } => "secret.missing",
            Self::SecretUnfit { .. } => "secret.unfit",
            Self::Redirects { .. } => "http.redirects",
            Self::Redirect { .. } => "http.redirect",
            Self::Unsent { .. } => "http.unsent",
            Self::Unanswered { .. } => "http.unanswered",
            Self::Network { .. } => "http.network",
            Self::Silent { .. } => "http.timeout",
            Self::TooLarge { .. } => "http.too_large",
            Self::Store(_) => "http.store",
            Self::GaveUp { .. } => "poll.gave_up",
            Self::Refused(e) => &e.code,
        }
    }

    /// What the engine does about it. `http.unanswered` is permanent, for a retry might pay twice.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Url(_) | Self::Method(_) | Self::Header { .. } | Self::Body { .. } | Self::SecretPlace { .. } => {
                ErrorKind::InvalidInput
            }
            Self::SecretMissing { .. } | Self::SecretUnfit { .. } => ErrorKind::Unauthorized,
            Self::Unsent { .. } | Self::Network { .. } | Self::Silent { .. } | Self::Store(_) | Self::GaveUp { .. } => {
                ErrorKind::Transient
            }
            Self::Refused(e) => e.kind,
            Self::Host { .. }
            | Self::Scheme { .. }
            | Self::Address { .. }
            | Self::SecretGrant { .. }
            | Self::Redirects { .. }
            | Self::Redirect { .. }
            | Self::Unanswered { .. }
            | Self::TooLarge { .. } => ErrorKind::Permanent,
        }
    }

    fn field(&self) -> Option<String> {
        match self {
            Self::Url(_) => Some("url".into()),
            Self::Method(_) => Some("method".into()),
            Self::Header { name, .. } => Some(format!("headers[{name}]")),
            Self::Body { field, .. } | Self::SecretPlace { field } => Some(field.clone()),
            _ => None,
        }
    }
}

impl From<HttpError> for StageError {
    fn from(e: HttpError) -> Self {
        if let HttpError::Refused(e) = e {
            return e;
        }
        Self { field: e.field(), ..Self::new(e.kind(), e.to_string()).code(e.code()) }
    }
}

impl From<StageError> for HttpError {
    fn from(e: StageError) -> Self {
        Self::Refused(e)
    }
}
