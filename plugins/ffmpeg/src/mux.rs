//! The finished file: picture and sound in one MP4, by stream copy, with title and chapters; and a frame to
//! stand for it.

use std::fmt::Write;

use studio_plugin_sdk::{
    error::{Result, StageError},
    prelude::{Blob, Cx, try_join},
    roles::render::Film,
};

use crate::{
    graph,
    piece::Mux,
    segment::{ffmpeg, index, silent},
    sound::{Sound, sound},
};

const OUT: &str = "film.mp4";
const POSTER: &str = "poster.jpg";

/// Makes the finished film.
///
/// # Errors
/// What FFmpeg says; `mux.length` where sound and picture are not equally long.
pub async fn mux(cx: &Cx, mux: &Mux) -> Result<Film> {
    let (poster, Sound { file, loudness }) = try_join(poster(cx, mux), sound(cx, mux)).await?;
    let (timescale, _) = mux.format.ticks();
    let mut command = ffmpeg().args(["-i", "{in}/picture", "-i", "{in}/sound", "-i", "{in}/about.txt"]);
    command = command.args(["-map", "0:v:0", "-map", "1:a:0", "-map_metadata", "2", "-map_chapters", "2"]);
    command =
        command.args(["-c", "copy", "-fflags", "+bitexact", "-movflags", "+faststart", "-movie_timescale", "48000"]);
    command = command.args(["-video_track_timescale".to_string(), timescale.to_string()]);
    command = command.arg(format!("{{out}}/{OUT}")).output(OUT, "video/mp4");
    command = command.input("picture", &mux.video).input("sound", file).input("about.txt", about(mux));
    let video = cx.exec(command).await?.success()?.blob(OUT)?;
    check(cx, &video, mux)?;
    Ok(Film { loudness, poster: Some(poster), ..silent(video, &mux.format, mux.frames) })
}

/// Both tracks start at 0 and are as long as they should be, to one frame.
fn check(cx: &Cx, video: &Blob, mux: &Mux) -> Result<()> {
    let index = index(cx, video)?;
    let track = |kind: &str| index.tracks.iter().find(|t| t.kind == kind);
    let rate = mux.format.rate;
    let picture =
        track("vide").is_some_and(|t| t.is_steady(mux.format.ticks().1) && t.samples() == u64::from(mux.frames));
    let sound = track("soun").is_some_and(|t| (t.media_seconds() - rate.seconds(mux.frames)).abs() <= rate.seconds(1));
    if picture && sound && index.fast_start {
        return Ok(());
    }
    let message = "The finished film's picture and sound do not have the length that was planned.";
    Err(StageError::permanent(message).code("mux.length"))
}

/// A frame as JPEG, in the colours that viewers of JPEG expect.
async fn poster(cx: &Cx, mux: &Mux) -> Result<Blob> {
    let at = graph::seconds(i64::from(mux.poster), &mux.format);
    let colours = "scale=in_color_matrix=bt709:in_range=tv:out_color_matrix=bt601:out_range=pc:\
                   flags=bicubic+accurate_rnd+bitexact,format=yuvj420p";
    let command = ffmpeg().args(["-ss", &at, "-i", "{in}/picture", "-map", "0:v:0", "-frames:v", "1", "-vf", colours]);
    let command = command.args(["-q:v", "3", "-fflags", "+bitexact", "-flags:v", "+bitexact"]);
    let command = command.arg(format!("{{out}}/{POSTER}")).output(POSTER, "image/jpeg").input("picture", &mux.video);
    cx.exec(command).await?.success()?.blob(POSTER)
}

/// Title and chapters in FFmpeg's metadata format.
fn about(mux: &Mux) -> String {
    let mut out = String::from(";FFMETADATA1\n");
    if !mux.title.is_empty() {
        let _ = writeln!(out, "title={}", escaped(&mux.title));
    }
    let rate = mux.format.rate;
    for (i, chapter) in mux.chapters.iter().enumerate() {
        let end = mux.chapters.get(i + 1).map_or(mux.frames, |next| next.frame);
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
        let mux = Mux {
            video: Blob::default(),
            format: preset::format("", None).unwrap(),
            frames: 90,
            tracks: vec![],
            title: "a=b;c#d\\\n[CHAPTER]".into(),
            chapters: vec![chapter(0, "One"), chapter(45, "Two\nartist=x")],
            poster: 0,
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
