//! Music as long as it is wanted: heard once through a rough copy, cut and joined where it is like itself ([`joint`]).

use std::{
    fmt::Write,
    io::{Read, Seek, SeekFrom},
};

use studio_plugin_sdk::{
    error::{Result, StageError},
    prelude::{Blob, Cx},
    timeline::MediaTime,
};

use super::{
    RATE, exactly,
    joint::{self, Ear, HERTZ, Music, Way},
};
use crate::segment::ffmpeg;

const ROUGH: &str = "rough.raw";
const OUT: &str = "music.flac";
/// How much of a file is looked at, in seconds; it counts as over after that.
const MOST: u32 = 1800;
/// Bytes that are heard in one turn: half a minute.
const TURN: usize = 30 * 2 * HERTZ as usize;
/// Music that is wanted so many times longer than it is, is made so many times longer first.
const TIMES: u64 = 20;
/// Waves are laid over one another within so many samples, over so many.
const SPARE: u64 = 80;
const ALIGNED: u64 = 2000;

/// Fitted music.
pub struct Fitted {
    pub file: Blob,
    /// Its end is that of the music.
    pub ends: bool,
}

/// Music from its sample `from` on, `want` samples long.
pub async fn fit(cx: &Cx, audio: &Blob, from: u64, want: u64) -> Result<Fitted> {
    let (mut file, mut from) = (audio.clone(), from);
    loop {
        let rough = rough(cx, &file, from).await?;
        let music = heard(cx, &rough).await?;
        let (head, end) = music.sounding();
        let length = (end - head) as u64 * joint::WIDE;
        let longer = length.saturating_mul(TIMES);
        // Less than a second cannot be told from a click; it is played once.
        let wanted = if want > longer && length > u64::from(RATE) { longer } else { want };
        let way = music.way(wanted);
        let way = if way.alike { on_waves(cx, &rough, way)? } else { way };
        file = built(cx, &file, from, &way, wanted).await?;
        if wanted == want {
            return Ok(Fitted { file, ends: way.ends });
        }
        from = 0;
    }
}

/// The sound in one channel with few samples.
async fn rough(cx: &Cx, audio: &Blob, from: u64) -> Result<Blob> {
    let chain = format!("aresample={RATE},atrim=start_sample={from},aresample={HERTZ}");
    let command = ffmpeg().args(["-protocol_whitelist", "file", "-format_whitelist", super::place::FORMATS, "-i"]);
    let command = command.arg("{in}/music").input("music", audio).args(["-map", "0:a:0", "-af", &chain, "-ac", "1"]);
    let command = command.args(["-t".to_string(), MOST.to_string()]).args(["-f", "s16le"]);
    let command = command.arg(format!("{{out}}/{ROUGH}")).output(ROUGH, "application/octet-stream");
    cx.exec(command).await?.success()?.blob(ROUGH)
}

/// When something is spoken in a sound from second `from` on, in seconds after that: from the first word to the last.
pub async fn spoken(cx: &Cx, audio: &Blob, from: f64, seconds: f64) -> Result<(f64, f64)> {
    let music = heard(cx, &rough(cx, audio, MediaTime::Seconds(from).samples(RATE)).await?).await?;
    let hop = joint::HOP as f64 / f64::from(HERTZ);
    Ok(music.spoken().map_or((0.0, seconds), |(first, end)| (first as f64 * hop, end as f64 * hop)))
}

/// How loud the noise is in `want` samples of a sound from its sample `from` on, in dB of full scale.
pub async fn floor(cx: &Cx, audio: &Blob, from: u64, want: u64) -> Result<f64> {
    let music = heard(cx, &rough(cx, audio, from).await?).await?;
    Ok(f64::from(music.floor(usize::try_from(want / joint::WIDE).unwrap_or(usize::MAX))))
}

async fn heard(cx: &Cx, rough: &Blob) -> Result<Music> {
    let mut ear = Ear::default();
    for at in (0..rough.bytes).step_by(TURN) {
        ear.hear(&part(cx, rough, at, TURN)?);
        cx.yield_now().await?;
    }
    Ok(ear.music())
}

fn part(cx: &Cx, rough: &Blob, at: u64, bytes: usize) -> Result<Vec<u8>> {
    let unread = |e| StageError::permanent(format!("A sound cannot be read: {e}")).code("sound.read");
    let mut reader = cx.open_blob(rough)?;
    reader.seek(SeekFrom::Start(at)).map_err(unread)?;
    let mut part = Vec::new();
    reader.take(bytes as u64).read_to_end(&mut part).map_err(unread)?;
    Ok(part)
}

/// The way with its waves laid over one another at the joint.
fn on_waves(cx: &Cx, rough: &Blob, way: Way) -> Result<Way> {
    let samples = |middle: u64, reach: u64| -> Result<Vec<i16>> {
        let at = (middle / u64::from(RATE / HERTZ)).saturating_sub(reach);
        let bytes = part(cx, rough, at * 2, usize::try_from(reach * 4).unwrap_or(0))?;
        Ok(bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect())
    };
    let (leave, enter) = (samples(way.leave, ALIGNED)?, samples(way.enter, ALIGNED + SPARE)?);
    if leave.len() as u64 != 2 * ALIGNED || enter.len() as u64 != 2 * (ALIGNED + SPARE) {
        return Ok(way);
    }
    Ok(way.shifted(joint::aligned(&leave, &enter) * i64::from(RATE / HERTZ)))
}

async fn built(cx: &Cx, audio: &Blob, from: u64, way: &Way, want: u64) -> Result<Blob> {
    let command = ffmpeg().args(["-protocol_whitelist", "file", "-format_whitelist", super::place::FORMATS, "-i"]);
    let command = command.arg("{in}/music").input("music", audio);
    let command = command.arg("-filter_complex").arg(graph(from, way, want)).args(["-map", "[out]"]);
    let command =
        command.args(["-map_metadata", "-1", "-c:a", "flac", "-sample_fmt", "s32", "-compression_level", "0"]);
    let command = command.args(["-fflags", "+bitexact", "-flags:a", "+bitexact"]).arg(format!("{{out}}/{OUT}"));
    cx.exec(command.output(OUT, "audio/flac")).await?.success()?.blob(OUT)
}

/// The parts of a way, each faded into the next; they lie over one another by the length of a fade.
fn graph(from: u64, way: &Way, want: u64) -> String {
    let parts = way.parts();
    let n = parts.len();
    let curve = if way.alike { "tri" } else { "qsin" };
    let mut graph = format!("[0:a:0]aresample={RATE},aformat=sample_fmts=fltp:channel_layouts=stereo,asplit={n}");
    graph.extend((0..n).map(|i| format!("[p{i}]")));
    let (mut at, mut labels) = (0, String::new());
    for (i, (start, end)) in parts.iter().enumerate() {
        let (first, last, length) = (i == 0, i + 1 == n, end - start);
        let _ = write!(graph, ";[p{i}]atrim=start_sample={}:end_sample={}", from + start, from + end);
        graph.push_str(",asetpts=PTS-STARTPTS");
        let (up, curve_up) = if first { (240 * u64::from(way.start > 0), "tri") } else { (way.fade, curve) };
        if up > 0 {
            let _ = write!(graph, ",afade=t=in:ss=0:ns={up}:curve={curve_up}");
        }
        if !last && way.fade > 0 {
            let _ = write!(graph, ",afade=t=out:ss={}:ns={}:curve={curve}", length - way.fade, way.fade);
        }
        if at > 0 {
            let _ = write!(graph, ",adelay={at}S:all=1");
        }
        let _ = write!(graph, "[f{i}]");
        let _ = write!(labels, "[f{i}]");
        at += length.saturating_sub(way.fade);
    }
    let mixed = if n == 1 { "anull".into() } else { format!("amix=inputs={n}:normalize=0:duration=longest") };
    let _ = write!(graph, ";{labels}{mixed},{}[out]", exactly(want));
    graph
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_lie_over_one_another() {
        let way =
            Way { start: 960, end: 480_000, jumps: 1, leave: 400_000, enter: 100_000, fade: 2880, ..Way::default() };
        insta::assert_snapshot!(graph(100, &Way { alike: true, ..way }, 778_560).replace(';', ";\n"), @"
        [0:a:0]aresample=48000,aformat=sample_fmts=fltp:channel_layouts=stereo,asplit=2[p0][p1];
        [p0]atrim=start_sample=1060:end_sample=401540,asetpts=PTS-STARTPTS,afade=t=in:ss=0:ns=240:curve=tri,afade=t=out:ss=397600:ns=2880:curve=tri[f0];
        [p1]atrim=start_sample=98660:end_sample=480100,asetpts=PTS-STARTPTS,afade=t=in:ss=0:ns=2880:curve=tri,adelay=397600S:all=1[f1];
        [f0][f1]amix=inputs=2:normalize=0:duration=longest,apad=whole_len=778560,atrim=end_sample=778560[out]
        ");
    }
}
