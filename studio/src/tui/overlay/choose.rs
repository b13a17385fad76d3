//! One of several things.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{Flow, Overlay, leaves, moves};
use crate::tui::{
    canvas::{Canvas, Hit},
    desk::Cx,
    model::Model,
    theme::Role,
    widget::{list::Cursor, text},
};

type Act = Box<dyn FnOnce(&mut Cx, String) + Send>;
type Show = Box<dyn FnMut(&mut Cx, &str) + Send>;

/// A thing that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is given where it is chosen.
    pub value: String,
    /// What it is called.
    pub name: String,
    /// What is worth knowing about it.
    pub note: String,
}

/// One of several things.
pub struct Choose {
    title: String,
    choices: Vec<Choice>,
    cursor: Cursor,
    act: Option<Act>,
    show: Option<(String, Show)>,
    numbered: bool,
}

/// How wide it is, and how wide with numbers: where there is room.
const WIDTH: u16 = 64;
const NUMBERED: u16 = 88;

impl Choose {
    /// One of these; `at` is selected.
    pub fn new(
        title: &str,
        choices: Vec<Choice>,
        at: usize,
        act: impl FnOnce(&mut Cx, String) + Send + 'static,
    ) -> Self {
        let mut cursor = Cursor::default();
        cursor.to(at, choices.len());
        Self { title: title.to_owned(), choices, cursor, act: Some(Box::new(act)), show: None, numbered: false }
    }

    /// Shows what is selected at once; `before` is shown again where nothing is chosen.
    #[must_use]
    pub fn showing(self, before: String, show: impl FnMut(&mut Cx, &str) + Send + 'static) -> Self {
        Self { show: Some((before, Box::new(show))), ..self }
    }

    /// A digit chooses as well: one of the first nine.
    #[must_use]
    pub fn numbered(self) -> Self {
        Self { numbered: true, ..self }
    }

    fn go(&mut self, by: isize, cx: &mut Cx) {
        self.cursor.go(by, self.choices.len());
        if let (Some((_, show)), Some(choice)) = (&mut self.show, self.choices.get(self.cursor.at)) {
            show(cx, &choice.value);
        }
    }

    fn leave(&mut self, cx: &mut Cx) -> Flow {
        if let Some((before, mut show)) = self.show.take() {
            show(cx, &before);
        }
        Flow::Close
    }

    fn choose(&mut self, cx: &mut Cx) -> Flow {
        if let (Some(choice), Some(act)) = (self.choices.get(self.cursor.at), self.act.take()) {
            act(cx, choice.value.clone());
        }
        Flow::Close
    }
}

impl Overlay for Choose {
    fn draw(&mut self, canvas: &mut Canvas, _model: &Model) {
        let all = canvas.frame.area();
        let height = u16::try_from(self.choices.len() + 2).unwrap_or(u16::MAX).clamp(4, all.height.max(4));
        let inner =
            canvas.over(if self.numbered { NUMBERED } else { WIDTH }.min(all.width), height.min(22), &self.title);
        let ground = canvas.style(Role::Overlay);
        let dim = ground.patch(canvas.look.theme.own(Role::Dim));
        let names = self.choices.iter().map(|choice| text::width(&choice.name)).max().unwrap_or(0);
        let names = usize::from(names.min(inner.width / 2));
        let seen = self.cursor.seen(self.choices.len(), usize::from(inner.height));
        for (y, n) in (inner.y..).zip(seen) {
            let choice = &self.choices[n];
            let area = Rect { y, height: 1, ..inner };
            let name = text::fit(&choice.name, names as u16, canvas.look.glyphs.cut);
            let pad = " ".repeat(names.saturating_sub(usize::from(text::width(&name))) + 2);
            let mut line = vec![Span::styled(name + &pad, ground), Span::styled(choice.note.clone(), dim)];
            if self.numbered {
                let digit = if n < 9 { format!("{} ", n + 1) } else { "  ".into() };
                line.insert(0, Span::styled(digit, ground.patch(canvas.look.theme.own(Role::Accent))));
            }
            canvas.line(area, Line::from(line));
            if n == self.cursor.at {
                canvas.select(area);
            }
            canvas.hit(area, Hit::Select { pane: 0, item: n });
        }
    }

    fn keys(&self) -> &'static [(&'static str, &'static str)] {
        if self.numbered {
            return &[("1 … 9", "choose"), ("enter", "choose"), ("esc", "leave")];
        }
        &[("enter", "choose"), ("esc", "leave")]
    }

    fn key(&mut self, key: KeyEvent, cx: &mut Cx) -> Flow {
        if leaves(key) || key.code == KeyCode::Char('q') {
            return self.leave(cx);
        }
        if let KeyCode::Char(digit @ '1'..='9') = key.code
            && self.numbered
        {
            let n = digit as usize - '1' as usize;
            if n < self.choices.len() {
                self.cursor.to(n, self.choices.len());
                return self.choose(cx);
            }
        }
        let by = moves(key).or(match key.code {
            KeyCode::Char('j') => Some(1),
            KeyCode::Char('k') => Some(-1),
            _ => None,
        });
        match (by, key.code) {
            (Some(by), _) => self.go(by, cx),
            (None, KeyCode::Enter) => return self.choose(cx),
            _ => (),
        }
        Flow::Stay
    }

    fn select(&mut self, item: usize, _again: bool, cx: &mut Cx) -> Flow {
        self.cursor.to(item, self.choices.len());
        self.choose(cx)
    }

    fn scroll(&mut self, down: bool) {
        self.cursor.go(if down { 1 } else { -1 }, self.choices.len());
    }
}
