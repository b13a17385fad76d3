//! One thing that is typed: a title, a note, a text.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{layout::Rect, text::Span};

use super::{Flow, Overlay, leaves};
use crate::tui::{canvas::Canvas, desk::Cx, model::Model, theme::Role, widget::field::TextField};

type Act = Box<dyn FnOnce(&mut Cx, String) + Send>;
type Check = fn(&str) -> Result<(), String>;

/// One thing that is typed.
pub struct Prompt {
    title: String,
    hint: String,
    field: TextField,
    long: bool,
    wrong: Option<String>,
    check: Check,
    act: Option<Act>,
}

impl Prompt {
    /// One line.
    pub fn line(title: &str, text: &str, act: impl FnOnce(&mut Cx, String) + Send + 'static) -> Self {
        Self::new(title, TextField::line(text), false, Box::new(act))
    }

    /// A secret of one line.
    pub fn secret(title: &str, act: impl FnOnce(&mut Cx, String) + Send + 'static) -> Self {
        Self::new(title, TextField::line("").masked(), false, Box::new(act))
    }

    /// Several lines.
    pub fn text(title: &str, text: &str, act: impl FnOnce(&mut Cx, String) + Send + 'static) -> Self {
        Self::new(title, TextField::lines(text), true, Box::new(act))
    }

    fn new(title: &str, field: TextField, long: bool, act: Act) -> Self {
        let (hint, check): (_, Check) = (String::new(), |_| Ok(()));
        Self { title: title.to_owned(), hint, field, long, wrong: None, check, act: Some(act) }
    }

    /// What it is for, in a line.
    #[must_use]
    pub fn hint(self, hint: &str) -> Self {
        Self { hint: hint.to_owned(), ..self }
    }

    /// What may be typed.
    #[must_use]
    pub fn check(self, check: Check) -> Self {
        Self { check, ..self }
    }

    fn done(&mut self, cx: &mut Cx) -> Flow {
        let text = self.field.text();
        if let Err(why) = (self.check)(&text) {
            self.wrong = Some(why);
            return Flow::Stay;
        }
        if let Some(act) = self.act.take() {
            act(cx, text);
        }
        Flow::Close
    }
}

impl Overlay for Prompt {
    fn draw(&mut self, canvas: &mut Canvas, _model: &Model) {
        let all = canvas.frame.area();
        let height = if self.long { all.height.saturating_sub(4).clamp(6, 18) } else { 5 };
        let inner = canvas.over(if self.long { 84 } else { 64 }.min(all.width), height, &self.title);
        let ground = canvas.style(Role::Overlay);
        let foot = if self.hint.is_empty() && self.wrong.is_none() { 0 } else { 2 };
        let rows = if self.long { inner.height.saturating_sub(foot).max(1) } else { 1 };
        self.field.draw(canvas, Rect { height: rows, ..inner }.intersection(inner), true);
        let (foot, role) = match &self.wrong {
            Some(why) => (why.as_str(), Role::Error),
            None => (self.hint.as_str(), Role::Dim),
        };
        let style = ground.patch(canvas.look.theme.own(role));
        let last = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
        canvas.line(last, Span::styled(foot.to_owned(), style));
    }

    fn keys(&self) -> &'static [(&'static str, &'static str)] {
        if self.long { &[("ctrl-s", "done"), ("esc", "leave it")] } else { &[("enter", "done"), ("esc", "leave it")] }
    }

    fn key(&mut self, key: KeyEvent, cx: &mut Cx) -> Flow {
        if leaves(key) {
            return Flow::Close;
        }
        let held = key.modifiers.contains(KeyModifiers::CONTROL) || key.modifiers.contains(KeyModifiers::ALT);
        let done = match key.code {
            KeyCode::Enter => !self.long || held,
            KeyCode::Char('s') => held,
            _ => false,
        };
        if done {
            return self.done(cx);
        }
        self.wrong = None;
        self.field.key(key);
        Flow::Stay
    }

    fn paste(&mut self, text: &str, _cx: &mut Cx) -> Flow {
        self.field.paste(text);
        Flow::Stay
    }
}
