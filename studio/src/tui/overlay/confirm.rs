//! A question with a few answers, each with its letter.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{Flow, Overlay, leaves};
use crate::tui::{
    canvas::{Canvas, Hit},
    desk::Cx,
    model::Model,
    theme::Role,
    widget::text,
};

type Act = Box<dyn FnOnce(&mut Cx) + Send>;

/// A question.
pub struct Confirm {
    title: String,
    question: String,
    answers: Vec<(char, String, Option<Act>)>,
}

impl Confirm {
    /// A question; escape always leaves everything as it is.
    pub fn new(title: impl Into<String>, question: impl Into<String>) -> Self {
        Self { title: title.into(), question: question.into(), answers: Vec::new() }
    }

    /// An answer by its letter.
    #[must_use]
    pub fn answer(mut self, key: char, what: &str, act: impl FnOnce(&mut Cx) + Send + 'static) -> Self {
        self.answers.push((key, what.to_owned(), Some(Box::new(act))));
        self
    }

    fn act(&mut self, at: usize, cx: &mut Cx) -> Flow {
        if let Some(act) = self.answers.get_mut(at).and_then(|(_, _, act)| act.take()) {
            act(cx);
        }
        Flow::Close
    }
}

impl Overlay for Confirm {
    fn draw(&mut self, canvas: &mut Canvas, _model: &Model) {
        let all = canvas.frame.area();
        let width = 64.min(all.width);
        let lines = text::wrap(&self.question, width.saturating_sub(4));
        let height = lines.len() + self.answers.len() + 4;
        let inner = canvas.over(width, u16::try_from(height).unwrap_or(u16::MAX), &self.title);
        let ground = canvas.style(Role::Overlay);
        let accent = ground.patch(canvas.look.theme.own(Role::Accent));
        let room = usize::from(inner.height).saturating_sub(self.answers.len() + 1);
        let asked = Rect { height: u16::try_from(room).unwrap_or(u16::MAX).min(inner.height), ..inner };
        for (y, line) in (inner.y..).zip(text::lines_within(&self.question, asked, canvas.look.glyphs.cut)) {
            canvas.line(Rect { y, height: 1, ..inner }, Span::styled(line, ground));
        }
        let escape = ('\u{1b}', "leave it as it is".to_owned());
        let answers: Vec<(char, String)> = self.answers.iter().map(|(key, what, _)| (*key, what.clone())).collect();
        let first = inner.bottom().saturating_sub(u16::try_from(answers.len()).unwrap_or(0) + 1);
        for (n, (key, what)) in answers.into_iter().chain([escape]).enumerate() {
            let key = if key == '\u{1b}' { "esc".to_owned() } else { key.to_string() };
            let area = Rect { y: first + n as u16, height: 1, ..inner }.intersection(inner);
            let line = vec![Span::styled(format!("{key:>4}  "), accent), Span::styled(what, ground)];
            canvas.line(area, Line::from(line));
            canvas.hit(area, Hit::Select { pane: 0, item: n });
        }
    }

    fn key(&mut self, key: KeyEvent, cx: &mut Cx) -> Flow {
        if leaves(key) {
            return Flow::Close;
        }
        let KeyCode::Char(pressed) = key.code else { return Flow::Stay };
        match self.answers.iter().position(|(key, ..)| *key == pressed) {
            Some(at) => self.act(at, cx),
            None => Flow::Stay,
        }
    }

    fn select(&mut self, item: usize, _again: bool, cx: &mut Cx) -> Flow {
        self.act(item, cx)
    }
}
