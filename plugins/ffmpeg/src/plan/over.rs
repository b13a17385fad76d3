//! What lies over the picture: overlay tracks and caption tracks, cut to the frames of one segment.

use studio_plugin_sdk::timeline::{Blend, Clip, Fit, Media, Rect, Timeline, TrackKind};

use super::{captions::Spoken, shots::Sources};
use crate::{
    parts,
    shot::{Captions, Layer, Source},
};

/// All that lies over the picture.
pub struct Over<'a> {
    /// Clips of overlay tracks with the film's frame in which they start; the upper ones come later.
    pub overlays: Vec<(u32, &'a Clip)>,
    /// Captions of caption tracks.
    pub spoken: Vec<Spoken>,
}

impl<'a> Over<'a> {
    /// The overlays of a timeline, and its captions.
    pub fn new(timeline: &'a Timeline, spoken: Vec<Spoken>) -> Self {
        let tracks = timeline.tracks.iter().filter(|t| t.kind == TrackKind::Overlay);
        Self { overlays: tracks.flat_map(|t| t.clips()).collect(), spoken }
    }

    /// The layers that are seen in `frames` frames of the film from `start` on.
    pub fn layers(&self, sources: Sources<'_>, start: u32, frames: u32) -> Vec<Layer> {
        self.overlays.iter().filter_map(|&(at, clip)| layer(sources, (at, clip), start, frames)).collect()
    }

    /// The captions that are seen in them.
    pub fn captions(&self, sources: Sources<'_>, start: u32, frames: u32) -> Vec<Captions> {
        let seen = |spoken: &Spoken| {
            let first = i64::from(start) - i64::from(spoken.start);
            parts::seen_in(sources.style, (&spoken.cues, &spoken.second), first, frames, sources.format.rate)
        };
        self.spoken.iter().filter(|s| s.start < start + frames && s.start + s.frames > start).filter_map(seen).collect()
    }

    /// The film's frames between `from` and `to` in which something over the picture comes or goes.
    pub fn edges(&self, from: u32, to: u32) -> Vec<u32> {
        let ends = self.overlays.iter().flat_map(|(at, clip)| [*at, at + clip.frames]);
        ends.filter(|edge| from < *edge && *edge < to).collect()
    }
}

fn layer(sources: Sources<'_>, (at, clip): (u32, &Clip), start: u32, frames: u32) -> Option<Layer> {
    let (from, to) = (at.max(start), (at + clip.frames).min(start + frames));
    if from >= to {
        return None;
    }
    let count = to - from;
    let mut shot = sources.shot(Some(clip), i64::from(from) - i64::from(at), count, Fit::Contain);
    if matches!(shot.framed.levels[..], [(_, 0)]) {
        return None;
    }
    if matches!(clip.media, Media::ProgressBar { .. }) && clip.framing.place.is_none() {
        shot.framed.place = Some(BAR);
    }
    if clip.framing.blend == Blend::Normal {
        return Some(Layer { start: from - start, frames: count, shot });
    }
    // What is mixed with the picture is there all the while, and not seen outside of its time.
    let (before, after) = (from - start, start + frames - to);
    match &mut shot.source {
        Source::Video(video) => video.first -= i64::from(before),
        Source::ProgressBar { first, .. } => *first -= i64::from(before),
        Source::Black | Source::Color { .. } | Source::Still { .. } => {}
    }
    for key in &mut shot.framed.crop {
        key.at += if shot.framed.within.is_some() { i64::from(before) } else { 0 };
    }
    let levels = &mut shot.framed.levels;
    if before + after > 0 {
        if levels.is_empty() {
            levels.push((count, 255));
        }
        levels.insert(0, (before, 0));
        levels.push((after, 0));
        levels.retain(|(count, _)| *count > 0);
    }
    Some(Layer { start: 0, frames, shot })
}

/// Where a progress bar lies that has no place of its own: along the lower edge.
const BAR: Rect = Rect { x: 0.0, y: 0.988, width: 1.0, height: 0.012 };
