//! Joins segments by stream copy: every frame stays as it was encoded.
//!
//! A plain join drifts by frames; the list's `duration` lines and the packet times set by `setts` make it
//! exact, and the joined file's index is checked frame by frame.

use std::fmt::Write;

use studio_plugin_sdk::{
    error::{Result, StageError},
    prelude::{Blob, Cmd, Cx},
    roles::render::{Film, VideoCodec},
};

use crate::{
    graph,
    piece::{Join, Part},
    preset::Format,
    segment::{ffmpeg, index, silent},
};

/// Most files in one run of FFmpeg; more are joined in groups first.
pub const GROUP: usize = 400;
const OUT: &str = "joined.mp4";

/// Joins segments.
///
/// # Errors
/// `join.header` where the segments cannot be joined without encoding, `join.frames` where the result is not exact.
pub async fn join(cx: &Cx, join: &Join) -> Result<Film> {
    let mut parts = join.parts.clone();
    while parts.len() > 1 {
        let mut joined = Vec::new();
        for group in parts.chunks(GROUP) {
            joined.push(if let [only] = group { only.clone() } else { group_of(cx, group, &join.format).await? });
        }
        parts = joined;
    }
    let Some(whole) = parts.pop() else { return Err(nothing()) };
    Ok(Film { header: whole.header, ..silent(whole.video, &join.format, whole.frames) })
}

fn nothing() -> StageError {
    StageError::permanent("There is nothing to join.").code("join.empty")
}

/// The codec header that all of them have.
fn header(parts: &[Part]) -> Result<&str> {
    let Some(first) = parts.first() else { return Err(nothing()) };
    let Some(i) = parts.iter().position(|part| part.header != first.header) else { return Ok(&first.header) };
    let message = format!(
        "Segment {} of {} was encoded with other settings than the first. Change the preset, so that all of them are made again.",
        i + 1,
        parts.len()
    );
    Err(StageError::permanent(message).code("join.header"))
}

/// Frames between decoding and showing: that of the longest segment, since very short ones have less.
fn delay(cx: &Cx, parts: &[Part], format: &Format) -> Result<i64> {
    let Some(longest) = parts.iter().max_by_key(|p| p.frames) else { return Ok(0) };
    let picture = index(cx, &longest.video)?.tracks.into_iter().next().unwrap_or_default();
    Ok(picture.delay() / i64::from(format.ticks().1))
}

/// FFmpeg with the segments joined as its first input.
pub fn joined(parts: &[Part], format: &Format) -> Cmd {
    // Not `safe`: options are to be read. The list is our own.
    let mut command = ffmpeg().args(["-f", "concat", "-safe", "0", "-i", "{in}/list.txt"]);
    command = command.input("list.txt", list(parts, format));
    for (i, part) in parts.iter().enumerate() {
        command = command.input(name(i), &part.video);
    }
    command
}

/// Adds what copies them with exact times.
///
/// # Errors
/// `join.header` where the segments cannot be joined without encoding.
pub fn copied(cx: &Cx, command: Cmd, parts: &[Part], format: &Format) -> Result<Cmd> {
    header(parts)?;
    let (timescale, tick) = format.ticks();
    let delay = delay(cx, parts, format)?;
    let command = command.args(["-c", "copy", "-fflags", "+bitexact", "-movflags", "+faststart", "-bsf:v"]);
    let command = command.arg(format!("setts=pts=round(PTS/{tick})*{tick}:dts=(N-{delay})*{tick}:duration={tick}"));
    Ok(command.args(["-video_track_timescale".to_string(), timescale.to_string()]))
}

/// Parts as one, with the picture alone.
///
/// # Errors
/// As for [`join`].
pub async fn group_of(cx: &Cx, parts: &[Part], format: &Format) -> Result<Part> {
    let (timescale, tick) = format.ticks();
    let command = joined(parts, format).args(["-map", "0:v:0", "-map_metadata", "-1"]);
    let command = copied(cx, command, parts, format)?;
    let command = command.args(["-movie_timescale".to_string(), timescale.to_string()]).args(container(format));
    let video = cx.exec(command.arg(format!("{{out}}/{OUT}")).output(OUT, "video/mp4")).await?.success()?.blob(OUT)?;
    let frames = parts.iter().map(|p| p.frames).sum();
    check(cx, &video, frames, tick, &parts[0].header)?;
    Ok(Part { video, frames, header: parts[0].header.clone() })
}

/// The container, where the file's name does not say it.
pub fn container(format: &Format) -> &'static [&'static str] {
    if format.codec == VideoCodec::Prores { &["-f", "mov"] } else { &[] }
}

fn check(cx: &Cx, video: &Blob, frames: u32, tick: u32, header: &str) -> Result<()> {
    let picture = index(cx, video)?.tracks.into_iter().next().unwrap_or_default();
    if picture.samples() == u64::from(frames) && picture.is_steady(tick) && picture.header == header {
        return Ok(());
    }
    let message =
        format!("The joined film has {} frames where {frames} were wanted, or wrong times.", picture.samples());
    Err(StageError::permanent(message).code("join.frames"))
}

/// The list that FFmpeg's concat reads, with each file's exact length. Of none of them a frame is to be decoded: FFmpeg
/// would do so to learn what their headers do not say, and nothing that they do not say is needed. Joining a hundred
/// takes a fifth of the time so.
fn list(parts: &[Part], format: &Format) -> String {
    let mut list = String::from("ffconcat version 1.0\n");
    for (i, part) in parts.iter().enumerate() {
        let length = graph::seconds(i64::from(part.frames), format);
        let _ = writeln!(list, "file {}\nduration {length}\n{UNDECODED}", name(i));
    }
    list
}

/// No decoder is called so; and where there is none, no more is read than there must be.
const UNDECODED: &str = "option codec_whitelist none\noption probesize 32";

fn name(i: usize) -> String {
    format!("part-{i:04}.mp4")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preset;

    #[test]
    fn the_list_says_how_long_each_file_is() {
        let part = |frames| Part { video: Blob::default(), frames, header: String::new() };
        insta::assert_snapshot!(list(&[part(121), part(7)], &preset::usual()), @"
        ffconcat version 1.0
        file part-0000.mp4
        duration 4.033333
        option codec_whitelist none
        option probesize 32
        file part-0001.mp4
        duration 0.233333
        option codec_whitelist none
        option probesize 32
        ");
    }
}
