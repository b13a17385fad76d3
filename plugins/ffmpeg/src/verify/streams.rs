//! What a file is, from ffprobe: its tracks, their codecs, sizes and lengths.

use serde_json::Value;
use studio_plugin_sdk::{
    blob::Blob,
    error::{Result, StageError},
    prelude::{Cx, cmd},
    roles::verify::{AudioFacts, Check, StreamFacts, VideoFacts},
};

use super::{
    known::{self, Known},
    report::{Detail, count, fail, pass, warn},
};
use crate::probe::VIDEO_FORMATS;

/// Codecs that the usual players and platforms take.
const PICTURES: [&str; 6] = ["h264", "hevc", "av1", "vp9", "vp8", "prores"];
const SOUNDS: [&str; 6] = ["aac", "opus", "mp3", "vorbis", "ac3", "eac3"];
/// Length of a packet of AAC at 48 kHz, in seconds: sound cannot be cut finer.
const PACKET: f64 = 1024.0 / 48_000.0;

/// What ffprobe says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Probed {
    /// What is told of it.
    pub facts: StreamFacts,
    /// Tracks of pictures that are no cover.
    pub pictures: usize,
    /// Its sound is AAC as `render` makes it: of low complexity, in stereo, 48,000 samples a second.
    pub plain_aac: bool,
    /// Width to height of a pixel is 1.
    pub square_pixels: bool,
    /// Its frames are whole, not every other line.
    pub progressive: bool,
    /// What its colours mean; empty: it does not say.
    pub colour: String,
    /// When picture and sound begin, in seconds.
    pub starts: (f64, f64),
    /// Frames a second as the file claims, beside those counted on average.
    pub rates: (f64, f64),
}

impl Probed {
    /// A file with an MP4's index.
    pub fn is_mp4(&self) -> bool {
        self.facts.container.split(',').any(|name| name == "mp4")
    }

    /// Length of a frame in seconds.
    pub fn frame(&self) -> f64 {
        frame(&self.facts)
    }
}

/// Length of a frame in seconds; of sound alone: what is usual.
pub fn frame(facts: &StreamFacts) -> f64 {
    let rate = facts.video.as_ref().and_then(|video| known::rate(&video.rate));
    rate.map_or(1.0 / 30.0, |(num, den)| f64::from(den) / f64::from(num))
}

/// The containers that a film may be: those of videos; of podcasts MP3 too.
pub fn formats(film: &Blob) -> &'static str {
    if film.mime == "audio/mpeg" { "mp3" } else { VIDEO_FORMATS }
}

/// Asks ffprobe.
///
/// # Errors
/// `verify.unreadable`: it is no film that FFmpeg can read.
pub async fn probe(cx: &Cx, video: &Blob) -> Result<Probed> {
    let command = cmd("ffprobe")
        .args(["-v", "error", "-protocol_whitelist", "file", "-format_whitelist", formats(video)])
        .args(["-show_entries", STREAM, "-show_entries", "stream_disposition=attached_pic"])
        .args(["-show_entries", "format=format_name,duration,size", "-of", "json", "{in}/film"])
        .input("film", video);
    let exit = cx.exec(command).await?;
    let probed = exit.is_success().then(|| read(&exit.stdout)).flatten();
    let mut probed = probed.ok_or_else(|| {
        let message = "This is no film that FFmpeg can read. Give it an MP4, MOV, MKV, WebM or the like.";
        StageError::invalid("film", message).code("verify.unreadable")
    })?;
    probed.facts.bytes = video.bytes;
    Ok(probed)
}

const STREAM: &str = "stream=codec_type,codec_name,profile,pix_fmt,width,height,sample_aspect_ratio,field_order,color_space,\
                      r_frame_rate,avg_frame_rate,duration,start_time,sample_rate,channels";

fn read(json: &str) -> Option<Probed> {
    let value: Value = serde_json::from_str(json).ok()?;
    let text = |of: &Value, name: &str| of[name].as_str().unwrap_or_default().to_owned();
    let number =
        |of: &Value, name: &str| of[name].as_str().and_then(|t| t.parse::<f64>().ok()).filter(|x| x.is_finite());
    let whole = |of: &Value, name: &str| of[name].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    let streams = value["streams"].as_array().filter(|streams| !streams.is_empty())?;
    let kind = |wanted: &'static str| streams.iter().filter(move |s| s["codec_type"] == wanted);
    let shown: Vec<&Value> = kind("video").filter(|s| s["disposition"]["attached_pic"] != 1).collect();
    let (video, audio) = (shown.first().copied(), kind("audio").next());
    if video.is_none() && audio.is_none() {
        return None;
    }
    let seconds = number(&value["format"], "duration").unwrap_or(0.0);
    let length = |of: &Value| number(of, "duration").unwrap_or(seconds);
    let ratio =
        |of: &Value, name: &str| known::rate(&text(of, name)).map_or(0.0, |(num, den)| f64::from(num) / f64::from(den));
    let none = Value::Null;
    let (picture, sound) = (video.unwrap_or(&none), audio.unwrap_or(&none));
    let start = |of: &Value| number(of, "start_time").unwrap_or(0.0);
    let facts = StreamFacts {
        container: text(&value["format"], "format_name"),
        seconds,
        video: video.map(|of| VideoFacts {
            codec: text(of, "codec_name"),
            pixel_format: text(of, "pix_fmt"),
            width: whole(of, "width"),
            height: whole(of, "height"),
            rate: text(of, "r_frame_rate"),
            seconds: length(of),
        }),
        audio: audio.map(|of| AudioFacts {
            codec: text(of, "codec_name"),
            sample_rate: text(of, "sample_rate").parse().unwrap_or(0),
            channels: whole(of, "channels"),
            seconds: length(of),
        }),
        ..StreamFacts::default()
    };
    let stretched = text(picture, "sample_aspect_ratio");
    let aac = (text(sound, "codec_name"), text(sound, "profile"), text(sound, "sample_rate"), whole(sound, "channels"));
    let order = text(picture, "field_order");
    let colour = text(picture, "color_space");
    Some(Probed {
        facts,
        pictures: shown.len(),
        plain_aac: aac == ("aac".into(), "LC".into(), "48000".into(), 2),
        square_pixels: matches!(stretched.as_str(), "" | "1:1" | "0:1"),
        progressive: matches!(order.as_str(), "" | "progressive" | "unknown"),
        colour: if colour == "unknown" { String::new() } else { colour },
        starts: (start(picture), start(sound)),
        rates: (ratio(picture, "r_frame_rate"), ratio(picture, "avg_frame_rate")),
    })
}

/// What can be said of the tracks alone.
pub fn checks(probed: &Probed, known: &Known) -> Vec<Check> {
    let facts = &probed.facts;
    let mut checks = vec![tracks(probed, known)];
    if let Some(video) = &facts.video {
        checks.push(codec(video, facts.audio.as_ref()));
        checks.push(size(video, probed, known));
        checks.push(colour(probed));
    }
    if let (Some(video), Some(audio)) = (&facts.video, &facts.audio) {
        checks.push(sync(video, audio, probed));
    }
    checks
}

fn tracks(probed: &Probed, known: &Known) -> Check {
    let facts = &probed.facts;
    let name = "streams";
    match (&facts.video, &facts.audio) {
        (None, Some(_)) if known.sound_only => pass(name, "sound alone, as it was made"),
        (None, _) => fail(name, "it has no picture", "render it again, or choose another file"),
        (_, None) => {
            fail(name, "it has no sound", "give it a track of sound, if only of silence: some players need one")
        }
        (Some(_), Some(_)) if probed.pictures > 1 => {
            let message = format!("it has {} tracks of pictures; players show one", probed.pictures);
            warn(name, message, "keep one: ffmpeg -i IN -map 0:v:0 -map 0:a -c copy OUT")
        }
        (Some(_), Some(_)) => pass(name, "a picture and a sound"),
    }
}

fn codec(video: &VideoFacts, audio: Option<&AudioFacts>) -> Check {
    let name = "codec";
    let sound = audio.map_or("no sound", |a| a.codec.as_str());
    let is = format!("{} in {}, {sound}", video.codec, video.pixel_format);
    let eight_bits = video.pixel_format == "yuv420p" || video.pixel_format == "yuvj420p";
    // Programs that edit films want samples as they are.
    let edited = video.codec == "prores";
    let is_known = |sound: &str| SOUNDS.contains(&sound) || edited && sound.starts_with("pcm_");
    if !PICTURES.contains(&video.codec.as_str()) || audio.is_some_and(|a| !is_known(&a.codec)) {
        return warn(name, format!("{is}: many players cannot play that"), "encode it as H.264 with AAC");
    }
    if video.codec == "h264" && !eight_bits {
        return warn(name, format!("{is}: browsers and phones play H.264 in yuv420p alone"), "encode it in yuv420p");
    }
    pass(name, is)
}

fn size(video: &VideoFacts, probed: &Probed, known: &Known) -> Check {
    let name = "size";
    let (width, height) = (video.width, video.height);
    let is = format!("{width} × {height}");
    if width % 2 + height % 2 > 0 {
        return fail(name, format!("{is} is odd"), "give both sides an even number of pixels");
    }
    let wanted = (known.size.0.unwrap_or(width), known.size.1.unwrap_or(height));
    if wanted != (width, height) {
        let message = format!("{is} where {} × {} was wanted", wanted.0, wanted.1);
        return fail(name, message, "render it again with the preset that is meant");
    }
    if !probed.square_pixels {
        return warn(
            name,
            format!("{is} with pixels that are not square"),
            "scale it, and set its aspect with setsar=1",
        );
    }
    if !probed.progressive {
        return warn(name, format!("{is}, interlaced"), "deinterlace it: ffmpeg -vf bwdif");
    }
    pass(name, is)
}

fn colour(probed: &Probed) -> Check {
    let name = "colour";
    if probed.colour.is_empty() {
        let message = "the file does not say what its colours mean; players guess, and shades change";
        return warn(name, message, "tag it as BT.709: -colorspace bt709 -color_primaries bt709 -color_trc bt709");
    }
    pass(name, format!("tagged as {}", probed.colour))
}

fn sync(video: &VideoFacts, audio: &AudioFacts, probed: &Probed) -> Check {
    let name = "sync";
    let limit = probed.frame().max(PACKET) + 5e-4;
    let apart = (video.seconds - audio.seconds).abs();
    let begin = (probed.starts.0 - probed.starts.1).abs();
    if begin > limit {
        let message = format!("picture and sound begin {begin:.3} s apart");
        return fail(name, message, "start both at 0").number(begin, limit, "s");
    }
    if apart > limit {
        let which = if video.seconds > audio.seconds { "picture" } else { "sound" };
        let frames = (apart / probed.frame()).round() as usize;
        let message = format!("the {which} is {apart:.3} s longer ({})", count(frames, "frame", "frames"));
        return fail(name, message, "cut or pad one of them: both are to be equally long").number(apart, limit, "s");
    }
    pass(name, "picture and sound begin and end together").number(apart, limit, "s")
}

#[cfg(test)]
mod tests {
    use studio_plugin_sdk::roles::verify::CheckState;

    use super::*;

    const JSON: &str = r#"{"streams":[{"codec_name":"h264","codec_type":"video","width":854,"height":480,
        "sample_aspect_ratio":"1:1","pix_fmt":"yuv420p","field_order":"progressive","color_space":"bt709",
        "r_frame_rate":"30/1","avg_frame_rate":"30/1","start_time":"0.000000","duration":"6.033333",
        "disposition":{"attached_pic":0}},
        {"codec_name":"aac","codec_type":"audio","sample_rate":"48000","channels":2,"r_frame_rate":"0/0",
        "start_time":"0.000000","duration":"6.033000","disposition":{"attached_pic":0}}],
        "format":{"format_name":"mov,mp4,m4a,3gp,3g2,mj2","duration":"6.033333","size":"12"}}"#;

    fn states(json: &str, known: &Known) -> Vec<(String, CheckState)> {
        checks(&read(json).unwrap(), known).into_iter().map(|c| (c.name, c.state)).collect()
    }

    fn state(json: &str, name: &str) -> CheckState {
        states(json, &Known::default()).into_iter().find(|(n, _)| n == name).unwrap().1
    }

    #[test]
    fn a_plain_film_passes() {
        let probed = read(JSON).unwrap();
        assert!(probed.is_mp4() && (probed.frame() - 1.0 / 30.0).abs() < 1e-9);
        assert!(states(JSON, &Known::default()).iter().all(|(_, state)| *state == CheckState::Pass));
        assert_eq!(read("{}"), None);
        assert_eq!(read(r#"{"streams":[{"codec_type":"subtitle"}],"format":{}}"#), None);
    }

    #[test]
    fn faults_of_tracks_are_told() {
        let with = |from: &str, to: &str| JSON.replace(from, to);
        assert_eq!(state(&with("yuv420p", "yuv444p"), "codec"), CheckState::Warn);
        assert_eq!(state(&with("aac", "pcm_s16le"), "codec"), CheckState::Warn);
        assert_eq!(state(&with("854", "853"), "size"), CheckState::Fail);
        assert_eq!(state(&with("\"1:1\"", "\"4:3\""), "size"), CheckState::Warn);
        assert_eq!(state(&with("bt709", "unknown"), "colour"), CheckState::Warn);
        assert_eq!(state(&with("6.033000", "5.9"), "sync"), CheckState::Fail);
        assert_eq!(state(&with("\"codec_type\":\"audio\"", "\"codec_type\":\"data\""), "streams"), CheckState::Fail);
        let wide = Known { size: (Some(1920), None), ..Known::default() };
        assert!(states(JSON, &wide).contains(&("size".into(), CheckState::Fail)));
    }
}
