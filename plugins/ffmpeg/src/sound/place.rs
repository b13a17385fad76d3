//! Clips of one track one after another, each starting on its exact sample.

use std::fmt::Write;

use studio_plugin_sdk::{blob::Blob, error::Result, prelude::Cx, timeline::Ratio};

use super::{
    RATE, exactly, fit, kept, loud_ffmpeg, noise,
    pieces::{Heard, Placed, Stem},
    room,
};

/// Most clips in one run of FFmpeg.
const GROUP: usize = 150;
/// Containers that are read as sound.
pub const FORMATS: &str = "wav,w64,aiff,flac,mp3,ogg,aac,mov,matroska,caf";
/// Options with which a file that was given is read.
pub const READ: [&str; 4] = ["-protocol_whitelist", "file", "-format_whitelist", FORMATS];

/// A clip and the span up to the next one.
struct Slot<'a> {
    clip: &'a Placed,
    /// The file that is read in its stead, fitted to its length.
    fitted: Option<Blob>,
    /// What takes its noise away, with a comma after it, and how many samples late that is.
    denoise: (String, u64),
    /// Silence before it, in samples; only the first has any.
    lead: u64,
    /// Samples until the next clip starts.
    span: u64,
}

impl Slot<'_> {
    /// The end of its chain: as long as its span, with nothing after what is taken.
    fn exactly(&self) -> String {
        let cut =
            if self.clip.speed == Ratio::ONE { String::new() } else { format!("atrim=end_sample={},", self.clip.take) };
        cut + &self.faded() + &exactly(self.span)
    }

    /// Its fades, with a comma after each.
    fn faded(&self) -> String {
        let Placed { fade_in: up, fade_out: down, take, .. } = *self.clip;
        let mut chain = String::new();
        if up > 0 {
            let _ = write!(chain, "afade=t=in:ss=0:ns={up}:curve=hsin,");
        }
        if down > 0 {
            let _ = write!(chain, "afade=t=out:ss={}:ns={down}:curve=hsin,", take.saturating_sub(down));
        }
        chain
    }
}

/// Sounds of one kind as one sound.
///
/// # Errors
/// What FFmpeg says.
pub async fn stem(cx: &Cx, stem: &Stem) -> Result<Heard> {
    let mut tracks = Vec::new();
    for placed in stem.tracks.iter().filter(|track| !track.is_empty()) {
        tracks.push(track(cx, placed, stem.samples).await?);
    }
    match (tracks.pop(), stem.tracks.len()) {
        (None, _) => {
            let silence = format!("anullsrc=r={RATE}:cl=stereo,aformat=sample_fmts=fltp,{}", exactly(stem.samples));
            kept(cx, loud_ffmpeg(), &silence, stem.samples).await
        }
        (Some(only), 1) => Ok(only),
        (Some(last), n) => {
            tracks.push(last);
            let mut command = loud_ffmpeg();
            let (mut graph, mut labels) = (String::new(), String::new());
            for (i, track) in tracks.iter().enumerate() {
                command = command.arg("-i").arg(format!("{{in}}/t{i}")).input(format!("t{i}"), &track.file);
                let _ = write!(graph, "[{i}:a]volume={:.2}dB[m{i}];", room(n));
                let _ = write!(labels, "[m{i}]");
            }
            let mixed = format!("amix=inputs={}:normalize=0:duration=longest", tracks.len());
            let graph = format!("{graph}{labels}{mixed},{}", exactly(stem.samples));
            kept(cx, command, &graph, stem.samples).await
        }
    }
}

/// One track as one sound of `total` samples.
async fn track(cx: &Cx, track: &[Placed], total: u64) -> Result<Heard> {
    let mut slots = slots(track, total);
    let ends = ready(cx, &mut slots, total).await?;
    let mut groups = Vec::new();
    for group in slots.chunks(GROUP) {
        groups.push(run(cx, group).await?);
    }
    let mut whole = if groups.len() == 1 {
        groups.swap_remove(0)
    } else {
        let mut command = loud_ffmpeg();
        for (i, group) in groups.iter().enumerate() {
            command = command.arg("-i").arg(format!("{{in}}/g{i}")).input(format!("g{i}"), &group.file);
        }
        let labels = (0..groups.len()).fold(String::new(), |labels, i| format!("{labels}[{i}:a]"));
        let graph = format!("{labels}concat=n={}:v=0:a=1,{}", groups.len(), exactly(total));
        kept(cx, command, &graph, total).await?
    };
    whole.known.ends = ends;
    Ok(whole)
}

/// What clips need before they can be placed: music is fitted, and noise measured. Does the last one reach the film's
/// end, and is at its own?
async fn ready(cx: &Cx, slots: &mut [Slot<'_>], total: u64) -> Result<bool> {
    let (mut at, mut ends, mut late) = (0, false, None);
    for slot in slots {
        at += slot.lead;
        let clip = slot.clip;
        if clip.fit {
            let music = fit::fit(cx, &clip.audio, clip.from, clip.take).await?;
            ends = music.ends && at + clip.take == total;
            slot.fitted = Some(music.file);
        }
        if clip.denoise_cb > 0 {
            let by = match late {
                Some(samples) => samples,
                None => noise::late(cx).await?,
            };
            late = Some(by);
            let floor = fit::floor(cx, &clip.audio, clip.from, clip.take).await?;
            slot.denoise = (noise::filter(clip.denoise_cb, floor, by) + ",", by);
        }
        at += slot.span;
    }
    Ok(ends)
}

async fn run(cx: &Cx, slots: &[Slot<'_>]) -> Result<Heard> {
    let mut command = loud_ffmpeg();
    for (i, slot) in slots.iter().enumerate() {
        let file = slot.fitted.as_ref().unwrap_or(&slot.clip.audio);
        command = command.args(READ).arg("-i").arg(format!("{{in}}/c{i}")).input(format!("c{i}"), file);
    }
    let samples = slots.iter().map(|slot| slot.lead + slot.span).sum();
    kept(cx, command, &graph(slots, 0), samples).await
}

/// The graph of a whole track; its files are the inputs from `first` on.
pub fn by_hand(track: &[Placed], total: u64, first: usize) -> String {
    graph(&slots(track, total), first)
}

fn slots<'a>(track: &'a [Placed], total: u64) -> Vec<Slot<'a>> {
    let slot = |(i, clip): (usize, &'a Placed)| {
        let next = track.get(i + 1).map_or(total, |next| next.at);
        let lead = if i == 0 { clip.at } else { 0 };
        Slot { clip, fitted: None, denoise: (String::new(), 0), lead, span: next.saturating_sub(clip.at) }
    };
    track.iter().enumerate().map(slot).collect()
}

fn graph(slots: &[Slot<'_>], first: usize) -> String {
    let mut graph = String::new();
    let mut labels = String::new();
    let mut parts = slots.len();
    if let Some(lead) = slots.first().map(|s| s.lead).filter(|lead| *lead > 0) {
        let _ = write!(graph, "anullsrc=r={RATE}:cl=stereo,aformat=sample_fmts=fltp,atrim=end_sample={lead}[lead];");
        labels.push_str("[lead]");
        parts += 1;
    }
    for (i, slot) in slots.iter().enumerate() {
        let (speed, (noise, late)) = (slot.clip.speed, &slot.denoise);
        let from = if slot.clip.fit { 0 } else { slot.clip.from } + late;
        let (read, tempo) = if speed == Ratio::ONE {
            (slot.clip.take, String::new())
        } else {
            // A little more than is needed: what is too much is cut off.
            let read = slot.clip.take * u64::from(speed.num) / u64::from(speed.den.max(1)) + u64::from(RATE) / 10;
            (read, format!("atempo={:.9},", speed.value()))
        };
        let _ = write!(
            graph,
            "[{}:a:0]aresample={RATE},aformat=sample_fmts=fltp:channel_layouts=stereo,\
             {noise}atrim=start_sample={from}:end_sample={},asetpts=PTS-STARTPTS,{tempo}volume={:.2}dB,{}[s{i}];",
            first + i,
            from + read,
            f64::from(slot.clip.gain_cb) / 100.0,
            slot.exactly()
        );
        let _ = write!(labels, "[s{i}]");
    }
    let _ = write!(graph, "{labels}concat=n={parts}:v=0:a=1");
    graph
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn clips_start_on_their_samples() {
        let clip = |at, take| Placed { at, take, ..Placed::default() };
        let track = [clip(14_400, 97_600), clip(128_000, 48_000)];
        let slots = slots(&track, 192_000);
        assert_eq!(slots.iter().map(|s| s.lead + s.span).sum::<u64>(), 192_000);
        insta::assert_snapshot!(graph(&slots, 0).replace(';', ";\n"), @"
        anullsrc=r=48000:cl=stereo,aformat=sample_fmts=fltp,atrim=end_sample=14400[lead];
        [0:a:0]aresample=48000,aformat=sample_fmts=fltp:channel_layouts=stereo,atrim=start_sample=0:end_sample=97600,asetpts=PTS-STARTPTS,volume=0.00dB,apad=whole_len=113600,atrim=end_sample=113600[s0];
        [1:a:0]aresample=48000,aformat=sample_fmts=fltp:channel_layouts=stereo,atrim=start_sample=0:end_sample=48000,asetpts=PTS-STARTPTS,volume=0.00dB,apad=whole_len=64000,atrim=end_sample=64000[s1];
        [lead][s0][s1]concat=n=3:v=0:a=1
        ");
    }
}
