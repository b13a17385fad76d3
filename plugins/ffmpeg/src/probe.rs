//! What must be known of a video source before it can be planned: its length and size, from ffprobe.

use serde_json::Value;
use studio_plugin_sdk::{
    blob::Blob,
    error::{Result, StageError},
    prelude::{Cx, cmd},
};

/// Containers that are read as video; others (playlists, scripts) could name files of their own.
pub const VIDEO_FORMATS: &str = "mov,matroska,avi,mpegts,mpeg,flv,ogg,gif,asf";

/// Length and size of a video.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Milliseconds; 0: not known.
    pub length_ms: u64,
    /// Pixels, as shown.
    pub width: u32,
    /// Pixels, as shown.
    pub height: u32,
}

/// Asks ffprobe about a video.
///
/// # Errors
/// `invalid_input` naming the blob: it is no video that FFmpeg can read.
pub async fn video(cx: &Cx, video: &Blob) -> Result<Facts> {
    let command = cmd("ffprobe")
        .args(["-v", "error", "-protocol_whitelist", "file", "-format_whitelist", VIDEO_FORMATS])
        .args(["-select_streams", "v:0", "-show_entries", "stream=width,height,duration,sample_aspect_ratio"])
        .args(["-show_entries", "stream_side_data=rotation", "-show_entries", "format=duration", "-of", "json"])
        .arg("{in}/video")
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

fn facts(json: &str) -> Option<Facts> {
    let value: Value = serde_json::from_str(json).ok()?;
    let stream = value.pointer("/streams/0")?;
    let pixels = |name: &str| u32::try_from(stream.get(name)?.as_u64()?).ok();
    let (mut width, mut height) = (pixels("width")?, pixels("height")?);
    if let Some((num, den)) = stream.get("sample_aspect_ratio").and_then(Value::as_str).and_then(ratio) {
        width = u32::try_from(u64::from(width) * num / den).ok()?;
    }
    let turned = |side: &Value| side.get("rotation").and_then(Value::as_i64).is_some_and(|r| r % 180 != 0);
    if stream.get("side_data_list").and_then(Value::as_array).is_some_and(|list| list.iter().any(turned)) {
        std::mem::swap(&mut width, &mut height);
    }
    let seconds = |at: &str| value.pointer(at)?.as_str()?.parse::<f64>().ok().filter(|s| s.is_finite() && *s >= 0.0);
    let length = seconds("/streams/0/duration").or_else(|| seconds("/format/duration")).unwrap_or(0.0);
    (width > 0 && height > 0).then_some(Facts { length_ms: (length * 1000.0) as u64, width, height })
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
        let json = r#"{"streams":[{"width":720,"height":576,"sample_aspect_ratio":"16:15","duration":"2.500000",
            "side_data_list":[{"rotation":-90}]}],"format":{"duration":"9"}}"#;
        assert_eq!(facts(json), Some(Facts { length_ms: 2500, width: 576, height: 768 }));
        assert_eq!(facts(r#"{"streams":[],"format":{}}"#), None);
        assert_eq!(facts("nonsense"), None);
    }
}
