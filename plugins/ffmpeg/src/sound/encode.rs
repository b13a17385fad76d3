//! From the mix to AAC at the right loudness. The gain is found on the mix, at several gains in one pass; the encoded
//! file is measured while it is put into the film, and the next try learns of it.

use std::fmt::Write;

use studio_plugin_sdk::{
    error::{Result, StageError},
    prelude::{Blob, Cmd, Cx},
    roles::render::Loudness,
};

use super::{
    Goal, RATE, SILENCE, Stem, encoder, exactly, loud_ffmpeg,
    loudness::{self, Search},
};
use crate::{piece::Sound, preset::SoundCodec, segment::ffmpeg};

/// Encodes a mix at the right loudness, as far as earlier tries tell.
pub async fn loud(cx: &Cx, mix: &Stem, sound: &Sound, total: u64) -> Result<Blob> {
    let first = search(cx, mix, sound.goal).await?;
    let search = sound.tries.iter().fold(first, |search, measured| search.after(*measured));
    let chain = format!("{},{}", search.filter(), exactly(total));
    let command = ffmpeg().args(["-i", "{in}/mix", "-af", &chain]).input("mix", &mix.file);
    finish(cx, command, sound.codec).await
}

/// The gain at which the mix will be right. What the limiter takes back is measured, at the sample rate of the mix:
/// loudness is the same as at twice the rate, and the passes cost half.
async fn search(cx: &Cx, mix: &Stem, goal: Goal) -> Result<Search> {
    let gains = loudness::gains(mix.integrated, goal);
    let n = gains.len();
    let (mut graph, mut chains, mut measured) = (format!("[0:a]asplit={n}"), String::new(), String::new());
    for (i, gain) in gains.iter().enumerate() {
        let _ = write!(graph, "[g{i}]");
        let _ = write!(chains, ";[g{i}]{},ebur128@{i}=framelog=verbose[h{i}]", Search::at(*gain, goal).limited());
        let _ = write!(measured, "[h{i}]");
    }
    let graph = format!("{graph}{chains};{measured}amix=inputs={n}[out]");
    let command = loud_ffmpeg().args(["-i", "{in}/mix", "-filter_complex", &graph, "-map", "[out]", "-f", "null", "-"]);
    let exit = cx.exec(command.input("mix", &mix.file)).await?.success()?;
    let measured = |(i, gain): (usize, &f64)| {
        let name = format!("[ebur128@{i} @");
        Some((*gain, loudness::parse_of(&exit.stderr, &name)?.integrated))
    };
    let curve: Option<Vec<(f64, f64)>> = gains.iter().enumerate().map(measured).collect();
    Ok(Search::on(&curve.ok_or_else(unmeasured)?, goal))
}

fn unmeasured() -> StageError {
    StageError::permanent("FFmpeg printed no loudness. Is it built with ebur128?").code("sound.measure")
}

/// So many samples of silence.
pub async fn silence(cx: &Cx, codec: SoundCodec, total: u64) -> Result<Blob> {
    let source = format!("anullsrc=r={RATE}:cl=stereo");
    let command = ffmpeg().args(["-f", "lavfi", "-i", &source, "-af", &exactly(total)]);
    finish(cx, command, codec).await
}

async fn finish(cx: &Cx, command: Cmd, codec: SoundCodec) -> Result<Blob> {
    let (encoder, file, mime) = encoder(codec);
    let command = command.args(["-map_metadata", "-1"]).args(encoder).args(["-fflags", "+bitexact"]);
    let command = command.args(["-flags:a", "+bitexact"]).arg(format!("{{out}}/{file}"));
    cx.exec(command.output(file, mime)).await?.success()?.blob(file)
}

/// How loud an encoded sound is; none: it is silent.
pub async fn measure(cx: &Cx, sound: &Blob) -> Result<Option<Loudness>> {
    let command = loud_ffmpeg().args(["-i", "{in}/sound", "-af", "ebur128=peak=true:framelog=verbose"]);
    let exit = cx.exec(command.args(["-f", "null", "-"]).input("sound", sound)).await?.success()?;
    let measured = loudness::parse(&exit.stderr).ok_or_else(unmeasured)?;
    Ok((measured.integrated > SILENCE).then_some(measured))
}
