//! From an HTTP status to a typed error, in the way that suits all providers.

use serde_json::Value;

use crate::{
    error::{ErrorKind, StageError},
    wire::{Body, HttpAnswer},
};

/// Codes in an error's body that mean that the account's allowance is used up, whatever the status.
const QUOTA: [&str; 6] = [
    "insufficient_quota",
    "enforced_spend_limit_reached",
    "quotaExceeded",
    "dailyLimitExceeded",
    "quota_exceeded",
    "billing_hard_limit_reached",
];

/// Codes that mean that the service will not make this.
const REFUSED: [&str; 4] = ["content_policy_violation", "moderation_blocked", "content_filter", "content_moderation"];

/// The longest message of a provider that is shown.
const MAX_MESSAGE: usize = 500;

/// The error of an answer with a status of 400 and above, with the provider's own message.
///
/// 401 and 403 are `unauthorized`, 402 and spent quotas `quota`, 429 `rate_limited` (with Retry-After), 408, 5xx
/// and 529 `transient`, refusals by code `content_refused`, all others `permanent`.
pub fn status_error(answer: &HttpAnswer) -> StageError {
    let body = match &answer.body {
        Body::Json(value) => Some(value.clone()),
        Body::Text(text) => serde_json::from_str(text).ok(),
        _ => None,
    };
    let says = |codes: &[&str]| body.as_ref().is_some_and(|body| has_code(body, codes, 0));
    let kind = match answer.status {
        _ if says(&QUOTA) => ErrorKind::Quota,
        _ if says(&REFUSED) => ErrorKind::ContentRefused,
        401 | 403 => ErrorKind::Unauthorized,
        402 => ErrorKind::Quota,
        429 => ErrorKind::RateLimited,
        408 | 500..=599 => ErrorKind::Transient,
        _ => ErrorKind::Permanent,
    };
    let said = body.as_ref().and_then(message).or_else(|| plain_text(answer)).unwrap_or_default();
    let lead = match kind {
        ErrorKind::Unauthorized => "the service refused the key",
        ErrorKind::Quota => "the account's allowance at the service is used up",
        ErrorKind::RateLimited => "the service asks for fewer requests",
        ErrorKind::ContentRefused => "the service will not make this",
        _ => "the service answered with an error",
    };
    let status = answer.status;
    let text = if said.is_empty() { format!("{lead} ({status})") } else { format!("{lead} ({status}): {said}") };
    let mut error = StageError::new(kind, text).code(format!("http.{status}"));
    error.retry_after = retry_after(answer);
    error
}

/// Seconds, whole or with a fraction. Dates are the host's business: it has a clock.
fn retry_after(answer: &HttpAnswer) -> Option<f64> {
    let number = |name| answer.header(name).and_then(|value| value.trim().parse::<f64>().ok());
    let seconds = number("retry-after-ms").map(|ms| ms / 1000.0).or_else(|| number("retry-after"))?;
    (seconds.is_finite() && seconds >= 0.0).then_some(seconds)
}

/// Is one of the codes a `code`, `type`, `status`, `reason` or `error_code` in the body?
fn has_code(body: &Value, codes: &[&str], depth: u8) -> bool {
    match body {
        _ if depth > 6 => false,
        Value::Object(map) => map.iter().any(|(key, value)| match value {
            Value::String(text) => {
                let is_code = matches!(key.as_str(), "code" | "type" | "status" | "reason" | "error_code" | "name");
                is_code && codes.contains(&text.as_str())
            }
            nested => has_code(nested, codes, depth + 1),
        }),
        Value::Array(list) => list.iter().any(|value| has_code(value, codes, depth + 1)),
        _ => false,
    }
}

/// Where the providers put their sentence.
fn message(body: &Value) -> Option<String> {
    const PLACES: [&str; 11] = [
        "/error/message",
        "/message",
        "/error",
        "/detail/message",
        "/detail/0/msg",
        "/detail",
        "/errors/0/message",
        "/errors/0",
        "/error_description",
        "/title",
        "/0/error/message",
    ];
    let text = PLACES.iter().find_map(|place| body.pointer(place)?.as_str())?;
    Some(shorten(text))
}

fn plain_text(answer: &HttpAnswer) -> Option<String> {
    let text = answer.body_text()?.trim();
    let is_markup = text.starts_with('<') || text.starts_with('{') || text.starts_with('[');
    (!text.is_empty() && !is_markup).then(|| shorten(text))
}

fn shorten(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(MAX_MESSAGE) {
        Some((at, _)) => format!("{} …", &text[..at]),
        None => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, headers: &[(&str, &str)], body: &str) -> StageError {
        let headers = headers.iter().map(|(n, v)| ((*n).to_string(), (*v).to_string())).collect();
        status_error(&HttpAnswer { status, headers, body: Body::Text(body.to_string()) })
    }

    #[test]
    fn statuses_have_their_kinds() {
        let kinds = [
            (400, ErrorKind::Permanent),
            (401, ErrorKind::Unauthorized),
            (402, ErrorKind::Quota),
            (403, ErrorKind::Unauthorized),
            (404, ErrorKind::Permanent),
            (408, ErrorKind::Transient),
            (422, ErrorKind::Permanent),
            (429, ErrorKind::RateLimited),
            (503, ErrorKind::Transient),
            (529, ErrorKind::Transient),
        ];
        for (status, kind) in kinds {
            assert_eq!(error(status, &[], "").kind, kind, "{status}");
        }
    }

    #[test]
    fn a_spent_quota_is_not_a_rate_limit() {
        let body = r#"{"error":{"code":"insufficient_quota","message":"You exceeded your quota"}}"#;
        let quota = error(429, &[], body);
        assert_eq!(quota.kind, ErrorKind::Quota);
        assert!(quota.message.ends_with("(429): You exceeded your quota"), "{}", quota.message);
        let body = r#"{"error":{"errors":[{"reason":"quotaExceeded"}],"message":"The request cannot be completed"}}"#;
        assert_eq!(error(403, &[], body).kind, ErrorKind::Quota);
    }

    #[test]
    fn a_refusal_is_told_by_its_code() {
        let body = r#"{"error":{"code":"content_policy_violation","message":"no"}}"#;
        assert_eq!(error(400, &[], body).kind, ErrorKind::ContentRefused);
    }

    #[test]
    fn retry_after_is_seconds_or_milliseconds() {
        assert_eq!(error(429, &[("Retry-After", "1.5")], "").retry_after, Some(1.5));
        assert_eq!(error(429, &[("retry-after-ms", "250")], "").retry_after, Some(0.25));
        assert_eq!(error(429, &[("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")], "").retry_after, None);
        assert_eq!(error(429, &[("retry-after", "-1")], "").retry_after, None);
    }

    #[test]
    fn messages_are_found_and_cut() {
        assert!(error(422, &[], r#"{"detail":[{"msg":"field required"}]}"#).message.ends_with("field required"));
        assert!(error(500, &[], "<html>boom</html>").message.ends_with("(500)"));
        assert!(error(400, &[], &"é".repeat(9000)).message.chars().count() < 600);
    }
}
