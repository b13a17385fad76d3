//! The list of projects on the screen: cards with pictures where there is room, else lines.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{ProjectsPage, first};
use crate::{
    engine::{ProjectEntry, Sort},
    model::ProjectState,
    tui::{
        canvas::{Canvas, Hit},
        look::Look,
        model::{Engine, Model},
        picture::{Picture, Shown},
        theme::Role,
        widget::text,
    },
};

/// The least width of a card, its least and its greatest height, with the lines around it.
const CARD: u16 = 30;
const HEIGHT: (u16, u16) = (9, 14);
/// Below this, there are lines instead of cards.
const LEAST: (u16, u16) = (60, 14);

impl ProjectsPage {
    pub(super) fn paint(&mut self, canvas: &mut Canvas, area: Rect, model: &Model) {
        let query = &model.projects.query;
        let nothing = query.filter.is_empty() && !query.archived && !query.removed && self.search.is_none();
        if model.projects.entries.is_empty() && nothing {
            return empty(canvas, area, model);
        }
        let head = Rect { height: 1.min(area.height), ..area };
        let body = Rect { y: area.y + head.height, height: area.height - head.height, ..area };
        if model.projects.entries.is_empty() {
            self.below = 0;
            self.head(canvas, head, model);
            return empty(canvas, body, model);
        }
        if area.width >= LEAST.0 && body.height >= LEAST.1 {
            self.cards(canvas, body, model);
        } else {
            self.lines(canvas, body, model);
        }
        self.head(canvas, head, model);
    }

    fn head(&mut self, canvas: &mut Canvas, area: Rect, model: &Model) {
        let query = &model.projects.query;
        if let Some(field) = &mut self.search {
            let label = Rect { width: 9.min(area.width), ..area };
            canvas.words(label, " search: ", Role::Accent);
            return field.draw(canvas, Rect { x: area.x + label.width, width: area.width - label.width, ..area }, true);
        }
        let shelf = match (query.archived, query.removed) {
            (true, _) => "put aside",
            (_, true) => "trash",
            _ => "projects",
        };
        let sort = match query.sort {
            Sort::Changed => "latest change",
            Sort::Created => "latest made",
            Sort::Title => "title",
            Sort::State => "state",
        };
        let dot = canvas.look.glyphs.dot;
        let count = model.projects.entries.len();
        let shelf = if count == 1 { shelf.trim_end_matches('s') } else { shelf };
        let mut parts = vec![format!(" {count} {shelf}"), format!("by {sort}")];
        if self.below > 0 {
            parts.push(format!("{} more below", self.below));
        }
        if !query.filter.is_empty() {
            parts.push(format!("with \"{}\" (esc: all)", query.filter));
        }
        if !self.marked.is_empty() {
            parts.push(format!("{} marked", self.marked.len()));
        }
        canvas.words(area, &parts.join(&format!(" {dot} ")), Role::Dim);
    }

    fn cards(&mut self, canvas: &mut Canvas, area: Rect, model: &Model) {
        let entries = &model.projects.entries;
        self.columns = usize::from((area.width / CARD).max(1));
        let width = area.width / self.columns as u16;
        self.rows = usize::from((area.height / HEIGHT.0).max(1)).min(entries.len().div_ceil(self.columns));
        let height = (area.height / self.rows as u16).min(HEIGHT.1);
        self.rows = usize::from((area.height / height).max(1));
        let all = entries.len().div_ceil(self.columns);
        let row = self.cursor.at.min(entries.len() - 1) / self.columns;
        let top = self.cursor.top.min(row).max((row + 1).saturating_sub(self.rows)).min(all.saturating_sub(self.rows));
        self.cursor.top = top;
        let first = top * self.columns;
        self.below = entries.len().saturating_sub(first + self.rows * self.columns);
        for (n, entry) in entries.iter().enumerate().skip(first).take(self.rows * self.columns) {
            let (column, row) = ((n - first) % self.columns, (n - first) / self.columns);
            let card = Rect { x: area.x + column as u16 * width, y: area.y + row as u16 * height, width, height };
            self.card(canvas, card, entry, model, n == self.cursor.at);
            canvas.hit(card, Hit::Select { pane: 0, item: n });
        }
    }

    fn card(&self, canvas: &mut Canvas, area: Rect, entry: &ProjectEntry, model: &Model, selected: bool) {
        let mark = if self.marked.contains(&entry.project.id) { canvas.look.glyphs.mark } else { "" };
        let inner = canvas.pane(area, mark, selected);
        let picture = Rect { height: inner.height.saturating_sub(2), ..inner };
        let thumbnail = model.projects.thumbnails.get(&entry.project.id).and_then(Option::as_ref);
        let shown = thumbnail.map(|thumbnail| {
            let picture_of = Picture::of(&thumbnail.image, Some(thumbnail.path.clone()));
            picture_of.map_or(Shown::Coming, |of| canvas.pictures.draw(canvas.frame.buffer_mut(), picture, &of))
        });
        if shown != Some(Shown::Picture) {
            let word = match shown {
                None => "no picture yet",
                Some(Shown::Failed(_)) => "picture cannot be shown",
                _ => canvas.look.glyphs.cut,
            };
            let y = picture.y + picture.height / 2;
            let x = picture.x + picture.width.saturating_sub(text::width(word)) / 2;
            canvas.words(Rect { x, y, width: picture.right().saturating_sub(x), height: 1 }, word, Role::Dim);
        }
        let title = Rect { y: inner.bottom().saturating_sub(2), height: 1, ..inner };
        canvas.words(title, &entry.project.title, Role::Title);
        let line = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
        canvas.line(line, Line::from(state(entry, canvas.look)));
        if selected {
            canvas.select(title);
            canvas.select(line);
        }
    }

    fn lines(&mut self, canvas: &mut Canvas, area: Rect, model: &Model) {
        (self.columns, self.rows) = (1, usize::from(area.height));
        let entries = &model.projects.entries;
        let seen = self.cursor.seen(entries.len(), self.rows);
        self.below = entries.len() - seen.end;
        for (y, n) in (area.y..).zip(seen) {
            let entry = &entries[n];
            let row = Rect { y, height: 1, ..area };
            let mut facts = state(entry, canvas.look);
            let needed = |facts: &[Span]| facts.iter().map(|span| text::width(&span.content)).sum::<u16>();
            // Of what does not fit beside a title, what was spent can be missed.
            if needed(&facts) > area.width / 2 {
                facts.truncate(2);
            }
            let width = needed(&facts).min(area.width / 2);
            let mark = if self.marked.contains(&entry.project.id) { canvas.look.glyphs.mark } else { " " };
            let title = Rect { width: row.width.saturating_sub(width + 3), ..row };
            canvas.words(title, &format!("{mark}{}", entry.project.title), Role::Title);
            canvas.line(Rect { x: row.right().saturating_sub(width + 1), width, ..row }, Line::from(facts));
            if n == self.cursor.at {
                canvas.select(row);
            }
            canvas.hit(row, Hit::Select { pane: 0, item: n });
        }
    }
}

/// How a project stands, in a few words.
fn state(entry: &ProjectEntry, look: &Look) -> Vec<Span<'static>> {
    let role = Look::project(entry.state);
    let glyph = match entry.state {
        ProjectState::Running => look.spinner(),
        state => look.glyphs.project(state),
    };
    let dim = look.style(Role::Dim);
    let ago = text::ago(entry.project.updated_ms, look.now_ms);
    let dot = look.glyphs.dot;
    let mut spans = vec![
        Span::styled(format!("{glyph} {}", entry.state.name()), look.style(role)),
        Span::styled(format!(" {dot} {ago}"), dim),
    ];
    if !entry.spent.is_zero() {
        spans.push(Span::styled(format!(" {dot} "), dim));
        spans.push(Span::styled(format!("{}", entry.spent), look.style(Role::Cost)));
    }
    spans.extend(look.brand(&entry.project, entry.newer_brand));
    spans
}

fn empty(canvas: &mut Canvas, area: Rect, model: &Model) {
    let query = &model.projects.query;
    let word = match (&model.engine, model.projects.known) {
        (Engine::Lost(_), _) => "the store cannot be reached",
        (_, false) => "opening the store ...",
        (_, true) if !query.filter.is_empty() => "no project has these words",
        (_, true) if query.archived => "nothing is put aside",
        (_, true) if query.removed => "the trash is empty",
        (_, true) => return first::draw(canvas, area, model),
    };
    let mut lines = vec![word];
    if matches!((&model.engine, model.projects.known), (Engine::Opening, false)) {
        // It takes a moment each time but the first, and then nothing else is to be seen.
        lines.extend(["", "the first time its plugins are compiled,", "which takes up to a minute"]);
    }
    for (y, line) in (area.y + area.height / 3..area.bottom()).zip(lines) {
        let width = text::width(line).min(area.width);
        canvas.words(Rect { x: area.x + (area.width - width) / 2, y, width, height: 1 }, line, Role::Dim);
    }
}
