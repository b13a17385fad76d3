//! The list of projects: found, sorted, made, thrown away; the first thing that is seen.

pub mod create;
mod draw;
mod first;
pub mod manage;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;

use super::Page;
use crate::{
    engine::{
        ProjectEntry, Sort,
        api::{lifecycle::ThumbnailGet, projects},
    },
    tui::{
        action::Action,
        canvas::{Canvas, Hit},
        desk::{Command, Cx},
        model::Model,
        widget::{field::TextField, list::Cursor},
    },
};

/// The list of projects.
#[derive(Default)]
pub struct ProjectsPage {
    cursor: Cursor,
    /// How many cards stand side by side.
    columns: usize,
    /// How many rows of cards are seen.
    rows: usize,
    /// How many projects are below those that are seen.
    below: usize,
    search: Option<TextField>,
    marked: Vec<crate::model::ProjectId>,
    asking: bool,
    asked_again: bool,
}

impl Page for ProjectsPage {
    fn draw(&mut self, canvas: &mut Canvas, area: Rect, model: &Model) {
        self.paint(canvas, area, model);
    }

    fn act(&mut self, action: Action, cx: &mut Cx) -> bool {
        let len = cx.model.projects.entries.len();
        let columns = self.columns.max(1) as isize;
        match action {
            Action::Up => self.cursor.go(-columns, len),
            Action::Down => {
                let last_row = len.saturating_sub(1) / self.columns.max(1);
                if self.cursor.at / self.columns.max(1) < last_row {
                    self.cursor.go(columns, len);
                }
            }
            Action::Left => self.cursor.go(-1, len),
            Action::Right => self.cursor.go(1, len),
            Action::First => self.cursor.to(0, len),
            Action::Last => self.cursor.to(usize::MAX, len),
            Action::PageUp => self.cursor.go(-(columns * self.rows.max(1) as isize), len),
            Action::PageDown => self.cursor.go(columns * self.rows.max(1) as isize, len),
            Action::Open => {
                if let Some(entry) = self.selected(cx.model) {
                    cx.command(Command::OpenProject(entry.project.id.to_string()));
                }
            }
            Action::Mark => self.mark(cx.model),
            Action::MarkAll => self.mark_all(cx.model),
            Action::Search => self.search = Some(TextField::line(&cx.model.projects.query.filter)),
            Action::Back => self.back(cx),
            Action::Sort => self.sort(cx),
            Action::Shelf => self.shelf(cx),
            _ => return self.manage(action, cx),
        }
        true
    }

    fn shown(&mut self, cx: &mut Cx) {
        // What had no picture may have one by now.
        cx.model.projects.thumbnails.retain(|_, found| found.is_some());
        self.read(cx);
    }

    fn click(&mut self, hit: Hit, again: bool, cx: &mut Cx) {
        if let Hit::Select { item, .. } = hit {
            self.cursor.to(item, cx.model.projects.entries.len());
            if again {
                self.act(Action::Open, cx);
            }
        }
    }

    fn key(&mut self, key: KeyEvent, cx: &mut Cx) -> bool {
        let Some(field) = &mut self.search else { return false };
        match key.code {
            KeyCode::Enter => self.search = None,
            KeyCode::Esc => {
                self.search = None;
                self.filter(String::new(), cx);
            }
            KeyCode::Up | KeyCode::Down => return false,
            _ => {
                if field.key(key) {
                    let text = field.text();
                    self.filter(text, cx);
                }
            }
        }
        true
    }

    fn paste(&mut self, text: &str, cx: &mut Cx) -> bool {
        let Some(field) = &mut self.search else { return false };
        field.paste(text);
        let text = field.text();
        self.filter(text, cx);
        true
    }

    fn tick(&mut self, cx: &mut Cx) {
        if cx.model.projects.stale {
            self.read(cx);
        }
        self.thumbnails(cx);
    }

    fn wakes(&self, model: &Model) -> Option<u64> {
        (!model.running().is_empty()).then_some(100)
    }

    fn hints(&self, model: &Model) -> Vec<(Action, &'static str)> {
        if model.projects.known && model.projects.entries.is_empty() && model.projects.query.filter.is_empty() {
            return vec![(Action::Demo, "make the demo film"), (Action::New, "new project")];
        }
        vec![
            (Action::Open, "open"),
            (Action::New, "new"),
            (Action::Run, "run"),
            (Action::Search, "search"),
            (Action::Sort, "sort"),
        ]
    }
}

impl ProjectsPage {
    fn selected<'a>(&self, model: &'a Model) -> Option<&'a ProjectEntry> {
        model.projects.entries.get(self.cursor.at)
    }

    /// Reads the list, unless it is on its way; then it is read once more.
    fn read(&mut self, cx: &mut Cx) {
        cx.model.projects.stale = false;
        if std::mem::replace(&mut self.asking, true) {
            self.asked_again = true;
            return;
        }
        let query = cx.model.projects.query.clone();
        cx.ask(projects::List(query), |app, reply| {
            let (pages, mut cx) = app.pages();
            let page = &mut pages.projects;
            page.asking = false;
            match reply {
                Ok(entries) => {
                    if entries.is_empty() && cx.model.projects.templates.is_empty() {
                        create::ask_templates(&mut cx);
                    }
                    let at = page.selected(cx.model).map(|entry| entry.project.id.clone());
                    cx.model.projects.entries = entries;
                    cx.model.projects.known = true;
                    // What was selected stays selected, wherever it stands now.
                    let place = at.and_then(|id| cx.model.projects.entries.iter().position(|e| e.project.id == id));
                    let len = cx.model.projects.entries.len();
                    page.cursor.to(place.unwrap_or(page.cursor.at), len);
                }
                Err(e) => app.tell_error(&e),
            }
            let (pages, mut cx) = app.pages();
            let page = &mut pages.projects;
            if std::mem::take(&mut page.asked_again) {
                page.read(&mut cx);
            }
        });
    }

    fn thumbnails(&mut self, cx: &mut Cx) {
        let seen = self.columns.max(1) * self.rows.max(1);
        let first = self.cursor.top * self.columns.max(1);
        let missing: Vec<_> = cx
            .model
            .projects
            .entries
            .iter()
            .skip(first)
            .take(seen.max(1))
            .map(|entry| entry.project.id.clone())
            .filter(|id| !cx.model.projects.thumbnails.contains_key(id))
            .collect();
        for id in missing {
            cx.model.projects.thumbnails.insert(id.clone(), None);
            cx.ask(ThumbnailGet { project: id.to_string() }, move |app, reply| {
                if let Ok(found) = reply {
                    app.model.projects.thumbnails.insert(id, found);
                }
            });
        }
    }

    fn filter(&mut self, text: String, cx: &mut Cx) {
        cx.model.projects.query.filter = text;
        self.cursor = Cursor::default();
        self.read(cx);
    }

    fn back(&mut self, cx: &mut Cx) {
        if !self.marked.is_empty() {
            self.marked.clear();
        } else if !cx.model.projects.query.filter.is_empty() {
            self.filter(String::new(), cx);
        } else if cx.model.projects.query.archived || cx.model.projects.query.removed {
            let query = &mut cx.model.projects.query;
            (query.archived, query.removed) = (false, false);
            self.read(cx);
        }
    }

    fn mark(&mut self, model: &Model) {
        let Some(entry) = self.selected(model) else { return };
        let id = entry.project.id.clone();
        match self.marked.iter().position(|marked| *marked == id) {
            Some(at) => drop(self.marked.remove(at)),
            None => self.marked.push(id),
        }
        self.cursor.go(1, model.projects.entries.len());
    }

    fn mark_all(&mut self, model: &Model) {
        if self.marked.is_empty() {
            self.marked = model.projects.entries.iter().map(|entry| entry.project.id.clone()).collect();
        } else {
            self.marked.clear();
        }
    }

    fn sort(&mut self, cx: &mut Cx) {
        let query = &mut cx.model.projects.query;
        query.sort = match query.sort {
            Sort::Changed => Sort::Created,
            Sort::Created => Sort::Title,
            Sort::Title => Sort::State,
            Sort::State => Sort::Changed,
        };
        self.cursor = Cursor::default();
        self.read(cx);
    }

    fn shelf(&mut self, cx: &mut Cx) {
        let query = &mut cx.model.projects.query;
        (query.archived, query.removed) = match (query.archived, query.removed) {
            (false, false) => (true, false),
            (true, _) => (false, true),
            (false, true) => (false, false),
        };
        self.cursor = Cursor::default();
        self.marked.clear();
        self.read(cx);
    }
}
