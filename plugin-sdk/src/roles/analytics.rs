//! How a published film does.

use serde::{Deserialize, Serialize};

use super::{Role, RoleRequest, is_default};

/// Asks a service for the figures of published films.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct AnalyticsRequest {
    /// The service's ids of the films.
    pub ids: Vec<String>,
    /// First day, `2026-11-01`.
    pub from: String,
    /// Last day, `2026-11-30`.
    pub to: String,
    /// Ask for the retention curves too.
    #[serde(skip_serializing_if = "is_default")]
    pub retention: bool,
}

/// The figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Analytics {
    /// One a film.
    pub films: Vec<FilmFigures>,
}

/// How one film does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FilmFigures {
    /// The service's id of it.
    pub id: String,
    /// Times it was started.
    pub views: u64,
    /// Minutes watched.
    pub minutes: f64,
    /// Seconds watched a view.
    pub average_seconds: f64,
    /// Likes.
    pub likes: u64,
    /// Comments.
    pub comments: u64,
    /// Shares.
    pub shares: u64,
    /// Subscribers gained.
    pub subscribers: i64,
    /// Share of viewers still there at each hundredth of the film, 0–1 (above 1 where parts are rewatched).
    pub retention: Vec<f64>,
}

impl RoleRequest for AnalyticsRequest {
    const ROLE: Role = Role::Analytics;
    type Response = Analytics;
}
