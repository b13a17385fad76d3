//! Which answers are asked for again, and when. Pure.

use std::time::{Duration, SystemTime};

use studio_plugin_sdk::wire::{Body, HttpAnswer};

/// Longest pause of our own choosing.
const CAP: Duration = Duration::from_mins(1);
const FIRST: Duration = Duration::from_secs(1);

/// What to do about an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    /// It is the answer.
    Keep,
    /// Ask again, after the pause the server asked for, if it did.
    Again(Option<Duration>),
}

/// Judges an answer. A request that does harm when sent twice is repeated only where the server refused to look at it.
pub(super) fn verdict(answer: &HttpAnswer, idempotent: bool, wall: SystemTime) -> Verdict {
    let said = retry_after(&answer.headers, wall);
    match answer.status {
        429 => {
            let text = match &answer.body {
                Body::Text(text) => text.as_str(),
                _ => "",
            };
            if is_final(text) { Verdict::Keep } else { Verdict::Again(said.or_else(|| delay_in(text))) }
        }
        503 if idempotent || said.is_some() => Verdict::Again(said),
        408 | 500 | 502 | 504 | 529 if idempotent => Verdict::Again(said),
        _ => Verdict::Keep,
    }
}

/// An allowance that is used up does not come back by waiting.
fn is_final(text: &str) -> bool {
    ["\"insufficient_quota\"", "\"enforced_spend_limit_reached\""].iter().any(|code| text.contains(code))
}

/// A random pause before try `n` + 1 (n from 1), up to 1, 2, 4 … 60 s.
pub(super) fn backoff(n: u32, random: f64) -> Duration {
    let most = FIRST.saturating_mul(1 << n.saturating_sub(1).min(6)).min(CAP);
    most.mul_f64(random.clamp(0.0, 1.0))
}

/// `retry-after-ms`, or `retry-after` as whole or broken seconds or as a date.
pub(in crate::effects) fn retry_after(headers: &[(String, String)], wall: SystemTime) -> Option<Duration> {
    let header = |name: &str| headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.trim());
    let seconds = |text: &str| text.parse::<f64>().ok().filter(|n| *n >= 0.0 && n.is_finite());
    let millis = header("retry-after-ms").and_then(seconds).map(|ms| ms / 1000.0);
    let text = header("retry-after");
    if let Some(s) = millis.or_else(|| text.and_then(seconds)) {
        return Some(Duration::try_from_secs_f64(s).unwrap_or(Duration::MAX));
    }
    let date = httpdate::parse_http_date(text?).ok()?;
    Some(date.duration_since(wall).unwrap_or_default())
}

/// Pauses that services write into the body: Gemini's `"retryDelay": "34s"`, Replicate's "resets in ~30s".
fn delay_in(text: &str) -> Option<Duration> {
    let number = |after: &str| {
        let start = after.find(|c: char| c.is_ascii_digit()).filter(|at| *at <= 6)?;
        let digits = &after[start..];
        let end = digits.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let seconds = digits[end..].starts_with('s').then(|| digits[..end].parse::<f64>().ok())??;
        Duration::try_from_secs_f64(seconds).ok()
    };
    ["\"retryDelay\"", "resets in"].iter().find_map(|mark| number(text.split_once(mark)?.1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> HttpAnswer {
        let headers = headers.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
        HttpAnswer { status, headers, body: Body::Text(body.into()) }
    }

    fn wall() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777)
    }

    #[test]
    fn every_form_of_retry_after_is_read() {
        let table = [
            ("retry-after", "3", Some(3.0)),
            ("retry-after", " 0.25 ", Some(0.25)),
            ("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT", Some(30.0)),
            ("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT", Some(0.0)),
            ("retry-after-ms", "1500", Some(1.5)),
            ("retry-after", "-1", None),
            ("retry-after", "NaN", None),
            ("retry-after", "inf", None),
            ("retry-after", "soon", None),
            ("retry-after", "", None),
        ];
        for (name, value, want) in table {
            let got = retry_after(&[(name.into(), value.into())], wall());
            assert_eq!(got.map(|d| d.as_secs_f64()), want, "{value}");
        }
        assert_eq!(retry_after(&[("retry-after".into(), "1e300".into())], wall()), Some(Duration::MAX));
    }

    #[test]
    fn only_what_helps_is_asked_again() {
        let again = |status, idempotent, headers: &[(&str, &str)], body: &str| {
            verdict(&answer(status, headers, body), idempotent, wall()) != Verdict::Keep
        };
        for status in [408, 429, 500, 502, 503, 504, 529] {
            assert!(again(status, true, &[], ""), "{status}");
        }
        for status in [200, 201, 302, 304, 400, 401, 402, 403, 404, 409, 410, 413, 422, 501] {
            assert!(!again(status, true, &[], ""), "{status}");
        }
        for status in [408, 500, 502, 503, 504, 529] {
            assert!(!again(status, false, &[], ""), "{status}");
        }
        assert!(again(429, false, &[], "slow down"));
        assert!(again(503, false, &[("retry-after", "1")], ""));
        assert!(!again(500, false, &[("retry-after", "1")], ""));
        assert!(!again(429, true, &[], r#"{"error":{"code":"insufficient_quota"}}"#));
    }

    #[test]
    fn pauses_hidden_in_bodies_are_found() {
        let of = |body: &str| match verdict(&answer(429, &[], body), true, wall()) {
            Verdict::Again(d) => d.map(|d| d.as_secs_f64()),
            Verdict::Keep => None,
        };
        assert_eq!(of(r#"{"details":[{"retryDelay": "34.5s"}]}"#), Some(34.5));
        assert_eq!(of("Your rate limit resets in ~30s."), Some(30.0));
        assert_eq!(of("resets in a while 5s"), None);
        assert_eq!(of("resets in 5 minutes"), None);
    }

    proptest! {
        #[test]
        fn nothing_a_server_says_panics(body in ".{0,80}", header in ".{0,20}") {
            let headers = [("retry-after", header.as_str())];
            verdict(&answer(429, &headers, &format!("resets in {body}")), true, wall());
        }

        #[test]
        fn backoff_stays_below_its_cap(n in 0u32..1000, random in -1.0f64..2.0) {
            prop_assert!(backoff(n, random) <= CAP);
        }
    }
}
