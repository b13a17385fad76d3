//! How long a film or a piece of one will take: from figures measured on two cores, for `studio plan`. The
//! host corrects them by what it has learnt of its own box.

use serde_json::Value;
use studio_plugin_sdk::{
    json::{known, typed},
    roles::render::{RenderRequest, VideoCodec},
    timeline::{Clip, Media, TrackKind},
    wire::Estimate,
};

use crate::{
    check,
    piece::{Piece, Segment},
    plan::Plan,
    preset::Format,
    repeats,
    sound::{
        RATE,
        pieces::{Blend, Limited, Packets, Stem},
    },
};

/// Seconds for a million pixels encoded, for a segment's start and end, for a second of sound, and for a file that is
/// only copied together.
const MEGAPIXEL: f64 = 0.003;
const SEGMENT: f64 = 0.4;
const SOUND: f64 = 0.055;
const FILE: f64 = 0.25;
/// What a picture that stays takes of that: frames that are like the one before them are not encoded.
const RESTING: f64 = 0.4;
/// The same for a million pixels of a picture that moves.
const MOVING: f64 = 0.023;
/// The same for a picture of a GIF or a WebP.
const PREVIEW: f64 = 0.1;
/// How much longer other codecs take than H.264.
const HEVC: f64 = 6.0;
const AV1: f64 = 5.0;
const VP9: f64 = 8.0;
/// Segments that are encoded at once.
const LANES: f64 = 2.0;

/// Seconds for a frame of 1080p that is looked at.
const LOOK: f64 = 0.004;

/// What a request will take; none: not all of it is known yet.
pub fn seconds(request: &Value) -> Estimate {
    let seconds = known::<RenderRequest>(request).and_then(|request| match request.piece.clone() {
        Some(piece) => typed(piece).ok().map(|piece| piece_seconds(&piece)),
        None => film_seconds(&request),
    });
    Estimate { usage: None, seconds }
}

fn piece_seconds(piece: &Piece) -> f64 {
    match piece {
        Piece::Probe(_) => FILE / 2.0,
        Piece::Segment(piece) => segment(piece),
        Piece::Join(join) => FILE + 0.001 * join.parts.len() as f64,
        Piece::Heard(sound) => SEGMENT + SOUND * sound.rate.seconds(sound.frames),
        Piece::Mixed(mix) => SEGMENT + SOUND / 2.0 * mix.rate.seconds(mix.frames),
        Piece::Stem(Stem { samples, .. }) | Piece::Blend(Blend { samples, .. }) => FILE + SOUND / 4.0 * heard(*samples),
        Piece::Limited(Limited { slices, .. }) => FILE + SOUND / 4.0 * heard(slices.iter().map(|s| s.samples).sum()),
        Piece::Packets(Packets { slices, .. }) => FILE + SOUND / 2.0 * heard(slices.iter().map(|s| s.samples).sum()),
        Piece::Poster(_) | Piece::Still(_) | Piece::Cover(_) => FILE,
        Piece::Best(frames) | Piece::Sheet(frames) => FILE * (1.0 + frames.frames.len() as f64 / 4.0),
        Piece::Preview(preview) => {
            let frames: u32 = preview.parts.iter().map(|part| part.frames).sum();
            SEGMENT + PREVIEW * megapixels(&preview.format) * f64::from(frames)
        }
        Piece::Listen(listen) => FILE + SOUND / 8.0 * heard(listen.samples),
        Piece::Look(look) => SEGMENT + LOOK * f64::from(look.frames()),
        Piece::Mux(mux) => file(mux.parts.len()),
    }
}

/// Seconds for a file of so many segments.
pub fn file(segments: usize) -> f64 {
    FILE + 0.001 * segments as f64
}

/// Seconds for a segment.
pub fn segment(segment: &Segment) -> f64 {
    let moves = segment.shot.framed.within.is_some();
    let moving = moving(&segment.format, if moves { segment.frames } else { 0 });
    let share = if repeats::suits(segment) { RESTING } else { 1.0 };
    SEGMENT + share * encoding(&segment.format, segment.frames) + moving
}

/// Seconds for all that is heard in a film.
pub fn sound(plan: &Plan) -> f64 {
    SEGMENT + SOUND * plan.rate.seconds(plan.frames)
}

fn film_seconds(request: &RenderRequest) -> Option<f64> {
    let (timeline, output) = check::request(request).ok()?;
    let format = output.format;
    let track = timeline.track(TrackKind::Video)?;
    let moved: u32 = track.clips().filter(|(_, clip)| clip.framing.crop.len() > 1).map(|(_, clip)| clip.frames).sum();
    let rests = |clip: &Clip| clip.framing.crop.len() <= 1 && matches!(clip.media, Media::Still { .. });
    let rests = |clip: &Clip| repeats::are_filled(&format) && rests(clip);
    let resting: u32 = track.clips().filter(|(_, clip)| rests(clip)).map(|(_, clip)| clip.frames).sum();
    let saved = (1.0 - RESTING) * encoding(&format, resting);
    let drawing = encoding(&format, timeline.frames()) - saved + moving(&format, moved);
    let pictures = (SEGMENT * track.items.len() as f64 + drawing) / LANES;
    let pictures = if output.container.is_seen() { pictures } else { 0.0 };
    let sound = SOUND * timeline.rate.seconds(timeline.frames()) / LANES;
    Some(pictures + sound + SEGMENT)
}

fn encoding(format: &Format, frames: u32) -> f64 {
    let times = match format.codec {
        VideoCodec::H264 => 1.0,
        VideoCodec::Prores => 3.0,
        VideoCodec::Hevc => HEVC,
        VideoCodec::Av1 => AV1,
        VideoCodec::Vp9 => VP9,
    };
    MEGAPIXEL * times * megapixels(format) * f64::from(frames)
}

/// Seconds of so many samples.
fn heard(samples: u64) -> f64 {
    samples as f64 / f64::from(RATE)
}

fn moving(format: &Format, frames: u32) -> f64 {
    MOVING * megapixels(format) * f64::from(frames)
}

fn megapixels(format: &Format) -> f64 {
    f64::from(format.width) * f64::from(format.height) / 1e6
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_minute_takes_less_than_a_minute_and_unknown_scenes_take_nobody_knows() {
        let picture = json!({ "image": { "blob": "b", "bytes": 1, "mime": "image/png" }, "width": 1, "height": 1 });
        let scene = |id: u32| json!({ "id": id.to_string(), "picture": picture, "seconds": 6 });
        let film = json!({ "timeline": (0..10).map(scene).collect::<Vec<_>>() });
        let known = seconds(&film).seconds.unwrap();
        assert!((5.0..40.0).contains(&known), "{known}");
        let mut moving = film.clone();
        moving["timeline"][0]["motion"] = json!("zoom_in");
        assert!(seconds(&moving).seconds.unwrap() > known + 2.0);
        assert_eq!(seconds(&json!({ "timeline": null })).seconds, None);
        assert_eq!(seconds(&json!({ "timeline": [{ "id": "a", "picture": null }] })).seconds, None);
    }
}
