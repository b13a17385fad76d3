//! Scenes one after another, as scripts make them, laid out on a timeline.

use serde::{Deserialize, Serialize};

use super::{Chapter, Clip, Item, Media, MediaTime, Rate, Timeline, Track, TrackKind, Transition, TransitionLook};
use crate::{
    blob::Blob,
    roles::{
        image::Image,
        is_default,
        tts::{Speech, Word},
    },
};

/// Silence before and after a scene's speech, in seconds: room for half a transition each.
const PAD: f64 = 0.3;
/// Length of a transition in seconds.
const TRANSITION: f64 = 0.5;
/// Fewest frames that stay of a clip between its transitions: a segment of fewer gets wrong decode times.
const LEAST_BODY: u32 = 3;

/// One scene: a picture, what is said over it, and how it goes over into the next.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SceneClip {
    /// Unique in the film; stable under edits of other scenes.
    pub id: String,
    /// Its name, for chapters.
    #[serde(default, skip_serializing_if = "is_default")]
    pub title: String,
    /// A still.
    #[serde(default, skip_serializing_if = "is_default")]
    pub picture: Option<Image>,
    /// A film, instead of a still.
    #[serde(default, skip_serializing_if = "is_default")]
    pub video: Option<Blob>,
    /// What is said.
    #[serde(default, skip_serializing_if = "is_default")]
    pub narration: Option<Speech>,
    /// Caption words, timed from the narration's start.
    #[serde(default, skip_serializing_if = "is_default")]
    pub captions: Vec<Word>,
    /// Length in seconds; none: as long as the narration and the pads around it (3 s without one).
    #[serde(default, skip_serializing_if = "is_default")]
    pub seconds: Option<f64>,
    /// How it goes over into the next scene.
    #[serde(default, skip_serializing_if = "is_default")]
    pub transition: TransitionLook,
}

impl SceneClip {
    fn frames(&self, rate: Rate) -> u32 {
        let spoken = self.narration.as_ref().map(|n| n.seconds + 2.0 * PAD);
        let wished = self.seconds.or(if spoken.is_some() { None } else { Some(3.0) });
        let seconds = spoken.unwrap_or(0.0).max(wished.unwrap_or(0.0));
        rate.frames_for(seconds).max(LEAST_BODY)
    }

    fn picture(&self) -> Option<Media> {
        if let Some(video) = &self.video {
            return Some(Media::Video { video: video.clone(), from: MediaTime::default() });
        }
        self.picture.as_ref().map(|p| Media::Still { image: p.image.clone() })
    }
}

impl Timeline {
    /// Lays scenes out one after another: each as long as its speech with a pad on both sides, the cuts
    /// (and with them the transitions) in the silence between.
    ///
    /// # Errors
    /// The index of the first scene that has neither picture nor film.
    pub fn from_scenes(scenes: &[SceneClip], rate: Rate) -> Result<Self, usize> {
        let lead = rate.frames_for(PAD);
        let (mut video, mut speech, mut chapters) = (Vec::new(), Vec::new(), Vec::new());
        let mut start = 0;
        for (i, scene) in scenes.iter().enumerate() {
            let frames = scene.frames(rate);
            let media = scene.picture().ok_or(i)?;
            let captions = scene.captions.iter().map(|w| shifted(w, rate.seconds(lead))).collect();
            video.push(Clip { id: scene.id.clone(), media, frames, captions, ..Clip::default() }.into());
            if let Some(next) = scenes.get(i + 1)
                && let Some(transition) = transition(scene.transition, frames, next.frames(rate), rate)
            {
                video.push(Item::Transition(transition));
            }
            push_speech(&mut speech, scene, lead, frames);
            if !scene.title.is_empty() && chapters.last().is_none_or(|c: &Chapter| c.title != scene.title) {
                chapters.push(Chapter { frame: start, title: scene.title.clone() });
            }
            start += frames;
        }
        let mut tracks = vec![Track { kind: TrackKind::Video, items: video }];
        if speech.iter().any(|item| matches!(item, Item::Clip(_))) {
            tracks.push(Track { kind: TrackKind::Narration, items: speech });
        }
        Ok(Self { rate, tracks, chapters, markers: Vec::new() })
    }
}

fn push_speech(track: &mut Vec<Item>, scene: &SceneClip, lead: u32, frames: u32) {
    let Some(narration) = &scene.narration else {
        track.push(Item::Gap { frames });
        return;
    };
    track.push(Item::Gap { frames: lead });
    let media = Media::Audio { audio: narration.audio.clone(), from: MediaTime::default() };
    track.push(Clip { id: scene.id.clone(), media, frames: frames - lead, ..Clip::default() }.into());
}

/// A transition that leaves both clips [`LEAST_BODY`] frames beside a second one of its size.
fn transition(look: TransitionLook, before: u32, after: u32, rate: Rate) -> Option<Transition> {
    if look == TransitionLook::Cut {
        return None;
    }
    let half = rate.frames_for(TRANSITION) / 2;
    let room = |frames: u32| frames.saturating_sub(LEAST_BODY) / 2;
    let (in_frames, out_frames) = (half.min(room(before)), half.min(room(after)));
    (in_frames > 0 && out_frames > 0).then_some(Transition { look, in_frames, out_frames, ..Transition::default() })
}

fn shifted(word: &Word, by: f64) -> Word {
    Word { start: word.start + by, end: word.end + by, ..word.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene(id: &str, seconds: f64) -> SceneClip {
        SceneClip {
            id: id.into(),
            title: id.into(),
            picture: Some(Image::default()),
            video: None,
            narration: Some(Speech { seconds, ..Speech::default() }),
            captions: vec![Word { text: "hi".into(), start: 0.1, end: 0.2, speaker: String::new() }],
            seconds: None,
            transition: TransitionLook::Dissolve,
        }
    }

    #[test]
    fn tracks_are_equally_long_and_cuts_lie_in_silence() {
        let t = Timeline::from_scenes(&[scene("a", 2.01), scene("b", 1.0)], Rate::fps(30)).unwrap();
        let length = |kind| t.track(kind).unwrap().items.iter().map(Item::frames).sum::<u32>();
        assert_eq!(length(TrackKind::Video), 79 + 48);
        assert_eq!(length(TrackKind::Narration), length(TrackKind::Video));
        assert_eq!(t.chapters[1].frame, 79);
        let Item::Transition(x) = &t.tracks[0].items[1] else { panic!("no transition") };
        assert_eq!((x.in_frames, x.out_frames), (7, 7));
    }

    #[test]
    fn a_scene_without_a_picture_is_named() {
        let mut bare = scene("b", 1.0);
        bare.picture = None;
        assert_eq!(Timeline::from_scenes(&[scene("a", 1.0), bare], Rate::fps(30)), Err(1));
    }

    #[test]
    fn a_very_short_scene_keeps_a_body() {
        let mut short = scene("a", 0.0);
        short.narration = None;
        short.seconds = Some(0.1);
        let t = Timeline::from_scenes(&[short.clone(), short], Rate::fps(30)).unwrap();
        assert!(t.tracks[0].items.iter().all(|i| !matches!(i, Item::Transition(_))));
    }
}
