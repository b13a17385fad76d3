//! The finished file: segments joined and the sound beside them in one file, by stream copy, with title and chapters.

use std::fmt::Write;

use studio_plugin_sdk::{
    error::{Result, StageError},
    prelude::{Blob, Cmd, Cx, cmd},
    roles::render::{Film, FilmPiece},
};

use crate::{
    join,
    piece::{Mux, Part},
    preset::Container,
    segment::{ffmpeg, index, silent},
};

/// The number of the first input that is captions.
const CAPTIONS: usize = 3;

/// Makes the finished film.
///
/// # Errors
/// What FFmpeg says; `join.header` where segments have other settings; `mux.length` where sound and picture are not
/// equally long, or the picture is not what the segments are.
pub async fn mux(cx: &Cx, mux: &Mux) -> Result<Film> {
    let video = file(cx, mux).await?;
    if !mux.container.is_seen() {
        let rate = mux.format.rate;
        let whole = Film { width: 0, height: 0, ..silent(video, &mux.format, mux.frames()) };
        return Ok(Film { seconds: rate.seconds(mux.frames()), ..whole });
    }
    let piece = |part: &Part| FilmPiece { video: part.video.clone(), frames: part.frames };
    // Frames are told apart by an index that WebM does not have.
    let known = mux.container != Container::Webm;
    let pieces = mux.parts.iter().filter(|_| known).map(piece).collect();
    Ok(Film { pieces, ..silent(video, &mux.format, mux.frames()) })
}

async fn file(cx: &Cx, mux: &Mux) -> Result<Blob> {
    match mux.container {
        Container::Webm => webm(cx, mux).await,
        container if container.is_seen() => {
            let command = join::joined(&mux.parts, &mux.format).args(["-i", "{in}/sound", "-i", "{in}/about.txt"]);
            let command = with_captions(command, mux).args(["-map", "0:v:0", "-map", "1:a:0"]);
            let command = join::copied(cx, described(mapped(command, mux), mux, 2), &mux.parts, &mux.format)?;
            let command = command.args(["-movie_timescale", "48000"]);
            let video = written(cx, tagged(command, mux, "mov_text"), mux).await?;
            check(cx, &video, mux)?;
            Ok(video)
        }
        _ => podcast(cx, mux).await,
    }
}

/// A WebM: its index says little, so that the pictures are joined in a file whose index does, and only then put there.
async fn webm(cx: &Cx, mux: &Mux) -> Result<Blob> {
    let whole = join::group_of(cx, &mux.parts, &mux.format).await?;
    let command = ffmpeg().args(["-i", "{in}/picture", "-i", "{in}/sound", "-i", "{in}/about.txt"]);
    let command = with_captions(command, mux).args(["-map", "0:v:0", "-map", "1:a:0"]);
    let command = described(mapped(command, mux), mux, 2);
    let command = command.args(["-c", "copy", "-fflags", "+bitexact", "-cues_to_front", "1"]);
    let command = tagged(command, mux, "webvtt").input("picture", &whole.video);
    let video = written(cx, command, mux).await?;
    let command = cmd("ffprobe").args(["-v", "error", "-count_packets", "-select_streams", "v:0", "-show_entries"]);
    let command = command.args(["stream=nb_read_packets:format=duration", "-of", "csv=p=0", "{in}/film"]);
    let said = cx.exec(command.input("film", &video)).await?.success()?.stdout;
    let mut numbers = said.split_whitespace().map(|number| number.parse::<f64>().unwrap_or(0.0));
    let (packets, seconds) = (numbers.next().unwrap_or(0.0), numbers.next().unwrap_or(0.0));
    let (rate, frames) = (mux.format.rate, mux.frames());
    // The last packet of sound may reach over the end.
    let long = seconds - rate.seconds(frames);
    if packets as u32 == frames && (-rate.seconds(1)..=rate.seconds(1) + 0.025).contains(&long) {
        return Ok(video);
    }
    Err(wrong())
}

/// Sound alone, with a picture to stand for it.
async fn podcast(cx: &Cx, mux: &Mux) -> Result<Blob> {
    let mut command = ffmpeg().args(["-i", "{in}/sound", "-i", "{in}/about.txt"]);
    if let Some(cover) = &mux.cover {
        command = command.args(["-f", "image2pipe", "-c:v", "mjpeg", "-i", "{in}/cover"]).input("cover", cover);
        command = command.args(["-map", "0:a:0", "-map", "2:v:0", "-disposition:v:0", "attached_pic"]);
        command = command.args(["-metadata:s:v:0", "title=Cover", "-metadata:s:v:0", "comment=Cover (front)"]);
    } else {
        command = command.args(["-map", "0:a:0"]);
    }
    let command = described(command, mux, 1).args(["-c", "copy", "-fflags", "+bitexact"]);
    let command = match mux.container {
        Container::Mp3 => command.args(["-id3v2_version", "3"]),
        _ => command.args(["-movflags", "+faststart", "-movie_timescale", "48000", "-f", "mp4"]),
    };
    let audio = written(cx, command, mux).await?;
    if mux.container == Container::M4a {
        let index = index(cx, &audio)?;
        let wanted = mux.format.rate.seconds(mux.frames());
        let whole = index.tracks.iter().any(|t| t.kind == "soun" && (t.media_seconds() - wanted).abs() <= 0.025);
        return if whole && index.fast_start { Ok(audio) } else { Err(wrong()) };
    }
    Ok(audio)
}

/// Adds captions as inputs, the last ones.
fn with_captions(mut command: Cmd, mux: &Mux) -> Cmd {
    for (i, track) in mux.captions.iter().enumerate() {
        command =
            command.args(["-f", "srt", "-i"]).arg(format!("{{in}}/{i}.srt")).input(format!("{i}.srt"), &track.srt);
    }
    command
}

/// Each of them becomes a track …
fn mapped(mut command: Cmd, mux: &Mux) -> Cmd {
    for i in 0..mux.captions.len() {
        command = command.args(["-map".to_string(), format!("{}:s:0", CAPTIONS + i)]);
    }
    command
}

/// … in the container's own format, with its language.
fn tagged(mut command: Cmd, mux: &Mux, codec: &str) -> Cmd {
    if !mux.captions.is_empty() {
        command = command.args(["-c:s", codec]);
    }
    for (i, track) in mux.captions.iter().enumerate().filter(|(_, track)| !track.language.is_empty()) {
        command = command.args([format!("-metadata:s:s:{i}"), format!("language={}", track.language)]);
    }
    command
}

/// Adds title, chapters and what else is said of the film; `about` is the input that has it.
fn described(command: Cmd, mux: &Mux, about: u32) -> Cmd {
    let from = about.to_string();
    let command = command.args(["-map_metadata", &from, "-map_chapters", &from]);
    let command = if mux.about.language.is_empty() {
        command
    } else {
        command.arg("-metadata:s:a:0").arg(format!("language={}", mux.about.language))
    };
    command.input("sound", &mux.sound).input("about.txt", self::about(mux))
}

async fn written(cx: &Cx, command: Cmd, mux: &Mux) -> Result<Blob> {
    let (end, mime) = mux.container.kind();
    let out = format!("film.{end}");
    cx.exec(command.arg(format!("{{out}}/{out}")).output(&*out, mime)).await?.success()?.blob(&out)
}

fn wrong() -> StageError {
    let message = "The finished film's picture and sound do not have the length that was planned, or it lacks a track.";
    StageError::permanent(message).code("mux.length")
}

/// Every frame is there, in its place; both tracks start at 0 and are as long as they should be, to one frame.
fn check(cx: &Cx, video: &Blob, mux: &Mux) -> Result<()> {
    let index = index(cx, video)?;
    let track = |kind: &str| index.tracks.iter().find(|t| t.kind == kind);
    let (rate, frames) = (mux.format.rate, mux.frames());
    let picture = track("vide").is_some_and(|t| {
        let whole = t.is_steady(mux.format.ticks().1) && t.samples() == u64::from(frames);
        whole && mux.parts.iter().all(|p| p.header == t.header)
    });
    let sound = track("soun").is_some_and(|t| (t.media_seconds() - rate.seconds(frames)).abs() <= rate.seconds(1));
    let captions = index.tracks.iter().filter(|t| t.kind == "sbtl").count() == mux.captions.len();
    if picture && sound && captions && index.fast_start { Ok(()) } else { Err(wrong()) }
}

/// Title and chapters in FFmpeg's metadata format.
pub fn about(mux: &Mux) -> String {
    let mut out = String::from(";FFMETADATA1\n");
    if !mux.title.is_empty() {
        let _ = writeln!(out, "title={}", escaped(&mux.title));
    }
    let about = &mux.about;
    for (name, value) in [("description", &about.description), ("artist", &about.author), ("date", &about.date)] {
        if !value.is_empty() {
            let _ = writeln!(out, "{name}={}", escaped(value));
        }
    }
    let rate = mux.format.rate;
    for (i, chapter) in mux.chapters.iter().enumerate() {
        let end = mux.chapters.get(i + 1).map_or(mux.frames(), |next| next.frame);
        let _ = writeln!(out, "[CHAPTER]\nTIMEBASE={}/{}\nSTART={}\nEND={end}", rate.den, rate.num, chapter.frame);
        let _ = writeln!(out, "title={}", escaped(&chapter.title));
    }
    out
}

/// `=`, `;`, `#`, `\` and line ends have a meaning in that format.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '=' | ';' | '#' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use studio_plugin_sdk::timeline::Chapter;

    use super::*;
    use crate::preset;

    #[test]
    fn titles_cannot_add_fields() {
        let chapter = |frame, title: &str| Chapter { frame, title: title.into() };
        let parts = vec![Part { video: Blob::default(), frames: 90, header: String::new() }];
        let mux = Mux {
            title: "a=b;c#d\\\n[CHAPTER]".into(),
            chapters: vec![chapter(0, "One"), chapter(45, "Two\nartist=x")],
            ..Mux::plain(preset::usual(), parts, None)
        };
        insta::assert_snapshot!(about(&mux), @r"
        ;FFMETADATA1
        title=a\=b\;c\#d\\ [CHAPTER]
        [CHAPTER]
        TIMEBASE=1/30
        START=0
        END=45
        title=One
        [CHAPTER]
        TIMEBASE=1/30
        START=45
        END=90
        title=Two artist\=x
        ");
    }
}
