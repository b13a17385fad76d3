//! How a check is put together.

use studio_plugin_sdk::roles::{
    rank::Span,
    verify::{Check, CheckState},
};

/// Most stretches that a check names; the worst film has thousands.
const MOST: usize = 50;

/// A check that ended so, with what was found.
pub fn check(name: &str, state: CheckState, message: impl Into<String>) -> Check {
    Check { name: name.into(), state, message: message.into(), ..Check::default() }
}

/// As it should be.
pub fn pass(name: &str, message: impl Into<String>) -> Check {
    check(name, CheckState::Pass, message)
}

/// Nothing to look at, or it cannot be told.
pub fn skipped(name: &str, message: impl Into<String>) -> Check {
    check(name, CheckState::Skipped, message)
}

/// Maybe not as it was meant, with what to do.
pub fn warn(name: &str, message: impl Into<String>, help: &str) -> Check {
    Check { help: help.into(), ..check(name, CheckState::Warn, message) }
}

/// Wrong, with what to do.
pub fn fail(name: &str, message: impl Into<String>, help: &str) -> Check {
    Check { help: help.into(), ..check(name, CheckState::Fail, message) }
}

/// What can be added to a check.
pub trait Detail {
    /// With what was measured, and what it may be.
    fn number(self, measured: f64, limit: f64, unit: &str) -> Self;
    /// With the stretches that are to blame.
    fn at(self, places: impl IntoIterator<Item = Span>) -> Self;
}

impl Detail for Check {
    fn number(self, measured: f64, limit: f64, unit: &str) -> Self {
        Self { measured: Some(rounded(measured)), limit: Some(rounded(limit)), unit: unit.into(), ..self }
    }

    fn at(self, places: impl IntoIterator<Item = Span>) -> Self {
        let place = |span: Span| Span { start: rounded(span.start), end: rounded(span.end) };
        Self { at: places.into_iter().take(MOST).map(place).collect(), ..self }
    }
}

/// To a thousandth: what is beyond is noise.
fn rounded(x: f64) -> f64 {
    (x * 1000.0).round() / 1000.0
}

/// `1 frame`, `2 frames`.
pub fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// The length of a stretch, in seconds.
pub fn length(span: &Span) -> f64 {
    (span.end - span.start).max(0.0)
}

/// How much of a stretch lies in others, in seconds.
pub fn covered(span: &Span, by: &[Span]) -> f64 {
    let shared = |other: &Span| (span.end.min(other.end) - span.start.max(other.start)).max(0.0);
    by.iter().map(shared).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_names_its_places_to_a_thousandth() {
        let span = |start, end| Span { start, end };
        let check = fail("black", "x", "y").number(1.000_04, 0.5, "s").at(vec![span(1.234_56, 2.0); 60]);
        assert_eq!((check.measured, check.at.len(), check.at[0]), (Some(1.0), MOST, span(1.235, 2.0)));
        assert!((covered(&span(1.0, 4.0), &[span(0.0, 2.0), span(3.5, 9.0)]) - 1.5).abs() < 1e-9);
        assert_eq!(count(1, "frame", "frames"), "1 frame");
    }
}
