//! The film's sound: clips placed to the sample ([`place`]), music ducked under speech ([`mix`]), one static
//! gain and a limiter, for an encoded file that is as loud as it should be ([`encode`], [`loudness`]).
//!
//! A piece of its own: it is made while pictures are encoded, and an edit of pictures alone does not touch it.

use studio_plugin_sdk::{
    error::Result,
    prelude::{Blob, Cmd, Cx},
    roles::render::Film,
    timeline::Rate,
};

use crate::{
    piece::{Sound, SoundTrack},
    segment::ffmpeg,
};

mod duck;
mod encode;
mod loudness;
mod mix;
mod place;

pub use encode::measure;
pub use loudness::{PEAK, TARGET, distance, is_right, parse};

/// Samples a second of everything here.
pub const RATE: u32 = 48_000;
/// Below this it is silence, in LUFS.
pub const SILENCE: f64 = -69.0;
const STEM: &str = "sound.flac";

/// The encoder. The `fast` coder takes half the work of the default one, and half again where channels are coded each by
/// itself. At this rate neither is heard: on speech, noise is 44 dB below the signal, where the default coder leaves it
/// 32 dB below.
pub const ENCODER: [&str; 12] =
    ["-c:a", "aac", "-aac_coder", "fast", "-aac_ms", "0", "-b:a", "192k", "-ac", "2", "-ar", "48000"];

/// Sound on its way, and how loud it is in LUFS.
struct Stem {
    file: Blob,
    integrated: f64,
}

/// Makes a film's sound.
///
/// # Errors
/// What FFmpeg says.
pub async fn sound(cx: &Cx, sound: &Sound) -> Result<Film> {
    let total = sound.rate.sample(sound.frames, RATE);
    let file = match mix::mix(cx, sound, total).await? {
        Some(mix) => encode::loud(cx, &mix, &sound.tries, total).await?,
        None => encode::silence(cx, total).await?,
    };
    let (frames, seconds) = (sound.frames, sound.rate.seconds(sound.frames));
    let rate = format!("{}/{}", sound.rate.num, sound.rate.den);
    Ok(Film { video: file, rate, frames, seconds, ..Film::default() })
}

/// A track of speech as one graph that ends in `[sound]`, `gain` dB louder; its files are the inputs from `first` on.
pub fn by_hand(track: &SoundTrack, (rate, frames): (Rate, u32), first: usize, gain: f64) -> String {
    let total = rate.sample(frames, RATE);
    let speech = place::by_hand(track, rate, total, first);
    format!("{speech},{},{}[sound]", loudness::Search::at(gain).filter(), exactly(total))
}

/// The rest of a chain that makes a sound exactly `n` samples long.
fn exactly(n: u64) -> String {
    format!("apad=whole_len={n},atrim=end_sample={n}")
}

/// FFmpeg, talkative enough to print what `ebur128` measures.
pub fn loud_ffmpeg() -> Cmd {
    ffmpeg().args(["-v", "info"])
}

/// Runs a filter graph whose last chain ends in the mix, and measures it: 24 bits, no loss.
async fn stem(cx: &Cx, command: Cmd, graph: &str) -> Result<Stem> {
    let graph = format!("{graph},asplit[out][meter];[meter]ebur128=framelog=verbose,anullsink");
    let command = command.arg("-filter_complex").arg(graph).args(["-map", "[out]", "-map_metadata", "-1"]);
    let command =
        command.args(["-c:a", "flac", "-sample_fmt", "s32", "-compression_level", "0", "-fflags", "+bitexact"]);
    let command = command.args(["-flags:a", "+bitexact"]).arg(format!("{{out}}/{STEM}")).output(STEM, "audio/flac");
    let exit = cx.exec(command).await?.success()?;
    let integrated = loudness::parse(&exit.stderr).map_or(SILENCE, |l| l.integrated);
    Ok(Stem { file: exit.blob(STEM)?, integrated })
}
