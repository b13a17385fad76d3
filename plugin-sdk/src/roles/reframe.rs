//! A crop that follows what matters.

use serde::{Deserialize, Serialize};

use super::{Role, RoleRequest, is_default, rank::Span};
use crate::{aspect::Aspect, blob::Blob};

/// Asks where to crop a video for another shape.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ReframeRequest {
    /// The video.
    pub media: Blob,
    /// The part of it; none: all.
    #[serde(skip_serializing_if = "is_default")]
    pub span: Option<Span>,
    /// The shape wanted.
    pub aspect: Aspect,
}

/// A path of crops.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Reframing {
    /// In time order; linear in between.
    pub path: Vec<Crop>,
    /// Share of frames with a face in the crop, 0–1; none: no faces looked for.
    pub covered: Option<f64>,
}

/// A crop at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Crop {
    /// Seconds from the start of the span.
    pub at: f64,
    /// Left edge as a share of the width, 0–1.
    pub x: f64,
    /// Top edge as a share of the height, 0–1.
    pub y: f64,
    /// Width as a share of the width, 0–1.
    pub w: f64,
    /// Height as a share of the height, 0–1.
    pub h: f64,
}

impl RoleRequest for ReframeRequest {
    const ROLE: Role = Role::Reframe;
    type Response = Reframing;
}
