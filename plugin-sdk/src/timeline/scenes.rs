//! Scenes one after another, as scripts make them, laid out on a timeline.

use serde::{Deserialize, Serialize};

use super::{
    Blend, Chapter, Clip, Color, Ease, Fit, Framing, Hearing, Item, Media, MediaTime, Motion, OpacityKey, Rate, Ratio,
    Rect, Timeline, Track, TrackKind, Transition, TransitionLook,
};
use crate::{
    blob::Blob,
    roles::{
        image::Image,
        is_default,
        tts::{Speech, Word},
    },
    words::{WordFrames, whole_millis},
};

/// Silence before and after a scene's speech, in seconds: room for half a transition each.
const PAD: f64 = 0.3;
/// Length of a transition in seconds.
const TRANSITION: f64 = 0.5;
/// Speeds of scenes are kept to a thousandth.
const SPEED_STEPS: u32 = 1000;
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
    /// Where in its sound the narration starts, in seconds; its length counts from there.
    #[serde(default, skip_serializing_if = "is_default")]
    pub narration_from: f64,
    /// Leave out the silence before the first and after the last word; the scene is so much shorter.
    #[serde(default, skip_serializing_if = "is_default")]
    pub trim: bool,
    /// Make noise that stays all through the narration so many dB quieter, 0–40; 12 is usual.
    #[serde(default, skip_serializing_if = "is_default")]
    pub denoise: f64,
    /// Caption words, timed from the narration's start.
    #[serde(default, skip_serializing_if = "is_default")]
    pub captions: Vec<Word>,
    /// Caption words of a second language, timed from the narration's start; captions with a style show them smaller.
    #[serde(default, skip_serializing_if = "is_default")]
    pub translation: Vec<Word>,
    /// Words and phrases of its captions that are stressed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub keywords: Vec<String>,
    /// Length in seconds; none: as long as the narration and the pads around it (3 s without one).
    #[serde(default, skip_serializing_if = "is_default")]
    pub seconds: Option<f64>,
    /// How it goes over into the next scene.
    #[serde(default, skip_serializing_if = "is_default")]
    pub transition: TransitionLook,
    /// How long that takes, in seconds; none: half a second. Shorter where a scene is too short.
    #[serde(default, skip_serializing_if = "is_default")]
    pub transition_seconds: Option<f64>,
    /// How it gathers speed and loses it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub transition_ease: Ease,
    /// The colour of `fade_color`, as `#rrggbb`; none: black.
    #[serde(default, skip_serializing_if = "is_default")]
    pub transition_color: Option<Color>,
    /// How the picture or film fills the frame where it has another shape; none: over a blurred enlargement of itself.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fit: Option<Fit>,
    /// How the picture moves while it is seen (Ken Burns); it then fills the frame.
    #[serde(default, skip_serializing_if = "is_default")]
    pub motion: Motion,
    /// Where the film starts, in seconds.
    #[serde(default, skip_serializing_if = "is_default")]
    pub from: f64,
    /// How fast the film plays: 2 is twice as fast, 0 stands still; none: as it was made.
    #[serde(default, skip_serializing_if = "is_default")]
    pub speed: Option<f64>,
    /// The film's own sound is heard, too, where it has any.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sound: bool,
    /// Music is ducked under the film's own sound, as it is under a narration.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ducks: bool,
    /// What lies over the scene, the later ones over the earlier: a logo, a picture in the picture.
    #[serde(default, skip_serializing_if = "is_default")]
    pub overlays: Vec<SceneOverlay>,
}

/// A picture or film over a scene, or over a whole film.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SceneOverlay {
    /// A still; what it lets through is seen.
    #[serde(default, skip_serializing_if = "is_default")]
    pub picture: Option<Image>,
    /// A film, instead of a still.
    #[serde(default, skip_serializing_if = "is_default")]
    pub video: Option<Blob>,
    /// A bar that grows from the left while it is seen, instead of a still.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bar: Option<SceneBar>,
    /// Its place in the frame, in shares of it; none: all of it, of a bar the lower edge. It keeps its shape.
    #[serde(default, skip_serializing_if = "is_default")]
    pub place: Option<Rect>,
    /// How it fills its place where it has another shape; none: all of it is seen, in the middle.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fit: Option<Fit>,
    /// When it appears, in seconds of the scene, or of the film that it lies over.
    #[serde(default, skip_serializing_if = "is_default")]
    pub start: f64,
    /// For how long; none: to the end.
    #[serde(default, skip_serializing_if = "is_default")]
    pub seconds: Option<f64>,
    /// It is gone so many seconds before the end.
    #[serde(default, skip_serializing_if = "is_default")]
    pub before_end: f64,
    /// In how many seconds it appears and goes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fade: f64,
    /// In how many seconds it appears, where that is not `fade`: 0 is at once.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fade_in: Option<f64>,
    /// How much of it is seen, 0 to 1; none: all of it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub opacity: Option<f64>,
    /// How it is mixed with what is behind it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub blend: Blend,
    /// The scene's captions are drawn over it, and all other overlays; else they lie under them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub behind_captions: bool,
}

/// A bar that grows from the left while it is seen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SceneBar {
    /// Its colour, as `#rrggbb`.
    pub color: Color,
    /// The colour of what is still to come; none: it is not seen.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rest: Option<Color>,
}

impl SceneClip {
    fn frames(&self, rate: Rate) -> u32 {
        let spoken = self.narration.as_ref().map(|n| n.seconds + 2.0 * PAD);
        let wished = self.seconds.or(if spoken.is_some() { None } else { Some(3.0) }).unwrap_or(0.0);
        let frames = match spoken {
            Some(spoken) if spoken > wished && !self.captions.is_empty() => self.counted(spoken, rate),
            _ => rate.frames_for(spoken.unwrap_or(0.0).max(wished)),
        };
        frames.max(LEAST_BODY)
    }

    /// The frames of a scene that ends after so many `seconds`, counted as its words are: what follows the last phrase is
    /// the same after an edit before it. That is a frame more or less, in silence.
    fn counted(&self, seconds: f64, rate: Rate) -> u32 {
        let words = moved(&self.captions, rate.seconds(rate.frames_for(PAD)));
        WordFrames::of(&words, rate).until(whole_millis(seconds))
    }

    fn picture(&self) -> Option<Media> {
        if let Some(video) = &self.video {
            return Some(Media::Video { video: video.clone(), from: self.from.into() });
        }
        self.picture.as_ref().map(|p| Media::Still { image: p.image.clone() })
    }

    fn clip(&self, media: Media, frames: u32, lead: f64) -> Clip {
        let framing = Framing { fit: self.fit, crop: self.motion.path(frames), ..Framing::default() };
        let (captions, translation) = (moved(&self.captions, lead), moved(&self.translation, lead));
        let speed = self.speed.map_or(Ratio::ONE, ratio);
        let (id, keywords) = (self.id.clone(), self.keywords.clone());
        Clip { id, media, frames, captions, translation, keywords, speed, framing, ..Clip::default() }
    }

    /// The sound of its film; none: it is not to be heard, or there is no film.
    fn heard(&self, frames: u32) -> Option<Clip> {
        let video = self.video.clone().filter(|_| self.sound)?;
        let media = Media::Video { video, from: self.from.into() };
        let speed = self.speed.map_or(Ratio::ONE, ratio);
        let hearing = Hearing { ducks: self.ducks, ..Hearing::default() };
        Some(Clip { id: self.id.clone(), media, frames, speed, hearing, ..Clip::default() })
    }
}

impl SceneOverlay {
    /// When it is seen, in frames of its scene or film, and the clip; none: it has no picture, or all is over before.
    pub(super) fn clip(&self, id: String, frames: u32, rate: Rate) -> Option<(u32, Clip)> {
        let still = self.picture.as_ref().map(|p| Media::Still { image: p.image.clone() });
        let film = self.video.as_ref().map(|v| Media::Video { video: v.clone(), from: MediaTime::default() });
        let bar = self.bar.map(|SceneBar { color, rest }| Media::ProgressBar { color, rest });
        let start = rate.frames_for(self.start);
        let end = frames.saturating_sub(rate.frames_for(self.before_end));
        let left = end.checked_sub(start).filter(|left| *left > 0)?;
        let frames = self.seconds.map_or(left, |seconds| rate.frames_for(seconds).clamp(1, left));
        let fade = |seconds: f64| rate.frames_for(seconds).min(frames / 2);
        let opacity = self.opacity.map(|opacity| OpacityKey { frame: 0, opacity });
        let framing = Framing {
            fit: self.fit,
            place: self.place,
            opacity: opacity.into_iter().collect(),
            fade_in: fade(self.fade_in.unwrap_or(self.fade)),
            fade_out: fade(self.fade),
            blend: self.blend,
            ..Framing::default()
        };
        Some((start, Clip { id, media: film.or(still).or(bar)?, frames, framing, ..Clip::default() }))
    }
}

/// A speed as a fraction, without what both of its numbers share.
fn ratio(speed: f64) -> Ratio {
    let num = (speed * f64::from(SPEED_STEPS)).round().clamp(0.0, f64::from(u32::MAX)) as u32;
    let shared =
        (1..=SPEED_STEPS).rev().find(|n| num.is_multiple_of(*n) && SPEED_STEPS.is_multiple_of(*n)).unwrap_or(1);
    Ratio { num: num / shared, den: SPEED_STEPS / shared }
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
        let mut heard = Over::default();
        let mut over: Vec<Over> = Vec::new();
        let mut said = Over::default();
        let mut start = 0u32;
        for (i, scene) in scenes.iter().enumerate() {
            let frames = scene.frames(rate);
            let media = scene.picture().ok_or(i)?;
            let mut clip = scene.clip(media, frames, rate.seconds(lead));
            if scene.overlays.iter().any(|overlay| overlay.behind_captions)
                && let Some(captions) = lifted(&mut clip)
            {
                said.push(start, captions);
            }
            video.push(clip.into());
            if let Some(next) = scenes.get(i + 1)
                && let Some(transition) = transition(scene, frames, next.frames(rate), rate)
            {
                video.push(Item::Transition(transition));
            }
            push_speech(&mut speech, scene, lead, frames);
            if let Some(clip) = scene.heard(frames) {
                heard.push(start, clip);
            }
            for (k, overlay) in scene.overlays.iter().enumerate() {
                over.resize_with(over.len().max(k + 1), Over::default);
                if let Some((at, clip)) = overlay.clip(format!("{}-over-{}", scene.id, k + 1), frames, rate) {
                    over[k].push(start.saturating_add(at), clip);
                }
            }
            if !scene.title.is_empty() && chapters.last().is_none_or(|c: &Chapter| c.title != scene.title) {
                chapters.push(Chapter { frame: start, title: scene.title.clone() });
            }
            // Longer than can be counted is longer than can be rendered: it is refused as such.
            start = start.saturating_add(frames);
        }
        let mut tracks = vec![Track { kind: TrackKind::Video, items: video }];
        tracks.extend(over.into_iter().map(|over| Track { kind: TrackKind::Overlay, items: over.items }));
        if !said.items.is_empty() {
            tracks.push(Track { kind: TrackKind::Caption, items: said.items });
        }
        if speech.iter().any(|item| matches!(item, Item::Clip(_))) {
            tracks.push(Track { kind: TrackKind::Narration, items: speech });
        }
        if !heard.items.is_empty() {
            tracks.push(Track { kind: TrackKind::Effect, items: heard.items });
        }
        Ok(Self { rate, tracks, chapters, markers: Vec::new() })
    }
}

/// A track in the making whose clips may have gaps between them.
#[derive(Default)]
struct Over {
    items: Vec<Item>,
    end: u32,
}

impl Over {
    fn push(&mut self, at: u32, clip: Clip) {
        if at > self.end {
            self.items.push(Item::Gap { frames: at - self.end });
        }
        self.end = at.saturating_add(clip.frames);
        self.items.push(clip.into());
    }
}

/// The captions of a clip as a clip of their own, as long as it; none: it has none.
fn lifted(clip: &mut Clip) -> Option<Clip> {
    if clip.captions.is_empty() && clip.translation.is_empty() {
        return None;
    }
    Some(Clip {
        id: clip.id.clone(),
        media: Media::Captions,
        frames: clip.frames,
        captions: std::mem::take(&mut clip.captions),
        translation: std::mem::take(&mut clip.translation),
        keywords: std::mem::take(&mut clip.keywords),
        ..Clip::default()
    })
}

fn push_speech(track: &mut Vec<Item>, scene: &SceneClip, lead: u32, frames: u32) {
    let Some(narration) = &scene.narration else {
        track.push(Item::Gap { frames });
        return;
    };
    track.push(Item::Gap { frames: lead });
    let media = Media::Audio { audio: narration.audio.clone(), from: scene.narration_from.into() };
    let hearing = Hearing { denoise: scene.denoise, ..Hearing::default() };
    track.push(Clip { id: scene.id.clone(), media, frames: frames - lead, hearing, ..Clip::default() }.into());
}

/// A transition that leaves both clips [`LEAST_BODY`] frames beside a second one of its size.
fn transition(scene: &SceneClip, before: u32, after: u32, rate: Rate) -> Option<Transition> {
    let SceneClip { transition: look, transition_ease: ease, transition_color: color, .. } = *scene;
    if look == TransitionLook::Cut {
        return None;
    }
    let half = rate.frames_for(scene.transition_seconds.unwrap_or(TRANSITION)) / 2;
    let room = |frames: u32| frames.saturating_sub(LEAST_BODY) / 2;
    let (in_frames, out_frames) = (half.min(room(before)), half.min(room(after)));
    (in_frames > 0 && out_frames > 0).then_some(Transition { look, in_frames, out_frames, ease, color })
}

/// Words so many seconds later.
fn moved(words: &[Word], by: f64) -> Vec<Word> {
    words.iter().map(|word| Word { start: word.start + by, end: word.end + by, ..word.clone() }).collect()
}

#[cfg(test)]
#[path = "scenes_tests.rs"]
mod tests;
