//! From the mix to AAC at the right loudness. Passes on the mix are cheap, encoding is not; so the gain is
//! found on the mix and then confirmed on the encoded file.

use studio_plugin_sdk::{
    error::{Result, StageError},
    guest::Level,
    prelude::{Blob, Cmd, Cx},
    roles::render::Loudness,
};

use super::{
    RATE, Sound, Stem, exactly, loud_ffmpeg,
    loudness::{self, Search},
};
use crate::segment::ffmpeg;

const OUT: &str = "sound.m4a";
/// Most tries on the mix, and most encodings.
const TRIES: usize = 4;
const ENCODINGS: usize = 3;
/// How near the mix is to be before it is corrected once more and encoded, in LU: the limiter takes little
/// of a correction that small.
const CLOSE: f64 = 0.8;

/// Encodes a mix at the right loudness.
pub async fn loud(cx: &Cx, mix: &Stem, total: u64) -> Result<Sound> {
    let mut search = Search::from(mix.integrated);
    for _ in 0..TRIES {
        let measured = measure(cx, &mix.file, &format!("{},", search.filter())).await?;
        search = search.after(Loudness { true_peak: loudness::PEAK, ..measured });
        if (measured.integrated - loudness::TARGET).abs() <= CLOSE {
            break;
        }
    }
    let mut best: Option<(Blob, Loudness)> = None;
    for _ in 0..ENCODINGS {
        let file = encode(cx, &mix.file, &search, total).await?;
        let measured = measure(cx, &file, "").await?;
        if best.as_ref().is_none_or(|(_, other)| distance(measured) < distance(*other)) {
            best = Some((file, measured));
        }
        if loudness::is_right(measured) {
            break;
        }
        search = search.after(measured);
    }
    let Some((file, measured)) = best else {
        return Err(StageError::permanent("The sound could not be encoded.").code("sound.encode"));
    };
    if !loudness::is_right(measured) {
        let Loudness { integrated, true_peak } = measured;
        cx.log(Level::Warn, format!("the sound is at {integrated} LUFS and {true_peak} dBTP, outside the target"));
    }
    Ok(Sound { file, loudness: Some(measured) })
}

/// How wrong it is; peaks weigh as much as level.
fn distance(measured: Loudness) -> f64 {
    (measured.integrated - loudness::TARGET).abs() + (measured.true_peak - loudness::PEAK).max(0.0)
}

/// So many samples of silence.
pub async fn silence(cx: &Cx, total: u64) -> Result<Blob> {
    let source = format!("anullsrc=r={RATE}:cl=stereo");
    let command = ffmpeg().args(["-f", "lavfi", "-i", &source, "-af", &exactly(total)]);
    finish(cx, command).await
}

async fn encode(cx: &Cx, mix: &Blob, search: &Search, total: u64) -> Result<Blob> {
    let chain = format!("{},{}", search.filter(), exactly(total));
    let command = ffmpeg().args(["-i", "{in}/mix", "-af", &chain]).input("mix", mix);
    finish(cx, command).await
}

/// The `fast` coder is half the work of the default one, and no worse at this rate.
async fn finish(cx: &Cx, command: Cmd) -> Result<Blob> {
    let command = command.args([
        "-map_metadata",
        "-1",
        "-c:a",
        "aac",
        "-aac_coder",
        "fast",
        "-b:a",
        "192k",
        "-ac",
        "2",
        "-ar",
        "48000",
    ]);
    let command = command.args(["-fflags", "+bitexact", "-flags:a", "+bitexact"]).arg(format!("{{out}}/{OUT}"));
    cx.exec(command.output(OUT, "audio/mp4")).await?.success()?.blob(OUT)
}

async fn measure(cx: &Cx, sound: &Blob, before: &str) -> Result<Loudness> {
    let chain = format!("{before}ebur128=peak=true:framelog=verbose");
    let command = loud_ffmpeg().args(["-i", "{in}/sound", "-af", &chain, "-f", "null", "-"]).input("sound", sound);
    let exit = cx.exec(command).await?.success()?;
    loudness::parse(&exit.stderr).ok_or_else(|| {
        StageError::permanent("FFmpeg printed no loudness. Is it built with ebur128?").code("sound.measure")
    })
}
