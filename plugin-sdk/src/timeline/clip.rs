//! Clips: media for a while.

use serde::{Deserialize, Serialize};

use super::{Color, Framing, Hearing, MediaTime, Ratio};
use crate::{
    blob::Blob,
    roles::{is_default, tts::Word},
};

/// Media for a while.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// The same in a second language, timed likewise; captions with a style show it smaller.
    #[serde(default, skip_serializing_if = "is_default")]
    pub translation: Vec<Word>,
    /// Words and phrases of its captions that are stressed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub keywords: Vec<String>,
    /// Volume change in dB.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gain_db: f64,
    /// How fast it plays: 1 as it was made, 2 twice as fast, 0 stands still.
    #[serde(default, skip_serializing_if = "is_default")]
    pub speed: Ratio,
    /// Speed that changes, instead of `speed`: from point to point evenly.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ramp: Vec<SpeedPoint>,
    /// How it stands in the frame.
    #[serde(default, skip_serializing_if = "is_default")]
    pub framing: Framing,
    /// How it is heard, on tracks of sound.
    #[serde(default, skip_serializing_if = "is_default")]
    pub hearing: Hearing,
}

/// How fast a clip plays at one of its frames.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SpeedPoint {
    /// The clip's frame.
    pub frame: u32,
    /// How fast it plays there.
    pub speed: Ratio,
}

/// A stretch of a clip in which its speed changes evenly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Its first frame.
    pub start: u32,
    /// How many frames it has; of the last: as many as are wanted.
    pub frames: Option<u32>,
    /// Speed at its start.
    pub from: f64,
    /// Speed at its end.
    pub to: f64,
}

impl Clip {
    /// Its speed, stretch by stretch.
    pub fn stretches(&self) -> Vec<Stretch> {
        let (Some(first), Some(last)) = (self.ramp.first(), self.ramp.last()) else {
            let speed = self.speed.value();
            return vec![Stretch { start: 0, frames: None, from: speed, to: speed }];
        };
        let even = |start, frames, speed: Ratio| Stretch { start, frames, from: speed.value(), to: speed.value() };
        let mut stretches = Vec::new();
        if first.frame > 0 {
            stretches.push(even(0, Some(first.frame), first.speed));
        }
        for pair in self.ramp.windows(2) {
            let frames = Some(pair[1].frame.saturating_sub(pair[0].frame));
            let (from, to) = (pair[0].speed.value(), pair[1].speed.value());
            stretches.push(Stretch { start: pair[0].frame, frames, from, to });
        }
        stretches.push(even(last.frame, None, last.speed));
        stretches
    }

    /// How fast it plays; where that changes, on average.
    pub fn mean_speed(&self) -> f64 {
        if self.frames == 0 { 1.0 } else { self.played(f64::from(self.frames)) / f64::from(self.frames) }
    }

    /// How far its media has played at its frame `frame`, in frames.
    pub fn played(&self, frame: f64) -> f64 {
        let mut played = 0.0;
        for stretch in self.stretches() {
            let into = (frame - f64::from(stretch.start)).max(0.0);
            let Some(frames) = stretch.frames.map(f64::from) else {
                played += into * stretch.from;
                continue;
            };
            let into = into.min(frames);
            played += into * (stretch.from + (stretch.to - stretch.from) * into / (2.0 * frames.max(1.0)));
        }
        played
    }
}

impl Media {
    /// Its file; none: it is made, not read.
    pub fn file(&self) -> Option<&Blob> {
        match self {
            Self::Still { image: file } | Self::Video { video: file, .. } | Self::Audio { audio: file, .. } => {
                Some(file)
            }
            Self::Color { .. } | Self::ProgressBar { .. } | Self::Captions => None,
        }
    }

    /// Where in its file it starts.
    pub fn from(&self) -> MediaTime {
        match self {
            Self::Video { from, .. } | Self::Audio { from, .. } => *from,
            Self::Still { .. } | Self::Color { .. } | Self::ProgressBar { .. } | Self::Captions => MediaTime::default(),
        }
    }
}

/// What a clip shows or plays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
        from: MediaTime,
    },
    /// Sound; silence where it is shorter than the clip.
    Audio {
        /// The file.
        audio: Blob,
        /// Where in the file it starts, in seconds.
        #[serde(default, skip_serializing_if = "is_default")]
        from: MediaTime,
    },
    /// A plain colour.
    Color {
        /// The colour.
        color: Color,
    },
    /// A bar that grows from the left until the clip ends; on overlay tracks.
    ProgressBar {
        /// Its colour.
        color: Color,
        /// The colour of what is still to come; none: it is not seen.
        #[serde(default, skip_serializing_if = "is_default")]
        rest: Option<Color>,
    },
    /// Nothing but the clip's captions; on caption tracks.
    #[default]
    Captions,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_plays_what_lies_under_its_curve() {
        let point = |frame, num, den| SpeedPoint { frame, speed: Ratio { num, den } };
        let clip = Clip { ramp: vec![point(10, 1, 1), point(20, 3, 1), point(30, 0, 1)], ..Clip::default() };
        // In halves of a frame.
        let at = |clip: &Clip, frame| (clip.played(frame) * 2.0).round() as i32;
        let seen = [-1.0, 0.0, 10.0, 15.0, 20.0, 30.0, 99.0].map(|frame| at(&clip, frame));
        assert_eq!(seen, [0, 0, 20, 35, 60, 90, 90]);
        let slow = Clip { speed: Ratio { num: 1, den: 2 }, ..Clip::default() };
        assert_eq!(at(&slow, 9.0), 9);
    }
}
