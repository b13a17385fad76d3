//! A film's timeline in full: its scenes laid out, music under all of it, and what lies over all of it.

use super::{Clip, Hearing, Item, Media, Rate, SceneClip, SceneOverlay, Timeline, Track, TrackKind};
use crate::{
    error::{Result, StageError},
    roles::render::{MusicBed, RenderRequest, TimelineInput},
};

impl RenderRequest {
    /// What is to be seen and heard, in tracks; scenes at a rate.
    ///
    /// # Errors
    /// `invalid_input`: a scene has neither picture nor film.
    pub fn laid_out(&self, rate: Rate) -> Result<Timeline> {
        let mut timeline = match &self.timeline {
            TimelineInput::Scenes(scenes) => Timeline::from_scenes(scenes, rate).map_err(|i| {
                let message = format!("Scene {:?} has neither a picture nor a video. Give it one.", scenes[i].id);
                StageError::invalid(format!("timeline[{i}].picture"), message)
            })?,
            TimelineInput::Timeline(timeline) => timeline.clone(),
        };
        if let Some(music) = &self.music {
            if let TimelineInput::Scenes(scenes) = &self.timeline {
                spoken(&mut timeline, scenes);
            }
            lay(&mut timeline, music);
        }
        for (n, overlay) in self.overlays.iter().enumerate() {
            lay_over(&mut timeline, overlay, n + 1);
        }
        Ok(timeline)
    }
}

/// Music plays under all of the film.
fn lay(timeline: &mut Timeline, music: &MusicBed) {
    let frames = timeline.frames();
    let up = timeline.rate.frames_for(music.fade_in).min(frames);
    let down = timeline.rate.frames_for(music.fade_out).min(frames - up);
    let hearing = Hearing { fade_in: up, fade_out: down, fit: true, ..Hearing::default() };
    let media = Media::Audio { audio: music.audio.clone(), from: music.from.into() };
    let clip = Clip { id: "music".into(), media, frames, gain_db: music.gain_db, hearing, ..Clip::default() };
    if frames > 0 {
        timeline.tracks.push(Track { kind: TrackKind::Music, items: vec![clip.into()] });
    }
}

/// An overlay lies over the film from its start to its end, or as it says, and over all overlays before it.
fn lay_over(timeline: &mut Timeline, overlay: &SceneOverlay, n: usize) {
    let Some((at, clip)) = overlay.clip(format!("film-over-{n}"), timeline.frames(), timeline.rate) else { return };
    let gap = (at > 0).then_some(Item::Gap { frames: at });
    timeline.tracks.push(Track { kind: TrackKind::Overlay, items: gap.into_iter().chain([clip.into()]).collect() });
}

/// Narrations are as long as they are spoken, so that music comes back after the last word of a scene that goes on.
fn spoken(timeline: &mut Timeline, scenes: &[SceneClip]) {
    let rate = timeline.rate;
    for track in timeline.tracks.iter_mut().filter(|track| track.kind == TrackKind::Narration) {
        track.shorten(|clip| {
            let speech = scenes.iter().find(|scene| scene.id == clip.id)?.narration.as_ref()?;
            Some(rate.frames_for(speech.seconds))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles::{image::Image, tts::Speech};

    #[test]
    fn overlays_lie_over_all_of_it_or_as_they_say() {
        let still = || Some(Image::default());
        let scene =
            |id: &str| SceneClip { id: id.into(), picture: still(), seconds: Some(3.0), ..SceneClip::default() };
        let logo = SceneOverlay { picture: still(), ..SceneOverlay::default() };
        let body = SceneOverlay { start: 1.0, before_end: 2.0, ..logo.clone() };
        let late = SceneOverlay { start: 5.0, before_end: 2.0, ..logo.clone() };
        let timeline = TimelineInput::Scenes(vec![scene("a"), scene("b")]);
        let request = RenderRequest { timeline, overlays: vec![logo, body, late], ..RenderRequest::default() };
        let laid = request.laid_out(Rate::fps(10)).unwrap();
        laid.validate().unwrap();
        let over = laid.tracks.iter().filter(|track| track.kind == TrackKind::Overlay);
        let places: Vec<_> = over.flat_map(|track| track.clips().map(|(at, clip)| (at, clip.frames))).collect();
        assert_eq!(places, [(0, 60), (10, 30)]);
    }

    #[test]
    fn a_scenes_film_is_heard_where_it_is_to_be() {
        let video = Some(crate::blob::Blob { blob: "f".into(), ..Default::default() });
        let quiet = SceneClip { id: "a".into(), video: video.clone(), seconds: Some(2.0), ..SceneClip::default() };
        let loud = SceneClip { id: "b".into(), sound: true, ducks: true, ..quiet.clone() };
        let timeline = TimelineInput::Scenes(vec![quiet, loud]);
        let laid = RenderRequest { timeline, ..RenderRequest::default() }.laid_out(Rate::fps(10)).unwrap();
        laid.validate().unwrap();
        let heard = laid.track(TrackKind::Effect).unwrap().clips().next().unwrap();
        assert_eq!((heard.0, heard.1.frames, heard.1.id.as_str()), (20, 20, "b"));
        assert!(heard.1.hearing.ducks);
    }

    #[test]
    fn music_lies_under_all_of_it_and_speech_ends_with_its_last_word() {
        let narration = Some(Speech { seconds: 1.0, ..Speech::default() });
        let scene = SceneClip { id: "a".into(), picture: Some(Image::default()), narration, ..SceneClip::default() };
        let timeline = TimelineInput::Scenes(vec![SceneClip { seconds: Some(5.0), ..scene }]);
        let music = Some(MusicBed { fade_in: 1.0, ..MusicBed::default() });
        let laid = RenderRequest { timeline, music, ..RenderRequest::default() }.laid_out(Rate::fps(30)).unwrap();
        let frames = |kind| laid.track(kind).map(|track| track.clips().map(|(at, clip)| (at, clip.frames)).collect());
        assert_eq!(frames(TrackKind::Narration), Some(vec![(9, 30)]));
        assert_eq!(frames(TrackKind::Music), Some(vec![(0, 150)]));
        assert_eq!(laid.track(TrackKind::Narration).map(Track::frames), Some(150));
        let faded = laid.track(TrackKind::Music).and_then(|track| track.clips().next()).map(|(_, clip)| &clip.hearing);
        assert_eq!(faded.map(|hearing| (hearing.fade_in, hearing.fit)), Some((30, true)));
    }
}
