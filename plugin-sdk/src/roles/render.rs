//! A film from a timeline.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Role, RoleRequest, is_default};
use crate::{
    blob::Blob,
    caption::{CaptionLook, CaptionStyle},
    timeline::{Chapter, SceneClip, Timeline},
};

/// Asks for a film.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RenderRequest {
    /// What is to be seen and heard.
    #[serde(skip_serializing_if = "is_default")]
    pub timeline: TimelineInput,
    /// Size, rate and encoding by name: `youtube-1080p`, `shorts-1080p`, `square-1080p`, `feed-1080p`, `draft-480p`.
    #[serde(skip_serializing_if = "is_default")]
    pub preset: String,
    /// What becomes of captions.
    #[serde(skip_serializing_if = "is_default")]
    pub captions: CaptionMode,
    /// How captions look: a style, or the name of one; none: as they always did.
    #[serde(skip_serializing_if = "is_default")]
    pub caption_style: Option<CaptionLook>,
    /// The language of captions, BCP 47 (`en`, `pt-BR`), for the track in the file; none: not known.
    #[serde(skip_serializing_if = "is_default")]
    pub language: String,
    /// The same of their translation.
    #[serde(skip_serializing_if = "is_default")]
    pub translation_language: String,
    /// The film's title, in its metadata.
    #[serde(skip_serializing_if = "is_default")]
    pub title: String,
    /// A piece of a film that a renderer asks of itself; opaque to all others.
    #[serde(skip_serializing_if = "is_default")]
    pub piece: Option<Value>,
}

/// What is to be seen and heard: scenes one after another, or a timeline in full.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum TimelineInput {
    /// Scenes, as `clip{…}` makes them.
    Scenes(Vec<SceneClip>),
    /// Tracks, clips and transitions.
    Timeline(Timeline),
}

impl Default for TimelineInput {
    fn default() -> Self {
        Self::Scenes(Vec::new())
    }
}

/// What becomes of captions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CaptionMode {
    /// In the picture, and as files beside it.
    #[default]
    Burnt,
    /// As files beside it only.
    Files,
    /// In a track of the film's file that players switch on and off, and as files beside it.
    Soft,
    /// In the picture, in a track of the file, and as files beside it.
    BurntSoft,
    /// Nowhere.
    Off,
}

impl CaptionMode {
    /// Are they drawn into the picture?
    pub const fn is_burnt(self) -> bool {
        matches!(self, Self::Burnt | Self::BurntSoft)
    }

    /// Are they a track of the file?
    pub const fn is_soft(self) -> bool {
        matches!(self, Self::Soft | Self::BurntSoft)
    }
}

/// A finished film.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Film {
    /// The file: MP4, H.264 and AAC.
    pub video: Blob,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Frames a second, as `30/1`.
    pub rate: String,
    /// Number of frames.
    pub frames: u32,
    /// Length in seconds.
    pub seconds: f64,
    /// Captions as SubRip; none: there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub srt: Option<Blob>,
    /// Captions as WebVTT; none: there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vtt: Option<Blob>,
    /// Captions as Advanced SubStation Alpha, as they are drawn; none: there are none, or no style was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ass: Option<Blob>,
    /// Captions as JSON, with the time of every word; none: there are none, or no style was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<Blob>,
    /// The style of the captions in its picture; none: they have none of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caption_style: Option<Box<CaptionStyle>>,
    /// Loudness as measured on the finished file; none: it has no sound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loudness: Option<Loudness>,
    /// A frame to stand for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poster: Option<Blob>,
    /// Where its scenes begin.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chapters: Vec<Chapter>,
    /// What its pictures were copied from, in order: no frame was encoded again after these. Empty: not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pieces: Vec<FilmPiece>,
    /// Of a piece: its codec header in hex. Pieces are joined by stream copy only where it is equal.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub header: String,
}

/// A file that some of a film's pictures were copied from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FilmPiece {
    /// The file.
    pub video: Blob,
    /// Number of frames.
    pub frames: u32,
}

/// Loudness after ITU-R BS.1770-4 and EBU R 128.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Loudness {
    /// Integrated, in LUFS.
    pub integrated: f64,
    /// True peak, in dBTP.
    pub true_peak: f64,
}

impl RoleRequest for RenderRequest {
    const ROLE: Role = Role::Render;
    type Response = Film;
}
