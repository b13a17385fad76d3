//! What is to be seen and heard, in time: shaped after OpenTimelineIO (tracks of clips and gaps, with
//! transitions between neighbours).
//!
//! All times on a track are whole frames of the timeline's rate. A transition lies over the cut between
//! two clips and takes `in_frames` from before it and `out_frames` from after it; it changes no length,
//! so a track is as long as its clips and gaps together.

use serde::{Deserialize, Serialize};

use crate::{
    blob::Blob,
    roles::{is_default, tts::Word},
};

mod scenes;
pub use scenes::SceneClip;

/// Frames a second as a fraction: 30/1, 30000/1001.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Frames …
    pub num: u32,
    /// … in so many seconds.
    pub den: u32,
}

impl Rate {
    /// A whole number of frames a second.
    pub const fn fps(num: u32) -> Self {
        Self { num, den: 1 }
    }

    /// The length of `frames` in seconds.
    pub fn seconds(self, frames: u32) -> f64 {
        f64::from(frames) * f64::from(self.den) / f64::from(self.num)
    }

    /// The fewest frames that hold `seconds`; a hair over a frame's end is not a new frame.
    pub fn frames_for(self, seconds: f64) -> u32 {
        let exact = seconds * f64::from(self.num) / f64::from(self.den);
        (exact - 1e-6).ceil().max(0.0) as u32
    }
}

/// Tracks that run side by side. The first video track is the picture; audio tracks are mixed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Timeline {
    /// The rate in which frames are counted.
    pub rate: Rate,
    /// The tracks.
    pub tracks: Vec<Track>,
    /// Where its parts begin.
    #[serde(default, skip_serializing_if = "is_default")]
    pub chapters: Vec<Chapter>,
}

/// One track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Track {
    /// What it carries.
    pub kind: TrackKind,
    /// What follows what.
    pub items: Vec<Item>,
}

/// What a track carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TrackKind {
    /// The picture.
    Video,
    /// Speech; ducks music.
    Narration,
    /// Music; ducked under speech.
    Music,
}

/// A thing on a track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Item {
    /// Media for a while.
    Clip(Clip),
    /// Nothing for a while.
    Gap {
        /// Its length.
        frames: u32,
    },
    /// Over the cut between the clip before and the clip after it.
    Transition(Transition),
}

impl Item {
    /// How far it moves the track on.
    pub fn frames(&self) -> u32 {
        match self {
            Self::Clip(clip) => clip.frames,
            Self::Gap { frames } => *frames,
            Self::Transition(_) => 0,
        }
    }
}

/// Media for a while.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Clip {
    /// Unique on its track; stable under edits of other clips.
    pub id: String,
    /// The media.
    pub media: Media,
    /// Its length on the track.
    pub frames: u32,
    /// Caption words, timed in seconds from the clip's start.
    #[serde(default, skip_serializing_if = "is_default")]
    pub captions: Vec<Word>,
    /// Volume change in dB.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gain_db: f64,
}

/// What a clip shows or plays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Media {
    /// One picture all the while.
    Still {
        /// The picture.
        image: Blob,
    },
    /// A film; its last frame stays where it is shorter than the clip.
    Video {
        /// The file.
        video: Blob,
        /// Where in the file it starts, in seconds.
        #[serde(default, skip_serializing_if = "is_default")]
        from: f64,
    },
    /// Sound; silence where it is shorter than the clip.
    Audio {
        /// The file.
        audio: Blob,
        /// Where in the file it starts, in seconds.
        #[serde(default, skip_serializing_if = "is_default")]
        from: f64,
    },
}

/// How one clip becomes the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// Its look.
    pub look: TransitionLook,
    /// Frames before the cut.
    pub in_frames: u32,
    /// Frames after the cut.
    pub out_frames: u32,
}

/// The look of a transition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TransitionLook {
    /// None: a hard cut.
    #[default]
    Cut,
    /// One fades into the other.
    Dissolve,
    /// Through black.
    FadeBlack,
    /// The next pushes the last out to the left.
    SlideLeft,
    /// The next pushes the last out to the top.
    SlideUp,
    /// An edge travels from right to left.
    WipeLeft,
}

/// Where a part of a film begins.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Chapter {
    /// Frames from the start.
    pub frame: u32,
    /// Its name.
    pub title: String,
}

impl Timeline {
    /// Length of the picture in frames.
    pub fn frames(&self) -> u32 {
        self.track(TrackKind::Video).map_or(0, |t| t.items.iter().map(Item::frames).sum())
    }

    /// The first track of a kind.
    pub fn track(&self, kind: TrackKind) -> Option<&Track> {
        self.tracks.iter().find(|t| t.kind == kind)
    }
}
