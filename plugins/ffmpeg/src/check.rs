//! What may be rendered: every request is checked here before any work, and bad ones are refused with the
//! field that is wrong and what to do.

use std::collections::BTreeSet;

use studio_plugin_sdk::{
    error::{Result, StageError},
    roles::{
        render::{MusicBed, RenderRequest, TimelineInput},
        tts::Word,
    },
    timeline::{Hearing, SceneClip, SceneOverlay, Timeline},
};

use crate::{
    caption::language,
    preset::{self, Output},
    sound,
};

/// Most scenes in a film.
const MAX_SCENES: usize = 10_000;
/// Most overlays of a scene, and of the film: each has a track of its own.
const MAX_OVERLAYS: usize = 32;
/// Longest scene, in seconds.
const MAX_SECONDS: f64 = 12.0 * 3600.0;

/// A request's timeline, sound in all its numbers, with its music, and what the film becomes.
///
/// # Errors
/// `invalid_input` with the field.
pub fn request(request: &RenderRequest) -> Result<(Timeline, Output)> {
    let mut output = match &request.timeline {
        TimelineInput::Scenes(list) => {
            let output = preset::output(request, None)?;
            scenes(list)?;
            output
        }
        TimelineInput::Timeline(timeline) => {
            timeline.rate.validate()?;
            preset::output(request, Some(timeline.rate))?
        }
    };
    output.goal = sound::goal(request.loudness.as_ref(), output.goal)?;
    date(&request.date)?;
    if let Some(music) = &request.music {
        bed(music)?;
    }
    overlays(&request.overlays, "overlays", "the film")?;
    let timeline = request.laid_out(output.format.rate)?;
    timeline.validate()?;
    language::code(&request.language, "language")?;
    language::code(&request.translation_language, "translation_language")?;
    Ok((timeline, output))
}

fn bed(music: &MusicBed) -> Result<()> {
    let refused =
        |field: &str, message: &str| Err(StageError::invalid(format!("music.{field}"), message).code("render.music"));
    if music.audio.blob.is_empty() {
        return refused("audio", "There is no music. Give it a file, as `param.file` gives one.");
    }
    if !(-40.0..=20.0).contains(&music.gain_db) {
        return refused("gain_db", "Choose a gain between -40 and 20 dB.");
    }
    for (name, seconds) in [("from", music.from), ("fade_in", music.fade_in), ("fade_out", music.fade_out)] {
        length(seconds, &format!("music.{name}"))?;
    }
    Ok(())
}

/// A year, a month or a day; empty: none.
fn date(date: &str) -> Result<()> {
    let lengths: Vec<usize> = date.split('-').map(str::len).collect();
    let fits = matches!(lengths[..], [0 | 4] | [4, 2] | [4, 2, 2]);
    if fits && date.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        return Ok(());
    }
    let message = format!("{date:?} is no date. Write `2026`, `2026-05` or `2026-05-01`.");
    Err(StageError::invalid("date", message).code("render.date"))
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
        let lengths = [
            ("from", scene.from),
            ("narration_from", scene.narration_from),
            ("transition_seconds", scene.transition_seconds.unwrap_or(0.0)),
        ];
        for (name, seconds) in lengths {
            length(seconds, &at(name))?;
        }
        if scene.speed.is_some_and(|speed| !(0.0..=100.0).contains(&speed)) {
            return Err(StageError::invalid(at("speed"), "Choose a speed between 0 and 100."));
        }
        if !(0.0..=Hearing::MOST_DENOISE).contains(&scene.denoise) {
            return Err(StageError::invalid(at("denoise"), "Choose between 0 and 40 dB."));
        }
        overlays(&scene.overlays, &at("overlays"), &format!("scene {:?}", scene.id))?;
        words(&scene.captions, &at("captions"))?;
        words(&scene.translation, &at("translation"))?;
    }
    Ok(())
}

/// Overlays of a scene, or of the film.
fn overlays(overlays: &[SceneOverlay], field: &str, of: &str) -> Result<()> {
    if overlays.len() > MAX_OVERLAYS {
        let message = format!("There are {} overlays of {of}; at most {MAX_OVERLAYS} are possible.", overlays.len());
        return Err(StageError::invalid(field, message));
    }
    for (k, overlay) in overlays.iter().enumerate() {
        let at = |name: &str| format!("{field}[{k}].{name}");
        if overlay.picture.is_none() && overlay.video.is_none() && overlay.bar.is_none() {
            let message = format!("An overlay of {of} has no picture, no video and no bar. Give it one.");
            return Err(StageError::invalid(at("picture"), message));
        }
        length(overlay.start, &at("start"))?;
        length(overlay.seconds.unwrap_or(0.0), &at("seconds"))?;
        length(overlay.before_end, &at("before_end"))?;
        length(overlay.fade, &at("fade"))?;
    }
    Ok(())
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
        timeline::TrackKind,
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
        let endless_film = SceneClip { from: f64::NAN, ..scene("b") };
        let backwards = SceneClip { speed: Some(-1.0), ..scene("b") };
        let hushed = SceneClip { denoise: 41.0, ..scene("b") };
        let nothing = SceneClip { overlays: vec![SceneOverlay::default()], ..scene("b") };
        let long = SceneClip { seconds: Some(43_000.0), ..scene("b") };
        let longer = SceneClip { seconds: Some(43_000.0), ..scene("c") };
        assert_eq!(refused(vec![]), "timeline");
        assert_eq!(refused(vec![scene("a"), bare]), "timeline[1].picture");
        assert_eq!(refused(vec![scene("a"), scene("a")]), "timeline[1].id");
        assert_eq!(refused(vec![scene("a"), endless]), "timeline[1].seconds");
        assert_eq!(refused(vec![scene("a"), negative]), "timeline[1].seconds");
        assert_eq!(refused(vec![scene("a"), unsaid]), "timeline[1].narration.seconds");
        assert_eq!(refused(vec![scene("a"), mistimed]), "timeline[1].captions[0]");
        assert_eq!(refused(vec![scene("a"), endless_film]), "timeline[1].from");
        assert_eq!(refused(vec![scene("a"), backwards]), "timeline[1].speed");
        assert_eq!(refused(vec![scene("a"), hushed]), "timeline[1].denoise");
        assert_eq!(refused(vec![scene("a"), nothing]), "timeline[1].overlays[0].picture");
        assert_eq!(refused(vec![long, longer]), "timeline.tracks[0].items[1]");
        assert_eq!(refused((0..10_001).map(|i| scene(&i.to_string())).collect()), "timeline");
    }

    #[test]
    fn a_bad_overlay_of_the_film_is_named() {
        let field = |overlay: SceneOverlay| {
            let timeline = TimelineInput::Scenes(vec![scene("a")]);
            request(&RenderRequest { timeline, overlays: vec![overlay], ..Default::default() }).unwrap_err().field
        };
        assert_eq!(field(SceneOverlay::default()).unwrap(), "overlays[0].picture");
        let picture = Some(Image::default());
        assert_eq!(
            field(SceneOverlay { picture, before_end: -1.0, ..Default::default() }).unwrap(),
            "overlays[0].before_end"
        );
    }

    #[test]
    fn music_lies_under_all_of_it_and_comes_back_after_the_last_word() {
        let speech = Speech { seconds: 2.0, ..Speech::default() };
        let long = SceneClip { narration: Some(speech), seconds: Some(10.0), ..scene("a") };
        let audio = studio_plugin_sdk::blob::Blob { blob: "m".into(), ..Default::default() };
        let music = MusicBed { audio, fade_out: 2.0, ..MusicBed::default() };
        let film = |music| RenderRequest {
            timeline: TimelineInput::Scenes(vec![long.clone()]),
            music: Some(music),
            ..RenderRequest::default()
        };
        let timeline = request(&film(music.clone())).unwrap().0;
        let clip = |kind| timeline.track(kind).unwrap().clips().next().map(|(at, clip)| (at, clip.frames)).unwrap();
        assert_eq!((clip(TrackKind::Narration), clip(TrackKind::Music)), ((9, 60), (0, 300)));
        for (music, field) in [
            (MusicBed::default(), "music.audio"),
            (MusicBed { gain_db: 21.0, ..music.clone() }, "music.gain_db"),
            (MusicBed { from: -1.0, ..music }, "music.from"),
        ] {
            assert_eq!(request(&film(music)).unwrap_err().field.unwrap(), field);
        }
    }

    #[test]
    fn dates_are_days_months_or_years() {
        assert!(["", "2026", "2026-05", "2026-05-01"].iter().all(|text| date(text).is_ok()));
        assert!(["1.5.2026", "2026-5", "2026-05-01-02", "26"].iter().all(|text| date(text).is_err()));
    }
}
