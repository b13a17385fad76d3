//! The film's sound: clips placed to the sample ([`place`]), music ducked under speech ([`mix`]), one static
//! gain and a limiter, for an encoded file that is as loud as it should be ([`goal`], [`encode`], [`loudness`]). Music is
//! fitted to its length ([`fit`], [`joint`]), noise taken out of speech ([`noise`]), silence around it found ([`trim`]).
//!
//! A piece of its own: it is made while pictures are encoded, and an edit of pictures alone does not touch it. A sound of
//! some length is itself made of [`pieces`]: mixed in stretches that begin with clips ([`cut`]), encoded in parts of
//! whole packets ([`layout`], [`grid`]), its loudness put together from theirs ([`levels`]). So an edit of words makes
//! anew what sounds otherwise.

use studio_plugin_sdk::{
    error::{Result, StageError},
    prelude::{Blob, Cmd, Cx},
    roles::render::Film,
    timeline::Rate,
    wire::Exit,
};

use crate::{
    film,
    piece::{Mix, Piece, Sound, SoundTrack},
    preset::SoundCodec,
    segment::ffmpeg,
};

pub mod adts;
mod cut;
mod duck;
mod encode;
mod fit;
mod goal;
pub mod grid;
mod joint;
mod layout;
mod levels;
mod loudness;
mod mix;
mod noise;
pub mod pieces;
mod place;
mod trim;
mod voice;

pub use encode::{limited, packets, too_few};
pub use goal::{Goal, goal};
pub use loudness::parse;
pub use mix::blend;
pub use place::{FORMATS, stem};
pub use trim::trimmed;

pub use levels::Levels;
use mix::Mixed;
use pieces::{Blend, Heard, Known, Limited, Stem};

/// Samples a second of everything here.
pub const RATE: u32 = 48_000;
/// Below this it is silence, in LUFS.
pub const SILENCE: f64 = -69.0;
const MIXED: &str = "sound.flac";
pub const LEVELS: &str = "levels.txt";
const QUIET: &str = "quiet.txt";
/// Finds pauses in which there is nothing at all.
const PAUSES: &str = "silencedetect=n=-180dB:d=0.3";

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

/// How the pieces of a sound are made: as stages of their own, each of which is kept; or, where a sound is so short that
/// it is one piece, on the spot.
pub struct Maker<'a> {
    cx: &'a Cx,
    apart: bool,
}

impl Maker<'_> {
    async fn stage(&self, id: &str, label: &str, piece: Piece) -> Result<Heard> {
        Heard::of(film::piece(self.cx, id, label, &piece).await?)
    }

    async fn stem(&self, id: &str, wanted: &Stem) -> Result<Heard> {
        if !self.apart {
            return stem(self.cx, wanted).await;
        }
        self.stage(id, "sound", Piece::Stem(wanted.clone())).await
    }

    async fn blend(&self, id: &str, wanted: &Blend) -> Result<Heard> {
        if !self.apart {
            return blend(self.cx, wanted).await;
        }
        self.stage(id, "sound, mixed", Piece::Blend(wanted.clone())).await
    }

    async fn limited(&self, id: &str, wanted: &Limited) -> Result<Heard> {
        if !self.apart {
            return limited(self.cx, wanted).await;
        }
        self.stage(id, "loudness", Piece::Limited(wanted.clone())).await
    }
}

/// Makes a film's sound.
///
/// # Errors
/// What FFmpeg says.
pub async fn sound(cx: &Cx, sound: &Sound) -> Result<Film> {
    let total = sound.rate.sample(sound.frames, RATE);
    let mix = Mix { rate: sound.rate, frames: sound.frames, tracks: sound.tracks.clone() };
    let is_long = grid::spans(total).len() > 1;
    let make = Maker { cx, apart: is_long };
    let mixed = if sound.shared && !is_long && !mix.tracks.is_empty() {
        ready(&make, mix, total).await?
    } else {
        mix::mix(&make, &mix, total).await?
    };
    let Some(mixed) = mixed else {
        return Ok(heard(encode::silence(cx, sound.codec, total).await?, sound.rate, sound.frames));
    };
    let (file, loudness, sound_pieces) = encode::loud(&make, &mixed, sound, total).await?;
    Ok(Film { loudness: Some(loudness), sound_pieces, ..heard(file, sound.rate, sound.frames) })
}

/// Makes the mix of a short film, which sounds of several films share.
///
/// # Errors
/// What FFmpeg says.
pub async fn mix(cx: &Cx, mix: &Mix) -> Result<Film> {
    let total = mix.rate.sample(mix.frames, RATE);
    let mixed = mix::mix(&Maker { cx, apart: false }, mix, total).await?;
    mixed.and_then(|mut mixed| mixed.pop()).map_or_else(Heard::default, |mixed| mixed.heard).into_film()
}

/// A mix that is a piece of its own; none: nothing sounds.
async fn ready(make: &Maker<'_>, mix: Mix, samples: u64) -> Result<Option<Vec<Mixed>>> {
    let heard = make.stage("mix", "mix", Piece::Mixed(mix)).await?;
    Ok((heard.levels().integrated() > SILENCE).then(|| vec![Mixed { samples, heads: true, heard }]))
}

fn heard(file: Blob, rate: Rate, frames: u32) -> Film {
    let (seconds, rate) = (rate.seconds(frames), format!("{}/{}", rate.num, rate.den));
    Film { video: file, rate, frames, seconds, ..Film::default() }
}

/// A track of speech as one graph that ends in `[sound]`, `gain` dB louder; its files are the inputs from `first` on.
pub fn by_hand(track: &SoundTrack, (rate, frames): (Rate, u32), first: usize, gain: f64) -> String {
    let total = rate.sample(frames, RATE);
    let speech = place::by_hand(&cut::placed(track, rate, total), total, first);
    format!("{speech},{},{}[sound]", loudness::Search::at(gain, Goal::WEB).filter(), exactly(total))
}

/// The rest of a chain that makes a sound exactly `n` samples long.
fn exactly(n: u64) -> String {
    format!("apad=whole_len={n},atrim=end_sample={n}")
}

/// How much quieter each of `n` sounds is made so that all of them have room at full scale, in dB.
fn room(n: usize) -> f64 {
    -20.0 * (n.max(1) as f64).log10()
}

/// FFmpeg, talkative enough to print what `ebur128` measures.
pub fn loud_ffmpeg() -> Cmd {
    ffmpeg().args(["-v", "info"])
}

/// A filter that writes the loudness of each block into a file in the folder for what is made.
pub fn meter(file: &str, peak: bool) -> String {
    let peak = if peak { "peak=true:" } else { "" };
    format!("ebur128={peak}metadata=1:framelog=verbose,ametadata=mode=print:key={}:file={file}", levels::KEY)
}

/// Runs a filter graph whose last chain ends in the mix, and measures it: 24 bits, no loss.
async fn kept(cx: &Cx, command: Cmd, graph: &str, samples: u64) -> Result<Heard> {
    let pauses = format!("{PAUSES},ametadata=mode=print:file={QUIET}");
    let graph = format!("{graph},asplit[out][meter];[meter]{pauses},{},anullsink", meter(LEVELS, false));
    let command = command.arg("-filter_complex").arg(graph).args(["-map", "[out]", "-map_metadata", "-1"]);
    let command =
        command.args(["-c:a", "flac", "-sample_fmt", "s32", "-compression_level", "0", "-fflags", "+bitexact"]);
    let command = command.args(["-flags:a", "+bitexact"]).arg(format!("{{out}}/{MIXED}")).output(MIXED, "audio/flac");
    let command = command.output(LEVELS, "text/plain").maybe_output(QUIET, "text/plain");
    let exit = cx.exec(command).await?.success()?;
    let levels = Levels::read(&told(cx, &exit.blob(LEVELS)?)?, levels::UNFILLED, Levels::SILENT.peak);
    let pauses = exit.outputs.get(QUIET).map(|told| cx.read_blob(told)).transpose()?.unwrap_or_default();
    let quiet = quiet(&String::from_utf8_lossy(&pauses), samples);
    Ok(Heard { file: exit.blob(MIXED)?, known: Known { levels: vec![levels], ends: false, quiet } })
}

/// How many samples of nothing at all a sound of so many ends with, from the pauses that FFmpeg found in it.
fn quiet(pauses: &str, samples: u64) -> u64 {
    let last = |key: &str| pauses.lines().rev().find_map(|line| line.strip_prefix(key)?.parse::<f64>().ok());
    let (Some(from), until) = (last("lavfi.silence_start="), last("lavfi.silence_end=")) else { return 0 };
    if until.is_some_and(|until| until > from) {
        return 0;
    }
    samples.saturating_sub((from.max(0.0) * f64::from(RATE)).ceil() as u64)
}

/// What a meter wrote.
fn told(cx: &Cx, file: &Blob) -> Result<String> {
    let told = String::from_utf8_lossy(&cx.read_blob(file)?).into_owned();
    if file.bytes > 0 && !told.contains(levels::KEY) {
        return Err(unmeasured());
    }
    Ok(told)
}

/// The levels that [`meter`] wrote into [`LEVELS`], without the first blocks, with the peak that it printed.
///
/// # Errors
/// `sound.measure`: FFmpeg printed no loudness.
pub fn levels(cx: &Cx, exit: &Exit, without: usize) -> Result<Levels> {
    let peak = loudness::parse(&exit.stderr).ok_or_else(unmeasured)?.true_peak;
    Ok(Levels::read(&told(cx, &exit.blob(LEVELS)?)?, without, peak))
}

fn unmeasured() -> StageError {
    StageError::permanent("FFmpeg printed no loudness. Is it built with ebur128?").code("sound.measure")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_pause_that_lasts_to_the_end_is_quiet() {
        let second = u64::from(RATE);
        let told = "frame:1 pts:0 pts_time:0\nlavfi.silence_start=0\nframe:2 pts:9 pts_time:1\nlavfi.silence_end=1.5\n\
            lavfi.silence_duration=1.5\n";
        assert_eq!((quiet("", second), quiet(told, 9 * second)), (0, 0));
        assert_eq!(quiet(&format!("{told}lavfi.silence_start=8.25\n"), 9 * second), 3 * second / 4);
        assert_eq!(quiet("lavfi.silence_start=0\n", second), second);
        assert_eq!((quiet("lavfi.silence_start=2\n", second), quiet("lavfi.silence_start=x\n", second)), (0, 0));
    }
}
