//! What the film will show of the selected scene, where there is no film that shows it yet: one small frame, drawn as
//! the renderer would draw it.

use crate::{
    engine::{SceneView, TimedScene, api::timeline},
    model::ProjectId,
    tui::{desk::Cx, picture::Picture},
};

/// How high the frame is, in pixels.
const HEIGHT: u32 = 360;

/// What decides how a scene looks in the film, as far as it is known here.
#[derive(Clone, Debug, PartialEq)]
struct Wanted {
    project: ProjectId,
    timed: TimedScene,
    scene: Option<SceneView>,
}

/// The frame that is shown, and the one that is on its way.
#[derive(Default)]
pub struct Glimpse {
    coming: Option<Wanted>,
    /// What was answered last: none: it cannot be shown yet.
    known: Option<(Wanted, Option<Picture>)>,
}

impl Glimpse {
    /// The frame of the scene that is `selected`; where its newest one is on its way, the one before.
    pub fn picture(&self, selected: &TimedScene) -> Option<&Picture> {
        let (wanted, picture) = self.known.as_ref()?;
        picture.as_ref().filter(|_| wanted.timed.id == selected.id)
    }

    /// Is one on its way?
    pub fn is_coming(&self) -> bool {
        self.coming.is_some()
    }

    /// Asks for the frame in the middle of a scene, unless nothing has changed since it was asked for.
    pub fn fetch(&mut self, timed: Option<TimedScene>, scene: Option<SceneView>, cx: &mut Cx) {
        let Some(open) = &cx.model.open else { return };
        let read_again = open.stale.timeline || open.stale.board || open.asking.timeline || open.asking.board;
        let (Some(timed), None) = (timed, &self.coming) else { return };
        if read_again || open.is_running() {
            return;
        }
        let wanted = Wanted { project: open.project.id.clone(), timed, scene };
        if self.known.as_ref().is_some_and(|(known, _)| *known == wanted) {
            return;
        }
        let seconds = wanted.timed.start + wanted.timed.seconds / 2.0;
        self.coming = Some(wanted.clone());
        let moment = timeline::Moment { project: wanted.project.to_string(), seconds, height: HEIGHT };
        cx.ask(moment, move |app, reply| {
            let (pages, _) = app.pages();
            let glimpse = &mut pages.timeline.glimpse;
            // Another project may have been opened meanwhile.
            if glimpse.coming.take_if(|coming| *coming == wanted).is_none() {
                return;
            }
            // What is not made yet is no error here: the page says what to do.
            let picture = reply.ok().and_then(|frame| Picture::of(&frame.image, Some(frame.path)));
            glimpse.known = Some((wanted, picture));
        });
    }
}
