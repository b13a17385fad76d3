//! The film in time: its scenes as long as they are, how they go over into each other, what is heard and said when,
//! and a play head that moves with the film above.

mod draw;
mod glimpse;
mod rows;
mod view;
mod wave;

use std::time::Duration;

use ratatui::layout::Rect;

use super::{Page, renew::renew, scenes, studio::scenes as scenes_of};
use crate::{
    engine::SceneView,
    tui::{
        action::Action,
        canvas::{Canvas, Hit},
        desk::Cx,
        model::{Model, Open},
        player::{Reel, control},
        widget::list::Cursor,
    },
};
use glimpse::Glimpse;
use view::View;
use wave::Waves;

/// How much one key magnifies.
const STEP: f64 = 1.5;
/// The number of the pane of scenes.
const SCENES: u8 = 0;

/// The film in time.
#[derive(Default)]
pub struct TimelinePage {
    /// Which scene.
    pub scene: Cursor,
    view: View,
    waves: Waves,
    glimpse: Glimpse,
}

impl Page for TimelinePage {
    fn draw(&mut self, canvas: &mut Canvas, area: Rect, model: &Model) {
        self.waves.begin();
        self.paint(canvas, area, model);
    }

    fn act(&mut self, action: Action, cx: &mut Cx) -> bool {
        let Some(open) = &cx.model.open else { return false };
        let len = open.timeline.as_ref().map_or(0, |timeline| timeline.scenes.len());
        match action {
            Action::Left | Action::Up => self.go(self.scene.at.saturating_sub(1), cx),
            Action::Right | Action::Down => self.go(self.scene.at + 1, cx),
            Action::First => self.go(0, cx),
            Action::Last => self.go(len, cx),
            Action::ZoomIn => self.view.magnify(STEP, self.centre(cx)),
            Action::ZoomOut => self.view.magnify(1.0 / STEP, self.centre(cx)),
            Action::Open => return scenes::perform(Action::Edit, self.selected(cx.model).cloned().as_ref(), cx),
            action => {
                return control(action, cx) || scenes::perform(action, self.selected(cx.model).cloned().as_ref(), cx);
            }
        }
        true
    }

    fn shown(&mut self, cx: &mut Cx) {
        renew(cx);
        self.cue(cx);
    }

    fn opened(&mut self, _cx: &mut Cx) {
        *self = Self::default();
    }

    fn click(&mut self, hit: Hit, again: bool, cx: &mut Cx) {
        match hit {
            Hit::Select { pane: SCENES, item } => {
                self.go(item, cx);
                if again {
                    self.act(Action::Open, cx);
                }
            }
            Hit::Seek(share) => {
                let moment = self.view.moment(share);
                cx.player.seek(moment);
                self.select_at(moment, cx.model);
            }
            Hit::Select { .. } | Hit::Do(_) => (),
        }
    }

    fn tick(&mut self, cx: &mut Cx) {
        renew(cx);
        self.cue(cx);
        if cx.player.is_playing() && current(cx.model) {
            let moment = cx.player.position();
            self.select_at(moment, cx.model);
            self.view.reveal(moment);
        }
        self.waves.fetch(cx);
        if !current(cx.model) {
            let timeline = cx.model.open.as_ref().and_then(|open| open.timeline.as_ref());
            let timed = timeline.and_then(|timeline| timeline.scenes.get(self.scene.at)).cloned();
            let scene = self.selected(cx.model).cloned();
            self.glimpse.fetch(timed, scene, cx);
        }
    }

    fn wakes(&self, model: &Model) -> Option<u64> {
        let running = model.open.as_ref().is_some_and(Open::is_running);
        running.then_some(Duration::from_millis(100).as_millis() as u64)
    }

    fn lacks(&self) -> bool {
        self.waves.wants()
    }

    fn hints(&self, model: &Model) -> Vec<(Action, &'static str)> {
        let Some(open) = &model.open else { return vec![(Action::GoProjects, "choose a project")] };
        let mut hints = Vec::new();
        if open.film().is_some() {
            hints.extend([(Action::Play, "play"), (Action::SeekOn, "a second on")]);
        }
        hints.extend([(Action::ZoomIn, "zoom"), (Action::Edit, "edit"), (Action::Seconds, "length")]);
        hints.push((Action::MoveLater, "move"));
        hints
    }
}

impl TimelinePage {
    /// The film is what the player has, where there is one.
    fn cue(&self, cx: &mut Cx) {
        let Some(file) = cx.model.open.as_ref().and_then(Open::film) else { return };
        if let Some(reel) = Reel::of(&file.film, Some(file.path.clone())) {
            cx.player.cue(&reel, (0.0, file.film.seconds));
        }
    }

    /// Goes to a scene, and the film with it.
    fn go(&mut self, to: usize, cx: &mut Cx) {
        let Some(timeline) = cx.model.open.as_ref().and_then(|open| open.timeline.as_ref()) else { return };
        self.scene.to(to, timeline.scenes.len());
        let Some(scene) = timeline.scenes.get(self.scene.at) else { return };
        self.view.reveal(scene.start);
        if timeline.is_shown() {
            cx.player.seek(scene.start);
        }
    }

    fn select_at(&mut self, moment: f64, model: &Model) {
        let Some(timeline) = model.open.as_ref().and_then(|open| open.timeline.as_ref()) else { return };
        let after = timeline.scenes.partition_point(|scene| scene.start <= moment);
        self.scene.to(after.saturating_sub(1), timeline.scenes.len());
    }

    /// What stays where it is when the time is magnified: the play head, else the scene.
    fn centre(&self, cx: &Cx) -> f64 {
        let timeline = cx.model.open.as_ref().and_then(|open| open.timeline.as_ref());
        let scene = timeline.and_then(|timeline| timeline.scenes.get(self.scene.at));
        match (scene, current(cx.model)) {
            (_, true) => cx.player.position(),
            (Some(scene), false) => scene.start,
            (None, false) => 0.0,
        }
    }

    /// The scene that is selected, as the storyboard has it.
    fn selected<'a>(&self, model: &'a Model) -> Option<&'a SceneView> {
        let timeline = model.open.as_ref()?.timeline.as_ref()?;
        let id = &timeline.scenes.get(self.scene.at)?.id;
        scenes_of(model).iter().find(|scene| scene.scene.id == *id)
    }
}

/// The film is as its scenes are: moments of the one are moments of the other.
fn current(model: &Model) -> bool {
    let timeline = model.open.as_ref().and_then(|open| open.timeline.as_ref());
    timeline.is_some_and(|timeline| timeline.is_shown())
}
