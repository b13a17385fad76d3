//! How one exchange failed, told by whether the server may have acted on it: that decides who may send it again.

use std::{error::Error, time::Duration};

use super::{error::HttpError, resolve::AddressRefused};

/// One failed exchange.
#[derive(Debug)]
pub(super) enum Failure {
    /// Refused by us before anything was sent; it would be again.
    Refused(HttpError),
    /// There was no connection, so nothing was sent.
    Unsent(String),
    /// The connection broke; the server may have acted.
    Lost(String),
    /// Nothing moved for that long; the server may have acted.
    Silent(Duration),
    /// It was sent, but its answer can't be taken in; neither can the next.
    Broken(HttpError),
}

impl Failure {
    /// Of a request whose head never came.
    pub fn before_head(e: &reqwest::Error, host: &str) -> Self {
        if chain(e).any(<dyn Error>::is::<AddressRefused>) {
            return Self::Refused(HttpError::Address { host: host.into() });
        }
        if e.is_builder() {
            return Self::Refused(HttpError::Url(reason(e)));
        }
        if e.is_connect() { Self::Unsent(reason(e)) } else { Self::Lost(reason(e)) }
    }

    /// Of an answer that broke off.
    pub fn after_head(e: &reqwest::Error) -> Self {
        Self::Lost(reason(e))
    }

    /// May the same request fare better next time?
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Unsent(_) | Self::Lost(_) | Self::Silent(_))
    }

    /// Can the server not have seen it?
    pub fn is_unsent(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Unsent(_))
    }

    /// As an error of an idempotent request.
    pub fn into_error(self, host: &str) -> HttpError {
        let host = host.to_owned();
        match self {
            Self::Refused(e) | Self::Broken(e) => e,
            Self::Unsent(why) => HttpError::Unsent { host, why },
            Self::Lost(why) => HttpError::Network { host, why },
            Self::Silent(after) => HttpError::Silent { host, after },
        }
    }
}

fn chain(e: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(e.source(), |&e| e.source())
}

/// The innermost cause: it names no URL, as reqwest's own errors do.
fn reason(e: &reqwest::Error) -> String {
    let innermost = chain(e).filter(|e| !e.is::<reqwest::Error>()).last();
    innermost.map_or_else(|| "the connection broke off".into(), ToString::to_string)
}
