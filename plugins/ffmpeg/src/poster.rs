//! What stands for the film, as JPEG: a frame of it, or a picture that was given.

use studio_plugin_sdk::{
    error::Result,
    prelude::{Cmd, Cx},
    roles::render::Film,
};

use crate::{
    graph,
    piece::{Cover, Poster},
    preset::Format,
    probe::STILL_FORMATS,
    segment::{ffmpeg, silent},
};

const OUT: &str = "poster.jpg";
/// To the colours that viewers of JPEG expect.
pub const COLOURS: &str = "scale=in_color_matrix=bt709:in_range=tv:out_color_matrix=bt601:out_range=pc:\
                           flags=bicubic+accurate_rnd+bitexact,format=yuvj420p";

/// Takes the frame.
///
/// # Errors
/// What FFmpeg says.
pub async fn poster(cx: &Cx, poster: &Poster) -> Result<Film> {
    let at = graph::seconds(i64::from(poster.frame), &poster.format);
    let command = ffmpeg().args(["-ss", &at, "-i", "{in}/picture", "-map", "0:v:0", "-frames:v", "1", "-vf", COLOURS]);
    let command = command.args(["-q:v", "3", "-fflags", "+bitexact", "-flags:v", "+bitexact"]);
    let command = command.arg(format!("{{out}}/{OUT}")).output(OUT, "image/jpeg").input("picture", &poster.video);
    let image = cx.exec(command).await?.success()?.blob(OUT)?;
    Ok(silent(image, &poster.format, 1))
}

/// A given picture, no larger than the film.
///
/// # Errors
/// What FFmpeg says.
pub async fn cover(cx: &Cx, cover: &Cover) -> Result<Film> {
    let Format { width, height, .. } = cover.format;
    // What it lets through is white, as on paper.
    let fitted = format!(
        "[0:v]scale=w=min(iw\\,{width}):h=min(ih\\,{height}):force_original_aspect_ratio=decrease:\
         force_divisible_by=2:flags=bicubic+accurate_rnd+bitexact,format=rgba,split[a][b];\
         [a]lutrgb=r=255:g=255:b=255:a=255[paper];[paper][b]overlay=format=rgb,setsar=1,\
         scale=out_color_matrix=bt601:out_range=pc:flags=bicubic+accurate_rnd+bitexact,format=yuvj420p[pick]"
    );
    let command = ffmpeg().args(["-protocol_whitelist", "file", "-format_whitelist", STILL_FORMATS]);
    let command = command.args(["-i", "{in}/cover", "-filter_complex", &fitted, "-map", "[pick]"]);
    jpeg(cx, command.input("cover", &cover.image), &cover.format).await
}

/// The first picture of a command as JPEG.
pub async fn jpeg(cx: &Cx, command: Cmd, format: &Format) -> Result<Film> {
    let command = command.args(["-frames:v", "1", "-map_metadata", "-1", "-q:v", "3"]);
    let command = command.args(["-fflags", "+bitexact", "-flags:v", "+bitexact"]);
    let command = command.arg(format!("{{out}}/{OUT}")).output(OUT, "image/jpeg");
    let image = cx.exec(command).await?.success()?.blob(OUT)?;
    Ok(silent(image, format, 1))
}
