//! The pieces of a film: what the stage asks of itself, in the request's `piece`.
//!
//! A piece holds exactly what decides its result and no more: no names, no places in the film, nothing of
//! other scenes. So an edit changes the keys of the pieces it touches and of no others.

use serde::{Deserialize, Serialize};
use studio_plugin_sdk::{
    blob::Blob,
    timeline::{Chapter, Color, Ease, Rate, Ratio, TransitionLook},
};

use crate::{
    preset::{Container, Format, SoundCodec},
    shot::{Captions, Layer, Shot, is_default},
    sound::{
        Goal,
        pieces::{Blend, Limited, Packets, Stem},
    },
    verify::{Listen, Look},
};

/// One piece of work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "piece", rename_all = "snake_case")]
pub enum Piece {
    /// What must be known of a source before it can be planned.
    Probe(Probe),
    /// Some frames, encoded.
    Segment(Box<Segment>),
    /// Segments one after another, by stream copy.
    Join(Join),
    /// All that is heard, encoded and measured.
    Heard(Sound),
    /// All that is heard in a short film, before it is brought to its loudness and encoded.
    Mixed(Mix),
    /// Sounds of one kind in a stretch of a film.
    Stem(Stem),
    /// What sounds in a stretch of a film, mixed.
    Blend(Blend),
    /// How loud some stretches get behind the limiter.
    Limited(Limited),
    /// A part of the encoded sound.
    Packets(Packets),
    /// A frame that stands for the film.
    Poster(Poster),
    /// A frame of a film whose pictures are not encoded.
    Still(Box<Still>),
    /// A given picture that stands for the film.
    Cover(Cover),
    /// Which of some frames is the best to stand for the film.
    Best(Frames),
    /// Frames side by side.
    Sheet(Frames),
    /// What is seen in some pieces of a finished film.
    Look(Look),
    /// What is heard in a part of a finished film.
    Listen(Listen),
    /// Moving pictures that need no player.
    Preview(Preview),
    /// The film: segments joined, and the sound, in one file.
    Mux(Box<Mux>),
}

/// A source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// The file.
    pub file: Blob,
    /// It is a picture, not a video.
    #[serde(default, skip_serializing_if = "is_default")]
    pub still: bool,
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
    /// What lies over it, the later ones over the earlier.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<Layer>,
    /// Captions of the film over all of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub captions: Vec<Captions>,
}

/// The second half of a transition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// How.
    pub look: TransitionLook,
    /// How it gathers speed and loses it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ease: Ease,
    /// The colour that it goes through, where its look has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<Color>,
    /// What is seen last.
    pub shot: Shot,
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
    /// How loud it is to be.
    #[serde(default, skip_serializing_if = "is_default")]
    pub goal: Goal,
    /// How it is encoded.
    #[serde(default, skip_serializing_if = "is_default")]
    pub codec: SoundCodec,
    /// Its mix is a piece of its own, for sounds that differ in loudness or codec alone. Of long ones it always is.
    #[serde(default, skip_serializing_if = "is_default")]
    pub shared: bool,
    /// What begins after silence may begin up to a packet later: then an edit elsewhere leaves it as it was encoded.
    #[serde(default, skip_serializing_if = "is_default")]
    pub snaps: bool,
}

/// All that is heard in a film, without any loudness yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mix {
    /// The rate in which frames are counted.
    pub rate: Rate,
    /// Its length in frames.
    pub frames: u32,
    /// What sounds.
    pub tracks: Vec<SoundTrack>,
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

/// A frame of a segment that is not encoded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Still {
    /// The segment.
    pub segment: Segment,
    /// Which frame of it.
    pub frame: u32,
}

/// A given picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cover {
    /// The picture.
    pub image: Blob,
    /// The film's size, which is the most that it has.
    pub format: Format,
}

/// Frames of segments, in the film's order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frames {
    /// Size, rate and encoding of the segments.
    pub format: Format,
    /// The segments, and which frame of each.
    pub frames: Vec<(Blob, u32)>,
}

/// A film's beginning as a GIF or a WebP.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preview {
    /// Size, rate and encoding of the pictures.
    pub format: Format,
    /// The pictures, in order.
    pub parts: Vec<Part>,
    /// What it becomes.
    pub container: Container,
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
    /// Captions as tracks of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub captions: Vec<SoftTrack>,
    /// What else is said of it in its metadata.
    #[serde(default, skip_serializing_if = "is_default")]
    pub about: About,
    /// The file that it becomes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub container: Container,
    /// Of sound alone: the picture that stands for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cover: Option<Blob>,
    /// Of sound alone: its length in frames.
    #[serde(default, skip_serializing_if = "is_default")]
    pub length: u32,
}

/// Captions as a track of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoftTrack {
    /// As SubRip.
    pub srt: Blob,
    /// Their language, as ISO 639-2 has it; empty: not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
}

/// What is said of a film in its metadata, beside its title.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct About {
    /// What it is about.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Who made it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub author: String,
    /// When it came out.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub date: String,
    /// The language that is spoken, as files name it: `eng`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub language: String,
}

impl Mux {
    /// Parts and their sound as an MP4, of which nothing is said.
    pub fn plain(format: Format, parts: Vec<Part>, sound: Option<Blob>) -> Self {
        Self {
            format,
            parts,
            sound: sound.unwrap_or_default(),
            title: String::new(),
            chapters: Vec::new(),
            captions: Vec::new(),
            about: About::default(),
            container: Container::default(),
            cover: None,
            length: 0,
        }
    }

    /// Its length in frames.
    pub fn frames(&self) -> u32 {
        self.length + self.parts.iter().map(|p| p.frames).sum::<u32>()
    }
}

/// Sounds that do not overlap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoundTrack {
    /// What kind of sounds they are.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kind: SoundKind,
    /// All of it louder than sounds of its kind are, in hundredths of a dB.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gain_cb: i32,
    /// In order.
    pub clips: Vec<SoundClip>,
}

/// What kind of sounds a track has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SoundKind {
    /// Speech; ducks music.
    #[default]
    Speech,
    /// Music; ducked under speech.
    Music,
    /// Effects; neither.
    Effect,
}

/// A sound for a while.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoundClip {
    /// The file.
    pub audio: Blob,
    /// Where in the file it starts, in samples at 48 kHz.
    #[serde(default, skip_serializing_if = "is_default")]
    pub from: u64,
    /// Where in the film it starts, in frames.
    pub at: u32,
    /// Its length in frames.
    pub frames: u32,
    /// Volume change in hundredths of a dB.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gain_cb: i32,
    /// How fast it plays, at its own pitch.
    #[serde(default, skip_serializing_if = "is_default")]
    pub speed: Ratio,
    /// Frames in which it comes up.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fade_in: u32,
    /// Frames in which it goes down, at its end.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fade_out: u32,
    /// It is fitted to its length.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fit: bool,
    /// How much quieter noise is made, in hundredths of a dB.
    #[serde(default, skip_serializing_if = "is_default")]
    pub denoise_cb: u32,
    /// Music is ducked under it; under speech it always is.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ducks: bool,
}

/// Where frame `n` starts, in whole milliseconds.
pub fn frame_ms(rate: Rate, n: i64) -> i64 {
    n * 1000 * i64::from(rate.den) / i64::from(rate.num.max(1))
}
