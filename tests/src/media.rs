//! Films as FFmpeg sees them: streams, lengths, loudness, the order of an MP4's boxes.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

/// What ffprobe says of a film.
pub struct Film {
    /// The picture's stream.
    pub video: Value,
    /// The sound's stream.
    pub audio: Value,
    /// Frames of the picture, counted by their packets.
    pub frames: u64,
    /// Seconds of the picture and of the sound, by their streams.
    pub seconds: (f64, f64),
    /// The boxes of the file, in order.
    pub boxes: Vec<String>,
}

/// Looks at a film.
pub fn probe(path: &Path) -> Film {
    let args = ["-v", "error", "-count_packets", "-show_streams", "-of", "json"];
    let out = Command::new("ffprobe").args(args).arg(path).output().expect("ffprobe");
    assert!(out.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&out.stderr));
    let said: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let stream = |kind: &str| {
        let mut streams = said["streams"].as_array().into_iter().flatten();
        streams.find(|s| s["codec_type"] == kind).cloned().unwrap_or_default()
    };
    let (video, audio) = (stream("video"), stream("audio"));
    let number = |value: &Value| value.as_str().and_then(|t| t.parse().ok()).unwrap_or(f64::NAN);
    Film {
        frames: number(&video["nb_read_packets"]) as u64,
        seconds: (number(&video["duration"]), number(&audio["duration"])),
        boxes: boxes(&fs::read(path).expect("the film")),
        video,
        audio,
    }
}

/// Integrated loudness in LUFS (EBU R 128).
pub fn loudness(path: &Path) -> f64 {
    let args = ["-nostdin", "-hide_banner", "-vn", "-af", "ebur128", "-f", "null", "-"];
    let out = Command::new("ffmpeg").arg("-i").arg(path).args(args).output().expect("ffmpeg");
    let said = String::from_utf8_lossy(&out.stderr);
    let summary = said.rsplit_once("Summary:").map_or("", |(_, s)| s);
    let line = summary.lines().find_map(|l| l.trim().strip_prefix("I:")).unwrap_or_default();
    line.trim().trim_end_matches("LUFS").trim().parse().unwrap_or_else(|_| panic!("no loudness in {said}"))
}

/// Does all of it decode without a word of complaint?
pub fn decodes(path: &Path) -> Result<(), String> {
    let args = ["-nostdin", "-v", "error", "-xerror", "-f", "null", "-"];
    let out = Command::new("ffmpeg").arg("-i").arg(path).args(args).output().expect("ffmpeg");
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    if out.status.success() && said.is_empty() { Ok(()) } else { Err(said) }
}

/// A frame of a film.
pub struct Frame {
    width: usize,
    rgb: Vec<u8>,
}

impl Frame {
    /// The one that is seen at a moment, in seconds.
    pub fn at(path: &Path, seconds: f64) -> Self {
        let (at, width) = (format!("{seconds:.3}"), probe(path).video["width"].as_u64().expect("a width") as usize);
        let args = ["-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"];
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-nostdin", "-v", "error", "-ss", &at, "-i"]).arg(path).args(args);
        let out = ffmpeg.output().expect("ffmpeg");
        assert!(!out.stdout.is_empty(), "{}: nothing is seen at {seconds} s: {out:?}", path.display());
        Self { width, rgb: out.stdout }
    }

    /// The colour at a place, in shares of its width and height.
    pub fn color(&self, x: f64, y: f64) -> [u8; 3] {
        let height = self.rgb.len() / 3 / self.width;
        let pixel = |share: f64, whole: usize| ((share * whole as f64) as usize).min(whole - 1);
        let at = (pixel(y, height) * self.width + pixel(x, self.width)) * 3;
        [self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]]
    }

    /// Is it that colour there, as far as an encoder keeps it?
    #[track_caller]
    pub fn is(&self, (x, y): (f64, f64), wanted: [u8; 3]) -> &Self {
        let is = self.color(x, y);
        let near = is.iter().zip(wanted).all(|(is, wanted)| is.abs_diff(wanted) <= 12);
        assert!(near, "{is:?} at {x}, {y}, not {wanted:?}");
        self
    }
}

/// The times of a SubRip or WebVTT file's cues, in seconds.
pub fn cues(text: &str) -> Vec<(f64, f64)> {
    let at = |t: &str| {
        let parts = t.split_whitespace().next()?.replace(',', ".");
        parts.split(':').try_fold(0.0, |sum, part| Some(sum * 60.0 + part.parse::<f64>().ok()?))
    };
    let cue = |line: &str| {
        let (from, to) = line.split_once("-->")?;
        Some((at(from)?, at(to)?))
    };
    text.lines().filter_map(cue).collect()
}

/// The top-level boxes of an MP4.
fn boxes(mut bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    while let Some((head, rest)) = bytes.split_first_chunk::<8>() {
        let size = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
        found.push(String::from_utf8_lossy(&head[4..]).into_owned());
        let size = match size {
            0 => break,
            1 => rest.first_chunk::<8>().map_or(0, |b| u64::from_be_bytes(*b)) as usize,
            n => n as usize,
        };
        bytes = bytes.get(size.max(8)..).unwrap_or_default();
    }
    found
}
