//! What is done on the page of a project.

use super::{Pane, StudioPage, scenes};
use crate::{
    engine::{
        Span, TakenBack, Verb,
        api::{ApiError, costs, lifecycle, review, runs, scenes as api},
    },
    model::{Budget, Money, NodeChange, NodeState, ProjectState, SceneChange, SceneText},
    tui::{
        App,
        action::Action,
        desk::{Command, Cx, Tone},
        overlay::Prompt,
        page::projects::{create, manage},
        terminal::Outside,
    },
};

impl StudioPage {
    pub(super) fn perform(&mut self, action: Action, cx: &mut Cx) -> bool {
        if cx.model.open.is_none() {
            return false;
        }
        match action {
            Action::Left | Action::Right | Action::Up | Action::Down => self.go(action, cx),
            Action::First => self.scene.to(0, scenes(cx.model).len()),
            Action::Last => self.scene.to(usize::MAX, scenes(cx.model).len()),
            Action::NextPane | Action::PreviousPane => self.next_pane(action == Action::NextPane),
            Action::Open => self.open(cx),
            Action::ShowFilm => self.film = !self.film,
            Action::Zoom => self.zoomed = !self.zoomed,
            Action::Back if self.zoomed => self.zoomed = false,
            Action::Back if self.film => self.film = false,
            Action::Run => self.run(cx),
            Action::Cancel => self.cancel(cx),
            Action::Retry => self.retry(cx),
            Action::Plan | Action::Params | Action::Profile => of_project(action, cx),
            Action::Undo | Action::Redo => {
                if let Some(project) = id(cx) {
                    undo(action == Action::Redo, project, cx);
                }
            }
            Action::Edit | Action::EditOutside => self.edit(action == Action::EditOutside, cx),
            Action::AddScene => self.add(cx),
            Action::RemoveScene => self.remove(cx),
            Action::MoveEarlier => self.shift(-1, cx),
            Action::MoveLater => self.shift(1, cx),
            Action::Seconds => self.seconds(cx),
            Action::Approve => self.decide(Verb::Approve, "approved", cx),
            Action::Regenerate => self.regenerate(cx),
            Action::Budget => budget(cx),
            Action::Rename | Action::Duplicate => name(action, cx),
            _ => return false,
        }
        true
    }

    fn go(&mut self, action: Action, cx: &mut Cx) {
        let len = scenes(cx.model).len();
        let by = if matches!(action, Action::Left | Action::Up) { -1 } else { 1 };
        match (self.pane, action) {
            (Pane::Strip, _) | (_, Action::Left | Action::Right) => {
                self.scene.go(by, len);
                self.film = false;
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
            return self.edit(false, cx);
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

    fn run(&self, cx: &mut Cx) {
        if let Some(project) = cx.model.open.as_ref().map(|open| open.project.clone()) {
            manage::run(cx, &project);
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

    fn edit(&self, outside: bool, cx: &mut Cx) {
        let Some(scene) = self.selected(cx.model) else {
            return cx.tell(Tone::Plain, "there are no scenes yet: r runs the script, p changes its params");
        };
        let (scene_id, text) = (scene.scene.id.clone(), scene.scene.narration.clone());
        let title = format!("what scene {} says", scene.number);
        let Some(project) = id(cx) else { return };
        let done = move |cx: &mut Cx, text: String| {
            let scene = SceneText { narration: Some(text), ..SceneText::default() };
            change(cx, project, SceneChange::Edit { id: scene_id, scene });
        };
        if outside {
            let then = Box::new(move |app: &mut App, text| done(&mut app.cx(), text));
            cx.command(Command::Outside(Outside::Edit { text, kind: "md", then }));
        } else {
            cx.push(Prompt::text(&title, &text, done));
        }
    }

    fn add(&self, cx: &mut Cx) {
        let after = self.selected(cx.model).map(|scene| scene.scene.id.clone());
        let Some(project) = id(cx) else { return };
        cx.push(Prompt::text("what the new scene says", "", move |cx, text| {
            let scene = SceneText { narration: Some(text), ..SceneText::default() };
            change(cx, project, SceneChange::Add { after, scene });
        }));
    }

    fn remove(&self, cx: &mut Cx) {
        let Some((scene, project)) = self.selected(cx.model).map(|s| s.scene.id.clone()).zip(id(cx)) else { return };
        cx.tell(Tone::Plain, "the scene is gone: u brings it back");
        change(cx, project, SceneChange::Remove { id: scene });
    }

    fn shift(&mut self, by: isize, cx: &mut Cx) {
        let Some((scene, project)) = self.selected(cx.model).zip(id(cx)) else { return };
        let to = scene.number.saturating_add_signed(by);
        if to == 0 || to > scenes(cx.model).len() {
            return;
        }
        let moved = SceneChange::Move { id: scene.scene.id.clone(), to };
        self.scene.to(to - 1, scenes(cx.model).len());
        change(cx, project, moved);
    }

    fn seconds(&self, cx: &mut Cx) {
        let Some((scene, project)) = self.selected(cx.model).zip(id(cx)) else { return };
        let scene_id = scene.scene.id.clone();
        let now = scene.scene.seconds.map(|seconds| seconds.to_string()).unwrap_or_default();
        let prompt = Prompt::line("how long it lasts at least, in seconds", &now, move |cx, text| {
            let seconds = text.trim().parse().unwrap_or_default();
            let scene = SceneText { seconds: Some(seconds), ..SceneText::default() };
            change(cx, project, SceneChange::Edit { id: scene_id, scene });
        });
        cx.push(prompt.hint("0: as long as what it says").check(|text| match text.trim() {
            "" => Ok(()),
            text => match text.parse::<f64>() {
                Ok(seconds) if (0.0..=3600.0).contains(&seconds) => Ok(()),
                _ => Err("a number of seconds, up to 3600".into()),
            },
        }));
    }

    fn decide(&self, verb: Verb, said: &str, cx: &mut Cx) {
        let Some(open) = &cx.model.open else { return };
        let Some(place) = self.waiting(open).map(|place| place.slot.clone()) else {
            return cx.tell(Tone::Plain, "nothing waits for you");
        };
        let project = open.project.id.to_string();
        let said = format!("{place}: {said}");
        decide(cx, project, place, verb, said);
    }

    fn regenerate(&self, cx: &mut Cx) {
        let Some(open) = &cx.model.open else { return };
        let of_scene = self.selected(cx.model).map(|scene| format!("{}/image", scene.scene.id));
        let place = self.waiting(open).map(|place| place.slot.clone()).or(of_scene);
        let Some(place) = place else { return cx.tell(Tone::Plain, "nothing is made yet") };
        let project = open.project.id.to_string();
        let prompt = Prompt::text(&format!("make {place} again"), "", move |cx, note| {
            let said = format!("{place}: made again");
            decide(cx, project, place, Verb::Regenerate { note }, said);
        });
        cx.push(prompt.hint("what should be different   ctrl-s done   esc leave it"));
    }
}

/// Decides about a place. A run that waits for it goes on.
pub fn decide(cx: &mut Cx, project: String, place: String, decision: Verb, said: String) {
    let decide = review::Decide { project: project.clone(), place, decision };
    cx.ask(decide, move |app, reply| match reply {
        Ok(_) => {
            app.tell(Tone::Good, said);
            let waits = app.model.open.as_ref().is_some_and(|open| open.state == ProjectState::Waiting);
            if waits {
                // It is the same run: what was decided lets it go on.
                manage::go_on(&mut app.cx(), project);
            }
        }
        Err(e) => app.tell_error(&e),
    });
}

/// The id of the project that is open.
fn id(cx: &Cx) -> Option<String> {
    cx.model.open.as_ref().map(|open| open.project.id.to_string())
}

/// Changes the storyboard; what comes back is shown at once.
pub fn change(cx: &mut Cx, project: String, change: SceneChange) {
    let edit = api::Edit { project, place: None, change, joins: false };
    cx.ask(edit, |app, reply| match reply {
        Ok(board) => {
            let (pages, cx) = app.pages();
            let page = &mut pages.studio;
            if let Some(changed) = &board.changed
                && let Some(at) = board.scenes.iter().position(|scene| scene.scene.id == *changed)
            {
                page.scene.to(at, board.scenes.len());
            }
            if let Some(open) = &mut cx.model.open {
                open.board = Some(board);
            }
        }
        Err(e) => app.tell_error(&e),
    });
}

fn of_project(action: Action, cx: &mut Cx) {
    let Some(project) = cx.model.open.as_ref().map(|open| open.project.clone()) else { return };
    match action {
        Action::Plan => manage::plan(cx, &project),
        Action::Params => create::edit(cx, &project),
        _ => manage::profile(cx, &project),
    }
}

/// Takes a project's latest edit back, or does it again.
pub fn undo(again: bool, project: String, cx: &mut Cx) {
    let said = if again { "done again" } else { "taken back" };
    let then = move |app: &mut App, reply: Result<TakenBack, ApiError>| match reply {
        Ok(taken) => {
            app.tell(Tone::Plain, format!("{said}: {}", taken.what));
            if let Some(open) = &mut app.model.open {
                open.stale.board = true;
                open.stale.detail = true;
            }
        }
        Err(e) => app.tell_error(&e),
    };
    if again {
        cx.ask(lifecycle::Redo { project }, then);
    } else {
        cx.ask(lifecycle::Undo { project }, then);
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
    let prompt = Prompt::line("what the project may spend in all, in dollars", &now, move |cx, text| {
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
