//! The pieces of a film: what the stage asks of itself, in the request's `piece`.
//!
//! A piece holds exactly what decides its result and no more: no names, no places in the film, nothing of
//! other scenes. So an edit changes the keys of the pieces it touches and of no others.

use serde::{Deserialize, Serialize};
use studio_plugin_sdk::{
    blob::Blob,
    roles::render::Loudness,
    timeline::{Chapter, Rate, TransitionLook},
};

use crate::{caption::Cue, preset::Format};

/// One piece of work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "piece", rename_all = "snake_case")]
pub enum Piece {
    /// Some frames, encoded.
    Segment(Segment),
    /// Segments one after another, by stream copy.
    Join(Join),
    /// All that is heard, encoded.
    Sound(Sound),
    /// A frame that stands for the film.
    Poster(Poster),
    /// The film: segments joined, and the sound, in one file.
    Mux(Mux),
}

/// Frames of one clip, or of the transition from one to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// Size, rate and encoding.
    pub format: Format,
    /// How many.
    pub frames: u32,
    /// What is seen, or seen first.
    pub shot: Shot,
    /// What it goes over into, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
}

/// The second half of a transition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// How.
    pub look: TransitionLook,
    /// What is seen last.
    pub shot: Shot,
}

/// A view of a source from some moment on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shot {
    /// What is seen.
    pub source: Source,
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
    /// One picture all the while.
    Still {
        /// The picture.
        image: Blob,
    },
    /// A film.
    Video {
        /// The file.
        video: Blob,
        /// Where in the file the clip starts, in milliseconds.
        from_ms: u64,
        /// The file's length in milliseconds; its last frame stays after that.
        length_ms: u64,
        /// Pixels, as shown.
        width: u32,
        /// Pixels, as shown.
        height: u32,
        /// The first frame wanted, counted from the clip's start; before 0 in a transition into it.
        first: i64,
    },
}

impl Source {
    /// The file that is read.
    pub fn blob(&self) -> Option<&Blob> {
        match self {
            Self::Black => None,
            Self::Still { image: blob } | Self::Video { video: blob, .. } => Some(blob),
        }
    }
}

/// Captions of a clip, seen from one of its frames on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Captions {
    /// The first frame wanted, counted from the clip's start; before 0 in a transition into it.
    pub first: i64,
    /// Those that fall into the frames wanted, in milliseconds from the clip's start.
    pub cues: Vec<Cue>,
    /// Another one goes over into the first of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub joins_last: bool,
    /// The last of them goes over into another one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub joins_next: bool,
}

/// Segments to put one after another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// What they all have.
    pub format: Format,
    /// In order.
    pub parts: Vec<Part>,
}

/// A finished segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The file.
    pub video: Blob,
    /// How many frames it has.
    pub frames: u32,
    /// Its codec header.
    pub header: String,
}

/// All that is heard in a film.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sound {
    /// The rate in which frames are counted.
    pub rate: Rate,
    /// Its length in frames.
    pub frames: u32,
    /// What sounds; none: silence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracks: Vec<SoundTrack>,
    /// What earlier tries at the right loudness turned out as.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tries: Vec<Loudness>,
}

/// A frame of a segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Poster {
    /// The segment.
    pub video: Blob,
    /// Its size, rate and encoding.
    pub format: Format,
    /// Which frame of it.
    pub frame: u32,
}

/// A film's pictures, its sound and what else goes into the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mux {
    /// Size, rate and encoding of the pictures.
    pub format: Format,
    /// The pictures, in order.
    pub parts: Vec<Part>,
    /// The sound, as long as they are.
    pub sound: Blob,
    /// The film's title.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Where its parts begin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chapters: Vec<Chapter>,
}

impl Mux {
    /// Its length in frames.
    pub fn frames(&self) -> u32 {
        self.parts.iter().map(|p| p.frames).sum()
    }
}

/// Sounds that do not overlap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoundTrack {
    /// Music, ducked under speech; else speech.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub music: bool,
    /// In order.
    pub clips: Vec<SoundClip>,
}

/// A sound for a while.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoundClip {
    /// The file.
    pub audio: Blob,
    /// Where in the file it starts, in milliseconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub from_ms: u64,
    /// Where in the film it starts, in frames.
    pub at: u32,
    /// Its length in frames.
    pub frames: u32,
    /// Volume change in hundredths of a dB.
    #[serde(default, skip_serializing_if = "is_none")]
    pub gain_cb: i32,
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_none(n: &i32) -> bool {
    *n == 0
}

/// Where frame `n` starts, in whole milliseconds.
pub fn frame_ms(rate: Rate, n: i64) -> i64 {
    n * 1000 * i64::from(rate.den) / i64::from(rate.num.max(1))
}
