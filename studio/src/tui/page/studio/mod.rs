//! One project: the film as a strip of scenes, a large preview, the scene that is selected, and the jobs.

pub mod act;
mod draw;
mod inspector;
mod jobs;
mod preview;
mod strip;

use ratatui::layout::Rect;

use super::Page;
use crate::{
    engine::{
        SceneView,
        api::{costs, projects, review, scenes},
    },
    model::{NodeChange, NodeState},
    tui::{
        action::Action,
        canvas::{Canvas, Hit},
        desk::Cx,
        model::{Model, Open},
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
    scene: Cursor,
    /// Which job.
    job: Cursor,
    /// How far back the log is looked at, in lines.
    log: usize,
    /// The film is shown instead of the scene.
    film: bool,
    /// The preview takes the page.
    zoomed: bool,
    asking: Asking,
}

/// What is on its way.
#[derive(Clone, Copy, Debug, Default)]
struct Asking {
    detail: bool,
    board: bool,
    places: bool,
}

impl Page for StudioPage {
    fn draw(&mut self, canvas: &mut Canvas, area: Rect, model: &Model) {
        self.paint(canvas, area, model);
    }

    fn act(&mut self, action: Action, cx: &mut Cx) -> bool {
        self.perform(action, cx)
    }

    fn shown(&mut self, cx: &mut Cx) {
        self.renew(cx);
    }

    fn opened(&mut self, cx: &mut Cx) {
        *self = Self::default();
        self.renew(cx);
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
                self.film = false;
                if again {
                    self.perform(Action::Edit, cx);
                }
            }
            Hit::Select { item, .. } => {
                self.pane = Pane::Jobs;
                self.job.to(item, usize::MAX);
            }
            Hit::Do(_) | Hit::Seek(_) => (),
        }
    }

    fn tick(&mut self, cx: &mut Cx) {
        self.renew(cx);
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
    /// Reads what is to be read again, unless it is on its way.
    fn renew(&mut self, cx: &mut Cx) {
        let Some(open) = &mut cx.model.open else { return };
        let project = open.project.id.to_string();
        if open.stale.detail && !std::mem::replace(&mut self.asking.detail, true) {
            open.stale.detail = false;
            cx.ask(projects::Get { project: project.clone() }, |app, reply| {
                let (pages, cx) = app.pages();
                let page = &mut pages.studio;
                page.asking.detail = false;
                match (reply, &mut cx.model.open) {
                    (Ok(detail), Some(open)) if open.project.id == detail.project.id => open.renew(detail),
                    (Ok(_), _) => (),
                    (Err(e), _) => app.tell_error(&e),
                }
            });
        }
        let Some(open) = &mut cx.model.open else { return };
        if open.stale.board && !std::mem::replace(&mut self.asking.board, true) {
            open.stale.board = false;
            let id = open.project.id.clone();
            cx.ask(scenes::List { project: project.clone(), place: None }, move |app, reply| {
                let (pages, cx) = app.pages();
                let page = &mut pages.studio;
                page.asking.board = false;
                let Some(open) = cx.model.open.as_mut().filter(|open| open.project.id == id) else { return };
                // Where there is no storyboard, nothing is wrong: not every script makes one.
                open.board = reply.ok();
            });
        }
        let Some(open) = &mut cx.model.open else { return };
        if open.stale.places && !std::mem::replace(&mut self.asking.places, true) {
            open.stale.places = false;
            let id = open.project.id.clone();
            cx.ask(review::List { project }, move |app, reply| {
                let (pages, cx) = app.pages();
                let page = &mut pages.studio;
                page.asking.places = false;
                let Some(open) = cx.model.open.as_mut().filter(|open| open.project.id == id) else { return };
                match reply {
                    Ok(places) => open.places = places,
                    Err(e) => app.tell_error(&e),
                }
            });
        }
    }

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
