//! Speech from text.

use serde::{Deserialize, Serialize};

use super::{Role, RoleRequest, is_default, unit};
use crate::blob::Blob;

/// Asks for a text to be spoken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SpeechRequest {
    /// What is said.
    pub text: String,
    /// The provider's name of a voice; none: its default for the language.
    #[serde(default, skip_serializing_if = "is_default")]
    pub voice: Option<String>,
    /// BCP 47: `en`, `de-AT`; none: the voice's own.
    #[serde(default, skip_serializing_if = "is_default")]
    pub language: Option<String>,
    /// Speaking rate; 1 is the voice's own, 0.25–4.
    #[serde(default = "unit::one", skip_serializing_if = "unit::is_one")]
    pub speed: f64,
    /// Semitones up or down, −12–12.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pitch: f64,
    /// How to say it, where the model takes directions.
    #[serde(default, skip_serializing_if = "is_default")]
    pub style: String,
    /// The model; none: the provider's default.
    #[serde(default, skip_serializing_if = "is_default")]
    pub model: Option<String>,
    /// Measure when each word is heard, also where that costs another call; else the times may be estimated.
    #[serde(default, skip_serializing_if = "is_default")]
    pub exact_times: bool,
}

/// Speech with its word times.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Speech {
    /// The sound; WAV PCM where the provider lets one choose.
    pub audio: Blob,
    /// Its exact length in seconds.
    pub seconds: f64,
    /// Samples a second.
    pub sample_rate: u32,
    /// Every word with its times; empty: the provider gives none.
    pub words: Vec<Word>,
    /// The voice that spoke.
    pub voice: String,
}

/// A word and when it is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// As written, with the punctuation that clings to it.
    pub text: String,
    /// Seconds from the start of the sound.
    pub start: f64,
    /// Seconds from the start of the sound; not before `start`.
    pub end: f64,
    /// Who says it, where several speak.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub speaker: String,
}

impl RoleRequest for SpeechRequest {
    const ROLE: Role = Role::Tts;
    type Response = Speech;
}
