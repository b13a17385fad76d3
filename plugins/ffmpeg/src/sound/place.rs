//! Clips of one track one after another, each starting on its exact sample.

use std::fmt::Write;

use studio_plugin_sdk::{
    blob::Blob,
    error::Result,
    prelude::Cx,
    timeline::{Rate, Ratio},
};

use super::{RATE, Stem, exactly, fit, loud_ffmpeg, noise, stem};
use crate::piece::{SoundClip, SoundTrack};

/// Most clips in one run of FFmpeg.
const GROUP: usize = 150;
/// Containers that are read as sound.
pub const FORMATS: &str = "wav,w64,aiff,flac,mp3,ogg,aac,mov,matroska,caf";

/// A clip and the span up to the next one.
struct Slot<'a> {
    clip: &'a SoundClip,
    /// Samples at its two ends in which it comes up and goes down.
    fades: (u64, u64),
    /// Silence before it, in samples; only the first has any.
    lead: u64,
    /// Samples that are taken of it.
    take: u64,
    /// Samples until the next clip starts.
    span: u64,
}

impl Slot<'_> {
    /// The end of its chain: as long as its span, with nothing after what is taken.
    fn exactly(&self) -> String {
        let cut =
            if self.clip.speed == Ratio::ONE { String::new() } else { format!("atrim=end_sample={},", self.take) };
        cut + &self.faded() + &exactly(self.span)
    }
}

impl Slot<'_> {
    /// Where in its file it starts, and what takes its noise away, which is so many samples late.
    fn read(&self, late: u64) -> (u64, String) {
        let from = if self.clip.fit { 0 } else { self.clip.from };
        match self.clip.denoise_cb {
            0 => (from, String::new()),
            by => (from + late, noise::filter(by, late) + ","),
        }
    }

    /// Its fades, with a comma after each.
    fn faded(&self) -> String {
        let (up, down) = self.fades;
        let mut chain = String::new();
        if up > 0 {
            let _ = write!(chain, "afade=t=in:ss=0:ns={up}:curve=hsin,");
        }
        if down > 0 {
            let _ = write!(chain, "afade=t=out:ss={}:ns={down}:curve=hsin,", self.take - down);
        }
        chain
    }
}

/// What a clip needs before it can be placed.
#[derive(Default)]
struct Ready {
    /// The file that is read in its stead, fitted to its length.
    fitted: Vec<Option<Blob>>,
    /// Samples that the filter against noise is late.
    late: u64,
    /// The last clip reaches the film's end, and is at its own.
    ends: bool,
}

/// One track as one sound of `total` samples.
pub async fn track(cx: &Cx, track: &SoundTrack, rate: Rate, total: u64) -> Result<Stem> {
    let slots = slots(track, rate, total);
    let ready = ready(cx, &slots, total).await?;
    let stem = placed(cx, track, &slots, &ready, total).await?;
    Ok(Stem { ends: ready.ends, ..stem })
}

async fn ready(cx: &Cx, slots: &[Slot<'_>], total: u64) -> Result<Ready> {
    let mut ready = Ready { fitted: vec![None; slots.len()], ..Ready::default() };
    let mut at = 0;
    for (slot, fitted) in slots.iter().zip(&mut ready.fitted) {
        at += slot.lead;
        if slot.clip.fit {
            let music = fit::fit(cx, &slot.clip.audio, slot.clip.from, slot.take).await?;
            ready.ends = music.ends && at + slot.take == total;
            *fitted = Some(music.file);
        }
        at += slot.span;
    }
    if slots.iter().any(|slot| slot.clip.denoise_cb > 0) {
        ready.late = noise::late(cx).await?;
    }
    Ok(ready)
}

async fn placed(cx: &Cx, track: &SoundTrack, slots: &[Slot<'_>], ready: &Ready, total: u64) -> Result<Stem> {
    // Only differences between clips matter; none may go over full scale.
    let loudest = track.clips.iter().map(|c| c.gain_cb).max().unwrap_or(0);
    let mut groups = Vec::new();
    for (n, group) in slots.chunks(GROUP).enumerate() {
        let fitted = &ready.fitted[n * GROUP..n * GROUP + group.len()];
        groups.push(run(cx, group, fitted, (loudest, ready.late)).await?);
    }
    if groups.len() == 1 {
        return Ok(groups.swap_remove(0));
    }
    let mut command = loud_ffmpeg();
    for (i, group) in groups.iter().enumerate() {
        command = command.arg("-i").arg(format!("{{in}}/g{i}")).input(format!("g{i}"), &group.file);
    }
    let labels = (0..groups.len()).fold(String::new(), |labels, i| format!("{labels}[{i}:a]"));
    stem(cx, command, &format!("{labels}concat=n={}:v=0:a=1,{}", groups.len(), exactly(total))).await
}

async fn run(cx: &Cx, slots: &[Slot<'_>], fitted: &[Option<Blob>], (loudest, late): (i32, u64)) -> Result<Stem> {
    let mut command = loud_ffmpeg();
    for (i, (slot, fitted)) in slots.iter().zip(fitted).enumerate() {
        let file = fitted.as_ref().unwrap_or(&slot.clip.audio);
        command = command.args(["-protocol_whitelist", "file", "-format_whitelist", FORMATS, "-i"]);
        command = command.arg(format!("{{in}}/c{i}")).input(format!("c{i}"), file);
    }
    stem(cx, command, &graph(slots, loudest, 0, late)).await
}

/// The graph of a whole track; its files are the inputs from `first` on.
pub fn by_hand(track: &SoundTrack, rate: Rate, total: u64, first: usize) -> String {
    let loudest = track.clips.iter().map(|c| c.gain_cb).max().unwrap_or(0);
    graph(&slots(track, rate, total), loudest, first, 0)
}

fn slots(track: &SoundTrack, rate: Rate, total: u64) -> Vec<Slot<'_>> {
    let mut slots = Vec::with_capacity(track.clips.len());
    for (i, clip) in track.clips.iter().enumerate() {
        let start = rate.sample(clip.at, RATE);
        let next = track.clips.get(i + 1).map_or(total, |c| rate.sample(c.at, RATE));
        let take = rate.sample(clip.at + clip.frames, RATE).min(next) - start;
        let fades = [clip.fade_in, clip.fade_out].map(|frames| rate.sample(frames, RATE).min(take));
        slots.push(Slot { clip, fades: fades.into(), lead: if i == 0 { start } else { 0 }, take, span: next - start });
    }
    slots
}

fn graph(slots: &[Slot<'_>], loudest: i32, first: usize, late: u64) -> String {
    let mut graph = String::new();
    let mut labels = String::new();
    let mut parts = slots.len();
    if let Some(lead) = slots.first().map(|s| s.lead).filter(|lead| *lead > 0) {
        let _ = write!(graph, "anullsrc=r={RATE}:cl=stereo,aformat=sample_fmts=fltp,atrim=end_sample={lead}[lead];");
        labels.push_str("[lead]");
        parts += 1;
    }
    for (i, slot) in slots.iter().enumerate() {
        let speed = slot.clip.speed;
        let (from, noise) = slot.read(late);
        let (read, tempo) = if speed == Ratio::ONE {
            (slot.take, String::new())
        } else {
            // A little more than is needed: what is too much is cut off.
            let read = slot.take * u64::from(speed.num) / u64::from(speed.den.max(1)) + u64::from(RATE) / 10;
            (read, format!("atempo={:.9},", speed.value()))
        };
        let _ = write!(
            graph,
            "[{}:a:0]aresample={RATE},aformat=sample_fmts=fltp:channel_layouts=stereo,\
             {noise}atrim=start_sample={from}:end_sample={},asetpts=PTS-STARTPTS,{tempo}volume={:.2}dB,{}[s{i}];",
            first + i,
            from + read,
            f64::from(slot.clip.gain_cb - loudest) / 100.0,
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
    use crate::piece::SoundKind;

    #[test]
    fn clips_start_on_their_samples() {
        let clip = |at, frames| SoundClip { at, frames, ..SoundClip::default() };
        let track = SoundTrack { kind: SoundKind::Speech, gain_cb: 0, clips: vec![clip(9, 61), clip(80, 30)] };
        let slots = slots(&track, Rate::fps(30), 192_000);
        assert_eq!(slots.iter().map(|s| s.lead + s.span).sum::<u64>(), 192_000);
        insta::assert_snapshot!(graph(&slots, 0, 0, 0).replace(';', ";\n"), @"
        anullsrc=r=48000:cl=stereo,aformat=sample_fmts=fltp,atrim=end_sample=14400[lead];
        [0:a:0]aresample=48000,aformat=sample_fmts=fltp:channel_layouts=stereo,atrim=start_sample=0:end_sample=97600,asetpts=PTS-STARTPTS,volume=0.00dB,apad=whole_len=113600,atrim=end_sample=113600[s0];
        [1:a:0]aresample=48000,aformat=sample_fmts=fltp:channel_layouts=stereo,atrim=start_sample=0:end_sample=48000,asetpts=PTS-STARTPTS,volume=0.00dB,apad=whole_len=64000,atrim=end_sample=64000[s1];
        [lead][s0][s1]concat=n=3:v=0:a=1
        ");
    }
}
