//! How it may misbehave.

use serde_json::{Value, json};

/// A header's name and value, where there is one.
pub type Header = Option<(&'static str, &'static str)>;

/// An answer that is an error: status, header, body.
pub(super) type Error = (u16, Header, Value);

/// What becomes of one request.
#[derive(Clone, Debug)]
pub enum Mood {
    /// Too many requests; with a header (`("retry-after-ms", "20")`) or without.
    RateLimited(Header),
    /// It has too much to do, and says when to come again.
    Busy(&'static str),
    /// The account has no money left.
    Quota,
    /// Its moderation will not have it made.
    Refuses,
    /// Any other status, with an error of the service.
    Status(u16),
    /// A good status, and then the connection breaks in the middle of the body.
    Cuts,
    /// A good status, and a body that is none of the service's.
    Nonsense,
    /// A stream that ends without an end; a picture's answer without a picture; speech without sound.
    Empty,
    /// A picture by its address.
    ByUrl,
    /// A picture by an address that does not work any more.
    Expired,
    /// An error in the middle of a stream.
    BreaksStream,
    /// The answer says nothing of what was used.
    NoUsage,
    /// The model refuses.
    ModelRefuses,
    /// The answer ends at the limit of tokens.
    Length,
    /// Half of the body, and the rest once the test says so.
    Halfway,
}

impl Mood {
    /// The answer, where it is an error.
    pub(super) fn error(&self) -> Option<Error> {
        let body = |message: &str, kind: &str, code: Value| json!({ "error": { "message": message, "type": kind, "param": null, "code": code } });
        Some(match self {
            Self::RateLimited(header) => {
                (429, *header, body("Rate limit reached for requests", "requests", json!("rate_limit_exceeded")))
            }
            Self::Busy(ms) => {
                (503, Some(("retry-after-ms", *ms)), body("The engine is overloaded", "server_error", Value::Null))
            }
            Self::Quota => {
                let message = "You exceeded your current quota, please check your plan and billing details.";
                (429, None, body(message, "insufficient_quota", json!("insufficient_quota")))
            }
            Self::Refuses => {
                let message = "Your request was rejected by the safety system.";
                (400, None, body(message, "image_generation_user_error", json!("moderation_blocked")))
            }
            Self::Status(status) => (
                *status,
                None,
                body("The server had an error while processing your request.", "server_error", Value::Null),
            ),
            _ => return None,
        })
    }
}
