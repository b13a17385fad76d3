//! The pieces of a film's sound. Times are samples at 48 kHz, and count from a piece's own start: it does not change
//! when something before it gets longer.

use serde::{Deserialize, Serialize};
use studio_plugin_sdk::{
    blob::Blob,
    error::{Result, StageError},
    roles::render::Film,
    timeline::Ratio,
};

use super::{Levels, duck::Duck};
use crate::shot::is_default;

/// Sounds of one kind in a stretch of the film.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stem {
    /// Its length.
    pub samples: u64,
    /// Sounds that do not overlap, by track. Tracks of the film of which nothing sounds here are empty: each has its
    /// share of the room.
    pub tracks: Vec<Vec<Placed>>,
}

/// A sound for a while.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placed {
    /// The file.
    pub audio: Blob,
    /// Where in the file it starts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub from: u64,
    /// Where it starts.
    pub at: u64,
    /// Its length.
    pub take: u64,
    /// Volume change in hundredths of a dB.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gain_cb: i32,
    /// How fast it plays, at its own pitch.
    #[serde(default, skip_serializing_if = "is_default")]
    pub speed: Ratio,
    /// Samples in which it comes up.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fade_in: u64,
    /// Samples in which it goes down, at its end.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fade_out: u64,
    /// It is fitted to its length.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fit: bool,
    /// How much quieter noise is made, in hundredths of a dB.
    #[serde(default, skip_serializing_if = "is_default")]
    pub denoise_cb: u32,
}

/// What sounds in a stretch of the film, mixed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blend {
    /// Its length.
    pub samples: u64,
    /// What is said, if that is no stem.
    #[serde(default, skip_serializing_if = "is_default")]
    pub voice: Voice,
    /// Stems of that length.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stems: Vec<Laid>,
    /// Music, which is longer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beds: Vec<Laid>,
    /// How loud music is at each moment.
    #[serde(default, skip_serializing_if = "is_default")]
    pub duck: Duck,
}

/// What is said, in files that are heard as they are and do not overlap.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Voice {
    /// Where they are heard.
    pub clips: Vec<Placed>,
    /// Volume change in hundredths of a dB.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gain_cb: i32,
}

/// A sound that is mixed with others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Laid {
    /// The sound.
    pub file: Blob,
    /// Where in it the stretch starts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub from: u64,
    /// Volume change in hundredths of a dB.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gain_cb: i32,
    /// It ends with the film, and by itself.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ends: bool,
}

/// How loud some stretches get behind the limiter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limited {
    /// The stretches, mixed, one after another.
    pub slices: Vec<Slice>,
    /// Gains before the limiter, in hundredths of a dB.
    pub gains_cb: Vec<i32>,
    /// The limit, in hundredths of a dB of full scale.
    pub limit_cb: i32,
}

/// Packets of AAC of a stretch that has been brought to its loudness.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packets {
    /// What is encoded, in order.
    pub slices: Vec<Slice>,
    /// The gain, in hundredths of a dB.
    pub gain_cb: i32,
    /// The limiter's limit, in hundredths of a dB of full scale.
    pub limit_cb: i32,
    /// Packets at the start that are not kept.
    #[serde(default, skip_serializing_if = "is_default")]
    pub lead: u64,
    /// Packets that are kept.
    pub keep: u64,
}

/// Some of a sound; without a file: silence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slice {
    /// The sound.
    #[serde(default, skip_serializing_if = "is_default")]
    pub file: Blob,
    /// Where it starts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub from: u64,
    /// Its length.
    pub samples: u64,
}

impl Slice {
    /// So much silence.
    pub fn silence(samples: u64) -> Self {
        Self { file: Blob::default(), from: 0, samples }
    }
}

/// A piece of sound that has been made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heard {
    /// The sound; of what is only measured: nothing.
    pub file: Blob,
    /// How loud it is.
    pub known: Known,
}

/// What is known of a piece of sound.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Its levels, at each gain at which it was measured.
    pub levels: Vec<Levels>,
    /// Its end is that of the music, which needs no fade.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ends: bool,
    /// It ends with so many samples of silence, in which there is nothing at all; shorter ones are not told.
    #[serde(default, skip_serializing_if = "is_default")]
    pub quiet: u64,
}

impl Heard {
    pub fn levels(&self) -> &Levels {
        const SILENT: &Levels = &Levels::SILENT;
        self.known.levels.first().unwrap_or(SILENT)
    }

    /// As a stage answers. Sound has no codec header that would have to be equal: what is known of it stands there.
    ///
    /// # Errors
    /// `piece.json`.
    pub fn into_film(self) -> Result<Film> {
        let header = serde_json::to_string(&self.known).map_err(unreadable)?;
        Ok(Film { video: self.file, header, ..Film::default() })
    }

    /// From a stage's answer.
    ///
    /// # Errors
    /// `piece.json`: it is that of another piece.
    pub fn of(film: Film) -> Result<Self> {
        Ok(Self { known: serde_json::from_str(&film.header).map_err(unreadable)?, file: film.video })
    }
}

fn unreadable(error: serde_json::Error) -> StageError {
    StageError::permanent(format!("What is known of a sound is no JSON: {error}")).code("piece.json")
}
