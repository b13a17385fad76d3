//! A film to where people see it.

use serde::{Deserialize, Serialize};

use super::{Role, RoleRequest, is_default, render::Film};
use crate::blob::Blob;

/// Asks for a film to be published.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct PublishRequest {
    /// The film with its captions.
    pub video: Film,
    /// Its title.
    pub title: String,
    /// What it is about.
    #[serde(skip_serializing_if = "is_default")]
    pub description: String,
    /// Keywords.
    #[serde(skip_serializing_if = "is_default")]
    pub tags: Vec<String>,
    /// A picture to stand for it; none: the film's poster.
    #[serde(skip_serializing_if = "is_default")]
    pub thumbnail: Option<Blob>,
    /// BCP 47.
    #[serde(skip_serializing_if = "is_default")]
    pub language: Option<String>,
    /// Who may see it.
    #[serde(skip_serializing_if = "is_default")]
    pub visibility: Visibility,
    /// When it becomes public, RFC 3339; none: at once.
    #[serde(skip_serializing_if = "is_default")]
    pub at: Option<String>,
    /// Where: a channel, a playlist, or a folder below the project's export folder.
    #[serde(skip_serializing_if = "is_default")]
    pub place: String,
}

/// Who may see a film.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Only its owner.
    #[default]
    Private,
    /// Whoever has the address.
    Unlisted,
    /// Everybody.
    Public,
}

/// Where a film went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Publication {
    /// The service's id of it.
    pub id: String,
    /// Its address, for people; a path for a folder.
    pub url: String,
    /// The files written, by name, with their paths; empty for a service.
    #[serde(skip_serializing_if = "is_default")]
    pub files: std::collections::BTreeMap<String, String>,
}

impl RoleRequest for PublishRequest {
    const ROLE: Role = Role::Publish;
    type Response = Publication;
}
