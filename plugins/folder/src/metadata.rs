//! What is known of a film, as JSON beside it. Called by the stage; pure.

use std::collections::BTreeMap;

use serde::Serialize;
use studio_plugin_sdk::prelude::*;

use crate::Media;

#[derive(Serialize)]
struct Described<'a> {
    title: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    tags: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    seconds: f64,
    width: u32,
    height: u32,
    /// Frames a second, as a fraction and as a number.
    rate: &'a str,
    fps: f64,
    frames: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    loudness: Option<Loudness>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    chapters: Vec<Chapter<'a>>,
    files: BTreeMap<&'a str, File<'a>>,
}

#[derive(Serialize)]
struct Chapter<'a> {
    /// Seconds from the start.
    start: f64,
    title: &'a str,
}

#[derive(Serialize)]
struct File<'a> {
    name: &'a str,
    bytes: u64,
    blake3: &'a str,
}

/// The same film gives the same text: nothing in it says when or where it was made.
pub(crate) fn describe(req: &PublishRequest, media: &Media) -> Result<String> {
    let film = &req.video;
    let (num, den) = rate(&film.rate)?;
    let start = |frame: u32| millis(f64::from(frame) * f64::from(den) / f64::from(num));
    let described = Described {
        title: &req.title,
        description: &req.description,
        tags: &req.tags,
        language: req.language.as_deref(),
        seconds: film.seconds,
        width: film.width,
        height: film.height,
        rate: &film.rate,
        fps: millis(f64::from(num) / f64::from(den)),
        frames: film.frames,
        loudness: film.loudness,
        chapters: film.chapters.iter().map(|c| Chapter { start: start(c.frame), title: &c.title }).collect(),
        files: media
            .iter()
            .map(|(what, (name, blob))| (*what, File { name, bytes: blob.bytes, blake3: &blob.blob }))
            .collect(),
    };
    let text = serde_json::to_string_pretty(&described)
        .map_err(|e| StageError::permanent(format!("the metadata is not JSON: {e}")).code("folder.metadata"))?;
    Ok(text + "\n")
}

fn rate(rate: &str) -> Result<(u32, u32)> {
    let parts = rate.split_once('/').and_then(|(num, den)| Some((num.parse().ok()?, den.parse().ok()?)));
    parts.filter(|(num, den)| *num > 0 && *den > 0).ok_or_else(|| {
        let message = format!("{rate:?} is no frame rate: it is a fraction, like 30/1");
        StageError::invalid("video.rate", message).code("folder.rate")
    })
}

fn millis(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_fraction() {
        assert_eq!(rate("30000/1001").unwrap(), (30000, 1001));
        for bad in ["", "30", "30/0", "0/1", "a/b", "-30/1"] {
            assert_eq!(rate(bad).unwrap_err().field.as_deref(), Some("video.rate"));
        }
    }
}
