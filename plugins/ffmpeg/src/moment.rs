//! One frame of a film, small and soon: what the film shows at a moment, before it is rendered.

use studio_plugin_sdk::{
    error::{Result, StageError},
    prelude::{Blob, Cx},
    roles::render::{Film, FilmMoment, RenderRequest},
    timeline::{Clip, Item, Timeline, TrackKind},
};

use crate::{
    caption::style::Dressed,
    check, film,
    piece::Still,
    plan::{self, Worded},
    preset::Format,
    segment, sound,
};

/// How high a picture may be, in pixels.
const HEIGHTS: std::ops::RangeInclusive<u32> = 64..=2160;

/// Draws the frame that is seen at a moment. Its captions are laid out for the small picture.
///
/// # Errors
/// `invalid_input` for a request that is no film, or a moment that is none; what FFmpeg says.
pub async fn moment(cx: &Cx, request: &RenderRequest, wanted: FilmMoment) -> Result<Film> {
    let timeline = sound::trimmed(cx, &request.timeline).await?;
    let request = &RenderRequest { timeline, ..request.clone() };
    let (timeline, output) = check::request(request)?;
    let whole = output.format;
    if !HEIGHTS.contains(&wanted.height) {
        let message = format!("A height of {} is not between 64 and 2160 pixels.", wanted.height);
        return Err(StageError::invalid("moment.height", message));
    }
    if !wanted.seconds.is_finite() || wanted.seconds < 0.0 {
        return Err(StageError::invalid("moment.seconds", "A moment is 0 seconds or more from the film's start."));
    }
    let last = timeline.frames().saturating_sub(1);
    let frame = (wanted.seconds * f64::from(whole.rate.num) / f64::from(whole.rate.den)).floor();
    let frame = frame.min(f64::from(last)) as u32;
    let format = smaller(whole, wanted.height);
    // Files that are not seen then are not looked at.
    let around = longest_transition(&timeline);
    let seen = |start: u32, clip: &Clip| start < frame + 1 + around && start + clip.frames + around > frame;
    let facts = film::facts(cx, &timeline, seen).await?;
    let dressed = if request.captions.is_burnt() { Dressed::of(cx, request, &timeline)? } else { None };
    let worded = Worded { mode: request.captions, dressed: dressed.as_ref() };
    let (segment, at) = plan::moment(&timeline, &format, worded, &facts, frame)
        .ok_or_else(|| StageError::invalid("timeline", "The film has no frames."))?;
    let image = segment::still(cx, &Still { segment, frame: at }).await?.video;
    Ok(Film { poster: Some(image), ..segment::silent(Blob::default(), &format, 1) })
}

/// The same shape, so many pixels high, in even numbers.
fn smaller(format: Format, height: u32) -> Format {
    let even = |pixels: f64| ((pixels / 2.0).round() as u32 * 2).max(2);
    let share = f64::from(height) / f64::from(format.height);
    Format { width: even(f64::from(format.width) * share), height: even(f64::from(height)), rough: true, ..format }
}

/// Frames of the longest transition.
fn longest_transition(timeline: &Timeline) -> u32 {
    let items = timeline.track(TrackKind::Video).map_or(&[][..], |track| &track.items);
    let length = |item: &Item| match item {
        Item::Transition(transition) => transition.in_frames.saturating_add(transition.out_frames),
        Item::Clip(_) | Item::Gap { .. } => 0,
    };
    items.iter().map(length).max().unwrap_or(0)
}
