//! What must be known of a video source before it can be planned: its length, size, colours. Of a plain film it is read
//! from the file ([`plain`]); ffprobe is asked about all others.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use studio_plugin_sdk::{
    blob::Blob,
    error::{Result, StageError},
    prelude::{Cx, cmd},
    roles::render::Film,
};

use crate::{
    film::piece,
    piece::{Piece, Probe},
    shot::Colours,
};

pub mod plain;

/// Containers that are read as a still.
pub const STILL_FORMATS: &str = "png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,tiff_pipe,jpegxl_pipe";
/// Containers that are read as video; others (playlists, scripts) could name files of their own.
pub const VIDEO_FORMATS: &str = "mov,matroska,avi,mpegts,mpeg,flv,ogg,gif,asf";

/// What ffprobe is asked for.
pub const ENTRIES: &str = "stream=codec_type,width,height,duration,sample_aspect_ratio,pix_fmt,color_space,color_transfer\
                           :stream_side_data=rotation:format=duration";

/// Largest height, and width of pictures turned upright, that is taken for standard definition with its older colours.
const SMALL: u32 = 719;

/// What is known of a video or a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Milliseconds; 0: not known.
    pub length_ms: u64,
    /// Pixels, as shown.
    pub width: u32,
    /// Pixels, as shown.
    pub height: u32,
    /// How its colours are to be read.
    pub colours: Colours,
    /// It can be seen through in places.
    pub alpha: bool,
    /// It has sound.
    pub sound: bool,
}

/// Asks ffprobe about a source. A piece of its own: an edit asks about none again.
///
/// # Errors
/// `invalid_input` naming the blob: it is no video or picture that FFmpeg can read.
pub async fn probe(cx: &Cx, source: &Probe) -> Result<Film> {
    let formats = if source.still { STILL_FORMATS } else { VIDEO_FORMATS };
    let facts = media(cx, &source.file, formats).await?;
    // A source has no codec header that would have to be equal: what is known of it stands there.
    Ok(Film { header: serde_json::to_string(&facts).map_err(unknown)?, ..Film::default() })
}

/// What is known of a source.
///
/// # Errors
/// As for [`probe`].
pub async fn known(cx: &Cx, file: &Blob, still: bool) -> Result<Facts> {
    if !still && let Some(facts) = plain::facts(&mut cx.open_blob(file)?) {
        return Ok(facts);
    }
    let id = format!("source-{}", file.blob.get(..12).unwrap_or(&file.blob));
    let probe = Piece::Probe(Probe { file: file.clone(), still });
    let told = piece(cx, &id, "looking at a source", &probe).await?;
    serde_json::from_str(&told.header).map_err(unknown)
}

fn unknown(error: serde_json::Error) -> StageError {
    StageError::permanent(format!("What is known of a source is no JSON: {error}")).code("piece.json")
}

async fn media(cx: &Cx, video: &Blob, formats: &str) -> Result<Facts> {
    let command = cmd("ffprobe")
        .args(["-v", "error", "-protocol_whitelist", "file", "-format_whitelist", formats])
        .args(["-show_entries", ENTRIES, "-of", "json", "{in}/video"])
        .input("video", video);
    let exit = cx.exec(command).await?;
    let refused = || {
        let short = video.blob.get(..12).unwrap_or(&video.blob);
        StageError::invalid(
            "timeline",
            format!("The video {short} ({}) has no picture that can be read. Use another file.", video.mime),
        )
        .code("video.unreadable")
    };
    if !exit.is_success() {
        return Err(refused());
    }
    facts(&exit.stdout).ok_or_else(refused)
}

/// What ffprobe answered; none: there is no picture.
pub fn facts(json: &str) -> Option<Facts> {
    let value: Value = serde_json::from_str(json).ok()?;
    let streams = value.get("streams")?.as_array()?;
    let of_kind = |kind: &str| streams.iter().find(|stream| stream["codec_type"] == kind);
    let stream = of_kind("video")?;
    let pixels = |name: &str| u32::try_from(stream.get(name)?.as_u64()?).ok();
    let (mut width, mut height) = (pixels("width")?, pixels("height")?);
    if let Some((num, den)) = stream.get("sample_aspect_ratio").and_then(Value::as_str).and_then(ratio) {
        width = u32::try_from(u64::from(width) * num / den).ok()?;
    }
    let turned = |side: &Value| side.get("rotation").and_then(Value::as_i64).is_some_and(|r| r % 180 != 0);
    if stream.get("side_data_list").and_then(Value::as_array).is_some_and(|list| list.iter().any(turned)) {
        std::mem::swap(&mut width, &mut height);
    }
    let seconds = |at: &Value| at["duration"].as_str()?.parse::<f64>().ok().filter(|s| s.is_finite() && *s >= 0.0);
    let length = seconds(stream).or_else(|| seconds(value.get("format")?)).unwrap_or(0.0);
    let format = stream["pix_fmt"].as_str().unwrap_or_default();
    let alpha = ["yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya8", "ya16"].iter().any(|a| format.starts_with(a));
    let facts = Facts {
        length_ms: length_ms(length),
        width,
        height,
        colours: colours(stream, format, width.min(height)),
        alpha: alpha || format == "pal8",
        sound: of_kind("audio").is_some(),
    };
    (width > 0 && height > 0).then_some(facts)
}

/// How a stream's colours are to be read.
fn colours(stream: &Value, format: &str, height: u32) -> Colours {
    let tag = |name: &str| stream[name].as_str().filter(|tag| *tag != "unknown");
    match tag("color_transfer") {
        Some("smpte2084") => Colours::Pq,
        Some("arib-std-b67") => Colours::Hlg,
        _ if tag("color_space").is_none() && untagged(height) && format.starts_with("yuv") => Colours::Bt709,
        _ => Colours::Tagged,
    }
}

/// Are the colours of a picture of YUV that says nothing of them those of high definition? By its shorter side.
fn untagged(height: u32) -> bool {
    height > SMALL
}

/// Milliseconds of a length, as exact as ffprobe tells it: to the microsecond.
fn length_ms(seconds: f64) -> u64 {
    ((seconds * 1e6).round() / 1e6 * 1000.0) as u64
}

fn ratio(text: &str) -> Option<(u64, u64)> {
    let (num, den) = text.split_once(':')?;
    let (num, den) = (num.parse().ok()?, den.parse().ok()?);
    (num > 0 && den > 0).then_some((num, den))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turned_and_stretched_videos_have_the_size_that_is_seen() {
        let json = r#"{"streams":[{"codec_type":"audio"},{"codec_type":"video","width":720,"height":576,"sample_aspect_ratio":"16:15","duration":"2.500000",
            "side_data_list":[{"rotation":-90}]}],"format":{"duration":"9"}}"#;
        let known = Facts { length_ms: 2500, width: 576, height: 768, sound: true, ..Facts::default() };
        assert_eq!(facts(json), Some(known));
        assert_eq!(facts(r#"{"streams":[],"format":{}}"#), None);
        assert_eq!(facts("nonsense"), None);
    }

    #[test]
    fn colours_are_read_as_tagged_and_guessed_by_size() {
        let read = |height: u32, tags: &str| {
            let stream = format!(r#"{{"codec_type":"video","width":1280,"height":{height}{tags}}}"#);
            let known = facts(&format!(r#"{{"streams":[{stream}],"format":{{}}}}"#)).unwrap();
            (known.colours, known.alpha, known.sound)
        };
        let yuv = r#","pix_fmt":"yuv420p""#;
        assert_eq!(read(720, yuv), (Colours::Bt709, false, false));
        assert_eq!(read(576, yuv), (Colours::Tagged, false, false));
        assert_eq!(read(720, r#","pix_fmt":"yuv420p","color_space":"bt709""#).0, Colours::Tagged);
        assert_eq!(read(720, r#","pix_fmt":"yuv420p10le","color_transfer":"smpte2084""#).0, Colours::Pq);
        assert_eq!(read(720, r#","pix_fmt":"yuv420p10le","color_transfer":"arib-std-b67""#).0, Colours::Hlg);
        assert!(read(720, r#","pix_fmt":"yuva444p12le""#).1);
    }
}
