//! The film's sound: clips placed to the sample ([`place`]), music ducked under speech ([`mix`]), one static
//! gain and a limiter, for an encoded file that is as loud as it should be ([`goal`], [`encode`], [`loudness`]). Music is
//! fitted to its length ([`fit`], [`joint`]), noise taken out of speech ([`noise`]), silence around it found ([`trim`]).
//!
//! A piece of its own: it is made while pictures are encoded, and an edit of pictures alone does not touch it.

use studio_plugin_sdk::{
    error::Result,
    prelude::{Blob, Cmd, Cx},
    roles::render::{Film, Loudness},
    timeline::Rate,
};

use crate::{
    film,
    piece::{Mix, Piece, Sound, SoundTrack},
    preset::SoundCodec,
    segment::ffmpeg,
};

mod duck;
mod encode;
mod fit;
mod goal;
mod joint;
mod loudness;
mod mix;
mod noise;
mod place;
mod trim;

pub use encode::measure;
pub use goal::{Goal, goal};
pub use loudness::{distance, is_right, parse};
pub use trim::trimmed;

/// Samples a second of everything here.
pub const RATE: u32 = 48_000;
/// Below this it is silence, in LUFS.
pub const SILENCE: f64 = -69.0;
const STEM: &str = "sound.flac";

/// The encoder of AAC. The `fast` coder takes half the work of the default one, and half again where channels are coded each by
/// itself. At this rate neither is heard: on speech, noise is 44 dB below the signal, where the default coder leaves it
/// 32 dB below.
pub const ENCODER: [&str; 12] =
    ["-c:a", "aac", "-aac_coder", "fast", "-aac_ms", "0", "-b:a", "192k", "-ac", "2", "-ar", "48000"];

/// The encoder's arguments, and the file that it writes with its type.
fn encoder(codec: SoundCodec) -> (Vec<&'static str>, &'static str, &'static str) {
    let with = |codec: &[&'static str]| [codec, &["-ac", "2", "-ar", "48000"]].concat();
    match codec {
        SoundCodec::Aac => (ENCODER.to_vec(), "sound.m4a", "audio/mp4"),
        SoundCodec::Opus => (with(&["-c:a", "libopus", "-b:a", "160k"]), "sound.ogg", "audio/ogg"),
        SoundCodec::Mp3 => (with(&["-c:a", "libmp3lame", "-b:a", "192k"]), "sound.mp3", "audio/mpeg"),
        SoundCodec::Pcm => (with(&["-c:a", "pcm_s24le"]), "sound.mov", "video/quicktime"),
    }
}

/// Sound on its way.
struct Stem {
    file: Blob,
    /// How loud it is, in LUFS.
    integrated: f64,
    /// Its end is that of the music, which needs no fade.
    ends: bool,
}

/// Makes a film's sound.
///
/// # Errors
/// What FFmpeg says.
pub async fn sound(cx: &Cx, sound: &Sound) -> Result<Film> {
    let total = sound.rate.sample(sound.frames, RATE);
    let mix = Mix { rate: sound.rate, frames: sound.frames, tracks: sound.tracks.clone() };
    let mix =
        if sound.shared && !mix.tracks.is_empty() { ready(cx, mix).await? } else { mix::mix(cx, &mix, total).await? };
    let file = match mix {
        Some(mix) => encode::loud(cx, &mix, sound, total).await?,
        None => encode::silence(cx, sound.codec, total).await?,
    };
    Ok(heard(file, sound.rate, sound.frames))
}

/// Makes a mix that sounds of several films share.
///
/// # Errors
/// What FFmpeg says.
pub async fn mix(cx: &Cx, mix: &Mix) -> Result<Film> {
    let total = mix.rate.sample(mix.frames, RATE);
    let Some(stem) = mix::mix(cx, mix, total).await? else { return Ok(heard(Blob::default(), mix.rate, mix.frames)) };
    let loudness = Some(Loudness { integrated: stem.integrated, true_peak: 0.0 });
    Ok(Film { loudness, ..heard(stem.file, mix.rate, mix.frames) })
}

/// A mix that is a piece of its own; none: nothing sounds.
async fn ready(cx: &Cx, mix: Mix) -> Result<Option<Stem>> {
    let film = film::piece(cx, "mix", "mix", &Piece::Mix(mix)).await?;
    Ok(film.loudness.map(|loudness| Stem { file: film.video, integrated: loudness.integrated, ends: false }))
}

fn heard(file: Blob, rate: Rate, frames: u32) -> Film {
    let (seconds, rate) = (rate.seconds(frames), format!("{}/{}", rate.num, rate.den));
    Film { video: file, rate, frames, seconds, ..Film::default() }
}

/// A track of speech as one graph that ends in `[sound]`, `gain` dB louder; its files are the inputs from `first` on.
pub fn by_hand(track: &SoundTrack, (rate, frames): (Rate, u32), first: usize, gain: f64) -> String {
    let total = rate.sample(frames, RATE);
    let speech = place::by_hand(track, rate, total, first);
    format!("{speech},{},{}[sound]", loudness::Search::at(gain, Goal::WEB).filter(), exactly(total))
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
    Ok(Stem { file: exit.blob(STEM)?, integrated, ends: false })
}
