//! A project's film in time: when each scene begins and ends, when which word is said, where the sounds are. Laid out
//! by the rule that the renderer keeps, from what the scenes' stages gave last.

use std::{collections::HashSet, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use studio_plugin_sdk::{
    blob::Blob,
    json::typed,
    roles::{
        Role,
        image::Image,
        music::Music,
        render::Film,
        tts::{Speech, Word},
    },
    timeline::{Item, Rate, SceneClip, Timeline, TrackKind, TransitionLook},
};

use super::{
    brands,
    open::{Engine, EngineError},
    scenes::SceneView,
    thumbnail::of,
};
use crate::model::{BlobStore as _, ClipView, Digest, Project, Slot};

/// Frames a second where no film says otherwise.
pub(super) const RATE: Rate = Rate::fps(30);

/// A project's film in time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FilmTimeline {
    /// The latest film; none: there is none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub film: Option<FilmFile>,
    /// The film is as the scenes are now; else they were edited since, or its script lays it out in another way.
    pub current: bool,
    /// How long all scenes are.
    pub seconds: f64,
    /// The scenes, in order.
    pub scenes: Vec<TimedScene>,
    /// The latest music; none: there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub music: Option<TimedSound>,
}

/// A film and its file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FilmFile {
    /// The film.
    pub film: Film,
    /// Its file on the box that has the store.
    pub path: PathBuf,
}

/// A scene in time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimedScene {
    /// Its id in the storyboard; empty: it is known by a chapter of the film alone.
    pub id: String,
    /// Its title.
    pub title: String,
    /// When it begins, in seconds of the film.
    pub start: f64,
    /// How long it is.
    pub seconds: f64,
    /// How long it goes over into the next one, half before its end and half after; 0: a cut.
    #[serde(default, skip_serializing_if = "is_none")]
    pub transition: f64,
    /// What is said when, in seconds of the film.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Word>,
    /// Its speech; none: nothing was made of it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speech: Option<TimedSound>,
}

/// A sound in time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimedSound {
    /// The sound.
    pub audio: Blob,
    /// Its file on the box that has the store.
    pub path: PathBuf,
    /// When it begins, in seconds of the film.
    pub start: f64,
    /// How long it is.
    pub seconds: f64,
}

impl FilmTimeline {
    /// There is a film, and it shows the scenes as they are: moments of the one are moments of the other.
    pub fn is_shown(&self) -> bool {
        self.current && self.film.is_some()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_none(seconds: &f64) -> bool {
    *seconds <= 0.0
}

impl Engine {
    /// A project's film in time. What is not made yet is as long as it would be without it.
    pub fn timeline(&self, project: &Project) -> Result<FilmTimeline, EngineError> {
        let film = self.latest_film(project, |film| typed::<Film>(film.clone()).ok())?;
        let film = film.and_then(|film| Some(FilmFile { path: self.file_of(&film.video)?, film }));
        let scenes = match self.board(project, None) {
            Ok(board) => board.scenes,
            Err(EngineError::NotFound(_)) => Vec::new(),
            Err(e) => return Err(e),
        };
        let mut timeline = match &film {
            Some(FilmFile { film, .. }) if scenes.is_empty() => by_chapters(film),
            _ => self.by_scenes(project, &scenes, film.as_ref().map(|file| &file.film))?,
        };
        let music = self.latest(project, of(Role::Music), |_, music| typed::<Music>(music.clone()).ok())?;
        timeline.music = music.and_then(|music| {
            let path = self.file_of(&music.audio)?;
            Some(TimedSound { audio: music.audio, path, start: 0.0, seconds: music.seconds })
        });
        timeline.film = film;
        Ok(timeline)
    }

    fn by_scenes(
        &self,
        project: &Project,
        scenes: &[SceneView],
        film: Option<&Film>,
    ) -> Result<FilmTimeline, EngineError> {
        let slots = self.core.store.slots_under(project.id.as_str())?;
        let slots: HashSet<Slot> = slots.into_iter().map(|(slot, _)| slot).collect();
        let renders: Vec<&Slot> = slots.iter().filter(|slot| slot.role() == Some(Role::Render)).collect();
        // The renderer keeps a piece of every transition that it made.
        let goes_over = |from: &str, to: &str| {
            let name = format!("cut-{from}-{to}");
            renders.iter().any(|slot| slots.contains(&slot.child(&name)))
        };
        // And one of what it showed of a brand.
        let was_shown = |id: &str| renders.iter().any(|slot| slots.contains(&slot.child(&format!("body-{id}"))));
        let brand = project.brand.as_ref().and_then(|brand| brands::used(&self.core, brand).ok());
        let brand = brand.map(|brand| brand.view(None));
        let edge = |id: &str, part: Option<&ClipView>, title: Option<String>| {
            let seconds = part.filter(|_| was_shown(id)).map(|part| part.seconds)?;
            let (title, picture) = (title.unwrap_or_default(), Some(Image::default()));
            Some(SceneClip { id: id.into(), title, picture, seconds: Some(seconds), ..SceneClip::default() })
        };
        let first = film.and_then(|film| film.chapters.first()).filter(|first| first.frame == 0);
        let intro = brand.as_ref().and_then(|brand| brand.intro.as_ref());
        let mut clips: Vec<SceneClip> =
            edge(brands::INTRO, intro, first.map(|first| first.title.clone())).into_iter().collect();
        for SceneView { scene, .. } in scenes {
            let narration = self.speech_of(project, &scene.id)?;
            clips.push(SceneClip {
                id: scene.id.clone(),
                title: scene.title.clone(),
                // How it looks changes no length.
                picture: Some(Image::default()),
                captions: narration.as_ref().map(|speech| speech.words.clone()).unwrap_or_default(),
                narration,
                seconds: scene.seconds,
                ..SceneClip::default()
            });
        }
        clips.extend(edge(brands::OUTRO, brand.as_ref().and_then(|brand| brand.outro.as_ref()), None));
        for n in 1..clips.len() {
            let next = goes_over(&clips[n - 1].id, &clips[n].id);
            clips[n - 1].transition = if next { TransitionLook::Dissolve } else { TransitionLook::Cut };
        }
        let rate = film.and_then(rate).unwrap_or(RATE);
        // Every scene has a picture: none is refused.
        let laid = Timeline::from_scenes(&clips, rate).unwrap_or(Timeline {
            rate,
            tracks: Vec::new(),
            chapters: Vec::new(),
            markers: Vec::new(),
        });
        let path = |audio: &Blob| self.file_of(audio);
        Ok(FilmTimeline {
            // Scenes that only changed places leave the length as it was, and move the chapters.
            current: film.is_some_and(|film| film.frames == laid.frames() && film.chapters == laid.chapters),
            seconds: rate.seconds(laid.frames()),
            scenes: timed(&laid, &clips, path),
            ..FilmTimeline::default()
        })
    }

    /// The speech of a scene, as it is used now.
    fn speech_of(&self, project: &Project, scene: &str) -> Result<Option<Speech>, EngineError> {
        let slot = Slot::new(&project.id, &[scene.to_owned()], Role::Tts, 1);
        let Some(key) = self.core.store.slot(&slot)? else { return Ok(None) };
        Ok(self.used(&slot, &key)?.and_then(|speech: Value| typed(speech).ok()))
    }

    /// The file of a blob; none: it is not there any more.
    pub(super) fn file_of(&self, blob: &Blob) -> Option<PathBuf> {
        let digest: Digest = blob.blob.parse().ok()?;
        let blobs = self.core.store.blobs();
        blobs.contains(&digest).then(|| blobs.path(&digest))
    }
}

/// The rate of a film, which it names as a fraction.
pub(super) fn rate(film: &Film) -> Option<Rate> {
    let (num, den) = film.rate.split_once('/')?;
    let rate = Rate { num: num.parse().ok()?, den: den.parse().ok()? };
    (rate.num > 0 && rate.den > 0).then_some(rate)
}

/// The clips as they were laid out.
fn timed(laid: &Timeline, clips: &[SceneClip], path: impl Fn(&Blob) -> Option<PathBuf>) -> Vec<TimedScene> {
    let items = |kind| laid.track(kind).map_or(&[][..], |track| &track.items);
    let mut scenes: Vec<TimedScene> = Vec::new();
    let mut frame = 0;
    for item in items(TrackKind::Video) {
        let start = laid.rate.seconds(frame);
        match item {
            Item::Clip(clip) => {
                let title = clips.get(scenes.len()).map(|clip| clip.title.clone()).unwrap_or_default();
                let words = clip.captions.iter().map(|word| Word {
                    start: word.start + start,
                    end: word.end + start,
                    ..word.clone()
                });
                scenes.push(TimedScene {
                    id: clip.id.clone(),
                    title,
                    start,
                    seconds: laid.rate.seconds(clip.frames),
                    words: words.collect(),
                    ..TimedScene::default()
                });
            }
            Item::Transition(transition) => {
                if let Some(before) = scenes.last_mut() {
                    before.transition = laid.rate.seconds(transition.in_frames + transition.out_frames);
                }
            }
            Item::Gap { .. } => (),
        }
        frame += item.frames();
    }
    let mut frame = 0;
    for item in items(TrackKind::Narration) {
        if let Item::Clip(clip) = item
            && let Some(at) = clips.iter().position(|scene| scene.id == clip.id)
            && let (Some(speech), Some(scene)) = (&clips[at].narration, scenes.get_mut(at))
        {
            let start = laid.rate.seconds(frame);
            let sound = |path| TimedSound { audio: speech.audio.clone(), path, start, seconds: speech.seconds };
            scene.speech = path(&speech.audio).map(sound);
        }
        frame += item.frames();
    }
    scenes
}

/// What a film says of itself, where there is no storyboard.
fn by_chapters(film: &Film) -> FilmTimeline {
    let rate = rate(film).unwrap_or(RATE);
    let mut scenes: Vec<TimedScene> = Vec::new();
    for chapter in &film.chapters {
        let (title, start) = (chapter.title.clone(), rate.seconds(chapter.frame));
        scenes.push(TimedScene { title, start, ..TimedScene::default() });
    }
    if scenes.first().is_none_or(|first| first.start > 0.0) {
        scenes.insert(0, TimedScene::default());
    }
    let mut end = film.seconds;
    for scene in scenes.iter_mut().rev() {
        scene.seconds = (end - scene.start).max(0.0);
        end = scene.start;
    }
    FilmTimeline { current: true, seconds: film.seconds, scenes, ..FilmTimeline::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use studio_plugin_sdk::timeline::Chapter;

    fn clip(id: &str, spoken: f64) -> SceneClip {
        let words = vec![Word { text: "rice".into(), start: 0.5, end: 0.9, speaker: String::new() }];
        SceneClip {
            id: id.into(),
            title: format!("about {id}"),
            picture: Some(Image::default()),
            narration: Some(Speech { seconds: spoken, ..Speech::default() }),
            captions: words,
            transition: TransitionLook::Dissolve,
            ..SceneClip::default()
        }
    }

    #[test]
    fn scenes_stand_where_the_renderer_puts_them() {
        let clips = [clip("a", 1.4), clip("b", 2.4)];
        let laid = Timeline::from_scenes(&clips, RATE).unwrap();
        let scenes = timed(&laid, &clips, |_| Some(PathBuf::from("/there")));
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(near(scenes[1].start, 2.0) && near(scenes[1].seconds, 3.0));
        assert!(near(scenes[0].transition, 14.0 / 30.0) && near(scenes[1].transition, 0.0));
        assert!(near(scenes[1].words[0].start, 2.0 + 0.3 + 0.5));
        let speech = scenes[1].speech.as_ref().unwrap();
        assert!(near(speech.start, 2.3) && near(speech.seconds, 2.4));
        assert_eq!(scenes[0].title, "about a");
    }

    #[test]
    fn without_a_storyboard_chapters_tell_the_scenes() {
        let chapters = vec![Chapter { frame: 60, title: "Rice".into() }, Chapter { frame: 90, title: "Water".into() }];
        let film = Film { rate: "30/1".into(), seconds: 5.0, chapters, ..Film::default() };
        let scenes = by_chapters(&film).scenes;
        let times: Vec<(f64, f64)> = scenes.iter().map(|scene| (scene.start, scene.seconds)).collect();
        assert_eq!(times, [(0.0, 2.0), (2.0, 1.0), (3.0, 2.0)]);
        assert_eq!(by_chapters(&Film { seconds: 4.0, ..Film::default() }).scenes.len(), 1);
    }
}
