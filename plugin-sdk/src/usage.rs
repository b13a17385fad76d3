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

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, clippy::float_cmp)]
fn is_zero_f(n: &f64) -> bool {
    *n == 0.0
}
