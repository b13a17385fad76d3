//! What is seen in a segment: a source from some moment on, how it stands in the frame, what lies over it.
//!
//! Part of a piece, and so of its key: everything is counted from the segment's own start, and what is not seen in
//! its frames is not in it.

use serde::{Deserialize, Serialize};
use studio_plugin_sdk::{
    blob::Blob,
    caption::CaptionStyle,
    timeline::{Blend, Color, Ease, Fit, Rect},
};

use crate::caption::Cue;

/// A view of a source from some moment on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shot {
    /// What is seen.
    pub source: Source,
    /// How it stands in the frame.
    #[serde(default, skip_serializing_if = "is_default")]
    pub framed: Framed,
    /// The captions over it, if any fall into it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captions: Option<Captions>,
}

/// Where pictures come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "source", rename_all = "snake_case")]
pub enum Source {
    /// Nothing: black.
    Black,
    /// A plain colour.
    Color {
        /// The colour.
        color: Color,
    },
    /// One picture all the while.
    Still {
        /// The picture.
        image: Blob,
    },
    /// A film.
    Video(Box<Video>),
    /// A bar that grows from the left.
    ProgressBar {
        /// Its colour.
        color: Color,
        /// The colour of what is still to come; none: it is not seen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rest: Option<Color>,
        /// Frames it has grown before the first one wanted.
        first: i64,
        /// Frames in which it grows to its full length.
        whole: u32,
    },
}

/// A film from some moment on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Video {
    /// The file.
    pub file: Blob,
    /// Where in the file the clip starts, in microseconds.
    pub from_us: u64,
    /// The file's length in milliseconds, 0: not known; its last frame stays after that.
    pub length_ms: u64,
    /// Pixels, as shown.
    pub width: u32,
    /// Pixels, as shown.
    pub height: u32,
    /// The first frame wanted, counted from the clip's start; before 0 in a transition into it.
    pub first: i64,
    /// Its speed, where it does not play as it was made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub speed: Vec<Pace>,
    /// It can be seen through in places.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alpha: bool,
    /// How its colours are to be read.
    #[serde(default, skip_serializing_if = "is_default")]
    pub colours: Colours,
    /// Another index, with which it is read where one frame is all that is wanted ([`crate::glimpse`]).
    #[serde(skip)]
    pub index: Option<Blob>,
}

/// How a film's colours are to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colours {
    /// As the file says.
    #[default]
    Tagged,
    /// As BT.709: the file does not say, and it is large.
    Bt709,
    /// As HDR with the PQ curve (HDR10).
    Pq,
    /// As HDR with the HLG curve.
    Hlg,
}

/// A stretch of a clip in which its speed changes evenly.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// Its length in frames; none: to the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frames: Option<u32>,
    /// Speed at its start.
    pub from: f64,
    /// Speed at its end.
    pub to: f64,
}

impl Source {
    /// The file that is read.
    pub fn blob(&self) -> Option<&Blob> {
        match self {
            Self::Black | Self::Color { .. } | Self::ProgressBar { .. } => None,
            Self::Still { image } => Some(image),
            Self::Video(video) => Some(&video.file),
        }
    }
}

/// How a picture stands in the frame.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Framed {
    /// How it fills its place.
    #[serde(skip_serializing_if = "is_default")]
    pub fit: Fit,
    /// Which part of it is seen: one that stays, or a path.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub crop: Vec<CropAt>,
    /// Of a clip that moves: the part of the picture in which it does.
    #[serde(skip_serializing_if = "is_default")]
    pub within: Option<Rect>,
    /// Its place in the frame; none: all of it.
    #[serde(skip_serializing_if = "is_default")]
    pub place: Option<Rect>,
    /// How much of it is seen, 0–255, and for how many frames; empty: all of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<(u32, u8)>,
    /// How it is mixed with what is behind it.
    #[serde(skip_serializing_if = "is_default")]
    pub blend: Blend,
}

/// What is seen of a picture at a frame.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CropAt {
    /// Counted from the first frame wanted; before 0: it was there earlier.
    pub at: i64,
    /// In shares of the picture.
    pub rect: Rect,
    /// How it moves on.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ease: Ease,
}

/// A picture over the segment's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// The segment's frame in which it appears.
    #[serde(default, skip_serializing_if = "is_default")]
    pub start: u32,
    /// For how many frames.
    pub frames: u32,
    /// What is seen.
    pub shot: Shot,
}

/// Captions that are seen in some frames, on their clock ([`crate::caption::clock`]).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Captions {
    /// The first frame wanted; the first of them begins with frame 0, or after it where the frames wanted begin there.
    #[serde(default, skip_serializing_if = "is_default")]
    pub first: u32,
    /// Those that fall into the frames wanted.
    pub cues: Vec<Cue>,
    /// Another one goes over into the first of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub joins_last: bool,
    /// The last of them goes over into another one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub joins_next: bool,
    /// Those of a second language.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub second: Vec<Cue>,
    /// Another one goes over into the first of these, and the last of them into another one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub second_joins: (bool, bool),
    /// How they look; none: as they always did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<Box<CaptionStyle>>,
    /// The film has a second language, here or elsewhere.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub two: bool,
}

/// Serde's rule for what is as it would be without being said.
pub fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
