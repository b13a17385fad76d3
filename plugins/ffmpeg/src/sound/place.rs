//! Clips of one track one after another, each starting on its exact sample.

use std::fmt::Write;

use studio_plugin_sdk::{
    error::Result,
    prelude::Cx,
    timeline::{Rate, Ratio},
};

use super::{RATE, Stem, exactly, loud_ffmpeg, stem};
use crate::piece::{SoundClip, SoundTrack};

/// Most clips in one run of FFmpeg.
const GROUP: usize = 150;
/// Containers that are read as sound.
const FORMATS: &str = "wav,w64,aiff,flac,mp3,ogg,aac,mov,matroska,caf";

/// A clip and the span up to the next one.
struct Slot<'a> {
    clip: &'a SoundClip,
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
        cut + &exactly(self.span)
    }
}

/// One track as one sound of `total` samples.
pub async fn track(cx: &Cx, track: &SoundTrack, rate: Rate, total: u64) -> Result<Stem> {
    let slots = slots(track, rate, total);
    // Only differences between clips matter; none may go over full scale.
    let loudest = track.clips.iter().map(|c| c.gain_cb).max().unwrap_or(0);
    let mut groups = Vec::new();
    for group in slots.chunks(GROUP) {
        groups.push(run(cx, group, loudest).await?);
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

async fn run(cx: &Cx, slots: &[Slot<'_>], loudest: i32) -> Result<Stem> {
    let mut command = loud_ffmpeg();
    for (i, slot) in slots.iter().enumerate() {
        command = command.args(["-protocol_whitelist", "file", "-format_whitelist", FORMATS, "-i"]);
        command = command.arg(format!("{{in}}/c{i}")).input(format!("c{i}"), &slot.clip.audio);
    }
    stem(cx, command, &graph(slots, loudest, 0)).await
}

/// The graph of a whole track; its files are the inputs from `first` on.
pub fn by_hand(track: &SoundTrack, rate: Rate, total: u64, first: usize) -> String {
    let loudest = track.clips.iter().map(|c| c.gain_cb).max().unwrap_or(0);
    graph(&slots(track, rate, total), loudest, first)
}

fn slots(track: &SoundTrack, rate: Rate, total: u64) -> Vec<Slot<'_>> {
    let mut slots = Vec::with_capacity(track.clips.len());
    for (i, clip) in track.clips.iter().enumerate() {
        let start = rate.sample(clip.at, RATE);
        let next = track.clips.get(i + 1).map_or(total, |c| rate.sample(c.at, RATE));
        let take = rate.sample(clip.at + clip.frames, RATE).min(next) - start;
        slots.push(Slot { clip, lead: if i == 0 { start } else { 0 }, take, span: next - start });
    }
    slots
}

fn graph(slots: &[Slot<'_>], loudest: i32, first: usize) -> String {
    let mut graph = String::new();
    let mut labels = String::new();
    let mut parts = slots.len();
    if let Some(lead) = slots.first().map(|s| s.lead).filter(|lead| *lead > 0) {
        let _ = write!(graph, "anullsrc=r={RATE}:cl=stereo,aformat=sample_fmts=fltp,atrim=end_sample={lead}[lead];");
        labels.push_str("[lead]");
        parts += 1;
    }
    for (i, slot) in slots.iter().enumerate() {
        let (from, speed) = (slot.clip.from, slot.clip.speed);
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
             atrim=start_sample={from}:end_sample={},asetpts=PTS-STARTPTS,{tempo}volume={:.2}dB,{}[s{i}];",
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
    use studio_plugin_sdk::blob::Blob;

    use super::*;
    use crate::piece::SoundKind;

    #[test]
    fn clips_start_on_their_samples() {
        let clip =
            |at, frames| SoundClip { audio: Blob::default(), from: 0, at, frames, gain_cb: 0, speed: Ratio::ONE };
        let track = SoundTrack { kind: SoundKind::Speech, clips: vec![clip(9, 61), clip(80, 30)] };
        let slots = slots(&track, Rate::fps(30), 192_000);
        assert_eq!(slots.iter().map(|s| s.lead + s.span).sum::<u64>(), 192_000);
        insta::assert_snapshot!(graph(&slots, 0, 0).replace(';', ";\n"), @"
        anullsrc=r=48000:cl=stereo,aformat=sample_fmts=fltp,atrim=end_sample=14400[lead];
        [0:a:0]aresample=48000,aformat=sample_fmts=fltp:channel_layouts=stereo,atrim=start_sample=0:end_sample=97600,asetpts=PTS-STARTPTS,volume=0.00dB,apad=whole_len=113600,atrim=end_sample=113600[s0];
        [1:a:0]aresample=48000,aformat=sample_fmts=fltp:channel_layouts=stereo,atrim=start_sample=0:end_sample=48000,asetpts=PTS-STARTPTS,volume=0.00dB,apad=whole_len=64000,atrim=end_sample=64000[s1];
        [lead][s0][s1]concat=n=3:v=0:a=1
        ");
    }
}
