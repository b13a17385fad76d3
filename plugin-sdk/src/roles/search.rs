//! Existing media from a query.

use serde::{Deserialize, Serialize};

use super::{Role, RoleRequest, is_default};
use crate::{aspect::Aspect, blob::Blob};

/// Asks a library for media.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct SearchRequest {
    /// A few words.
    pub query: String,
    /// What is looked for.
    #[serde(skip_serializing_if = "is_default")]
    pub kind: MediaKind,
    /// Most hits.
    #[serde(skip_serializing_if = "is_default")]
    pub limit: Option<u32>,
    /// The wished shape; none: any.
    #[serde(skip_serializing_if = "is_default")]
    pub aspect: Option<Aspect>,
    /// Download the best hit as well.
    #[serde(skip_serializing_if = "is_default")]
    pub fetch: bool,
    /// Addresses of hits that are not wanted again.
    #[serde(skip_serializing_if = "is_default")]
    pub exclude: Vec<String>,
}

/// A kind of media.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// Pictures.
    #[default]
    Image,
    /// Films.
    Video,
    /// Sound.
    Audio,
}

/// What a library has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SearchResult {
    /// Best first.
    pub hits: Vec<Hit>,
    /// The best hit's file, where `fetch` was asked for.
    pub media: Option<Blob>,
}

/// One hit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Hit {
    /// Its page, for people.
    pub page: String,
    /// Its file.
    pub url: String,
    /// Pixels; 0 for sound.
    pub width: u32,
    /// Pixels; 0 for sound.
    pub height: u32,
    /// Length in seconds; 0 for pictures.
    pub seconds: f64,
    /// What it shows, in words.
    pub description: String,
    /// Whom to name beside it, as the library asks.
    pub attribution: String,
    /// Its licence.
    pub licence: String,
}

impl RoleRequest for SearchRequest {
    const ROLE: Role = Role::Search;
    type Response = SearchResult;
}
