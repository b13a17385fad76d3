//! A film's beginning as a picture that moves by itself, for mails and chats: GIF with colours of its own, or WebP.

use studio_plugin_sdk::{error::Result, prelude::Cx, roles::render::Film};

use crate::{join, piece::Preview, preset::Container, segment::silent};

/// Longest preview, in seconds.
pub const LONGEST: f64 = 15.0;
/// Pictures a second: GIFs count in hundredths of a second.
const RATE: &str = "25/2";
const FPS: f64 = 12.5;

/// Makes the preview.
///
/// # Errors
/// What FFmpeg says; `join.header` where the segments have other settings.
pub async fn preview(cx: &Cx, preview: &Preview) -> Result<Film> {
    let format = &preview.format;
    let frames: u32 = preview.parts.iter().map(|part| part.frames).sum();
    let seconds = format.rate.seconds(frames).min(LONGEST);
    let (end, mime) = preview.container.kind();
    let out = format!("preview.{end}");
    // Dithering that stays where it is: what does not move takes no room.
    let colours = "scale=in_color_matrix=bt709:in_range=tv:flags=bicubic+accurate_rnd+bitexact,format=rgb24,split[a][b];\
                   [a]palettegen=stats_mode=diff[palette];\
                   [b][palette]paletteuse=dither=bayer:bayer_scale=3:diff_mode=rectangle";
    let picture = "scale=in_color_matrix=bt709:in_range=tv:flags=bicubic+accurate_rnd+bitexact,format=bgra";
    let chain = if preview.container == Container::Gif { colours } else { picture };
    let graph = format!("[0:v]trim=duration={seconds:.6},fps={RATE},{chain}[out]");
    let mut command = join::joined(&preview.parts, format).args(["-filter_complex", &graph, "-map", "[out]"]);
    command = command.args(["-map_metadata", "-1", "-loop", "0", "-fflags", "+bitexact", "-flags:v", "+bitexact"]);
    if preview.container == Container::Webp {
        command = command.args(["-c:v", "libwebp_anim", "-q:v", "70", "-compression_level", "4"]);
    }
    let video = cx.exec(command.arg(format!("{{out}}/{out}")).output(&*out, mime)).await?.success()?.blob(&out)?;
    let shown = (seconds * FPS).round() as u32;
    Ok(Film { rate: RATE.into(), seconds: f64::from(shown) / FPS, ..silent(video, format, shown) })
}
