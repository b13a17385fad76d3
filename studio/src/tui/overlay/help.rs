//! The help: made of the keymap that is in use.

use crossterm::event::KeyEvent;
use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{Flow, Overlay, moves};
use crate::tui::{
    action::Scope,
    canvas::Canvas,
    desk::Cx,
    keymap::Keymap,
    model::Model,
    theme::Role,
    widget::{list::Cursor, text},
};

/// Below this width, one of several keys that do the same is shown.
const NARROW: u16 = 60;

/// The keys of a page, and of everywhere.
pub struct Help {
    lines: Vec<(String, String)>,
    cursor: Cursor,
}

impl Help {
    /// Those of a scope, then those of everywhere. A line without keys is a heading.
    pub fn new(scope: Scope, keymap: &Keymap) -> Self {
        let mut lines = Vec::new();
        for (scope, heading) in [(scope, scope.name()), (Scope::Global, "everywhere")] {
            if scope == Scope::Global && !lines.is_empty() {
                lines.push((String::new(), String::new()));
            }
            lines.push((String::new(), heading.to_owned()));
            for (action, keys) in keymap.all(scope) {
                lines.push((keys, action.help().to_owned()));
            }
            if scope == Scope::Global {
                break;
            }
        }
        Self { lines, cursor: Cursor::default() }
    }
}

impl Overlay for Help {
    fn draw(&mut self, canvas: &mut Canvas, _model: &Model) {
        let all = canvas.frame.area();
        let inner = canvas.over(76.min(all.width), all.height.saturating_sub(2).clamp(3, 40), "keys");
        let rows = usize::from(inner.height.saturating_sub(1));
        self.cursor.top = self.cursor.top.min(self.lines.len().saturating_sub(rows));
        // In little room one way to do something is enough.
        let shown = |keys: &str| match keys.split_once(", ") {
            Some((first, _)) if inner.width < NARROW => first.to_owned(),
            _ => keys.to_owned(),
        };
        let keys = self.lines.iter().map(|(keys, _)| text::width(&shown(keys))).max().unwrap_or(0).min(inner.width / 2);
        let ground = canvas.style(Role::Overlay);
        let accent = ground.patch(canvas.look.theme.own(Role::Accent));
        let title = ground.patch(canvas.look.theme.own(Role::Title));
        for (y, (key, what)) in (inner.y..).zip(self.lines.iter().skip(self.cursor.top).take(rows)) {
            let area = Rect { y, height: 1, ..inner };
            if key.is_empty() {
                canvas.line(area, Span::styled(what.clone(), title));
                continue;
            }
            canvas.line(Rect { width: keys, ..area }, Span::styled(shown(key), accent));
            let rest = Rect { x: area.x + keys + 2, width: area.width.saturating_sub(keys + 2), ..area };
            canvas.line(rest, Span::styled(what.clone(), ground));
        }
        let more = self.lines.len().saturating_sub(self.cursor.top + rows);
        let foot =
            if more > 0 { format!("{more} more: down · any other key closes") } else { "any key closes".into() };
        let foot = if canvas.look.glyphs.ascii { foot.replace('·', "-") } else { foot };
        let dim = ground.patch(canvas.look.theme.own(Role::Dim));
        canvas.line(
            Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner },
            Line::from(Span::styled(foot, dim)),
        );
    }

    fn key(&mut self, key: KeyEvent, _cx: &mut Cx) -> Flow {
        let by = moves(key).or(match key.code {
            crossterm::event::KeyCode::Char('j') => Some(1),
            crossterm::event::KeyCode::Char('k') => Some(-1),
            _ => None,
        });
        let Some(by) = by else { return Flow::Close };
        self.cursor.top = self.cursor.top.saturating_add_signed(by);
        Flow::Stay
    }

    fn scroll(&mut self, down: bool) {
        self.cursor.top = self.cursor.top.saturating_add_signed(if down { 3 } else { -3 });
    }
}
