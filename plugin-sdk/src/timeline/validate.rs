//! Which timelines can be rendered: what is wrong is named by track and clip, with what to do.

use std::collections::BTreeSet;

use super::{
    Clip, CropKey, Framing, Hearing, Item, Media, Rate, Ratio, Rect, Timeline, Track, TrackKind, TransitionLook,
};
use crate::{
    error::{Result, StageError},
    roles::tts::Word,
};

/// Longest film, in seconds.
const MAX_SECONDS: f64 = 12.0 * 3600.0;
/// Most clips, gaps and transitions on a track.
const MAX_ITEMS: usize = 100_000;
/// Most tracks, and most keys of anything that is key-framed.
const MAX_TRACKS: usize = 64;
const MAX_KEYS: usize = 1_000;
/// Fastest that a clip plays; sound only plays between a half and two.
const MAX_SPEED: f64 = 100.0;
/// Smallest part of a picture that is enlarged to the whole of it, and the smallest place in the frame.
const LEAST_SHARE: f64 = 0.01;

/// Where something is: for the error's field, and for people.
struct Place<'a> {
    field: String,
    track: &'a Track,
    clip: &'a str,
}

impl Place<'_> {
    fn error(&self, code: &str, field: &str, message: impl AsRef<str>) -> StageError {
        let (clip, kind) = (self.clip, self.track.kind.name());
        let (field, message) = (format!("{}{field}", self.field), message.as_ref());
        StageError::invalid(field, format!("Clip {clip:?} on the {kind} track: {message}")).code(code)
    }
}

impl Rate {
    /// Can films have this rate?
    ///
    /// # Errors
    /// `timeline.rate`: it is below 1 or above 120 frames a second.
    pub fn validate(self) -> Result<()> {
        let fps = f64::from(self.num) / f64::from(self.den);
        if self.den > 0 && self.num <= 240_000 && (1.0..=120.0).contains(&fps) {
            return Ok(());
        }
        let message = format!("{}/{} is no frame rate. Choose one between 1 and 120, as 30/1.", self.num, self.den);
        Err(StageError::invalid("timeline.rate", message).code("timeline.rate"))
    }
}

impl Timeline {
    /// Checks everything that a renderer relies on.
    ///
    /// # Errors
    /// `invalid_input` with a code (`timeline.clip`, `timeline.speed` …), the field, the track and the clip.
    pub fn validate(&self) -> Result<()> {
        self.rate.validate()?;
        if self.tracks.len() > MAX_TRACKS {
            let message = format!("The timeline has {} tracks; at most {MAX_TRACKS} are possible.", self.tracks.len());
            return Err(StageError::invalid("timeline.tracks", message).code("timeline.tracks"));
        }
        let pictures = self.tracks.iter().filter(|t| t.kind == TrackKind::Video).count();
        if pictures != 1 {
            let message = format!(
                "The timeline has {pictures} video tracks. Give it one; what lies over it belongs on an overlay track."
            );
            return Err(StageError::invalid("timeline.tracks", message).code("timeline.tracks"));
        }
        for (t, track) in self.tracks.iter().enumerate() {
            self.track_is_sound(t, track)?;
        }
        let length = self.frames();
        let late = self.chapters.iter().position(|chapter| chapter.frame > length);
        if let Some(i) = late.or_else(|| self.chapters.windows(2).position(|p| p[0].frame > p[1].frame)) {
            let message =
                format!("Chapter {:?} does not lie in the film after the one before it.", self.chapters[i].title);
            return Err(StageError::invalid(format!("timeline.chapters[{i}]"), message).code("timeline.chapter"));
        }
        Ok(())
    }

    fn track_is_sound(&self, t: usize, track: &Track) -> Result<()> {
        let at = format!("timeline.tracks[{t}]");
        let (kind, count) = (track.kind.name(), track.items.len());
        if count > MAX_ITEMS {
            let message =
                format!("The {kind} track has {count} items; at most {MAX_ITEMS} are possible. Split the film.");
            return Err(StageError::invalid(at, message).code("timeline.length"));
        }
        let limit = u64::from(self.rate.frames_for(MAX_SECONDS));
        let (mut ids, mut total) = (BTreeSet::new(), 0u64);
        for (i, item) in track.items.iter().enumerate() {
            let field = format!("{at}.items[{i}]");
            total += u64::from(item.frames());
            if total > limit {
                let message = format!("The {kind} track is longer than 12 hours. Split the film.");
                return Err(StageError::invalid(field, message).code("timeline.length"));
            }
            match item {
                Item::Clip(clip) => {
                    let place = Place { field, track, clip: &clip.id };
                    if clip.id.is_empty() || clip.id.len() > 200 {
                        return Err(place.error("timeline.id", ".id", "An id has 1 to 200 bytes."));
                    }
                    if !ids.insert(clip.id.as_str()) {
                        let message = "The id is used twice on this track. Give each clip its own.";
                        return Err(place.error("timeline.id", ".id", message));
                    }
                    clip_is_sound(clip, &place)?;
                }
                Item::Gap { .. } => {}
                Item::Transition(_) => transition_is_sound(track, i, field)?,
            }
        }
        if track.kind == TrackKind::Video && total == 0 {
            let message = "The video track is empty. Give it a clip.";
            return Err(StageError::invalid(at, message).code("timeline.length"));
        }
        Ok(())
    }
}

fn clip_is_sound(clip: &Clip, place: &Place<'_>) -> Result<()> {
    if clip.frames == 0 {
        return Err(place.error("timeline.clip", ".frames", "It has no frames. Give it at least one."));
    }
    if !(-96.0..=48.0).contains(&clip.gain_db) {
        return Err(place.error("timeline.clip", ".gain_db", "Choose a gain between -96 and 48 dB."));
    }
    media_is_sound(&clip.media, place)?;
    speed_is_sound(clip, place)?;
    framing_is_sound(&clip.framing, place)?;
    if place.track.kind.is_sound() && clip.framing != Framing::default() {
        return Err(place.error("timeline.framing", ".framing", "A sound has no place in the frame. Leave it out."));
    }
    hearing_is_sound(clip, place)?;
    let time = 0.0..=MAX_SECONDS;
    for (name, words) in [("captions", &clip.captions), ("translation", &clip.translation)] {
        if let Some(i) = words.iter().position(|word: &Word| !time.contains(&word.start) || !time.contains(&word.end)) {
            let message = format!("The word {:?} has times that are no seconds of the film.", words[i].text);
            return Err(place.error("timeline.words", &format!(".{name}[{i}]"), message));
        }
    }
    Ok(())
}

fn media_is_sound(media: &Media, place: &Place<'_>) -> Result<()> {
    let kind = place.track.kind;
    let shown = matches!(kind, TrackKind::Video | TrackKind::Overlay);
    let (fits, from) = match media {
        Media::Still { .. } | Media::Color { .. } => (shown, None),
        Media::Video { from, .. } => (shown || kind.is_sound(), Some(*from)),
        Media::Audio { from, .. } => (kind.is_sound(), Some(*from)),
        Media::ProgressBar { .. } => (kind == TrackKind::Overlay, None),
        Media::Captions => (kind == TrackKind::Caption, None),
    };
    if !fits {
        let message = "This kind of media does not belong on this track. Move it, or change the media.";
        return Err(place.error("timeline.media", ".media", message));
    }
    match from.map(|from| from.seconds()) {
        Some(seconds) if !(0.0..=MAX_SECONDS).contains(&seconds) => {
            Err(place.error("timeline.media", ".media.from", "The start must be between 0 and 43200 seconds."))
        }
        _ => Ok(()),
    }
}

fn speed_is_sound(clip: &Clip, place: &Place<'_>) -> Result<()> {
    let error = |field: &str, message: &str| Err(place.error("timeline.speed", field, message));
    let within = |speed: Ratio| (0.0..=MAX_SPEED).contains(&speed.value());
    if !within(clip.speed) {
        return error(".speed", "Choose a speed between 0 and 100, as a fraction whose lower number is not 0.");
    }
    if clip.ramp.len() > MAX_KEYS {
        return error(".ramp", "A ramp has at most 1000 points.");
    }
    if let Some(i) = clip.ramp.iter().position(|point| !within(point.speed)) {
        return error(&format!(".ramp[{i}].speed"), "Choose a speed between 0 and 100.");
    }
    if let Some(i) = unordered(clip.ramp.iter().map(|point| point.frame)) {
        return error(&format!(".ramp[{i}].frame"), "Each point of a ramp must lie after the one before it.");
    }
    if !clip.ramp.is_empty() && clip.speed != Ratio::ONE {
        return error(".speed", "It has a speed and a ramp. Leave one of them out.");
    }
    if place.track.kind.is_sound() && (!clip.ramp.is_empty() || !(0.5..=2.0).contains(&clip.speed.value())) {
        return error(".speed", "Sound plays between half and twice its speed, without a ramp.");
    }
    Ok(())
}

fn hearing_is_sound(clip: &Clip, place: &Place<'_>) -> Result<()> {
    let error = |field: &str, message: &str| Err(place.error("timeline.hearing", field, message));
    let hearing = &clip.hearing;
    if !place.track.kind.is_sound() && *hearing != Hearing::default() {
        return error(".hearing", "It is not heard on this track. Put its sound on a track of sound.");
    }
    if !(0.0..=Hearing::MOST_DENOISE).contains(&hearing.denoise) {
        return error(".hearing.denoise", "Choose between 0 and 40 dB.");
    }
    if hearing.ducks && place.track.kind == TrackKind::Music {
        return error(".hearing.ducks", "Music ducks no music. Leave it out, or put this on a track of effects.");
    }
    if hearing.fade_in.saturating_add(hearing.fade_out) > clip.frames {
        return error(".hearing.fade_out", "Its fades are longer than it is. Shorten them.");
    }
    if hearing.fit && clip.speed != Ratio::ONE {
        return error(".hearing.fit", "What is fitted plays at its own speed. Leave one of them out.");
    }
    if hearing.fit && hearing.trim {
        return error(".hearing.trim", "What is fitted is as long as its clip. Leave one of them out.");
    }
    Ok(())
}

fn framing_is_sound(framing: &Framing, place: &Place<'_>) -> Result<()> {
    let error = |field: &str, message: &str| Err(place.error("timeline.framing", field, message));
    if framing.crop.len() > MAX_KEYS || framing.opacity.len() > MAX_KEYS {
        return error(".framing", "At most 1000 keys are possible.");
    }
    if let Some(i) = framing.crop.iter().position(|key: &CropKey| !inside(key.rect)) {
        let message = "The part that is seen must lie within the picture and be at least 0.01 wide and high.";
        return error(&format!(".framing.crop[{i}].rect"), message);
    }
    if let Some(i) = unordered(framing.crop.iter().map(|key| key.frame)) {
        return error(&format!(".framing.crop[{i}].frame"), "Each key must lie after the one before it.");
    }
    if let Some(i) = framing.opacity.iter().position(|key| !(0.0..=1.0).contains(&key.opacity)) {
        return error(&format!(".framing.opacity[{i}]"), "Choose an opacity between 0 and 1.");
    }
    if let Some(i) = unordered(framing.opacity.iter().map(|key| key.frame)) {
        return error(&format!(".framing.opacity[{i}].frame"), "Each key must lie after the one before it.");
    }
    if framing.place.is_some_and(|rect| !inside(rect)) {
        return error(".framing.place", "The place must lie within the frame and be at least 0.01 wide and high.");
    }
    Ok(())
}

fn inside(rect: Rect) -> bool {
    // A hair over the edge comes from adding shares up.
    let within = |from: f64, length: f64| from >= 0.0 && length >= LEAST_SHARE && from + length <= 1.0 + 1e-6;
    within(rect.x, rect.width) && within(rect.y, rect.height)
}

/// The first frame that does not lie after the one before it.
fn unordered(frames: impl Iterator<Item = u32>) -> Option<usize> {
    let frames: Vec<u32> = frames.collect();
    frames.windows(2).position(|pair| pair[0] >= pair[1]).map(|i| i + 1)
}

/// A transition lies between two things with frames enough, on the picture's track.
fn transition_is_sound(track: &Track, i: usize, field: String) -> Result<()> {
    let Item::Transition(transition) = &track.items[i] else { return Ok(()) };
    let neighbour = |at: Option<usize>| at.and_then(|at| track.items.get(at)).map_or(0, Item::frames);
    let (before, after) = (neighbour(i.checked_sub(1)), neighbour(Some(i + 1)));
    let fits = before >= transition.in_frames && after >= transition.out_frames && before > 0 && after > 0;
    if track.kind == TrackKind::Video && (fits || transition.look == TransitionLook::Cut) {
        return Ok(());
    }
    let named = |at: Option<usize>| match at.and_then(|at| track.items.get(at)) {
        Some(Item::Clip(clip)) => format!("clip {:?}", clip.id),
        Some(Item::Gap { .. }) => "a gap".into(),
        _ => "nothing".into(),
    };
    let message = format!(
        "The transition between {} and {} on the {} track does not fit. It belongs between two clips of the video \
         track that are longer than its frames.",
        named(i.checked_sub(1)),
        named(Some(i + 1)),
        track.kind.name()
    );
    Err(StageError::invalid(field, message).code("timeline.transition"))
}

#[cfg(test)]
#[path = "validate_tests.rs"]
mod tests;
