//! A frame that stands for the film, as JPEG.

use studio_plugin_sdk::{error::Result, prelude::Cx, roles::render::Film};

use crate::{
    graph,
    piece::Poster,
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
