//! Silence around what is said, where films are to be without it: found in the sound itself, and then said in so many
//! numbers, so that everything after it knows only scenes and clips as they are.

use studio_plugin_sdk::{
    error::{Result, StageError},
    prelude::{Cx, try_join_all},
    roles::{
        render::TimelineInput,
        tts::{Speech, Word},
    },
    timeline::{Clip, Hearing, Item, Media, Rate, SceneClip, Timeline, Track},
};

use super::fit;

/// What is left before the first sound and after the last one, in seconds: words begin and end softly.
const BEFORE: f64 = 0.06;
const AFTER: f64 = 0.12;

/// The same film with its sounds trimmed where that is wanted.
///
/// # Errors
/// What FFmpeg says of a sound.
pub async fn trimmed(cx: &Cx, timeline: &TimelineInput) -> Result<TimelineInput> {
    let timeline = match timeline {
        TimelineInput::Scenes(scenes) => {
            return Ok(TimelineInput::Scenes(try_join_all(scenes.iter().map(|scene| tight_scene(cx, scene))).await?));
        }
        TimelineInput::Timeline(timeline) => timeline,
    };
    let tracks = timeline.tracks.iter().map(|track| async move {
        if !track.kind.is_sound() {
            return Ok::<_, StageError>(track.clone());
        }
        let items = track.items.iter().map(|item| tight_item(cx, item, timeline.rate));
        Ok(Track { kind: track.kind, items: try_join_all(items).await?.concat() })
    });
    let tracks = try_join_all(tracks).await?;
    Ok(TimelineInput::Timeline(Timeline { tracks, ..timeline.clone() }))
}

async fn tight_scene(cx: &Cx, scene: &SceneClip) -> Result<SceneClip> {
    let Some(speech) = scene.narration.as_ref().filter(|speech| is_wanted(scene, speech)) else {
        return Ok(scene.clone());
    };
    let spoken = fit::spoken(cx, &speech.audio, scene.narration_from, speech.seconds).await?;
    Ok(without_silence(scene, speech, spoken))
}

/// What stands in the place of a clip: the sound in it, and a gap for what was left out. Clips that cannot be are left
/// to be refused.
async fn tight_item(cx: &Cx, item: &Item, rate: Rate) -> Result<Vec<Item>> {
    let as_it_is = || Ok(vec![item.clone()]);
    let Item::Clip(clip) = item else { return as_it_is() };
    let (from, speed) = (clip.media.from().seconds(), clip.speed.value());
    let Some(file) = clip.media.file() else { return as_it_is() };
    if !clip.hearing.trim || clip.hearing.fit || !is_time(from) || !(0.5..=2.0).contains(&speed) || rate.num == 0 {
        return as_it_is();
    }
    let spoken = fit::spoken(cx, file, from, rate.seconds(clip.frames) * speed).await?;
    let clip = heard_at_once(clip, spoken, rate);
    let left = item.frames().saturating_sub(clip.frames);
    let gap = (left > 0).then_some(Item::Gap { frames: left });
    Ok([clip.into()].into_iter().chain(gap).collect())
}

/// A clip of whose sound so much is heard, in seconds of its media from its start on.
fn heard_at_once(clip: &Clip, spoken: (f64, f64), rate: Rate) -> Clip {
    let speed = clip.speed.value();
    let seconds = rate.seconds(clip.frames) * speed;
    let (start, end) = left(spoken, seconds);
    let frames = rate.frames_for((end - start) / speed).clamp(1, clip.frames.max(1));
    let mut media = clip.media.clone();
    if let Media::Audio { from, .. } | Media::Video { from, .. } = &mut media {
        *from = (from.seconds() + start).into();
    }
    let fade_in = clip.hearing.fade_in.min(frames);
    let fade_out = clip.hearing.fade_out.min(frames - fade_in);
    let hearing = Hearing { trim: false, fade_in, fade_out, ..clip.hearing.clone() };
    Clip { media, frames, hearing, ..clip.clone() }
}

/// What is left of so many seconds, of which so much is spoken.
fn left((start, end): (f64, f64), seconds: f64) -> (f64, f64) {
    let start = (start - BEFORE).clamp(0.0, seconds);
    (start, (end + AFTER).clamp(start, seconds))
}

fn is_time(seconds: f64) -> bool {
    seconds.is_finite() && seconds >= 0.0
}

/// Scenes that cannot be are left to be refused.
fn is_wanted(scene: &SceneClip, speech: &Speech) -> bool {
    scene.trim && is_time(speech.seconds) && is_time(scene.narration_from)
}

/// A scene of which so much is spoken, in seconds of its narration.
fn without_silence(scene: &SceneClip, speech: &Speech, spoken: (f64, f64)) -> SceneClip {
    let (start, end) = left(spoken, speech.seconds);
    let seconds = end - start;
    let moved = |at: f64| (at - start).clamp(0.0, seconds);
    let word = |word: &Word| Word { start: moved(word.start), end: moved(word.end), ..word.clone() };
    SceneClip {
        narration: Some(Speech { seconds, ..speech.clone() }),
        narration_from: scene.narration_from + start,
        captions: scene.captions.iter().map(word).collect(),
        trim: false,
        ..scene.clone()
    }
}

#[cfg(test)]
mod tests {
    use studio_plugin_sdk::{blob::Blob, timeline::Ratio};

    use super::*;

    #[test]
    fn a_clip_starts_with_its_first_sound() {
        let media = Media::Audio { audio: Blob::default(), from: 1.0.into() };
        let hearing = Hearing { trim: true, fade_out: 90, ..Hearing::default() };
        let clip = Clip { media, frames: 100, hearing, speed: Ratio { num: 2, den: 1 }, ..Clip::default() };
        let clip = heard_at_once(&clip, (2.06, 7.88), Rate::fps(10));
        assert!((clip.media.from().seconds() - 3.0).abs() < 1e-9);
        assert_eq!((clip.frames, clip.hearing.fade_out, clip.hearing.trim), (30, 30, false));
        let silent = heard_at_once(&clip, (0.0, 0.0), Rate::fps(10));
        assert_eq!(silent.frames, 1);
    }

    #[test]
    fn words_move_with_the_speech() {
        let word = |start, end| Word { start, end, ..Word::default() };
        let speech = Speech { seconds: 4.0, ..Speech::default() };
        let scene = SceneClip { trim: true, captions: vec![word(1.0, 1.5), word(2.5, 3.9)], ..SceneClip::default() };
        assert!(is_wanted(&scene, &speech));
        assert!(!is_wanted(&scene, &Speech { seconds: f64::NAN, ..Speech::default() }));
        let scene = without_silence(&scene, &speech, (1.06, 2.88));
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(!scene.trim && near(scene.narration_from, 1.0) && near(scene.narration.unwrap().seconds, 2.0));
        assert!(near(scene.captions[0].start, 0.0) && near(scene.captions[1].end, 2.0), "{:?}", scene.captions);
    }
}
