//! Silence around narrations, where scenes are to be without it: found in the sound itself, and then said in so many
//! numbers, so that everything after it knows only scenes as they are.

use studio_plugin_sdk::{
    error::{Result, StageError},
    prelude::{Cx, try_join_all},
    roles::{
        render::TimelineInput,
        tts::{Speech, Word},
    },
    timeline::SceneClip,
};

use super::fit;

/// What is left before the first sound and after the last one, in seconds: words begin and end softly.
const BEFORE: f64 = 0.06;
const AFTER: f64 = 0.12;

/// The same film with its narrations trimmed where that is wanted.
///
/// # Errors
/// What FFmpeg says of a narration.
pub async fn trimmed(cx: &Cx, timeline: &TimelineInput) -> Result<TimelineInput> {
    let TimelineInput::Scenes(scenes) = timeline else { return Ok(timeline.clone()) };
    let scenes = scenes.iter().map(|scene| async move {
        let Some(speech) = scene.narration.as_ref().filter(|speech| is_wanted(scene, speech)) else {
            return Ok::<_, StageError>(scene.clone());
        };
        let spoken = fit::spoken(cx, &speech.audio, scene.narration_from, speech.seconds).await?;
        Ok(without_silence(scene, speech, spoken))
    });
    Ok(TimelineInput::Scenes(try_join_all(scenes).await?))
}

/// Scenes that cannot be are left to be refused.
fn is_wanted(scene: &SceneClip, speech: &Speech) -> bool {
    let is_time = |seconds: f64| seconds.is_finite() && seconds >= 0.0;
    scene.trim && is_time(speech.seconds) && is_time(scene.narration_from)
}

/// A scene of which so much is spoken, in seconds of its narration.
fn without_silence(scene: &SceneClip, speech: &Speech, (start, end): (f64, f64)) -> SceneClip {
    let start = (start - BEFORE).clamp(0.0, speech.seconds);
    let end = (end + AFTER).clamp(start, speech.seconds);
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
    use super::*;

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
