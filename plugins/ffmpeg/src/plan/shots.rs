//! What is seen of a clip from one of its frames on, with nothing in it that is not seen.

use std::collections::BTreeMap;

use studio_plugin_sdk::timeline::{Clip, CropKey, Fit, Media, Ratio, Rect};

use crate::{
    caption::style::Drawn,
    preset::Format,
    probe::Facts,
    shot::{CropAt, Framed, Pace, Shot, Source, Video},
};

/// What decides how clips are read.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The film's format.
    pub format: &'a Format,
    /// What is known of the files, by their ids.
    pub facts: &'a BTreeMap<String, Facts>,
    /// How captions are drawn; none: as they always were.
    pub style: Option<&'a Drawn>,
}

impl Sources<'_> {
    /// What is seen of a clip in `frames` frames from its frame `first` on, without captions.
    pub fn shot(self, clip: Option<&Clip>, first: i64, frames: u32, fit: Fit) -> Shot {
        let Some(clip) = clip else {
            return Shot { source: Source::Black, framed: Framed::default(), captions: None };
        };
        let source = self.source(clip, first);
        Shot { source, framed: self.framed(clip, first, frames, fit), captions: None }
    }

    fn known(self, media: &Media) -> Facts {
        let (Media::Still { image: blob } | Media::Video { video: blob, .. }) = media else { return Facts::default() };
        self.facts.get(&blob.blob).copied().unwrap_or_default()
    }

    fn source(self, clip: &Clip, first: i64) -> Source {
        match &clip.media {
            Media::Still { image } => Source::Still { image: image.clone() },
            Media::Color { color } => Source::Color { color: *color },
            Media::ProgressBar { color, rest } => {
                Source::ProgressBar { color: *color, rest: *rest, first, whole: clip.frames }
            }
            Media::Audio { .. } | Media::Captions => Source::Black,
            Media::Video { video, from } => {
                let Facts { length_ms, width, height, colours, alpha, .. } = self.known(&clip.media);
                let (file, from_us, speed) = (video.clone(), from.micros(), paces(clip));
                Source::Video(Box::new(Video {
                    file,
                    from_us,
                    length_ms,
                    width,
                    height,
                    first,
                    speed,
                    alpha,
                    colours,
                    index: None,
                }))
            }
        }
    }

    fn framed(self, clip: &Clip, first: i64, frames: u32, fit: Fit) -> Framed {
        let framing = &clip.framing;
        let fit = framing.fit.unwrap_or(fit);
        let seen = |k: u32| {
            let frame = (first + i64::from(k)).clamp(0, i64::from(clip.frames) - 1);
            (framing.opacity_at(u32::try_from(frame).unwrap_or(0), clip.frames) * 255.0).round() as u8
        };
        let mut framed = Framed {
            fit,
            place: framing.place.filter(|place| *place != Rect::WHOLE),
            levels: runs((0..frames).map(seen)),
            blend: framing.blend,
            ..Framed::default()
        };
        let moves = framing.crop.windows(2).any(|pair| pair[0].rect != pair[1].rect);
        if moves {
            let known = self.known(&clip.media);
            let place = framed.place.unwrap_or(Rect::WHOLE);
            let shape = f64::from(self.format.width) * place.width / (f64::from(self.format.height) * place.height);
            let keys: Vec<CropKey> =
                framing.crop.iter().map(|key| CropKey { rect: shaped(key.rect, known, shape, fit), ..*key }).collect();
            framed.within = keys.iter().map(|key| key.rect).reduce(union);
            framed.crop = path(&keys, first, frames);
        } else if let Some(key) = framing.crop.first().filter(|key| key.rect != Rect::WHOLE) {
            framed.crop = vec![CropAt { at: 0, rect: key.rect, ease: key.ease }];
        }
        framed
    }
}

/// A clip's speed; empty: as it was made.
fn paces(clip: &Clip) -> Vec<Pace> {
    if clip.ramp.is_empty() && clip.speed == Ratio::ONE {
        return Vec::new();
    }
    clip.stretches().into_iter().map(|s| Pace { frames: s.frames, from: s.from, to: s.to }).collect()
}

/// How often each value comes in a row; empty: all of it is seen all the while.
fn runs(values: impl Iterator<Item = u8>) -> Vec<(u32, u8)> {
    let mut runs: Vec<(u32, u8)> = Vec::new();
    for value in values {
        match runs.last_mut() {
            Some((count, last)) if *last == value => *count += 1,
            _ => runs.push((1, value)),
        }
    }
    if matches!(runs[..], [(_, 255)]) { Vec::new() } else { runs }
}

/// The part of a rectangle that has the shape of its place: what moves always fills it.
fn shaped(rect: Rect, picture: Facts, shape: f64, fit: Fit) -> Rect {
    if fit == Fit::Stretch || picture.width == 0 || picture.height == 0 {
        return rect;
    }
    let picture = f64::from(picture.width) / f64::from(picture.height);
    let wide = rect.width * picture / rect.height;
    if wide > shape {
        let width = rect.width * shape / wide;
        Rect { x: rect.x + (rect.width - width) / 2.0, width, ..rect }
    } else {
        let height = rect.height * wide / shape;
        Rect { y: rect.y + (rect.height - height) / 2.0, height, ..rect }
    }
}

fn union(a: Rect, b: Rect) -> Rect {
    let (x, y) = (a.x.min(b.x), a.y.min(b.y));
    let (right, bottom) = ((a.x + a.width).max(b.x + b.width), (a.y + a.height).max(b.y + b.height));
    Rect { x, y, width: right - x, height: bottom - y }
}

/// The keys that decide what is seen in `frames` frames from `first` on.
fn path(keys: &[CropKey], first: i64, frames: u32) -> Vec<CropAt> {
    let at = |key: &CropKey| i64::from(key.frame) - first;
    let from = keys.iter().rposition(|key| at(key) <= 0).unwrap_or(0);
    let to = keys.iter().position(|key| at(key) >= i64::from(frames) - 1).unwrap_or(keys.len() - 1);
    let seen = &keys[from..=to.max(from)];
    if seen.iter().all(|key| key.rect == seen[0].rect) {
        return vec![CropAt { at: 0, rect: seen[0].rect, ease: seen[0].ease }];
    }
    seen.iter().map(|key| CropAt { at: at(key), rect: key.rect, ease: key.ease }).collect()
}
