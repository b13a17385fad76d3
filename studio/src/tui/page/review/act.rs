//! What is decided about what waits.

use std::{
    collections::{BTreeSet, VecDeque},
    path::PathBuf,
};

use serde_json::Value;

use super::{Name, ReviewPage, name_of, views};
use crate::{
    engine::{Editable, Verb, api::review},
    model::ProjectId,
    tui::{
        App,
        action::Action,
        desk::{Command, Cx, Tone},
        model::Model,
        overlay::Prompt,
        page::{projects::manage, scenes::undo},
        terminal::Outside,
    },
};

impl ReviewPage {
    pub(super) fn perform(&mut self, action: Action, cx: &mut Cx) -> bool {
        match action {
            Action::Everywhere => self.turn(cx),
            Action::Zoom => self.zoomed = !self.zoomed,
            Action::Back if self.zoomed => self.zoomed = false,
            Action::Back if !self.marked.is_empty() => self.marked.clear(),
            Action::MarkAll => self.mark_all(cx.model),
            Action::NextTake => self.step(1),
            Action::PreviousTake => self.step(-1),
            Action::Mark
            | Action::Open
            | Action::Approve
            | Action::Regenerate
            | Action::Edit
            | Action::EditOutside
            | Action::Choose
            | Action::DropEdit
            | Action::Run
            | Action::Undo
            | Action::Redo => match self.selected(cx.model).map(name_of) {
                Some(name) => self.decide(action, name, cx),
                None => cx.tell(Tone::Plain, "nothing waits for you"),
            },
            _ => return false,
        }
        true
    }

    fn decide(&mut self, action: Action, name: Name, cx: &mut Cx) {
        let project = name.0.to_string();
        match action {
            Action::Mark => self.mark(name, cx.model),
            Action::Open => cx.command(Command::OpenProject(project)),
            Action::Approve => self.approve(name, cx),
            Action::Regenerate => regenerate(name, cx),
            Action::Edit | Action::EditOutside => self.edit(action == Action::EditOutside, name, cx),
            Action::Choose => self.choose(name, cx),
            Action::DropEdit => {
                let said = format!("{}: what was made by hand is dropped", name.1);
                decide_each(cx, VecDeque::from([name]), Verb::DropEdit, said);
            }
            Action::Run => cx.change(manage::start(project), ""),
            _ => undo(action == Action::Redo, project, cx),
        }
    }

    fn turn(&mut self, cx: &mut Cx) {
        if cx.model.open.is_none() {
            return cx.tell(Tone::Plain, "no project is open: all are shown");
        }
        self.here = !self.here;
        self.cursor.to(0, self.listed(cx.model).len());
    }

    fn mark(&mut self, name: Name, model: &Model) {
        if !self.marked.remove(&name) {
            self.marked.insert(name);
        }
        self.cursor.go(1, self.listed(model).len());
    }

    fn mark_all(&mut self, model: &Model) {
        if self.marked.is_empty() {
            self.marked = self.listed(model).into_iter().filter(|w| w.place.waits).map(name_of).collect();
        } else {
            self.marked.clear();
        }
    }

    fn step(&mut self, by: isize) {
        let Some((_, place)) = &self.looked else { return };
        let len = views::others(place).len();
        self.other = self.other.min(len.saturating_sub(1)).saturating_add_signed(by).min(len.saturating_sub(1));
        self.text = 0;
    }

    /// What is marked, else what is selected.
    fn approve(&mut self, selected: Name, cx: &mut Cx) {
        let waits = |waiting: &&crate::tui::model::Waiting| waiting.place.waits;
        let names = cx.model.queue.all.iter().filter(waits).map(name_of);
        let wanted = |name: &Name| if self.marked.is_empty() { *name == selected } else { self.marked.contains(name) };
        let names: VecDeque<Name> = names.filter(wanted).collect();
        self.marked.clear();
        let said = match names.len() {
            0 => return cx.tell(Tone::Plain, "nothing waits there: its hand-made result no longer fits (X drops it)"),
            1 => format!("{}: approved", names[0].1),
            n => format!("{n} approved"),
        };
        decide_each(cx, names, Verb::Approve, said);
    }

    /// The other one, which is shown beside what is used.
    fn choose(&self, name: Name, cx: &mut Cx) {
        let looked = self.looked.as_ref().filter(|(looked, _)| *looked == name);
        let others = looked.map(|(_, place)| views::others(place)).unwrap_or_default();
        let Some(other) = others.get(self.other.min(others.len().saturating_sub(1))) else {
            return cx.tell(Tone::Plain, "there is no other take: n makes one");
        };
        let verb = match other.what {
            views::What::Take(take) => Verb::Choose { take },
            views::What::Stale => Verb::Edit { response: other.response.clone() },
            views::What::Earlier(_) | views::What::ByHand => {
                return cx.tell(Tone::Plain, "it answers an earlier request: it can be looked at, not used");
            }
        };
        let said = format!("{}: {} is used", name.1, other.name());
        decide_each(cx, VecDeque::from([name]), verb, said);
    }

    fn edit(&self, outside: bool, name: Name, cx: &mut Cx) {
        let Some((_, place)) = self.looked.as_ref().filter(|(looked, _)| *looked == name) else {
            return cx.tell(Tone::Plain, "it is being read");
        };
        let response = place.response.clone();
        let said = format!("{}: made by hand", name.1);
        let title = format!("{} by hand", name.1);
        if ["image", "audio", "video"].iter().any(|field| views::file(&response, field).is_some()) {
            let prompt = Prompt::line(&title, "", move |cx, path| {
                decide_each(cx, VecDeque::from([name]), Verb::EditFile { path: whole(path.trim()) }, said);
            });
            let prompt = prompt.hint("a file's path: a picture (PNG, JPEG, WebP), or speech (WAV)");
            return cx.push(prompt.check(|path| match std::fs::metadata(whole(path.trim())) {
                Ok(found) if found.is_file() => Ok(()),
                Ok(_) => Err("that is no file".into()),
                Err(e) => Err(e.to_string()),
            }));
        }
        let (how, text) = Editable::of(&response);
        let done = move |cx: &mut Cx, text: String| match how.edited(&response, &text) {
            Ok(response) => decide_each(cx, VecDeque::from([name]), Verb::Edit { response }, said),
            Err(why) => cx.tell(Tone::Error, why),
        };
        if outside {
            let then = Box::new(move |app: &mut App, text| done(&mut app.cx(), text));
            return cx.command(Command::Outside(Outside::Edit { text, kind: how.kind(), then }));
        }
        let prompt = Prompt::text(&title, &text, done);
        cx.push(match how {
            Editable::Text => prompt,
            Editable::Json => prompt
                .check(|text| serde_json::from_str::<Value>(text).map(drop).map_err(|e| format!("is not JSON: {e}"))),
        });
    }
}

/// A path as a person writes it, from the root.
fn whole(path: &str) -> PathBuf {
    let below_home = path.strip_prefix("~/").and_then(|rest| Some(std::env::home_dir()?.join(rest)));
    below_home.unwrap_or_else(|| std::path::absolute(path).unwrap_or_else(|_| path.into()))
}

fn regenerate(name: Name, cx: &mut Cx) {
    let prompt = Prompt::text(&format!("make {} again", name.1), "", move |cx, note| {
        let said = format!("{}: made again", name.1);
        decide_each(cx, VecDeque::from([name]), Verb::Regenerate { note }, said);
    });
    cx.push(prompt.hint("what should be different"));
}

/// Decides the same about each of these, one after the other. The runs that waited for them go on.
fn decide_each(cx: &mut Cx, left: VecDeque<Name>, verb: Verb, said: String) {
    go_through(cx, left, verb, said, BTreeSet::new());
}

fn go_through(cx: &mut Cx, mut left: VecDeque<Name>, verb: Verb, said: String, mut waited: BTreeSet<ProjectId>) {
    let Some((project, place)) = left.pop_front() else {
        cx.tell(Tone::Good, said);
        return go_on(cx, waited);
    };
    let ends = matches!(verb, Verb::Approve | Verb::Regenerate { .. } | Verb::Choose { .. });
    // What is approved is what the person saw.
    let seen = cx.model.queue.all.iter().find(|waiting| name_of(waiting) == (project.clone(), place.clone()));
    let digest = seen.map(|waiting| waiting.place.digest).filter(|_| verb == Verb::Approve);
    // Now: by the time of the reply it may have been read that it waits no more.
    let waits = seen.is_some_and(|waiting| waiting.place.waits);
    let decide = review::Decide { project: project.to_string(), place: place.clone(), decision: verb.clone(), digest };
    cx.ask(decide, move |app, reply| {
        let (pages, mut cx) = app.pages();
        pages.review.look_again = true;
        if let Err(e) = reply {
            go_on(&mut cx, waited);
            return app.tell_error(&e);
        }
        if ends && waits {
            cx.model.queue.drop(&project, &place);
            waited.insert(project);
        }
        go_through(&mut cx, left, verb, said, waited);
    });
}

/// It is the same run: what was decided lets it go on.
fn go_on(cx: &mut Cx, waited: BTreeSet<ProjectId>) {
    for project in waited {
        cx.change(manage::start(project.to_string()), "");
    }
}
