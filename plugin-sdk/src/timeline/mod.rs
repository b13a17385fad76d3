//! What is to be seen and heard, in time: shaped after OpenTimelineIO (tracks of clips and gaps, with
//! transitions between neighbours).
//!
//! All times on a track are whole frames of the timeline's rate. A transition lies over the cut between
//! two clips and takes `in_frames` from before it and `out_frames` from after it; it changes no length,
//! so a track is as long as its clips and gaps together.

use serde::{Deserialize, Serialize};

use crate::roles::is_default;

mod bed;
mod clip;
mod color;
mod framing;
mod hearing;
mod motion;
mod scenes;
mod time;
mod transition;
mod validate;

pub use clip::{Clip, Media, SpeedPoint, Stretch};
pub use color::Color;
pub use framing::{Blend, CropKey, Fit, Framing, OpacityKey, Rect};
pub use hearing::Hearing;
pub use motion::Motion;
pub use scenes::{SceneBar, SceneClip, SceneOverlay};
pub use time::{MediaTime, Rate, Ratio, RationalTime};
pub use transition::{Ease, Transition, TransitionLook};

/// Tracks that run side by side. The video track is the picture and decides how long the film is; overlays lie over
/// it, the later tracks over the earlier ones; audio tracks are mixed.
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
    /// Places that somebody marked; they are not seen in the film.
    #[serde(default, skip_serializing_if = "is_default")]
    pub markers: Vec<Marker>,
}

/// One track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Track {
    /// What it carries.
    pub kind: TrackKind,
    /// One after another.
    pub items: Vec<Item>,
}

/// What a track carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TrackKind {
    /// The picture.
    Video,
    /// Pictures over it: logos, lower thirds, pictures in the picture.
    Overlay,
    /// Captions that belong to no clip of the picture.
    Caption,
    /// Speech; ducks music.
    Narration,
    /// Music; ducked under speech.
    Music,
    /// Sound effects; they neither duck nor are ducked.
    Effect,
}

impl TrackKind {
    /// As it is written: `video`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Overlay => "overlay",
            Self::Caption => "caption",
            Self::Narration => "narration",
            Self::Music => "music",
            Self::Effect => "effect",
        }
    }

    /// Is it heard?
    pub const fn is_sound(self) -> bool {
        matches!(self, Self::Narration | Self::Music | Self::Effect)
    }
}

/// A thing on a track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Item {
    /// Media for a while.
    Clip(Box<Clip>),
    /// Nothing for a while.
    Gap {
        /// Its length.
        frames: u32,
    },
    /// Over the cut between the clip before and the clip after it.
    Transition(Transition),
}

impl From<Clip> for Item {
    fn from(clip: Clip) -> Self {
        Self::Clip(Box::new(clip))
    }
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

/// A place that somebody marked, for people and editors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Marker {
    /// Frames from the start.
    pub frame: u32,
    /// How many frames it marks; 0: a moment.
    #[serde(default, skip_serializing_if = "is_default")]
    pub frames: u32,
    /// Its name.
    pub name: String,
    /// What is to be said of it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub note: String,
}

impl Timeline {
    /// Length of the picture in frames.
    pub fn frames(&self) -> u32 {
        self.track(TrackKind::Video).map_or(0, Track::frames)
    }

    /// The first track of a kind.
    pub fn track(&self, kind: TrackKind) -> Option<&Track> {
        self.tracks.iter().find(|t| t.kind == kind)
    }
}

impl Track {
    /// Its length in frames.
    pub fn frames(&self) -> u32 {
        self.items.iter().map(Item::frames).fold(0, u32::saturating_add)
    }

    /// Makes clips shorter, each as long as `wanted` says (in frames; none: as it is), with a gap after it.
    pub fn shorten(&mut self, wanted: impl Fn(&Clip) -> Option<u32>) {
        for mut item in std::mem::take(&mut self.items) {
            let mut left = 0;
            if let Item::Clip(clip) = &mut item
                && let Some(frames) = wanted(clip)
            {
                let frames = frames.clamp(1, clip.frames.max(1));
                left = clip.frames.saturating_sub(frames);
                clip.frames = frames;
            }
            self.items.push(item);
            if left > 0 {
                self.items.push(Item::Gap { frames: left });
            }
        }
    }

    /// Its clips, each with the frame where it starts.
    pub fn clips(&self) -> impl Iterator<Item = (u32, &Clip)> {
        let mut at = 0u32;
        self.items.iter().filter_map(move |item| {
            let start = at;
            at = at.saturating_add(item.frames());
            if let Item::Clip(clip) = item { Some((start, clip.as_ref())) } else { None }
        })
    }
}
