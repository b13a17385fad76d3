//! A film from a timeline.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Role, RoleRequest, is_default};
use crate::{
    blob::Blob,
    caption::{CaptionLook, CaptionStyle},
    timeline::{Chapter, SceneClip, SceneOverlay, Timeline},
};

/// Asks for a film.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RenderRequest {
    /// What is to be seen and heard.
    #[serde(skip_serializing_if = "is_default")]
    pub timeline: TimelineInput,
    /// Size, rate and encoding by name: `youtube-1080p`, `shorts-1080p`, `square-1080p`, `feed-1080p`, `draft-480p`; sound
    /// alone: `podcast`, `podcast-mp3`; moving pictures without sound: `preview-gif`, `preview-webp`.
    #[serde(skip_serializing_if = "is_default")]
    pub preset: String,
    /// What becomes of captions.
    #[serde(skip_serializing_if = "is_default")]
    pub captions: CaptionMode,
    /// How captions look: a style, or the name of one; none: as they always did.
    #[serde(skip_serializing_if = "is_default")]
    pub caption_style: Option<CaptionLook>,
    /// The language that is spoken and of captions, BCP 47 (`en`, `pt-BR`), for the tracks in the file; none: not known.
    #[serde(skip_serializing_if = "is_default")]
    pub language: String,
    /// The same of their translation.
    #[serde(skip_serializing_if = "is_default")]
    pub translation_language: String,
    /// The codec of its pictures; none: the preset's own.
    #[serde(skip_serializing_if = "is_default")]
    pub codec: Option<VideoCodec>,
    /// Encode pictures with this box's hardware if it can; the same film then differs from box to box.
    #[serde(skip_serializing_if = "is_default")]
    pub hardware: bool,
    /// Music under all of it.
    #[serde(skip_serializing_if = "is_default")]
    pub music: Option<MusicBed>,
    /// What lies over all of it, also over its transitions, the later ones over the earlier: a logo, a watermark.
    #[serde(skip_serializing_if = "is_default")]
    pub overlays: Vec<SceneOverlay>,
    /// How loud it is to be: `web` (−14 LUFS), `podcast` (−16), `broadcast` (−23, EBU R 128), `atsc` (−24), or numbers of
    /// its own; none: as the preset's films are.
    #[serde(skip_serializing_if = "is_default")]
    pub loudness: Option<LoudnessGoal>,
    /// What stands for the film.
    #[serde(skip_serializing_if = "is_default")]
    pub poster: PosterChoice,
    /// A picture that stands for the film, instead of one of its frames.
    #[serde(skip_serializing_if = "is_default")]
    pub cover: Option<Blob>,
    /// A sheet of frames from all over the film as well.
    #[serde(skip_serializing_if = "is_default")]
    pub contact_sheet: bool,
    /// What the film is about, in its metadata.
    #[serde(skip_serializing_if = "is_default")]
    pub description: String,
    /// Who made it, in its metadata.
    #[serde(skip_serializing_if = "is_default")]
    pub author: String,
    /// When it came out, in its metadata: `2026`, `2026-05-01`; none: the file has no date.
    #[serde(skip_serializing_if = "is_default")]
    pub date: String,
    /// The film's title, in its metadata.
    #[serde(skip_serializing_if = "is_default")]
    pub title: String,
    /// Only the frame of a moment is wanted: it is the response's `poster`, and there is no film.
    #[serde(skip_serializing_if = "is_default")]
    pub moment: Option<FilmMoment>,
    /// A piece of a film that a renderer asks of itself; opaque to all others.
    #[serde(skip_serializing_if = "is_default")]
    pub piece: Option<Value>,
}

/// A moment of a film.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FilmMoment {
    /// In seconds from the film's start; after its end: its last frame.
    pub seconds: f64,
    /// How high its picture is to be, in pixels, 64 to 2160; the film's shape decides how wide.
    pub height: u32,
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

/// How pictures are encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum VideoCodec {
    /// H.264 in MP4: everything plays it.
    #[default]
    H264,
    /// HEVC in MP4: half the size, on newer devices.
    Hevc,
    /// AV1 in MP4: smaller yet, slow to make.
    Av1,
    /// VP9 with Opus in WebM, for the web.
    Vp9,
    /// ProRes 422 HQ with PCM in MOV, for editing.
    Prores,
}

/// Music under a film: fitted to its length, ducked under speech, faded at its ends.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct MusicBed {
    /// The file.
    pub audio: Blob,
    /// Louder or quieter than music usually is, in dB, −40–20.
    #[serde(skip_serializing_if = "is_default")]
    pub gain_db: f64,
    /// Where in the file it starts, in seconds.
    #[serde(skip_serializing_if = "is_default")]
    pub from: f64,
    /// Seconds in which it comes up.
    #[serde(skip_serializing_if = "is_default")]
    pub fade_in: f64,
    /// Seconds in which it goes down at the film's end.
    #[serde(skip_serializing_if = "is_default")]
    pub fade_out: f64,
}

/// How loud a film is to be: by name, or in numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum LoudnessGoal {
    /// `web`, `podcast`, `broadcast`, `atsc`.
    Named(String),
    /// In numbers.
    Exact(LoudnessNumbers),
}

/// A loudness in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LoudnessNumbers {
    /// Integrated, in LUFS, −40 to −8.
    pub integrated: f64,
    /// Highest true peak, in dBTP, −12 to −0.5; none: −1.
    #[serde(default, skip_serializing_if = "is_default")]
    pub true_peak: Option<f64>,
}

/// Which frame stands for a film.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PosterChoice {
    /// The one in the middle of the first clip.
    #[default]
    First,
    /// The sharpest, brightest and most colourful of several from all over the film.
    Best,
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
    /// The file: MP4 with H.264 and AAC, where nothing else was asked for.
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
    /// Captions in a second language; none: there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub translation: Option<TranslatedCaptions>,
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
    /// The loudness that was asked for; none: −14 LUFS with peaks of at most −1 dBTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wanted: Option<Loudness>,
    /// Frames from all over it, as one picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_sheet: Option<Blob>,
    /// A frame to stand for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poster: Option<Blob>,
    /// Where its scenes begin.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chapters: Vec<Chapter>,
    /// What its pictures were copied from, in order: no frame was encoded again after these. Empty: not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pieces: Vec<FilmPiece>,
    /// How its sound was encoded: part after part, each by itself. Empty: in one, or not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sound_pieces: Vec<SoundPiece>,
    /// Of a piece: its codec header in hex. Pieces are joined by stream copy only where it is equal.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub header: String,
}

/// A film's captions in a second language, as files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TranslatedCaptions {
    /// The language, as `de`; empty: not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
    /// As SubRip.
    pub srt: Blob,
    /// As WebVTT.
    pub vtt: Blob,
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

/// Packets of a film's sound that were encoded by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SoundPiece {
    /// How many there are.
    pub packets: u64,
    /// The last so many of them are a pause, until the next piece may begin.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pause: u64,
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
