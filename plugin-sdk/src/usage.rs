//! What a call used. Counted by the stage, priced by the host.

use serde::{Deserialize, Serialize};

/// Amounts used; zero where a kind does not apply.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Usage {
    /// The model or voice that the price table is asked for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// Tokens read.
    #[serde(skip_serializing_if = "is_zero")]
    pub tokens_in: u64,
    /// Tokens read from a cache; not counted in `tokens_in`.
    #[serde(skip_serializing_if = "is_zero")]
    pub tokens_cached: u64,
    /// Tokens written, reasoning included.
    #[serde(skip_serializing_if = "is_zero")]
    pub tokens_out: u64,
    /// Characters spoken.
    #[serde(skip_serializing_if = "is_zero")]
    pub characters: u64,
    /// Pictures made.
    #[serde(skip_serializing_if = "is_zero")]
    pub images: u64,
    /// Seconds of audio or video made or heard.
    #[serde(skip_serializing_if = "is_zero_f")]
    pub media_seconds: f64,
    /// Seconds on a rented graphics card.
    #[serde(skip_serializing_if = "is_zero_f")]
    pub gpu_seconds: f64,
    /// The service's own units (credits, quota).
    #[serde(skip_serializing_if = "is_zero_f")]
    pub credits: f64,
    /// What the service itself says it cost, in US dollars, as an exact decimal: `0.0042`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<String>,
}

impl Usage {
    /// Adds what another call used. The model is the last one named.
    pub fn add(&mut self, other: &Self) {
        if !other.model.is_empty() {
            self.model.clone_from(&other.model);
        }
        self.tokens_in = self.tokens_in.saturating_add(other.tokens_in);
        self.tokens_cached = self.tokens_cached.saturating_add(other.tokens_cached);
        self.tokens_out = self.tokens_out.saturating_add(other.tokens_out);
        self.characters = self.characters.saturating_add(other.characters);
        self.images = self.images.saturating_add(other.images);
        self.media_seconds += other.media_seconds;
        self.gpu_seconds += other.gpu_seconds;
        self.credits += other.credits;
        self.cost_usd = match (self.cost_usd.take(), &other.cost_usd) {
            (Some(a), Some(b)) => Some(add_decimals(&a, b).unwrap_or(a)),
            (a, b) => a.or_else(|| b.clone()),
        };
    }
}

/// The exact sum of two plain decimals; none where one is not a plain decimal or is too long.
fn add_decimals(a: &str, b: &str) -> Option<String> {
    let fraction = |s: &str| s.split_once('.').map_or(0, |(_, f)| f.len());
    let places = fraction(a).max(fraction(b));
    let scaled = |s: &str| -> Option<i128> {
        let (whole, part) = s.split_once('.').unwrap_or((s, ""));
        let plain = part.bytes().all(|c| c.is_ascii_digit());
        plain.then(|| format!("{whole}{part:0<places$}").parse().ok())?
    };
    let sum = scaled(a)?.checked_add(scaled(b)?)?;
    let sign = if sum < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", sum.unsigned_abs(), width = places + 1);
    let (whole, part) = digits.split_at(digits.len() - places);
    Some(if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") })
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, clippy::float_cmp)]
fn is_zero_f(n: &f64) -> bool {
    *n == 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_add_up_exactly() {
        let mut sum = Usage { tokens_in: 2, cost_usd: Some("0.1".into()), ..Usage::default() };
        sum.add(&Usage { tokens_in: 3, model: "m".into(), cost_usd: Some("0.02".into()), ..Usage::default() });
        assert_eq!(sum, Usage { tokens_in: 5, model: "m".into(), cost_usd: Some("0.12".into()), ..Usage::default() });
        assert_eq!(add_decimals("1", "2").as_deref(), Some("3"));
        assert_eq!(add_decimals("0.005", "0.995").as_deref(), Some("1.000"));
        assert_eq!(add_decimals("-0.5", "0.25").as_deref(), Some("-0.25"));
        assert_eq!(add_decimals("1e3", "1"), None);
        assert_eq!(add_decimals("0.1", "0.-1"), None);
    }
}
