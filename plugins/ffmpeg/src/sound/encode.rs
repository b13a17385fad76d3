//! From the mix to AAC at the right loudness. The gain is found on the mix, at several gains in one pass, and confirmed
//! on the encoded file; so there is one encoding as a rule.

use studio_plugin_sdk::{
    error::{Result, StageError},
    guest::Level,
    prelude::{Blob, Cmd, Cx},
    roles::render::Loudness,
};

use super::{
    ENCODER, Encoded, RATE, Stem, exactly, loud_ffmpeg,
    loudness::{self, Search},
};
use crate::segment::ffmpeg;

const OUT: &str = "sound.m4a";
/// Most encodings.
const ENCODINGS: usize = 3;

/// Encodes a mix at the right loudness.
pub async fn loud(cx: &Cx, mix: &Stem, total: u64) -> Result<Encoded> {
    let mut search = search(cx, mix).await?;
    let mut best: Option<(Blob, Loudness)> = None;
    for _ in 0..ENCODINGS {
        let file = encode(cx, &mix.file, &search, total).await?;
        let measured = measure(cx, &file).await?;
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
    Ok(Encoded { file, loudness: Some(measured) })
}

/// The gain at which the mix will be right. What the limiter takes back is measured, at the sample rate of the mix:
/// loudness is the same as at four times the rate, and a pass costs a third.
async fn search(cx: &Cx, mix: &Stem) -> Result<Search> {
    let gains = loudness::gains(mix.integrated);
    let labels = |name: char| (0..gains.len()).map(|i| format!("[{name}{i}]")).collect::<String>();
    let mut graph = format!("[0:a]asplit={}{}", gains.len(), labels('g'));
    for (i, gain) in gains.iter().enumerate() {
        let limited = Search::at(*gain).limited();
        graph = format!("{graph};[g{i}]{limited},ebur128@{i}=framelog=verbose[h{i}]");
    }
    let graph = format!("{graph};{}amix=inputs={}[out]", labels('h'), gains.len());
    let command = loud_ffmpeg().args(["-i", "{in}/mix", "-filter_complex", &graph, "-map", "[out]", "-f", "null", "-"]);
    let exit = cx.exec(command.input("mix", &mix.file)).await?.success()?;
    let measured = |(i, gain): (usize, &f64)| {
        let name = format!("[ebur128@{i} @");
        Some((*gain, loudness::parse_of(&exit.stderr, &name)?.integrated))
    };
    let curve: Option<Vec<(f64, f64)>> = gains.iter().enumerate().map(measured).collect();
    Ok(Search::on(&curve.ok_or_else(unmeasured)?))
}

fn unmeasured() -> StageError {
    StageError::permanent("FFmpeg printed no loudness. Is it built with ebur128?").code("sound.measure")
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

async fn finish(cx: &Cx, command: Cmd) -> Result<Blob> {
    let command = command.args(["-map_metadata", "-1"]).args(ENCODER).args(["-fflags", "+bitexact"]);
    let command = command.args(["-flags:a", "+bitexact"]).arg(format!("{{out}}/{OUT}"));
    cx.exec(command.output(OUT, "audio/mp4")).await?.success()?.blob(OUT)
}

async fn measure(cx: &Cx, sound: &Blob) -> Result<Loudness> {
    let command = loud_ffmpeg().args(["-i", "{in}/sound", "-af", "ebur128=peak=true:framelog=verbose"]);
    let exit = cx.exec(command.args(["-f", "null", "-"]).input("sound", sound)).await?.success()?;
    loudness::parse(&exit.stderr).ok_or_else(unmeasured)
}
