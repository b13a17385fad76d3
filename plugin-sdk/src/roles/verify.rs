//! What is wrong with a finished film.

use serde::{Deserialize, Serialize};

use super::{
    Role, RoleRequest, is_default,
    rank::Span,
    render::{CaptionMode, Film, Loudness, TimelineInput},
    tts::Word,
};

/// Asks whether a film is as it should be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct VerifyRequest {
    /// The film as `render` gives it; of any other file its `video`, and `srt` or `vtt` where it has captions.
    pub film: Film,
    /// What it was rendered from: says what is said when, and what moves.
    #[serde(skip_serializing_if = "is_default")]
    pub timeline: TimelineInput,
    /// What it is to be, where film and timeline do not say so.
    #[serde(skip_serializing_if = "is_default")]
    pub expected: Expected,
    /// Where it is to be shown; none: where films of its shape are.
    #[serde(skip_serializing_if = "is_default")]
    pub platform: Option<Platform>,
    /// Fail where a check fails, so that nothing is done with the film.
    #[serde(skip_serializing_if = "is_default")]
    pub stop: bool,
}

/// What a film is to be. What is left out is not looked at, or has its usual limit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Expected {
    /// Length in seconds, to one frame.
    #[serde(skip_serializing_if = "is_default")]
    pub seconds: Option<f64>,
    /// Pixels.
    #[serde(skip_serializing_if = "is_default")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(skip_serializing_if = "is_default")]
    pub height: Option<u32>,
    /// Frames a second, as `30/1`.
    #[serde(skip_serializing_if = "is_default")]
    pub rate: Option<String>,
    /// Integrated loudness in LUFS; none: −14.
    #[serde(skip_serializing_if = "is_default")]
    pub loudness: Option<f64>,
    /// Highest true peak in dBTP; none: −1.
    #[serde(skip_serializing_if = "is_default")]
    pub true_peak: Option<f64>,
    /// Where its captions are; none: not known.
    #[serde(skip_serializing_if = "is_default")]
    pub captions: Option<CaptionMode>,
    /// When somebody speaks, in seconds of the film.
    #[serde(skip_serializing_if = "is_default")]
    pub speech: Vec<Span>,
    /// What is said when, in seconds of the film.
    #[serde(skip_serializing_if = "is_default")]
    pub words: Vec<Word>,
    /// When the picture moves, in seconds of the film.
    #[serde(skip_serializing_if = "is_default")]
    pub moving: Vec<Span>,
    /// When it is black on purpose, in seconds of the film.
    #[serde(skip_serializing_if = "is_default")]
    pub black: Vec<Span>,
}

/// Where a film is shown, and so what lies over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// YouTube and other players of wide films.
    Youtube,
    /// YouTube Shorts, TikTok, Instagram Reels.
    Shorts,
    /// Instagram Reels alone.
    Reels,
    /// TikTok alone.
    Tiktok,
    /// Square posts.
    Square,
    /// Feeds, 4:5.
    Feed,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The worst state of all checks.
    pub state: CheckState,
    /// One a thing that was looked at.
    pub checks: Vec<Check>,
    /// What the file is.
    pub facts: StreamFacts,
    /// The film that was checked, to be handed on; none: it is not one of `render`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub film: Option<Film>,
}

/// How a check ended; each is worse than the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// It could not be told, or there was nothing to look at.
    Skipped,
    /// As it should be.
    #[default]
    Pass,
    /// Maybe not as it was meant.
    Warn,
    /// Wrong.
    Fail,
}

/// A thing that was looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Stable, for programs: `loudness`, `black`, `caption_times` …
    pub name: String,
    /// How it ended.
    pub state: CheckState,
    /// What was measured, in `unit`; none: it is no number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<f64>,
    /// What it is to be, or may be at most, in `unit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// `s`, `LUFS`, `dBTP`, `characters/s` …
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// The stretches of the film that are to blame.
    #[serde(default, rename = "where", skip_serializing_if = "Vec::is_empty")]
    pub at: Vec<Span>,
    /// What was found, for a person.
    pub message: String,
    /// What to do about it; empty: nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub help: String,
}

/// What a file is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct StreamFacts {
    /// The container, as FFmpeg calls it.
    pub container: String,
    /// Length in seconds.
    pub seconds: f64,
    /// Bytes.
    pub bytes: u64,
    /// The picture; none: it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video: Option<VideoFacts>,
    /// The sound; none: it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio: Option<AudioFacts>,
    /// How loud it is; none: it has no sound, or nothing is heard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loudness: Option<Loudness>,
}

/// What a picture track is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct VideoFacts {
    /// `h264`, `hevc` …
    pub codec: String,
    /// `yuv420p` …
    pub pixel_format: String,
    /// Pixels, as stored.
    pub width: u32,
    /// Pixels, as stored.
    pub height: u32,
    /// Frames a second, as `30/1`.
    pub rate: String,
    /// Length in seconds.
    pub seconds: f64,
}

/// What a sound track is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct AudioFacts {
    /// `aac`, `opus` …
    pub codec: String,
    /// Samples a second.
    pub sample_rate: u32,
    /// Channels.
    pub channels: u32,
    /// Length in seconds.
    pub seconds: f64,
}

impl RoleRequest for VerifyRequest {
    const ROLE: Role = Role::Verify;
    type Response = Report;
}
