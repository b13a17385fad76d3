//! Text and word times from speech.

use serde::{Deserialize, Serialize};

use super::{Role, RoleRequest, is_default, tts::Word};
use crate::blob::Blob;

/// Asks what is said in a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AsrRequest {
    /// Sound, or a video with sound.
    pub media: Blob,
    /// BCP 47; none: to be found out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub language: Option<String>,
    /// Tell speakers apart.
    #[serde(default, skip_serializing_if = "is_default")]
    pub speakers: bool,
    /// The text that is said, where it is known: only its times are wanted.
    #[serde(default, skip_serializing_if = "is_default")]
    pub known_text: Option<String>,
    /// Names and terms to expect.
    #[serde(default, skip_serializing_if = "is_default")]
    pub vocabulary: Vec<String>,
    /// The model; none: the provider's default.
    #[serde(default, skip_serializing_if = "is_default")]
    pub model: Option<String>,
}

/// What was said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Transcript {
    /// All of it.
    pub text: String,
    /// Word by word.
    pub words: Vec<Word>,
    /// BCP 47.
    pub language: String,
    /// Length of the recording in seconds.
    pub seconds: f64,
}

impl RoleRequest for AsrRequest {
    const ROLE: Role = Role::Asr;
    type Response = Transcript;
}
