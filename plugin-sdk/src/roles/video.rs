//! A moving picture from text or pictures.

use serde::{Deserialize, Serialize};

use super::{Role, RoleRequest, is_default};
use crate::{aspect::Aspect, blob::Blob};

/// Asks a model for a film.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct VideoRequest {
    /// What happens.
    #[serde(skip_serializing_if = "is_default")]
    pub prompt: String,
    /// What not to see.
    #[serde(skip_serializing_if = "is_default")]
    pub avoid: String,
    /// The first frame.
    #[serde(skip_serializing_if = "is_default")]
    pub first_frame: Option<Blob>,
    /// The last frame.
    #[serde(skip_serializing_if = "is_default")]
    pub last_frame: Option<Blob>,
    /// Pictures of what is to appear.
    #[serde(skip_serializing_if = "is_default")]
    pub references: Vec<Blob>,
    /// Wished length in seconds; none: the model's default.
    #[serde(skip_serializing_if = "is_default")]
    pub seconds: Option<f64>,
    /// The shape.
    #[serde(skip_serializing_if = "is_default")]
    pub aspect: Aspect,
    /// Pixels of the shorter side; none: the provider's default.
    #[serde(skip_serializing_if = "is_default")]
    pub short_side: Option<u32>,
    /// Make sound too, where the model can.
    #[serde(skip_serializing_if = "is_default")]
    pub sound: bool,
    /// Seed of a model; none: from the node.
    #[serde(skip_serializing_if = "is_default")]
    pub seed: Option<u64>,
    /// The model; none: the provider's default.
    #[serde(skip_serializing_if = "is_default")]
    pub model: Option<String>,
}

/// A film of one scene.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Video {
    /// The file.
    pub video: Blob,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Length in seconds.
    pub seconds: f64,
    /// Has it sound?
    pub sound: bool,
    /// Whom to name beside it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub attribution: String,
}

impl RoleRequest for VideoRequest {
    const ROLE: Role = Role::Video;
    type Response = Video;
}
