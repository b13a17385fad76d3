//! Frames from all over a film: the best one to stand for it, and all of them on one sheet.

use std::fmt::Write;

use studio_plugin_sdk::{
    error::{Result, StageError},
    prelude::{Cmd, Cx},
    roles::render::Film,
};

use crate::{
    graph,
    piece::{Frames, Part},
    poster,
    preset::Format,
    segment::{ffmpeg, silent},
};

/// Frames that are looked at for the best one, and those of a sheet.
pub const LOOKED_AT: u32 = 12;
pub const ON_A_SHEET: u32 = 20;
/// Frames side by side on a sheet of wide pictures, and of high ones.
const WIDE: usize = 4;
const HIGH: usize = 5;
/// Pixels of a sheet's frame, along its longer side.
const LONG_SIDE: u32 = 480;
/// The size in which frames are compared.
const SMALL: (usize, usize) = (96, 96);
const OUT: &str = "frames.raw";

/// `count` frames, evenly from all over a film: which part, and which frame of it.
pub fn spread(parts: &[Part], count: u32) -> Vec<(usize, u32)> {
    let total: u64 = parts.iter().map(|part| u64::from(part.frames)).sum();
    let count = u64::from(count).min(total);
    let mut places = Vec::new();
    let (mut part, mut before) = (0, 0);
    for i in 0..count {
        let at = (2 * i + 1) * total / (2 * count);
        while part < parts.len() && at >= before + u64::from(parts[part].frames) {
            before += u64::from(parts[part].frames);
            part += 1;
        }
        places.push((part, u32::try_from(at - before).unwrap_or(0)));
    }
    places
}

/// Finds the best frame; its number is the film's number of frames.
///
/// # Errors
/// What FFmpeg says; `frames.missing` where it drew fewer.
pub async fn best(cx: &Cx, frames: &Frames) -> Result<Film> {
    let (width, height) = SMALL;
    let chain = format!("scale={width}:{height}:flags=area+accurate_rnd+bitexact,format=yuv444p");
    let command = row(frames, &chain, "null").args(["-f", "rawvideo"]);
    let command = command.arg(format!("{{out}}/{OUT}")).output(OUT, "application/octet-stream");
    let seen = cx.read_blob(&cx.exec(command).await?.success()?.blob(OUT)?)?;
    let scores: Vec<f64> = seen.chunks_exact(3 * width * height).map(score).collect();
    if scores.is_empty() || scores.len() != frames.frames.len() {
        return Err(StageError::permanent("FFmpeg drew fewer frames than were wanted.").code("frames.missing"));
    }
    let best = (0..scores.len()).rev().max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap_or(0);
    Ok(silent(frames.frames[best].0.clone(), &frames.format, u32::try_from(best).unwrap_or(0)))
}

/// How well a small picture stands for a film: sharp, neither dark nor glaring, full of contrast and colour.
fn score(picture: &[u8]) -> f64 {
    let (width, height) = SMALL;
    let (light, colour) = picture.split_at(width * height);
    let value = |x: usize, y: usize| f64::from(light[y * width + x]);
    let n = light.len() as f64;
    let mean = light.iter().map(|p| f64::from(*p)).sum::<f64>() / n;
    let contrast = (light.iter().map(|p| (f64::from(*p) - mean).powi(2)).sum::<f64>() / n).sqrt();
    let mut edges = 0.0;
    for y in 1..height - 1 {
        for x in 1..width - 1 {
            let around = value(x - 1, y) + value(x + 1, y) + value(x, y - 1) + value(x, y + 1);
            edges += (4.0 * value(x, y) - around).abs();
        }
    }
    let colourful = colour.iter().map(|p| (f64::from(*p) - 128.0).abs()).sum::<f64>() / colour.len() as f64;
    let exposed = (1.0 - ((mean - 120.0) / 120.0).powi(2)).clamp(0.05, 1.0);
    exposed * ((edges / n).min(40.0) + contrast.min(60.0) / 2.0 + colourful.min(40.0) / 2.0)
}

/// Draws a sheet.
///
/// # Errors
/// What FFmpeg says.
pub async fn sheet(cx: &Cx, frames: &Frames) -> Result<Film> {
    let Format { width, height, .. } = frames.format;
    let across = if width >= height { WIDE } else { HIGH };
    let down = frames.frames.len().div_ceil(across);
    let size = if width >= height { format!("{LONG_SIDE}:-2") } else { format!("-2:{LONG_SIDE}") };
    let chain = format!("scale={size}:flags=bicubic+accurate_rnd+bitexact");
    let end = format!("tile={across}x{down}:padding=8:margin=8:color=0x101010,{}", poster::COLOURS);
    poster::jpeg(cx, row(frames, &chain, &end), &frames.format).await
}

/// FFmpeg with a chain over each of the frames, and one over all of them one after another.
fn row(frames: &Frames, each: &str, all: &str) -> Cmd {
    let (mut command, mut filter, mut labels) = (ffmpeg(), String::new(), String::new());
    for (i, (video, frame)) in frames.frames.iter().enumerate() {
        let at = graph::seconds(i64::from(*frame), &frames.format);
        command = command.args(["-ss", &at, "-i"]).arg(format!("{{in}}/f{i}")).input(format!("f{i}"), video);
        let _ = write!(filter, "[{i}:v]trim=end_frame=1,setpts=PTS-STARTPTS,{each}[f{i}];");
        let _ = write!(labels, "[f{i}]");
    }
    let _ = write!(filter, "{labels}concat=n={}:v=1:a=0,{all}[pick]", frames.frames.len());
    command.args(["-filter_complex", &filter, "-map", "[pick]", "-fps_mode", "passthrough"])
}

#[cfg(test)]
mod tests {
    use studio_plugin_sdk::blob::Blob;

    use super::*;

    #[test]
    fn frames_are_taken_from_all_over() {
        let part = |frames| Part { video: Blob::default(), frames, header: String::new() };
        assert_eq!(spread(&[part(30), part(10), part(60)], 4), [(0, 12), (1, 7), (2, 22), (2, 47)]);
        assert_eq!(spread(&[part(2)], 20), [(0, 0), (0, 1)]);
        assert_eq!(spread(&[], 4), []);
    }

    #[test]
    fn a_sharp_picture_is_better_than_a_dark_or_flat_one() {
        let (width, height) = SMALL;
        let picture = |light: &dyn Fn(usize) -> u8| -> Vec<u8> {
            (0..width * height).map(light).chain(std::iter::repeat_n(140, 2 * width * height)).collect()
        };
        let checks = score(&picture(&|i| if (i / 8 + i / width / 8) % 2 == 0 { 60 } else { 190 }));
        assert!(checks > score(&picture(&|_| 120)) && checks > score(&picture(&|i| (i % 8) as u8)));
        assert!(score(&picture(&|_| 120)) > score(&picture(&|_| 0)));
    }
}
