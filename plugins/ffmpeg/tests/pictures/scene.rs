//! What these tests are made of: small media, timelines, and frames that are looked at.

use std::{fs, path::PathBuf};

use studio_plugin_sdk::{
    blob::Blob,
    prelude::{CaptionMode, Film, RenderRequest, TimelineInput, Word},
    timeline::{Clip, Framing, Item, Media, Rate, Timeline, Track, TrackKind, Transition, TransitionLook},
};

use crate::studio::Studio;

/// Pixels of the format that is drawn.
pub const WIDTH: usize = 480;
pub const HEIGHT: usize = 480;
const PRESET: &str = "draft-square";

/// A frame of yuv420p.
#[derive(Clone, PartialEq)]
pub struct Frame(pub Vec<u8>);

impl Frame {
    /// Brightness of a pixel, 16–235.
    pub fn luma(&self, x: usize, y: usize) -> u8 {
        self.0[y * WIDTH + x]
    }

    /// Red, green and blue of a pixel, as a screen shows BT.709.
    pub fn rgb(&self, x: usize, y: usize) -> [f64; 3] {
        let chroma = |plane: usize| {
            let at = WIDTH * HEIGHT * (4 + plane) / 4 + y / 2 * (WIDTH / 2) + x / 2;
            (f64::from(self.0[at]) - 128.0) / 224.0
        };
        let (y, u, v) = ((f64::from(self.luma(x, y)) - 16.0) / 219.0, chroma(0), chroma(1));
        [y + 1.5748 * v, y - 0.1873 * u - 0.4681 * v, y + 1.8556 * u].map(|c| c * 255.0)
    }

    /// Is a pixel of that colour, to within 12 of 255?
    pub fn is(&self, (x, y): (usize, usize), rgb: [u8; 3]) -> bool {
        self.rgb(x, y).iter().zip(rgb).all(|(seen, wanted)| (seen - f64::from(wanted)).abs() <= 12.0)
    }

    /// Mean absolute difference of brightness and colours.
    pub fn difference(&self, other: &Self) -> f64 {
        let sum: u64 = self.0.iter().zip(&other.0).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        sum as f64 / self.0.len() as f64
    }
}

/// Draws with ffmpeg's own sources: a file from a filter graph.
pub fn media(studio: &Studio, name: &str, source: &str, args: &[&str], mime: &str) -> Blob {
    let all = [&["-v", "error", "-y", "-f", "lavfi", "-i", source], args, &[name]].concat();
    studio.tool("ffmpeg", &all);
    studio.keep(name, mime)
}

pub fn still(studio: &Studio, name: &str, source: &str) -> Media {
    Media::Still { image: media(studio, &format!("{name}.png"), source, &["-frames:v", "1"], "image/png") }
}

pub fn video(studio: &Studio, name: &str, source: &str, args: &[&str]) -> Media {
    let args = [args, &["-c:v", "libx264", "-preset", "ultrafast", "-crf", "10"]].concat();
    Media::Video { video: media(studio, &format!("{name}.mp4"), source, &args, "video/mp4"), from: 0.0.into() }
}

pub fn clip(id: &str, media: Media, frames: u32) -> Clip {
    Clip { id: id.into(), media, frames, ..Clip::default() }
}

pub fn framed(id: &str, media: Media, frames: u32, framing: Framing) -> Clip {
    Clip { framing, ..clip(id, media, frames) }
}

pub fn gap(frames: u32) -> Item {
    Item::Gap { frames }
}

pub fn change(look: TransitionLook, in_frames: u32, out_frames: u32) -> Item {
    Item::Transition(Transition { look, in_frames, out_frames, ..Transition::default() })
}

pub fn words(text: &str, each: f64) -> Vec<Word> {
    let word = |(i, text): (usize, &str)| {
        let start = 0.1 + each * i as f64;
        Word { text: text.into(), start, end: start + each * 0.9, speaker: String::new() }
    };
    text.split(' ').enumerate().map(word).collect()
}

/// A request for a film of tracks.
pub fn film(rate: Rate, tracks: Vec<(TrackKind, Vec<Item>)>) -> RenderRequest {
    let tracks = tracks.into_iter().map(|(kind, items)| Track { kind, items }).collect();
    let timeline = TimelineInput::Timeline(Timeline { rate, tracks, chapters: vec![], markers: vec![] });
    RenderRequest { timeline, preset: PRESET.into(), captions: CaptionMode::Burnt, ..RenderRequest::default() }
}

/// The film of one clip at 30 frames a second, frame by frame.
pub fn frames_of(studio: &Studio, clip: Clip) -> Vec<Frame> {
    frames(studio, &film(Rate::fps(30), vec![(TrackKind::Video, vec![clip.into()])])).1
}

/// The film, and its pictures before they are encoded, in order.
pub fn frames(studio: &Studio, request: &RenderRequest) -> (Film, Vec<Frame>) {
    studio.draws.set(true);
    let film = studio.render(request).unwrap();
    let drawn = studio.drawn.borrow();
    let all: Vec<Frame> = studio.joined.borrow().iter().flat_map(|file| cut(&drawn[file])).collect();
    assert_eq!(all.len(), film.frames as usize);
    (film, all)
}

/// Raw pictures as frames.
pub fn cut(raw: &[u8]) -> Vec<Frame> {
    assert_eq!(raw.len() % (WIDTH * HEIGHT * 3 / 2), 0, "no whole frames");
    raw.chunks(WIDTH * HEIGHT * 3 / 2).map(|frame| Frame(frame.to_vec())).collect()
}

/// Frames as one picture, side by side, to look at: written where `STUDIO_TEST_SHEETS` says.
pub fn sheet(studio: &Studio, name: &str, frames: &[Frame], columns: usize) {
    let Some(folder) = std::env::var_os("STUDIO_TEST_SHEETS").map(PathBuf::from) else { return };
    fs::create_dir_all(&folder).unwrap();
    let raw: Vec<u8> = frames.iter().flat_map(|frame| frame.0.clone()).collect();
    fs::write(studio.path().join("sheet.yuv"), raw).unwrap();
    let rows = frames.len().div_ceil(columns);
    let (size, tile) =
        (format!("{WIDTH}x{HEIGHT}"), format!("scale=in_color_matrix=bt709:w=240:h=-2,tile={columns}x{rows}"));
    let out = folder.join(format!("{name}.png"));
    let args =
        ["-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", &size, "-i", "sheet.yuv", "-vf", &tile];
    studio.tool("ffmpeg", &[&args[..], &["-frames:v", "1", out.to_str().unwrap()]].concat());
}
