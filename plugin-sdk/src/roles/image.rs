//! A picture from text or pictures.

use serde::{Deserialize, Serialize};

use super::{Role, RoleRequest, is_default};
use crate::{
    aspect::Aspect,
    blob::Blob,
    card::{CardLook, CardText},
    timeline::Color,
};

/// Asks for a picture: of a prompt (models), of words (cards), or of a sound (`ffmpeg`).
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
    /// A sound to draw the waveform of.
    #[serde(skip_serializing_if = "is_default")]
    pub waveform: Option<Waveform>,
    /// The name of a palette or style that the provider knows.
    #[serde(skip_serializing_if = "is_default")]
    pub style: String,
    /// Colours and fonts of a card in the place of its palette's.
    #[serde(skip_serializing_if = "is_default")]
    pub look: Option<CardLook>,
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

/// A sound whose waveform is drawn: bars that are holes in a plain ground, so that what lies below is seen through them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Waveform {
    /// The file.
    pub audio: Blob,
    /// Where in the file it starts, in seconds.
    #[serde(default, skip_serializing_if = "is_default")]
    pub from: f64,
    /// How much of it is drawn, in seconds, up to four hours.
    pub seconds: f64,
    /// The colour around the bars.
    pub ground: Color,
    /// Pixels across, 256 to 3840; the picture may be some pixels narrower, so that all bars are equal.
    pub width: u32,
    /// Pixels down, 32 to 2160.
    pub height: u32,
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
