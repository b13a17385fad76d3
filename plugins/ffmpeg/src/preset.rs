//! Presets: what a name stands for: size, rate and encoding of the pictures, the file that they go into, how loud it is.

use serde::{Deserialize, Serialize};
use studio_plugin_sdk::{
    error::{Result, StageError},
    roles::render::{RenderRequest, VideoCodec},
    timeline::Rate,
};

use crate::{shot::is_default, sound::Goal};

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
    /// The codec.
    #[serde(default, skip_serializing_if = "is_default")]
    pub codec: VideoCodec,
    /// The box's hardware that encodes; none: its processor.
    #[serde(default, skip_serializing_if = "is_default")]
    pub hardware: Option<Hardware>,
    /// It is only looked at, small and soon: films are decoded without what smooths their blocks, which nobody sees there.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rough: bool,
}

/// Hardware that encodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hardware {
    /// Through VA-API.
    Vaapi,
    /// NVIDIA's.
    Nvenc,
    /// Apple's.
    Videotoolbox,
}

/// How a film's sound is encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SoundCodec {
    /// AAC.
    #[default]
    Aac,
    /// Opus, in WebM.
    Opus,
    /// MP3.
    Mp3,
    /// Samples as they are, for editing.
    Pcm,
}

/// The file that a film is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Container {
    /// MP4.
    #[default]
    Mp4,
    /// WebM.
    Webm,
    /// QuickTime.
    Mov,
    /// Sound alone, as MP4.
    M4a,
    /// Sound alone, as MP3.
    Mp3,
    /// Pictures alone, as GIF.
    Gif,
    /// Pictures alone, as WebP.
    Webp,
}

impl Container {
    /// The end of its name, and its type.
    pub fn kind(self) -> (&'static str, &'static str) {
        match self {
            Self::Mp4 => ("mp4", "video/mp4"),
            Self::Webm => ("webm", "video/webm"),
            Self::Mov => ("mov", "video/quicktime"),
            Self::M4a => ("m4a", "audio/mp4"),
            Self::Mp3 => ("mp3", "audio/mpeg"),
            Self::Gif => ("gif", "image/gif"),
            Self::Webp => ("webp", "image/webp"),
        }
    }

    /// Has it pictures that move?
    pub fn is_seen(self) -> bool {
        !matches!(self, Self::M4a | Self::Mp3)
    }

    /// Has it sound?
    pub fn is_heard(self) -> bool {
        !matches!(self, Self::Gif | Self::Webp)
    }
}

/// What is made of a film.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Of its pictures.
    pub format: Format,
    /// The file.
    pub container: Container,
    /// Of its sound.
    pub sound: SoundCodec,
    /// How loud films of this preset are.
    pub goal: Goal,
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

/// A row of the table.
struct Preset {
    name: &'static str,
    width: u32,
    height: u32,
    speed: &'static str,
    crf: u32,
    container: Container,
}

const fn film(name: &'static str, (width, height): (u32, u32), speed: &'static str, crf: u32) -> Preset {
    Preset { name, width, height, speed, crf, container: Container::Mp4 }
}

const fn podcast(name: &'static str, container: Container) -> Preset {
    // The size of its cover.
    Preset { name, width: 1400, height: 1400, speed: "veryfast", crf: 20, container }
}

const fn preview(name: &'static str, (width, height): (u32, u32), container: Container) -> Preset {
    // It is encoded again as what it becomes, so there is little loss before.
    Preset { name, width, height, speed: "superfast", crf: 12, container }
}

/// All of them; the first is the one where no name is given.
const PRESETS: [Preset; 23] = [
    film("youtube-1080p", (1920, 1080), "veryfast", 20),
    film("youtube-720p", (1280, 720), "veryfast", 20),
    film("youtube-2160p", (3840, 2160), "veryfast", 21),
    film("shorts-1080p", (1080, 1920), "veryfast", 20),
    film("reels-1080p", (1080, 1920), "veryfast", 20),
    film("tiktok-1080p", (1080, 1920), "veryfast", 20),
    film("square-1080p", (1080, 1080), "veryfast", 20),
    film("feed-1080p", (1080, 1350), "veryfast", 20),
    film("draft-480p", (854, 480), "superfast", 26),
    film("draft-shorts", (480, 854), "superfast", 26),
    film("draft-square", (480, 480), "superfast", 26),
    film("draft-feed", (480, 600), "superfast", 26),
    film("youtube-1440p", (2560, 1440), "veryfast", 20),
    podcast("podcast", Container::M4a),
    podcast("podcast-mp3", Container::Mp3),
    preview("preview-gif", (480, 270), Container::Gif),
    preview("preview-gif-shorts", (270, 480), Container::Gif),
    preview("preview-gif-square", (360, 360), Container::Gif),
    preview("preview-gif-feed", (320, 400), Container::Gif),
    preview("preview-webp", (640, 360), Container::Webp),
    preview("preview-webp-shorts", (360, 640), Container::Webp),
    preview("preview-webp-square", (480, 480), Container::Webp),
    preview("preview-webp-feed", (432, 540), Container::Webp),
];

/// What a request's preset and codec stand for, at a rate (none: 30 frames a second).
///
/// # Errors
/// There is no preset of that name (the message lists them), or it has no choice of codec.
pub fn output(request: &RenderRequest, rate: Option<Rate>) -> Result<Output> {
    let found = match request.preset.as_str() {
        "" => PRESETS.first(),
        name => PRESETS.iter().find(|preset| preset.name == name),
    };
    let Some(preset) = found else {
        let names = PRESETS.map(|preset| preset.name).join(", ");
        let message = format!("There is no preset {:?}. Use one of: {names}.", request.preset);
        return Err(StageError::invalid("preset", message));
    };
    let codec = request.codec.unwrap_or_default();
    if request.codec.is_some() && preset.container != Container::Mp4 {
        let message = format!("The preset {:?} has no choice of codec. Leave it out.", request.preset);
        return Err(StageError::invalid("codec", message).code("render.codec"));
    }
    let (container, sound) = match (preset.container, codec) {
        (Container::Mp4, VideoCodec::Vp9) => (Container::Webm, SoundCodec::Opus),
        (Container::Mp4, VideoCodec::Prores) => (Container::Mov, SoundCodec::Pcm),
        (Container::Mp3, _) => (Container::Mp3, SoundCodec::Mp3),
        (container, _) => (container, SoundCodec::Aac),
    };
    let draft = preset.speed == "superfast";
    let (speed, crf) = tuned(codec, draft).unwrap_or((preset.speed, preset.crf));
    let (width, height, rate) = (preset.width, preset.height, rate.unwrap_or(Rate::fps(30)));
    let format = Format { width, height, rate, speed: speed.into(), crf, codec, hardware: None, rough: false };
    let goal = if preset.container.is_seen() { Goal::WEB } else { Goal::PODCAST };
    Ok(Output { format, container, sound, goal })
}

/// The encoder's preset and constant quality, of what looks like H.264 at the presets' own; none: they are H.264's.
fn tuned(codec: VideoCodec, draft: bool) -> Option<(&'static str, u32)> {
    Some(match (codec, draft) {
        (VideoCodec::H264, _) => return None,
        (VideoCodec::Hevc, false) => ("fast", 23),
        (VideoCodec::Hevc, true) => ("ultrafast", 28),
        (VideoCodec::Av1, false) => ("8", 32),
        (VideoCodec::Av1, true) => ("10", 40),
        (VideoCodec::Vp9, false) => ("4", 31),
        (VideoCodec::Vp9, true) => ("7", 38),
        // The profile: 422 HQ, and Proxy.
        (VideoCodec::Prores, false) => ("3", 0),
        (VideoCodec::Prores, true) => ("0", 0),
    })
}

#[cfg(test)]
pub fn usual() -> Format {
    output(&RenderRequest::default(), None).unwrap().format
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(preset: &str, codec: Option<VideoCodec>) -> Result<Output> {
        output(&RenderRequest { preset: preset.into(), codec, ..RenderRequest::default() }, None)
    }

    #[test]
    fn names_are_found_and_unknown_ones_list_them() {
        assert_eq!(named("", None).unwrap(), named("youtube-1080p", None).unwrap());
        let error = named("vhs", None).unwrap_err();
        assert!(error.message.contains("shorts-1080p") && error.field.as_deref() == Some("preset"));
        assert!(PRESETS.iter().all(|p| p.width % 2 == 0 && p.height % 2 == 0));
        let names: std::collections::BTreeSet<_> = PRESETS.iter().map(|p| p.name).collect();
        assert_eq!(names.len(), PRESETS.len());
    }

    #[test]
    fn codecs_have_their_containers() {
        let of = |codec| {
            let output = named("", Some(codec)).unwrap();
            (output.container, output.sound)
        };
        assert_eq!(of(VideoCodec::Hevc), (Container::Mp4, SoundCodec::Aac));
        assert_eq!(of(VideoCodec::Vp9), (Container::Webm, SoundCodec::Opus));
        assert_eq!(of(VideoCodec::Prores), (Container::Mov, SoundCodec::Pcm));
        assert_eq!(named("podcast", Some(VideoCodec::Av1)).unwrap_err().code, "render.codec");
        assert_eq!(named("podcast", None).unwrap().goal, Goal::PODCAST);
    }

    #[test]
    fn a_format_is_written_as_it_was_before_there_were_codecs() {
        let json = serde_json::to_string(&usual()).unwrap();
        let plain = r#"{"width":1920,"height":1080,"rate":{"num":30,"den":1},"speed":"veryfast","crf":20}"#;
        assert_eq!(json, plain);
    }

    #[test]
    fn frames_start_on_whole_ticks() {
        let at = |rate| output(&RenderRequest::default(), Some(rate)).unwrap().format.ticks();
        assert_eq!(usual().ticks(), (15360, 512));
        assert_eq!(at(Rate { num: 30000, den: 1001 }), (30000, 1001));
    }
}
