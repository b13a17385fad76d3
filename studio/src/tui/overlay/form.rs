//! A form: fields of the kinds that a script's params have.

use std::collections::BTreeMap;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{
    layout::Rect,
    text::{Line, Span},
};
use serde_json::Value;

use super::{Flow, Overlay, leaves};
use crate::tui::{
    canvas::{Canvas, Hit},
    desk::Cx,
    model::Model,
    theme::Role,
    widget::{field::TextField, text},
};

/// Most rows of a text, and the least of one that is written in.
const MOST_ROWS: u16 = 6;
const WRITING_ROWS: u16 = 3;
/// How wide it is, where there is room.
const WIDTH: u16 = 88;

/// What a field takes.
pub enum FieldKind {
    /// A line of text.
    Line(TextField),
    /// Several lines.
    Text(TextField),
    /// One of these words; none: it is left open.
    Choice(Vec<String>, Option<usize>),
    /// Yes or no; none: it is left open.
    Switch(Option<bool>),
}

/// A field.
pub struct Field {
    /// Its name, as it is given back.
    pub name: String,
    /// What it is for.
    pub help: String,
    /// What it is where it is left open.
    pub default: String,
    /// It must be given.
    pub required: bool,
    /// What it takes, and what stands in it.
    pub kind: FieldKind,
}

impl Field {
    /// What stands in it; none: it is left open.
    fn value(&self) -> Option<Value> {
        match &self.kind {
            FieldKind::Line(field) | FieldKind::Text(field) => {
                let text = field.text();
                (!text.trim().is_empty()).then(|| Value::from(text))
            }
            FieldKind::Choice(words, at) => at.and_then(|at| words.get(at)).map(|word| Value::from(word.as_str())),
            FieldKind::Switch(on) => on.map(Value::from),
        }
    }

    /// How many rows it takes: a text as many as it has, and some to write in where it has the keys.
    fn rows(&self, width: u16, focused: bool) -> u16 {
        match &self.kind {
            FieldKind::Text(text) => {
                let least = if focused { WRITING_ROWS } else { 1 };
                text.rows(width, MOST_ROWS).max(least)
            }
            _ => 1,
        }
    }
}

type Values = BTreeMap<String, Value>;
type Act = Box<dyn FnOnce(&mut Cx, Values) + Send>;

/// Fields, one below the other.
pub struct Form {
    title: String,
    fields: Vec<Field>,
    at: usize,
    wrong: Option<String>,
    act: Option<Act>,
}

impl Form {
    /// These fields; `act` gets what was given.
    pub fn new(
        title: impl Into<String>,
        fields: Vec<Field>,
        act: impl FnOnce(&mut Cx, Values) + Send + 'static,
    ) -> Self {
        Self { title: title.into(), fields, at: 0, wrong: None, act: Some(Box::new(act)) }
    }

    fn done(&mut self, cx: &mut Cx) -> Flow {
        if let Some(at) = self.fields.iter().position(|field| field.required && field.value().is_none()) {
            self.at = at;
            self.wrong = Some(format!("{} is needed", self.fields[at].name));
            return Flow::Stay;
        }
        let values = self.fields.iter().filter_map(|field| Some((field.name.clone(), field.value()?))).collect();
        if let Some(act) = self.act.take() {
            act(cx, values);
        }
        Flow::Close
    }

    /// Rows of all fields, whichever of them has the keys: the box stays as large while one goes through it.
    fn wanted(&self, width: u16) -> u16 {
        let at_rest: u16 = self.fields.iter().map(|field| field.rows(width, false)).fold(0, u16::saturating_add);
        let more = self.fields.iter().map(|field| field.rows(width, true) - field.rows(width, false));
        at_rest.saturating_add(more.max().unwrap_or(0))
    }

    /// Rows of each field. Where there is too little room, only the one that has the keys takes more than one.
    fn rows_within(&self, width: u16, room: u16) -> Vec<u16> {
        let fits = self.wanted(width) <= room;
        let rows = |(n, field): (usize, &Field)| {
            let focused = n == self.at;
            if focused || fits { field.rows(width, focused).min(room.max(1)) } else { 1 }
        };
        self.fields.iter().enumerate().map(rows).collect()
    }

    fn go(&mut self, by: isize) {
        let len = self.fields.len().max(1);
        self.at = (self.at + len).saturating_add_signed(by) % len;
    }

    fn turn(&mut self, by: isize) {
        match self.fields.get_mut(self.at).map(|field| &mut field.kind) {
            Some(FieldKind::Choice(words, at)) => {
                // Left open is one of them.
                let len = words.len() + 1;
                let next = (at.map_or(0, |at| at + 1) + len).saturating_add_signed(by) % len;
                *at = next.checked_sub(1);
            }
            Some(FieldKind::Switch(on)) => *on = Some(!on.unwrap_or(false)),
            _ => (),
        }
    }
}

impl Overlay for Form {
    fn draw(&mut self, canvas: &mut Canvas, _model: &Model) {
        let all = canvas.frame.area();
        let width = WIDTH.min(all.width);
        let names = self.fields.iter().map(|field| text::width(&field.name)).max().unwrap_or(0).min(width / 3);
        let within = width.saturating_sub(names + 8);
        let inner = canvas.over(width, self.wanted(within).saturating_add(4).min(all.height), &self.title);
        let foot = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
        let room = inner.height.saturating_sub(2);
        let rows = self.rows_within(within, room);
        // The field that has the keys is seen, whatever is above it.
        let mut first = 0;
        while first < self.at && rows[first..=self.at].iter().sum::<u16>() > room {
            first += 1;
        }
        let mut y = inner.y;
        for (n, field) in self.fields.iter_mut().enumerate().skip(first) {
            let height = rows[n].min((inner.y + room).saturating_sub(y));
            if height == 0 {
                break;
            }
            let row = Rect { y, height, ..inner };
            draw_field(canvas, row, names, field, n == self.at);
            canvas.hit(row, Hit::Select { pane: 0, item: n });
            y += height;
        }
        let ground = canvas.style(Role::Overlay);
        let here = self.fields.get(self.at).map(|field| field.help.clone()).unwrap_or_default();
        let (said, role) = match &self.wrong {
            Some(why) => (why.clone(), Role::Error),
            None => (here, Role::Dim),
        };
        canvas.line(foot, Span::styled(said, ground.patch(canvas.look.theme.own(role))));
    }

    fn keys(&self) -> &'static [(&'static str, &'static str)] {
        &[("tab", "next"), ("ctrl-s", "done"), ("esc", "leave")]
    }

    fn key(&mut self, key: KeyEvent, cx: &mut Cx) -> Flow {
        if leaves(key) {
            return Flow::Close;
        }
        self.wrong = None;
        let held = key.modifiers.contains(KeyModifiers::CONTROL);
        let long = matches!(self.fields.get(self.at).map(|f| &f.kind), Some(FieldKind::Text(_)));
        match key.code {
            KeyCode::Char('s') if held => return self.done(cx),
            KeyCode::Tab => self.go(1),
            KeyCode::BackTab => self.go(-1),
            KeyCode::Up | KeyCode::Down if !long => self.go(if key.code == KeyCode::Up { -1 } else { 1 }),
            KeyCode::Enter if !long && self.at + 1 == self.fields.len() => return self.done(cx),
            KeyCode::Enter if !long => self.go(1),
            _ => match self.fields.get_mut(self.at).map(|field| &mut field.kind) {
                Some(FieldKind::Line(field) | FieldKind::Text(field)) => drop(field.key(key)),
                Some(_) => match key.code {
                    KeyCode::Left => self.turn(-1),
                    KeyCode::Right | KeyCode::Char(' ') => self.turn(1),
                    _ => (),
                },
                None => (),
            },
        }
        Flow::Stay
    }

    fn paste(&mut self, text: &str, _cx: &mut Cx) -> Flow {
        if let Some(FieldKind::Line(field) | FieldKind::Text(field)) = self.fields.get_mut(self.at).map(|f| &mut f.kind)
        {
            field.paste(text);
        }
        Flow::Stay
    }

    fn select(&mut self, item: usize, _again: bool, _cx: &mut Cx) -> Flow {
        if self.at == item {
            self.turn(1);
        }
        self.at = item.min(self.fields.len().saturating_sub(1));
        Flow::Stay
    }
}

fn draw_field(canvas: &mut Canvas, row: Rect, names: u16, field: &mut Field, focused: bool) {
    let ground = canvas.style(Role::Overlay);
    let role = if focused { Role::Accent } else { Role::Dim };
    let name = ground.patch(canvas.look.theme.own(role));
    let pointer = if focused { canvas.look.glyphs.pointer } else { " " };
    let must = if field.required { "*" } else { " " };
    canvas.line(
        Rect { width: names + 3, height: 1, ..row },
        Span::styled(format!("{pointer}{}{must}", field.name), name),
    );
    let area = Rect { x: row.x + names + 4, width: row.width.saturating_sub(names + 4), ..row };
    let dim = ground.patch(canvas.look.theme.own(Role::Dim));
    let open = |default: &str| if default.is_empty() { "left open".into() } else { format!("{default} (default)") };
    match &mut field.kind {
        FieldKind::Line(text) | FieldKind::Text(text) => {
            let empty = text.is_empty() && !focused;
            text.draw(canvas, area, focused);
            if empty && !field.default.is_empty() {
                canvas.line(Rect { height: 1, ..area }, Span::styled(open(&field.default), dim));
            }
        }
        FieldKind::Choice(words, at) => {
            let mut spans = vec![Span::styled("< ", dim)];
            match at.and_then(|at| words.get(at)) {
                Some(word) => spans.push(Span::styled(word.clone(), ground)),
                None => spans.push(Span::styled(open(&field.default), dim)),
            }
            spans.push(Span::styled(" >", dim));
            canvas.line(area, Line::from(spans));
        }
        FieldKind::Switch(on) => {
            let (word, style) = match on {
                Some(true) => ("yes".into(), ground),
                Some(false) => ("no".into(), ground),
                None => (open(&field.default), dim),
            };
            canvas.line(
                area,
                Line::from(vec![Span::styled("< ", dim), Span::styled(word, style), Span::styled(" >", dim)]),
            );
        }
    }
}
