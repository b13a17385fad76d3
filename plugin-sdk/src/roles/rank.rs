//! The moments worth showing in a long video.

use serde::{Deserialize, Serialize};

use super::{Role, RoleRequest, asr::Transcript, is_default};
use crate::blob::Blob;

/// Asks which parts of a recording stand on their own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RankRequest {
    /// What is said in it.
    pub transcript: Transcript,
    /// The recording, for its energy and its pictures.
    #[serde(skip_serializing_if = "is_default")]
    pub media: Option<Blob>,
    /// Shortest moment in seconds; none: 15.
    #[serde(skip_serializing_if = "is_default")]
    pub min_seconds: Option<f64>,
    /// Longest moment in seconds; none: 60.
    #[serde(skip_serializing_if = "is_default")]
    pub max_seconds: Option<f64>,
    /// Most moments; none: 12.
    #[serde(skip_serializing_if = "is_default")]
    pub limit: Option<u32>,
    /// Moments that were shown already.
    #[serde(skip_serializing_if = "is_default")]
    pub exclude: Vec<Span>,
}

/// A stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// Seconds from the start.
    pub start: f64,
    /// Seconds from the start.
    pub end: f64,
}

/// The moments found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Ranking {
    /// Best first.
    pub moments: Vec<Moment>,
}

/// A moment and why it was chosen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Moment {
    /// From a sentence's start to a sentence's end.
    pub span: Span,
    /// 0–1.
    pub score: f64,
    /// A title for it.
    pub title: String,
    /// What speaks for it, in words.
    pub reasons: Vec<String>,
}

impl RoleRequest for RankRequest {
    const ROLE: Role = Role::Rank;
    type Response = Ranking;
}
