//! A picture from text or pictures.

use serde::{Deserialize, Serialize};

use super::{Role, RoleRequest, is_default};
use crate::{aspect::Aspect, blob::Blob, card::CardText};

/// Asks for a picture: of a prompt (models), or of words (cards).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ImageRequest {
    /// What to see.
    #[serde(skip_serializing_if = "is_default")]
    pub prompt: String,
    /// What not to see.
    #[serde(skip_serializing_if = "is_default")]
    pub avoid: String,
    /// Words to set on a card.
    #[serde(skip_serializing_if = "is_default")]
    pub text: Option<CardText>,
    /// The name of a palette or style that the provider knows.
    #[serde(skip_serializing_if = "is_default")]
    pub style: String,
    /// The shape.
    #[serde(skip_serializing_if = "is_default")]
    pub aspect: Aspect,
    /// Pixels of the shorter side; none: the provider's default (cards: 1080).
    #[serde(skip_serializing_if = "is_default")]
    pub short_side: Option<u32>,
    /// Pictures to start from or to composite.
    #[serde(skip_serializing_if = "is_default")]
    pub references: Vec<Blob>,
    /// Steps of a diffusion model; none: its default.
    #[serde(skip_serializing_if = "is_default")]
    pub steps: Option<u32>,
    /// Seed of a model; none: from the node.
    #[serde(skip_serializing_if = "is_default")]
    pub seed: Option<u64>,
    /// The model; none: the provider's default.
    #[serde(skip_serializing_if = "is_default")]
    pub model: Option<String>,
}

/// A picture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// The picture; PNG, JPEG or WebP.
    pub image: Blob,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// What it shows, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Whom to name beside it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub attribution: String,
}

impl RoleRequest for ImageRequest {
    const ROLE: Role = Role::Image;
    type Response = Image;
}
