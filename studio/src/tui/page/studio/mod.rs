//! One project: the film as a strip of scenes, a large preview, the scene that is selected, and the jobs.

pub mod act;
mod draw;
mod film;
mod inspector;
mod jobs;
mod preview;
mod strip;

use ratatui::layout::Rect;

use super::{Page, renew::renew};
use crate::{
    engine::{SceneView, api::costs},
    model::{NodeChange, NodeState},
    tui::{
        action::Action,
        canvas::{Canvas, Hit},
        desk::Cx,
        model::{Model, Open},
        player::seek,
        widget::list::Cursor,
    },
};

/// A part of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    /// The scenes.
    #[default]
    Strip,
    /// The jobs.
    Jobs,
    /// What was said.
    Log,
}

/// One project.
#[derive(Default)]
pub struct StudioPage {
    pane: Pane,
    /// Which scene, and the first that is seen.
    pub scene: Cursor,
    /// Which job.
    job: Cursor,
    /// How far back the log is looked at, in lines.
    log: usize,
    /// The film is shown instead of the scene.
    film: bool,
    /// The scene whose moment of the film is shown instead of its picture.
    moment: Option<String>,
    /// The preview takes the page.
    zoomed: bool,
}

impl Page for StudioPage {
    fn draw(&mut self, canvas: &mut Canvas, area: Rect, model: &Model) {
        self.paint(canvas, area, model);
    }

    fn act(&mut self, action: Action, cx: &mut Cx) -> bool {
        self.perform(action, cx)
    }

    fn shown(&mut self, cx: &mut Cx) {
        renew(cx);
    }

    fn opened(&mut self, cx: &mut Cx) {
        *self = Self::default();
        renew(cx);
        let Some(open) = &cx.model.open else { return };
        let project = open.project.id.to_string();
        cx.ask(costs::BudgetGet { project: Some(project) }, |app, reply| {
            // A budget that cannot be read is not shown.
            if let (Ok(accounts), Some(open)) = (reply, app.model.open.as_mut()) {
                let total = |account: &&crate::engine::AccountView| {
                    account.of == "project" && account.span == crate::engine::Span::Total
                };
                open.budget = accounts.accounts.iter().find(total).and_then(|account| account.most);
            }
        });
    }

    fn click(&mut self, hit: Hit, again: bool, cx: &mut Cx) {
        match hit {
            Hit::Select { pane: 0, item } => {
                self.pane = Pane::Strip;
                self.scene.to(item, scenes(cx.model).len());
                (self.film, self.moment) = (false, None);
                if again {
                    self.perform(Action::Edit, cx);
                }
            }
            Hit::Select { item, .. } => {
                self.pane = Pane::Jobs;
                self.job.to(item, usize::MAX);
            }
            Hit::Seek(share) => seek(share, cx),
            Hit::Do(_) => (),
        }
    }

    fn tick(&mut self, cx: &mut Cx) {
        renew(cx);
        self.cue(cx);
    }

    fn wakes(&self, model: &Model) -> Option<u64> {
        model.open.as_ref().is_some_and(Open::is_running).then_some(100)
    }

    fn hints(&self, model: &Model) -> Vec<(Action, &'static str)> {
        let Some(open) = &model.open else { return vec![(Action::GoProjects, "choose a project")] };
        let mut hints = Vec::new();
        if self.waiting(open).is_some() {
            hints.extend([(Action::Approve, "approve"), (Action::Regenerate, "make again")]);
        }
        if open.film().is_some() {
            hints.push((Action::Play, "play"));
        }
        hints.push((Action::Edit, "edit"));
        if open.is_running() {
            hints.push((Action::Cancel, "cancel"));
        } else {
            hints.push((Action::Run, "run"));
        }
        if open.nodes.count(NodeState::Failed) > 0 {
            hints.push((Action::Retry, "try again"));
        }
        hints.extend([(Action::ShowFilm, "film"), (Action::NextPane, "next pane")]);
        hints
    }
}

/// The scenes of the project that is open.
pub fn scenes(model: &Model) -> &[SceneView] {
    model.open.as_ref().map_or(&[], scenes_of)
}

/// The scenes of a project.
fn scenes_of(open: &Open) -> &[SceneView] {
    open.board.as_ref().map_or(&[], |board| &board.scenes)
}

impl StudioPage {
    /// The scene that is selected.
    fn selected<'a>(&self, model: &'a Model) -> Option<&'a SceneView> {
        scenes(model).get(self.scene.at)
    }

    /// The jobs as they are listed: what failed, what runs, what waits for a person, then the rest.
    fn jobs<'a>(&self, open: &'a Open) -> Vec<&'a NodeChange> {
        let mut jobs: Vec<&NodeChange> = open.nodes.all().iter().collect();
        jobs.sort_by_key(|node| match node.state {
            NodeState::Failed => 0,
            NodeState::Running => 1,
            NodeState::Review => 2,
            NodeState::Ready => 3,
            NodeState::Waiting => 4,
            NodeState::Cancelled => 5,
            NodeState::Done => 6,
            NodeState::Kept => 7,
        });
        jobs
    }

    /// What waits for a person at what is selected; where nothing of that does, the first that waits at all.
    fn waiting<'a>(&self, open: &'a Open) -> Option<&'a crate::engine::Place> {
        let scene = open.board.as_ref().and_then(|board| board.scenes.get(self.scene.at));
        let of_scene = scene.and_then(|scene| {
            let prefix = format!("{}/", scene.scene.id);
            open.places.iter().find(|place| place.waits && place.slot.starts_with(&prefix))
        });
        of_scene.or_else(|| open.places.iter().find(|place| place.waits))
    }
}
