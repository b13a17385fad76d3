//! How a clip is heard.

use serde::{Deserialize, Serialize};

use crate::roles::is_default;

/// How a clip on a track of sound is heard.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Hearing {
    /// Frames in which it comes up from silence.
    #[serde(skip_serializing_if = "is_default")]
    pub fade_in: u32,
    /// Frames in which it goes down to silence, at its end.
    #[serde(skip_serializing_if = "is_default")]
    pub fade_out: u32,
    /// Fit it to the clip's length: what is too short comes again, where it is like itself, and what is too long is
    /// cut there; so it ends as the music does.
    #[serde(skip_serializing_if = "is_default")]
    pub fit: bool,
    /// Noise that stays all the while is made so many dB quieter, 0–40; 0: it is left.
    #[serde(skip_serializing_if = "is_default")]
    pub denoise: f64,
    /// Leave out the silence before its first sound and after its last: it is heard from its start on, and ends sooner.
    /// What comes after it stays where it is.
    #[serde(skip_serializing_if = "is_default")]
    pub trim: bool,
    /// Music is ducked under it, as it is under narrations.
    #[serde(skip_serializing_if = "is_default")]
    pub ducks: bool,
}

impl Hearing {
    /// Most noise that can be taken away, in dB.
    pub const MOST_DENOISE: f64 = 40.0;
}
