//! Music from text.

use serde::{Deserialize, Serialize};

use super::{Role, RoleRequest, is_default};
use crate::blob::Blob;

/// Asks for music.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MusicRequest {
    /// Mood, instruments, tempo.
    pub prompt: String,
    /// Wished length in seconds.
    pub seconds: f64,
    /// Beats a minute; none: as it comes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bpm: Option<f64>,
    /// With singing.
    #[serde(default, skip_serializing_if = "is_default")]
    pub vocals: bool,
    /// Seed of a model; none: from the node.
    #[serde(default, skip_serializing_if = "is_default")]
    pub seed: Option<u64>,
    /// The model; none: the provider's default.
    #[serde(default, skip_serializing_if = "is_default")]
    pub model: Option<String>,
}

/// A piece of music.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Music {
    /// The sound.
    pub audio: Blob,
    /// Length in seconds.
    pub seconds: f64,
    /// Beats a minute, where known.
    pub bpm: Option<f64>,
    /// Whom to name beside it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub attribution: String,
}

impl RoleRequest for MusicRequest {
    const ROLE: Role = Role::Music;
    type Response = Music;
}
