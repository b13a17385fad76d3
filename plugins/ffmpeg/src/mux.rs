//! The finished file: segments joined and the sound beside them in one MP4, by stream copy, with title and chapters.
//! The sound, as encoded, is measured meanwhile.

use std::fmt::Write;

use studio_plugin_sdk::{
    error::{Result, StageError},
    prelude::{Blob, Cx, try_join},
    roles::render::{Film, FilmPiece},
};

use crate::{
    join,
    piece::{Mux, Part},
    segment::{index, silent},
    sound,
};

const OUT: &str = "film.mp4";
/// The number of the first input that is captions.
const CAPTIONS: usize = 3;

/// Makes the finished film.
///
/// # Errors
/// What FFmpeg says; `join.header` where segments have other settings; `mux.length` where sound and picture are not
/// equally long, or the picture is not what the segments are.
pub async fn mux(cx: &Cx, mux: &Mux) -> Result<Film> {
    let mut command = join::joined(&mux.parts, &mux.format).args(["-i", "{in}/sound", "-i", "{in}/about.txt"]);
    for (i, track) in mux.captions.iter().enumerate() {
        command =
            command.args(["-f", "srt", "-i"]).arg(format!("{{in}}/{i}.srt")).input(format!("{i}.srt"), &track.srt);
    }
    command = command.args(["-map", "0:v:0", "-map", "1:a:0"]);
    for i in 0..mux.captions.len() {
        command = command.args(["-map".to_string(), format!("{}:s:0", CAPTIONS + i)]);
    }
    command = command.args(["-map_metadata", "2", "-map_chapters", "2"]);
    command = join::copied(cx, command, &mux.parts, &mux.format)?.args(["-movie_timescale", "48000"]);
    if !mux.captions.is_empty() {
        command = command.args(["-c:s", "mov_text"]);
    }
    for (i, track) in mux.captions.iter().enumerate().filter(|(_, track)| !track.language.is_empty()) {
        command = command.args([format!("-metadata:s:s:{i}"), format!("language={}", track.language)]);
    }
    command = command.arg(format!("{{out}}/{OUT}")).output(OUT, "video/mp4");
    command = command.input("sound", &mux.sound).input("about.txt", about(mux));
    let file = async { cx.exec(command).await?.success()?.blob(OUT) };
    let (video, loudness) = try_join(file, sound::measure(cx, &mux.sound)).await?;
    check(cx, &video, mux)?;
    let piece = |part: &Part| FilmPiece { video: part.video.clone(), frames: part.frames };
    let pieces = mux.parts.iter().map(piece).collect();
    Ok(Film { loudness, pieces, ..silent(video, &mux.format, mux.frames()) })
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
    if picture && sound && captions && index.fast_start {
        return Ok(());
    }
    let message = "The finished film's picture and sound do not have the length that was planned, or it lacks a track.";
    Err(StageError::permanent(message).code("mux.length"))
}

/// Title and chapters in FFmpeg's metadata format.
pub fn about(mux: &Mux) -> String {
    let mut out = String::from(";FFMETADATA1\n");
    if !mux.title.is_empty() {
        let _ = writeln!(out, "title={}", escaped(&mux.title));
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
        let mux = Mux {
            format: preset::format("", None).unwrap(),
            parts: vec![Part { video: Blob::default(), frames: 90, header: String::new() }],
            sound: Blob::default(),
            title: "a=b;c#d\\\n[CHAPTER]".into(),
            chapters: vec![chapter(0, "One"), chapter(45, "Two\nartist=x")],
            captions: vec![],
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
