//! Joins segments by stream copy: every frame stays as it was encoded.
//!
//! A plain join drifts by frames; the list's `duration` lines and the packet times set by `setts` make it
//! exact, and the joined file's index is checked frame by frame.

use std::fmt::Write;

use studio_plugin_sdk::{
    error::{Result, StageError},
    prelude::{Blob, Cx},
    roles::render::Film,
};

use crate::{
    graph,
    piece::{Join, Part},
    preset::Format,
    segment::{ffmpeg, index, silent},
};

/// Most files in one run of FFmpeg; more are joined in groups first.
const GROUP: usize = 400;
const OUT: &str = "joined.mp4";

/// Joins segments.
///
/// # Errors
/// `join.header` where the segments cannot be joined without encoding, `join.frames` where the result is not exact.
pub async fn join(cx: &Cx, join: &Join) -> Result<Film> {
    let format = &join.format;
    let Some(first) = join.parts.first() else {
        return Err(StageError::permanent("There is nothing to join.").code("join.empty"));
    };
    if let Some(i) = join.parts.iter().position(|part| part.header != first.header) {
        let message = format!(
            "Segment {} of {} was encoded with other settings than the first. Change the preset, so that all of them are made again.",
            i + 1,
            join.parts.len()
        );
        return Err(StageError::permanent(message).code("join.header"));
    }
    let delay = delay(cx, &join.parts, format)?;
    let mut parts = join.parts.clone();
    while parts.len() > 1 {
        let mut joined = Vec::new();
        for group in parts.chunks(GROUP) {
            joined.push(if let [only] = group { only.clone() } else { group_of(cx, group, format, delay).await? });
        }
        parts = joined;
    }
    let whole = parts.swap_remove(0);
    Ok(Film { header: whole.header, ..silent(whole.video, format, whole.frames) })
}

/// Frames between decoding and showing: that of the longest segment, since very short ones have less.
fn delay(cx: &Cx, parts: &[Part], format: &Format) -> Result<i64> {
    let Some(longest) = parts.iter().max_by_key(|p| p.frames) else { return Ok(0) };
    let picture = index(cx, &longest.video)?.tracks.into_iter().next().unwrap_or_default();
    Ok(picture.delay() / i64::from(format.ticks().1))
}

async fn group_of(cx: &Cx, parts: &[Part], format: &Format, delay: i64) -> Result<Part> {
    let (timescale, tick) = format.ticks();
    let mut command = ffmpeg().args(["-f", "concat", "-i", "{in}/list.txt", "-map", "0:v:0", "-c", "copy"]);
    command = command.args(["-map_metadata", "-1", "-fflags", "+bitexact", "-bsf:v"]);
    command = command.arg(format!("setts=pts=round(PTS/{tick})*{tick}:dts=(N-{delay})*{tick}:duration={tick}"));
    command = command.args(["-video_track_timescale".to_string(), timescale.to_string()]);
    command = command.args(["-movie_timescale".to_string(), timescale.to_string()]);
    command = command.args(["-movflags", "+faststart"]).arg(format!("{{out}}/{OUT}")).output(OUT, "video/mp4");
    command = command.input("list.txt", list(parts, format));
    for (i, part) in parts.iter().enumerate() {
        command = command.input(name(i), &part.video);
    }
    let video = cx.exec(command).await?.success()?.blob(OUT)?;
    let frames = parts.iter().map(|p| p.frames).sum();
    check(cx, &video, frames, tick, &parts[0].header)?;
    Ok(Part { video, frames, header: parts[0].header.clone() })
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

/// The list that FFmpeg's concat reads, with each file's exact length.
fn list(parts: &[Part], format: &Format) -> String {
    let mut list = String::from("ffconcat version 1.0\n");
    for (i, part) in parts.iter().enumerate() {
        let _ = writeln!(list, "file {}\nduration {}", name(i), graph::seconds(i64::from(part.frames), format));
    }
    list
}

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
        insta::assert_snapshot!(list(&[part(121), part(7)], &preset::format("", None).unwrap()), @"
        ffconcat version 1.0
        file part-0000.mp4
        duration 4.033333
        file part-0001.mp4
        duration 0.233333
        ");
    }
}
