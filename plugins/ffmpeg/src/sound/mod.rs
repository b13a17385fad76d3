//! The film's sound: clips placed to the sample ([`place`]), music ducked under speech ([`mix`]), one static
//! gain and a limiter until the encoded file is as loud as it should be ([`encode`], [`loudness`]).
//!
//! Called by the mux stage only.

use studio_plugin_sdk::{
    error::Result,
    prelude::{Blob, Cmd, Cx},
    roles::render::Loudness,
    timeline::Rate,
};

use crate::{piece::Mux, segment::ffmpeg};

mod duck;
mod encode;
mod loudness;
mod mix;
mod place;

/// Samples a second of everything here.
const RATE: u64 = 48_000;
/// Below this it is silence, in LUFS.
const SILENCE: f64 = -69.0;
const STEM: &str = "sound.flac";

/// The finished sound of a film.
pub struct Sound {
    /// AAC in MP4, as long as the picture to the sample.
    pub file: Blob,
    /// As measured on it; none: it is silent.
    pub loudness: Option<Loudness>,
}

/// Sound on its way, and how loud it is in LUFS.
struct Stem {
    file: Blob,
    integrated: f64,
}

/// Makes a film's sound.
///
/// # Errors
/// What FFmpeg says.
pub async fn sound(cx: &Cx, mux: &Mux) -> Result<Sound> {
    let total = samples(mux.format.rate, mux.frames);
    match mix::mix(cx, mux, total).await? {
        Some(mix) => encode::loud(cx, &mix, total).await,
        None => Ok(Sound { file: encode::silence(cx, total).await?, loudness: None }),
    }
}

/// The sample at which frame `frame` starts.
fn samples(rate: Rate, frame: u32) -> u64 {
    let (num, den) = (u64::from(rate.num.max(1)), u64::from(rate.den));
    (u64::from(frame) * RATE * den + num / 2) / num
}

/// The rest of a chain that makes a sound exactly `n` samples long.
fn exactly(n: u64) -> String {
    format!("apad=whole_len={n},atrim=end_sample={n}")
}

/// FFmpeg, talkative enough to print what `ebur128` measures.
fn loud_ffmpeg() -> Cmd {
    ffmpeg().args(["-v", "info"])
}

/// Runs a filter graph whose last chain ends in the mix, and measures it: 24 bits, no loss.
async fn stem(cx: &Cx, command: Cmd, graph: &str) -> Result<Stem> {
    let graph = format!("{graph},asplit[out][meter];[meter]ebur128=framelog=verbose,anullsink");
    let command = command.arg("-filter_complex").arg(graph).args(["-map", "[out]", "-map_metadata", "-1"]);
    let command =
        command.args(["-c:a", "flac", "-sample_fmt", "s32", "-compression_level", "2", "-fflags", "+bitexact"]);
    let command = command.args(["-flags:a", "+bitexact"]).arg(format!("{{out}}/{STEM}")).output(STEM, "audio/flac");
    let exit = cx.exec(command).await?.success()?;
    let integrated = loudness::parse(&exit.stderr).map_or(SILENCE, |l| l.integrated);
    Ok(Stem { file: exit.blob(STEM)?, integrated })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_start_on_the_nearest_sample() {
        assert_eq!(samples(Rate::fps(30), 7), 11_200);
        assert_eq!(samples(Rate { num: 30000, den: 1001 }, 30000), 48_048_000);
        assert_eq!(samples(Rate { num: 30000, den: 1001 }, 1), 1602);
    }
}
