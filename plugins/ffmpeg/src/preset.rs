//! Presets: the size, rate and encoding that a name stands for.

use serde::{Deserialize, Serialize};
use studio_plugin_sdk::{error::StageError, timeline::Rate};

/// What every piece of a film has in common; pieces of equal format can be joined by stream copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Format {
    /// Pixels, even.
    pub width: u32,
    /// Pixels, even.
    pub height: u32,
    /// Frames a second.
    pub rate: Rate,
    /// The encoder's preset; one for the whole film, since it changes the codec header.
    pub speed: String,
    /// The encoder's constant quality; smaller is better.
    pub crf: u32,
}

impl Format {
    /// Ticks a second of the picture's time base, and ticks a frame: every frame starts on a whole tick.
    pub fn ticks(&self) -> (u32, u32) {
        let fine = if self.rate.num <= 120 { 512 } else { 1 };
        (self.rate.num * fine, self.rate.den * fine)
    }

    /// Frames between forced key frames: two seconds.
    pub fn key_frames(&self) -> u32 {
        (2 * self.rate.num).div_ceil(self.rate.den)
    }
}

/// Name, width, height, speed, quality.
const PRESETS: [(&str, u32, u32, &str, u32); 10] = [
    ("youtube-1080p", 1920, 1080, "veryfast", 20),
    ("youtube-720p", 1280, 720, "veryfast", 20),
    ("youtube-2160p", 3840, 2160, "veryfast", 21),
    ("shorts-1080p", 1080, 1920, "veryfast", 20),
    ("square-1080p", 1080, 1080, "veryfast", 20),
    ("feed-1080p", 1080, 1350, "veryfast", 20),
    ("draft-480p", 854, 480, "superfast", 26),
    ("draft-shorts", 480, 854, "superfast", 26),
    ("draft-square", 480, 480, "superfast", 26),
    ("draft-feed", 480, 600, "superfast", 26),
];

/// The preset of that name (empty: the first one), at a rate (none: 30 frames a second).
///
/// # Errors
/// There is none of that name; the message lists them.
pub fn format(name: &str, rate: Option<Rate>) -> Result<Format, StageError> {
    let wanted = if name.is_empty() { PRESETS[0].0 } else { name };
    let Some(&(_, width, height, speed, crf)) = PRESETS.iter().find(|p| p.0 == wanted) else {
        let names = PRESETS.map(|p| p.0).join(", ");
        return Err(StageError::invalid("preset", format!("There is no preset {name:?}. Use one of: {names}.")));
    };
    Ok(Format { width, height, rate: rate.unwrap_or(Rate::fps(30)), speed: speed.into(), crf })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_unknown_ones_list_them() {
        assert_eq!(format("", None).unwrap(), format("youtube-1080p", None).unwrap());
        let error = format("vhs", None).unwrap_err();
        assert!(error.message.contains("shorts-1080p") && error.field.as_deref() == Some("preset"));
        assert!(PRESETS.iter().all(|p| p.1 % 2 == 0 && p.2 % 2 == 0));
    }

    #[test]
    fn frames_start_on_whole_ticks() {
        assert_eq!(format("", None).unwrap().ticks(), (15360, 512));
        assert_eq!(format("", Some(Rate { num: 30000, den: 1001 })).unwrap().ticks(), (30000, 1001));
    }
}
