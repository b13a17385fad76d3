//! What was said so far.

use crossterm::event::KeyEvent;
use ratatui::{layout::Rect, text::Span};

use super::{Flow, Overlay, moves};
use crate::tui::{
    canvas::Canvas,
    desk::{Cx, Tone},
    model::Model,
    theme::Role,
    widget::text,
};

/// What was said so far, the latest first.
pub struct Messages {
    said: Vec<(Tone, String)>,
    top: usize,
}

impl Messages {
    /// These.
    pub fn new(said: Vec<(Tone, String)>) -> Self {
        Self { said, top: 0 }
    }
}

impl Overlay for Messages {
    fn draw(&mut self, canvas: &mut Canvas, _model: &Model) {
        let all = canvas.frame.area();
        let inner = canvas.over(90.min(all.width), all.height.saturating_sub(2), "messages");
        let ground = canvas.style(Role::Overlay);
        let mut lines = Vec::new();
        for (tone, said) in self.said.iter().rev() {
            let role = match tone {
                Tone::Plain => Role::Overlay,
                Tone::Good => Role::Good,
                Tone::Error => Role::Error,
            };
            lines.extend(text::wrap(said, inner.width).into_iter().map(|line| (role, line)));
        }
        if lines.is_empty() {
            lines.push((Role::Dim, "nothing yet".to_owned()));
        }
        self.top = self.top.min(lines.len().saturating_sub(usize::from(inner.height)));
        for (y, (role, line)) in (inner.y..inner.bottom()).zip(lines.into_iter().skip(self.top)) {
            let style = ground.patch(canvas.look.theme.own(role));
            canvas.line(Rect { y, height: 1, ..inner }, Span::styled(line, style));
        }
    }

    fn keys(&self) -> &'static [(&'static str, &'static str)] {
        &[("esc", "leave")]
    }

    fn key(&mut self, key: KeyEvent, _cx: &mut Cx) -> Flow {
        let Some(by) = moves(key) else { return Flow::Close };
        self.top = self.top.saturating_add_signed(by);
        Flow::Stay
    }

    fn scroll(&mut self, down: bool) {
        self.top = self.top.saturating_add_signed(if down { 3 } else { -3 });
    }
}
