//! The palette: every action that makes sense here, found by a few letters of its name or of what it does.

use crossterm::event::{KeyCode, KeyEvent};
use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};
use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{Flow, Overlay, leaves, moves};
use crate::tui::{
    action::{Action, Scope},
    canvas::{Canvas, Hit},
    desk::{Command, Cx},
    keymap::Keymap,
    model::Model,
    theme::Role,
    widget::{field::TextField, list::Cursor, text},
};

/// An action that can be chosen.
struct Row {
    action: Action,
    keys: String,
}

/// Every action that makes sense here.
pub struct Palette {
    field: TextField,
    all: Vec<Row>,
    /// Which of them fit, the best first, with the letters of their help that do.
    found: Vec<(usize, Vec<u32>)>,
    cursor: Cursor,
    matcher: Matcher,
}

impl Palette {
    /// Those of a scope, and of everywhere.
    pub fn new(scope: Scope, keymap: &Keymap) -> Self {
        let fits = |action: &&Action| action.scopes().iter().any(|s| *s == scope || *s == Scope::Global);
        let row = |action: &Action| Row { action: *action, keys: keymap.keys(scope, *action).unwrap_or_default() };
        let moving = [Action::Up, Action::Down, Action::Left, Action::Right, Action::Palette];
        let mut all: Vec<Row> = Action::ALL.iter().filter(fits).filter(|a| !moving.contains(a)).map(row).collect();
        // What belongs to the page comes first.
        all.sort_by_key(|row| !row.action.scopes().contains(&scope));
        let mut palette = Self {
            field: TextField::line(""),
            all,
            found: Vec::new(),
            cursor: Cursor::default(),
            matcher: Matcher::new(Config::DEFAULT),
        };
        palette.search();
        palette
    }

    fn search(&mut self) {
        let pattern = Pattern::parse(&self.field.text(), CaseMatching::Ignore, Normalization::Smart);
        let mut found = Vec::new();
        for (at, row) in self.all.iter().enumerate() {
            let (mut letters, mut indices) = (Vec::new(), Vec::new());
            let help = pattern.indices(Utf32Str::new(row.action.help(), &mut letters), &mut self.matcher, &mut indices);
            let mut letters = Vec::new();
            let name = pattern.score(Utf32Str::new(row.action.name(), &mut letters), &mut self.matcher);
            indices.sort_unstable();
            if let Some(score) = help.max(name) {
                found.push((score, at, if help.is_some() { indices } else { Vec::new() }));
            }
        }
        found.sort_by_key(|(score, at, _)| (std::cmp::Reverse(*score), *at));
        self.found = found.into_iter().map(|(_, at, indices)| (at, indices)).collect();
        self.cursor = Cursor::default();
    }

    fn choose(&self, cx: &mut Cx) -> Flow {
        if let Some((at, _)) = self.found.get(self.cursor.at) {
            cx.command(Command::Act(self.all[*at].action));
        }
        Flow::Close
    }
}

impl Overlay for Palette {
    fn draw(&mut self, canvas: &mut Canvas, _model: &Model) {
        let all = canvas.frame.area();
        let inner = canvas.over(72.min(all.width.saturating_sub(2)), 20.min(all.height), "commands");
        if inner.height < 2 {
            return;
        }
        let prompt = Rect { width: 2.min(inner.width), height: 1, ..inner };
        let accent = canvas.style(Role::Overlay).patch(canvas.look.theme.own(Role::Accent));
        canvas.line(prompt, Span::styled(":", accent));
        self.field.draw(
            canvas,
            Rect { x: inner.x + prompt.width, width: inner.width - prompt.width, height: 1, ..inner },
            true,
        );
        let list = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
        if self.found.is_empty() {
            let dim = canvas.style(Role::Overlay).patch(canvas.look.theme.own(Role::Dim));
            canvas.line(list, Span::styled("nothing is called so", dim));
        }
        let seen = self.cursor.seen(self.found.len(), usize::from(list.height));
        for (y, n) in (list.y..).zip(seen) {
            let (at, indices) = &self.found[n];
            let row = &self.all[*at];
            let area = Rect { y, height: 1, ..list };
            let keys = text::width(&row.keys).min(area.width / 2);
            let ground = canvas.style(Role::Overlay);
            let marked = ground.patch(canvas.look.theme.own(Role::Match));
            let letters = row.action.help().chars().enumerate().map(|(n, c)| {
                let is_marked = indices.binary_search(&(n as u32)).is_ok();
                Span::styled(c.to_string(), if is_marked { marked } else { ground })
            });
            let letters = Line::from(letters.collect::<Vec<_>>());
            canvas.line(Rect { width: area.width - keys - 1, ..area }, letters);
            let style = canvas.style(Role::Overlay).patch(canvas.look.theme.own(Role::Accent));
            canvas.line(Rect { x: area.right() - keys, width: keys, ..area }, Span::styled(row.keys.clone(), style));
            if n == self.cursor.at {
                canvas.select(area);
            }
            canvas.hit(area, Hit::Select { pane: 0, item: n });
        }
    }

    fn keys(&self) -> &'static [(&'static str, &'static str)] {
        &[("enter", "do it"), ("esc", "leave")]
    }

    fn key(&mut self, key: KeyEvent, cx: &mut Cx) -> Flow {
        if leaves(key) {
            return Flow::Close;
        }
        if let Some(by) = moves(key) {
            self.cursor.go(by, self.found.len());
        } else if key.code == KeyCode::Enter {
            return self.choose(cx);
        } else if self.field.key(key) {
            self.search();
        }
        Flow::Stay
    }

    fn paste(&mut self, text: &str, _cx: &mut Cx) -> Flow {
        self.field.paste(text);
        self.search();
        Flow::Stay
    }

    fn select(&mut self, item: usize, _again: bool, cx: &mut Cx) -> Flow {
        self.cursor.to(item, self.found.len());
        self.choose(cx)
    }

    fn scroll(&mut self, down: bool) {
        self.cursor.go(if down { 3 } else { -3 }, self.found.len());
    }
}
