//! The finished film in the preview: all of it, or a scene's moment of it.

use super::StudioPage;
use crate::tui::{
    action::Action,
    desk::{Cx, Tone},
    player::{Reel, control},
};

impl StudioPage {
    /// What is to be seen is what the player has: also where the film was made anew meanwhile.
    pub(super) fn cue(&self, cx: &mut Cx) {
        let Some(open) = cx.model.open.as_ref().filter(|_| self.film || self.moment.is_some()) else { return };
        let Some(file) = open.film() else { return };
        let Some(reel) = Reel::of(&file.film, Some(file.path.clone())) else { return };
        let moment = self.moment.as_deref().filter(|_| !self.film).and_then(|scene| open.timed(scene));
        let span = moment.map_or((0.0, file.film.seconds), |scene| (scene.start, scene.start + scene.seconds));
        cx.player.cue(&reel, span);
    }

    pub(super) fn show_film(&mut self, cx: &mut Cx) {
        if self.film {
            return self.leave_film(cx);
        }
        // Where it is not known yet whether there is one, it is shown once it is.
        if cx.model.open.as_ref().is_none_or(|open| open.timeline.is_some() && open.film().is_none()) {
            return cx.tell(Tone::Plain, "there is no finished film yet: r makes it");
        }
        self.film = true;
        self.cue(cx);
    }

    pub(super) fn leave_film(&mut self, cx: &mut Cx) {
        (self.film, self.moment) = (false, None);
        cx.player.stop();
    }

    /// Plays, stops, seeks: in the film where that is shown, else in the moment of the scene.
    pub(super) fn play(&mut self, action: Action, cx: &mut Cx) {
        if !self.film && self.moment.is_none() {
            let Some(open) = &cx.model.open else { return };
            let scene = self.selected(cx.model).and_then(|scene| open.timed(&scene.scene.id));
            match (open.film(), scene) {
                (None, _) => return cx.tell(Tone::Plain, "there is no finished film yet: r makes it"),
                (Some(_), Some(scene)) if open.timeline.as_ref().is_some_and(|timeline| timeline.current) => {
                    self.moment = Some(scene.id.clone());
                }
                (Some(_), Some(_)) => {
                    return cx.tell(Tone::Plain, "the film is older than its scenes: F shows it, r makes it anew");
                }
                (Some(_), None) => self.film = true,
            }
            self.cue(cx);
        }
        control(action, cx);
    }
}
