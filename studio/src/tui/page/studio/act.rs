//! What is done on the page of a project.

use super::{Pane, StudioPage, scenes};
use crate::{
    engine::{
        Span, Verb,
        api::{costs, lifecycle, review, runs},
    },
    model::{Budget, Money, NodeChange, NodeState, ProjectState},
    tui::{
        action::Action,
        desk::{Cx, Tone},
        overlay::Prompt,
        page::{
            projects::{create, manage},
            scenes as edits,
        },
    },
};

impl StudioPage {
    pub(super) fn perform(&mut self, action: Action, cx: &mut Cx) -> bool {
        if cx.model.open.is_none() {
            return false;
        }
        match action {
            Action::Left | Action::Right | Action::Up | Action::Down => self.go(action, cx),
            Action::First | Action::Last => {
                self.scene.to(if action == Action::First { 0 } else { usize::MAX }, scenes(cx.model).len());
                self.leave_film(cx);
            }
            Action::NextPane | Action::PreviousPane => self.next_pane(action == Action::NextPane),
            Action::Open => self.open(cx),
            Action::ShowFilm => self.show_film(cx),
            Action::Play | Action::SeekBack | Action::SeekOn => self.play(action, cx),
            Action::Zoom => self.zoomed = !self.zoomed,
            Action::Back if self.zoomed => self.zoomed = false,
            Action::Back if self.film || self.moment.is_some() => self.leave_film(cx),
            Action::Cancel => self.cancel(cx),
            Action::Retry => self.retry(cx),
            Action::Plan | Action::Params | Action::Profile | Action::Brand | Action::CopyPath => {
                of_project(action, cx);
            }
            Action::Approve => self.decide(Verb::Approve, "approved", cx),
            Action::Regenerate => self.regenerate(cx),
            Action::Budget => budget(cx),
            Action::Rename | Action::Duplicate => name(action, cx),
            action => return edits::perform(action, self.selected(cx.model).cloned().as_ref(), cx),
        }
        true
    }

    fn go(&mut self, action: Action, cx: &mut Cx) {
        let len = scenes(cx.model).len();
        let by = if matches!(action, Action::Left | Action::Up) { -1 } else { 1 };
        match (self.pane, action) {
            (Pane::Strip, _) | (_, Action::Left | Action::Right) => {
                self.scene.go(by, len);
                self.leave_film(cx);
            }
            (Pane::Jobs, _) => {
                let jobs = cx.model.open.as_ref().map_or(0, |open| open.nodes.all().len());
                self.job.go(by, jobs);
            }
            (Pane::Log, _) => self.log = self.log.saturating_add_signed(-by),
        }
    }

    fn next_pane(&mut self, on: bool) {
        let order = [Pane::Strip, Pane::Jobs, Pane::Log];
        let at = order.iter().position(|pane| *pane == self.pane).unwrap_or(0);
        self.pane = order[(at + if on { 1 } else { order.len() - 1 }) % order.len()];
    }

    /// The scene of the job that is selected.
    fn open(&mut self, cx: &mut Cx) {
        if self.pane == Pane::Strip {
            edits::perform(Action::Edit, self.selected(cx.model).cloned().as_ref(), cx);
            return;
        }
        let Some(open) = &cx.model.open else { return };
        let jobs = self.jobs(open);
        let Some(node) = jobs.get(self.job.at) else { return };
        let scope = node.slot.local().split('/').next().unwrap_or_default();
        if let Some(at) = scenes(cx.model).iter().position(|scene| scene.scene.id == scope) {
            self.scene.to(at, scenes(cx.model).len());
            self.pane = Pane::Strip;
        }
    }

    fn cancel(&self, cx: &mut Cx) {
        if let Some(target) = id(cx) {
            cx.change(runs::Cancel { target }, "cancelled");
        }
    }

    /// Tries the selected job again where it failed; else the project.
    fn retry(&self, cx: &mut Cx) {
        let Some(open) = &cx.model.open else { return };
        let project = open.project.id.to_string();
        let failed = |node: &&&NodeChange| node.state == NodeState::Failed;
        let jobs = self.jobs(open);
        match jobs.get(self.job.at).filter(failed).filter(|_| self.pane == Pane::Jobs) {
            Some(node) => {
                let place = node.slot.local().to_owned();
                let said = format!("{place} was made");
                cx.change(runs::RetryNode { project, place, repeat: false }, said);
            }
            None => cx.change(manage::start(project), ""),
        }
    }

    fn decide(&self, verb: Verb, said: &str, cx: &mut Cx) {
        let Some(open) = &cx.model.open else { return };
        let Some((place, digest)) = self.waiting(open).map(|place| (place.slot.clone(), place.digest)) else {
            return cx.tell(Tone::Plain, "nothing waits for you");
        };
        let project = open.project.id.to_string();
        let said = format!("{place}: {said}");
        decide(cx, review::Decide { project, place, decision: verb, digest: Some(digest) }, said);
    }

    fn regenerate(&self, cx: &mut Cx) {
        let Some(open) = &cx.model.open else { return };
        let of_scene = self.selected(cx.model).map(|scene| format!("{}/image", scene.scene.id));
        let place = self.waiting(open).map(|place| place.slot.clone()).or(of_scene);
        let Some(place) = place else { return cx.tell(Tone::Plain, "nothing is made yet") };
        let project = open.project.id.to_string();
        let prompt = Prompt::text(&format!("make {place} again"), "", move |cx, note| {
            let said = format!("{place}: made again");
            decide(cx, review::Decide { project, place, decision: Verb::Regenerate { note }, digest: None }, said);
        });
        cx.push(prompt.hint("what should be different"));
    }
}

/// Decides about a place. A run that waits for it goes on.
fn decide(cx: &mut Cx, decide: review::Decide, said: String) {
    let project = decide.project.clone();
    cx.ask(decide, move |app, reply| match reply {
        Ok(_) => {
            app.tell(Tone::Good, said);
            let waits = app.model.open.as_ref().is_some_and(|open| open.state == ProjectState::Waiting);
            if waits {
                // It is the same run: what was decided lets it go on.
                app.cx().change(manage::start(project), "");
            }
        }
        Err(e) => app.tell_error(&e),
    });
}

/// The id of the project that is open.
fn id(cx: &Cx) -> Option<String> {
    cx.model.open.as_ref().map(|open| open.project.id.to_string())
}

fn of_project(action: Action, cx: &mut Cx) {
    let Some(project) = cx.model.open.as_ref().map(|open| open.project.clone()) else { return };
    match action {
        Action::Plan => manage::plan(cx, &project),
        Action::Params => create::edit(cx, &project),
        Action::CopyPath => manage::copy_path(cx, &project),
        Action::Brand => manage::brand(cx, &project),
        _ => manage::profile(cx, &project),
    }
}

fn name(action: Action, cx: &mut Cx) {
    let Some(project) = cx.model.open.as_ref().map(|open| open.project.clone()) else { return };
    let id = project.id.to_string();
    if action == Action::Duplicate {
        let said = format!("{} was copied with its results", project.title);
        return cx.change(lifecycle::Duplicate { project: id, title: None }, said);
    }
    cx.push(Prompt::line("another title", &project.title, move |cx, title| {
        cx.change(lifecycle::Rename { project: id, title }, "");
    }));
}

fn budget(cx: &mut Cx) {
    let Some(open) = &cx.model.open else { return };
    let (project, now) = (open.project.id.to_string(), open.budget.map(|most| most.to_string()).unwrap_or_default());
    let prompt = Prompt::line("what it may spend in all, in dollars", &now, move |cx, text| {
        let most = text.trim().trim_start_matches('$').parse().ok();
        let lift = if most.is_none() { vec![Span::Total] } else { Vec::new() };
        let budget = Budget { total: most, ..Budget::default() };
        cx.ask(costs::BudgetSet { project, budget, lift }, move |app, reply| match reply {
            Ok(_) => {
                if let Some(open) = &mut app.model.open {
                    open.budget = most;
                }
                app.tell(Tone::Good, most.map_or("no limit".to_owned(), |most| format!("up to {most}")));
            }
            Err(e) => app.tell_error(&e),
        });
    });
    cx.push(prompt.hint("empty: as much as it takes").check(|text| match text.trim().trim_start_matches('$') {
        "" => Ok(()),
        text => text.parse::<Money>().map(drop).map_err(|_| "an amount like 2.50".into()),
    }));
}
