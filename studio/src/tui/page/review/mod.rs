//! What waits for a person, in all projects or in the one that is open: looked at beside its earlier takes, and decided.

mod act;
mod draw;
mod sound;
mod views;

use std::collections::{HashSet, VecDeque};

use ratatui::layout::Rect;
use sound::Sounds;

use super::Page;
use crate::{
    engine::{
        Place, Query, Sort,
        api::{projects, review},
    },
    model::{Project, ProjectId, ProjectState},
    tui::{
        App,
        action::Action,
        canvas::{Canvas, Hit},
        desk::Cx,
        model::{Model, Waiting},
        widget::list::Cursor,
    },
};

/// Most projects whose places are read.
const MOST_PROJECTS: usize = 100;

/// A place: its project, and its name there.
type Name = (ProjectId, String);

/// What waits for a person.
#[derive(Default)]
pub struct ReviewPage {
    cursor: Cursor,
    /// Only what waits in the project that is open.
    here: bool,
    marked: HashSet<Name>,
    reading: bool,
    /// What is selected, with its takes.
    looked: Option<(Name, Place)>,
    looking: bool,
    /// It is to be read again.
    look_again: bool,
    /// Which of the others stands beside what is used; past the last: the last.
    other: usize,
    /// So many lines of its text are above what is seen.
    text: usize,
    zoomed: bool,
    sounds: Sounds,
}

impl Page for ReviewPage {
    fn draw(&mut self, canvas: &mut Canvas, area: Rect, model: &Model) {
        self.paint(canvas, area, model);
    }

    fn act(&mut self, action: Action, cx: &mut Cx) -> bool {
        let len = self.listed(cx.model).len();
        match action {
            Action::Up | Action::Left => self.cursor.go(-1, len),
            Action::Down | Action::Right => self.cursor.go(1, len),
            Action::First => self.cursor.to(0, len),
            Action::Last => self.cursor.to(usize::MAX, len),
            Action::PageUp => self.text = self.text.saturating_sub(10),
            Action::PageDown => self.text += 10,
            _ => return self.perform(action, cx),
        }
        true
    }

    fn shown(&mut self, cx: &mut Cx) {
        cx.model.queue.stale = true;
    }

    fn opened(&mut self, cx: &mut Cx) {
        cx.model.queue.stale = true;
    }

    fn click(&mut self, hit: Hit, again: bool, cx: &mut Cx) {
        if let Hit::Select { item, .. } = hit {
            self.cursor.to(item, self.listed(cx.model).len());
            if again {
                self.perform(Action::Open, cx);
            }
        }
    }

    fn tick(&mut self, cx: &mut Cx) {
        self.look(cx);
    }

    fn hints(&self, model: &Model) -> Vec<(Action, &'static str)> {
        let Some(selected) = self.selected(model) else {
            let others = self.here && model.queue.waits() > 0;
            return vec![if others { (Action::Everywhere, "all projects") } else { (Action::GoProjects, "projects") }];
        };
        let mut hints = Vec::new();
        if selected.place.waits {
            hints.extend([(Action::Approve, "approve"), (Action::Regenerate, "make again"), (Action::Edit, "edit")]);
        }
        if self.looked.as_ref().is_some_and(|(_, place)| !views::others(place).is_empty()) {
            hints.extend([(Action::Choose, "use the other"), (Action::NextTake, "next take")]);
        }
        if selected.place.stale_edit || selected.place.by_hand {
            hints.push((Action::DropEdit, "drop what was made by hand"));
        }
        hints.push((Action::Everywhere, if self.here { "all projects" } else { "this project" }));
        hints
    }
}

fn name_of(waiting: &Waiting) -> Name {
    (waiting.project.id.clone(), waiting.place.slot.clone())
}

impl ReviewPage {
    /// What is listed.
    fn listed<'a>(&self, model: &'a Model) -> Vec<&'a Waiting> {
        let open = model.open.as_ref().map(|open| &open.project.id);
        model.queue.all.iter().filter(|waiting| !self.here || Some(&waiting.project.id) == open).collect()
    }

    fn selected<'a>(&self, model: &'a Model) -> Option<&'a Waiting> {
        self.listed(model).get(self.cursor.at).copied()
    }

    /// Reads what waits where that has changed, whichever page is seen.
    pub fn read(&mut self, cx: &mut Cx) {
        if cx.desk.client().is_none() || !cx.model.queue.stale || self.reading {
            return;
        }
        cx.model.queue.stale = false;
        self.reading = true;
        let state = [ProjectState::Waiting, ProjectState::Running].into();
        let query = Query { state, sort: Sort::Created, ..Query::default() };
        cx.ask(projects::List(query), |app, reply| {
            let mut found: VecDeque<Project> = match reply {
                Ok(entries) => entries.into_iter().map(|entry| entry.project).collect(),
                Err(e) => {
                    app.pages().0.review.reading = false;
                    return app.tell_error(&e);
                }
            };
            let more = found.len().saturating_sub(MOST_PROJECTS);
            found.truncate(MOST_PROJECTS);
            // What was made by hand there may be stale, whatever its run does.
            if let Some(open) = &app.model.open
                && found.iter().all(|project| project.id != open.project.id)
            {
                found.push_back(open.project.clone());
            }
            app.model.queue.more = more;
            read_each(app, found, Vec::new());
        });
    }

    /// All was read: what was selected and marked stays so.
    fn take(&mut self, all: Vec<Waiting>, model: &mut Model) {
        self.reading = false;
        self.look_again = true;
        let selected = self.selected(model).map(name_of);
        (model.queue.all, model.queue.known) = (all, true);
        self.marked.retain(|name| model.queue.all.iter().any(|waiting| name_of(waiting) == *name));
        let listed = self.listed(model);
        let place = selected.and_then(|name| listed.iter().position(|waiting| name_of(waiting) == name));
        self.cursor.to(place.unwrap_or(self.cursor.at), listed.len());
    }

    /// Reads what is selected with its takes, unless that is known.
    fn look(&mut self, cx: &mut Cx) {
        let Some(name) = self.selected(cx.model).map(name_of) else {
            self.looked = None;
            return;
        };
        let known = self.looked.as_ref().is_some_and(|(looked, _)| *looked == name);
        if self.looking || (known && !self.look_again) {
            return;
        }
        (self.looking, self.look_again) = (true, false);
        let get = review::Get { project: name.0.to_string(), place: name.1.clone() };
        cx.ask(get, move |app, reply| {
            let (pages, mut cx) = app.pages();
            let page = &mut pages.review;
            page.looking = false;
            match reply {
                Ok(place) => page.see(name, place, &mut cx),
                Err(e) => app.tell_error(&e),
            }
        });
    }

    fn see(&mut self, name: Name, place: Place, cx: &mut Cx) {
        if self.looked.as_ref().is_none_or(|(looked, _)| *looked != name) {
            (self.other, self.text) = (usize::MAX, 0);
        }
        let all = std::iter::once(views::used(&place)).chain(views::others(&place));
        for sound in all.filter_map(|view| views::file(view.response, "audio")) {
            self.sounds.fetch(cx, &sound);
        }
        self.looked = Some((name, place));
    }
}

/// Reads what waits in one project after the other.
fn read_each(app: &mut App, mut left: VecDeque<Project>, mut found: Vec<Waiting>) {
    let Some(project) = left.pop_front() else {
        let (pages, cx) = app.pages();
        return pages.review.take(found, cx.model);
    };
    app.cx().ask(review::List { project: project.id.to_string() }, move |app, reply| {
        // A project that is gone meanwhile waits for nobody.
        let places = reply.unwrap_or_default();
        found.extend(places.into_iter().map(|place| Waiting { project: project.clone(), place }));
        read_each(app, left, found);
    });
}
