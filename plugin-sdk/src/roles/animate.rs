//! A moving picture from code.

use serde::{Deserialize, Serialize};

use super::{Role, RoleRequest, is_default};
use crate::{aspect::Aspect, blob::Blob};

/// Asks for a program (a Manim scene) to be run and filmed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct AnimateRequest {
    /// The program text.
    pub code: String,
    /// Which scene of it; empty: the only one.
    #[serde(skip_serializing_if = "is_default")]
    pub scene: String,
    /// The shape.
    #[serde(skip_serializing_if = "is_default")]
    pub aspect: Aspect,
    /// Pixels of the shorter side; none: 1080.
    #[serde(skip_serializing_if = "is_default")]
    pub short_side: Option<u32>,
    /// Frames a second; none: 30.
    #[serde(skip_serializing_if = "is_default")]
    pub fps: Option<u32>,
    /// Files that the program may read, by name.
    #[serde(skip_serializing_if = "is_default")]
    pub assets: std::collections::BTreeMap<String, Blob>,
}

/// A film made by a program.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Animation {
    /// The file.
    pub video: Blob,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Length in seconds.
    pub seconds: f64,
    /// What the program printed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub log: String,
}

impl RoleRequest for AnimateRequest {
    const ROLE: Role = Role::Animate;
    type Response = Animation;
}
