//! What may be rendered: every request is checked here before any work, and bad ones are refused with the
//! field that is wrong and what to do.

use std::collections::BTreeSet;

use studio_plugin_sdk::{
    error::{Result, StageError},
    roles::{
        render::{RenderRequest, TimelineInput},
        tts::Word,
    },
    timeline::{Item, Media, Rate, SceneClip, Timeline, TrackKind, TransitionLook},
};

use crate::preset::{self, Format};

/// Most scenes in a film.
const MAX_SCENES: usize = 10_000;
/// Longest scene and film, in seconds.
const MAX_SECONDS: f64 = 12.0 * 3600.0;

/// A request's timeline, sound in all its numbers, and the format of the film.
///
/// # Errors
/// `invalid_input` with the field.
pub fn request(request: &RenderRequest) -> Result<(Timeline, Format)> {
    let (timeline, format) = match &request.timeline {
        TimelineInput::Scenes(list) => {
            let format = preset::format(&request.preset, None)?;
            scenes(list)?;
            (laid_out(list, format.rate)?, format)
        }
        TimelineInput::Timeline(timeline) => {
            rate(timeline.rate)?;
            (timeline.clone(), preset::format(&request.preset, Some(timeline.rate))?)
        }
    };
    tracks(&timeline)?;
    Ok((timeline, format))
}

fn scenes(scenes: &[SceneClip]) -> Result<()> {
    if scenes.is_empty() {
        return Err(StageError::invalid("timeline", "The film has no scenes. Give at least one."));
    }
    if scenes.len() > MAX_SCENES {
        let message = format!("The film has {} scenes; at most {MAX_SCENES} are possible. Split it.", scenes.len());
        return Err(StageError::invalid("timeline", message));
    }
    let mut ids = BTreeSet::new();
    for (i, scene) in scenes.iter().enumerate() {
        let at = |name: &str| format!("timeline[{i}].{name}");
        unique(&mut ids, &scene.id, &at("id"))?;
        if let Some(seconds) = scene.seconds {
            length(seconds, &at("seconds"))?;
        }
        if let Some(narration) = &scene.narration {
            length(narration.seconds, &at("narration.seconds"))?;
        }
        words(&scene.captions, &at("captions"))?;
    }
    Ok(())
}

fn laid_out(scenes: &[SceneClip], rate: Rate) -> Result<Timeline> {
    Timeline::from_scenes(scenes, rate).map_err(|i| {
        let message = format!("Scene {:?} has neither a picture nor a video. Give it one.", scenes[i].id);
        StageError::invalid(format!("timeline[{i}].picture"), message)
    })
}

fn rate(rate: Rate) -> Result<()> {
    let fps = f64::from(rate.num) / f64::from(rate.den);
    if rate.num == 0 || rate.den == 0 || rate.num > 240_000 || !(1.0..=120.0).contains(&fps) {
        return Err(StageError::invalid("timeline.rate", "The frame rate must be between 1 and 120 frames a second."));
    }
    Ok(())
}

fn tracks(timeline: &Timeline) -> Result<()> {
    let Some(at) = timeline.tracks.iter().position(|t| t.kind == TrackKind::Video) else {
        return Err(StageError::invalid("timeline.tracks", "The timeline has no video track. Give it one."));
    };
    let limit = timeline.rate.frames_for(MAX_SECONDS);
    for (t, track) in timeline.tracks.iter().enumerate() {
        let (mut ids, mut total) = (BTreeSet::new(), 0u64);
        for (i, item) in track.items.iter().enumerate() {
            let field = format!("timeline.tracks[{t}].items[{i}]");
            total += u64::from(item.frames());
            if total > u64::from(limit) {
                return Err(StageError::invalid(field, "The film is longer than 12 hours. Split it."));
            }
            match item {
                Item::Clip(clip) => {
                    unique(&mut ids, &clip.id, &format!("{field}.id"))?;
                    words(&clip.captions, &format!("{field}.captions"))?;
                    media(&clip.media, track.kind, &field)?;
                    if clip.frames == 0 || !(-96.0..=48.0).contains(&clip.gain_db) {
                        let message = "A clip needs at least one frame and a gain between -96 and 48 dB.";
                        return Err(StageError::invalid(field, message));
                    }
                }
                Item::Gap { .. } => {}
                Item::Transition(_) => between(track.items.as_slice(), i, track.kind, &field)?,
            }
        }
        if t == at && total == 0 {
            return Err(StageError::invalid(format!("timeline.tracks[{t}]"), "The video track is empty."));
        }
    }
    Ok(())
}

fn media(media: &Media, kind: TrackKind, field: &str) -> Result<()> {
    let (from, fits) = match media {
        Media::Still { .. } => (0.0, kind == TrackKind::Video),
        Media::Video { from, .. } => (*from, true),
        Media::Audio { from, .. } => (*from, kind != TrackKind::Video),
    };
    if !fits {
        return Err(StageError::invalid(format!("{field}.media"), "This kind of media does not belong on this track."));
    }
    if (0.0..=MAX_SECONDS).contains(&from) {
        return Ok(());
    }
    Err(StageError::invalid(format!("{field}.media.from"), "The start must be between 0 and 43200 seconds."))
}

/// A transition lies between two things with frames enough, on the picture's track.
fn between(items: &[Item], i: usize, kind: TrackKind, field: &str) -> Result<()> {
    let Item::Transition(transition) = &items[i] else { return Ok(()) };
    let neighbour = |at: Option<usize>| at.and_then(|at| items.get(at)).map_or(0, Item::frames);
    let (before, after) = (neighbour(i.checked_sub(1)), neighbour(Some(i + 1)));
    let fits = before >= transition.in_frames && after >= transition.out_frames && before > 0 && after > 0;
    if kind == TrackKind::Video && (fits || transition.look == TransitionLook::Cut) {
        return Ok(());
    }
    let message = "A transition belongs between two clips of the video track that are longer than its frames.";
    Err(StageError::invalid(field, message))
}

fn unique<'a>(ids: &mut BTreeSet<&'a str>, id: &'a str, field: &str) -> Result<()> {
    if id.is_empty() || id.len() > 200 {
        return Err(StageError::invalid(field, "An id has 1 to 200 bytes."));
    }
    if !ids.insert(id) {
        return Err(StageError::invalid(field, format!("The id {id:?} is used twice. Give each scene its own.")));
    }
    Ok(())
}

fn length(seconds: f64, field: &str) -> Result<()> {
    if (0.0..=MAX_SECONDS).contains(&seconds) {
        return Ok(());
    }
    Err(StageError::invalid(field, format!("{seconds} is no length; it must be between 0 and 43200 seconds.")))
}

fn words(words: &[Word], field: &str) -> Result<()> {
    for (i, word) in words.iter().enumerate() {
        let fits = (0.0..=MAX_SECONDS).contains(&word.start) && (0.0..=MAX_SECONDS).contains(&word.end);
        if !fits {
            let message = format!("The word {:?} has times that are no seconds of the film.", word.text);
            return Err(StageError::invalid(format!("{field}[{i}]"), message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use studio_plugin_sdk::{
        error::ErrorKind,
        roles::{image::Image, tts::Speech},
    };

    use super::*;

    fn scene(id: &str) -> SceneClip {
        serde_json::from_value(serde_json::json!({ "id": id, "picture": Image::default() })).unwrap()
    }

    fn refused(scenes: Vec<SceneClip>) -> String {
        let error =
            request(&RenderRequest { timeline: TimelineInput::Scenes(scenes), ..Default::default() }).unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidInput);
        error.field.unwrap()
    }

    #[test]
    fn bad_scenes_are_named() {
        let bare = SceneClip { picture: None, ..scene("b") };
        let endless = SceneClip { seconds: Some(f64::INFINITY), ..scene("b") };
        let negative = SceneClip { seconds: Some(-1.0), ..scene("b") };
        let speech = Speech { seconds: f64::NAN, ..Default::default() };
        let unsaid = SceneClip { narration: Some(speech), ..scene("b") };
        let word = Word { text: "x".into(), start: f64::NAN, ..Default::default() };
        let mistimed = SceneClip { captions: vec![word], ..scene("b") };
        let long = SceneClip { seconds: Some(43_000.0), ..scene("b") };
        let longer = SceneClip { seconds: Some(43_000.0), ..scene("c") };
        assert_eq!(refused(vec![]), "timeline");
        assert_eq!(refused(vec![scene("a"), bare]), "timeline[1].picture");
        assert_eq!(refused(vec![scene("a"), scene("a")]), "timeline[1].id");
        assert_eq!(refused(vec![scene("a"), endless]), "timeline[1].seconds");
        assert_eq!(refused(vec![scene("a"), negative]), "timeline[1].seconds");
        assert_eq!(refused(vec![scene("a"), unsaid]), "timeline[1].narration.seconds");
        assert_eq!(refused(vec![scene("a"), mistimed]), "timeline[1].captions[0]");
        assert_eq!(refused(vec![long, longer]), "timeline.tracks[0].items[1]");
        assert_eq!(refused((0..10_001).map(|i| scene(&i.to_string())).collect()), "timeline");
    }
}
