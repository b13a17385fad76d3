//! The question whether a plugin may do what it asks for: all of it in words, before anything is agreed to.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{draw, words};
use crate::{
    engine::api::{PluginInfo, plugins},
    model::Money,
    tui::{
        canvas::Canvas,
        desk::{Cx, Tone},
        model::Model,
        overlay::{Flow, Overlay},
        theme::Role,
        widget::{field::TextField, text},
    },
};

/// The question.
pub struct GrantAll {
    plugin: PluginInfo,
    limit: TextField,
    top: usize,
    /// The last line was seen: nothing is agreed to unread.
    read: bool,
    wrong: Option<String>,
}

impl GrantAll {
    /// About a plugin as it is shown.
    pub fn new(plugin: PluginInfo) -> Self {
        let limit = plugin.limit.map(|limit| limit.amount().to_string()).unwrap_or_default();
        Self { plugin, limit: TextField::line(&limit), top: 0, read: false, wrong: None }
    }

    fn grant(&mut self, cx: &mut Cx) -> Flow {
        if !self.read {
            self.wrong = Some("there is more to read: down".to_owned());
            return Flow::Stay;
        }
        let text = self.limit.text();
        let limit = match text.trim().trim_start_matches('$') {
            "" => None,
            text => match text.parse::<Money>() {
                Ok(limit) => Some(limit),
                Err(_) => {
                    self.wrong = Some("the limit is an amount like 20, or empty".to_owned());
                    return Flow::Stay;
                }
            },
        };
        let id = self.plugin.manifest.id.clone();
        let grant =
            plugins::GrantAll { plugin: id.clone(), digest: self.plugin.digest, limit, unlimited: limit.is_none() };
        cx.ask(grant, move |app, reply| {
            match reply {
                Ok(_) => app.tell(Tone::Good, format!("{id} may do what it asks for")),
                Err(e) => app.tell_error(&e),
            }
            let (pages, mut cx) = app.pages();
            pages.plugins.read(&mut cx);
        });
        Flow::Close
    }

    fn go(&mut self, by: isize) {
        self.top = self.top.saturating_add_signed(by);
        self.wrong = None;
    }
}

impl Overlay for GrantAll {
    fn draw(&mut self, canvas: &mut Canvas, _model: &Model) {
        let all = canvas.frame.area();
        let title = format!("may {} do this?", self.plugin.manifest.id);
        let ground = canvas.style(Role::Overlay);
        let width = 96.min(all.width);
        let lines = draw::lines(&self.plugin, canvas.look, ground, width.saturating_sub(4));
        let wanted = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(6);
        let inner = canvas.over(width, wanted.min(all.height), &title);
        let feet = 3.min(inner.height);
        let body = Rect { height: inner.height - feet, ..inner };
        let room = usize::from(body.height);
        self.top = self.top.min(lines.len().saturating_sub(room));
        self.read |= room > 0 && self.top + room >= lines.len();
        let more = lines.len().saturating_sub(self.top + room);
        for (y, line) in (body.y..body.bottom()).zip(lines.into_iter().skip(self.top)) {
            canvas.line(Rect { y, height: 1, ..body }, line);
        }
        let style = |canvas: &Canvas, role: Role| ground.patch(canvas.look.theme.own(role));
        let foot = |n: u16| Rect { y: body.bottom() + n, height: 1, ..inner }.intersection(inner);
        let label = "most a month, in dollars (empty: as budgets allow)  ";
        let wide = text::width(label).min(inner.width.saturating_sub(10));
        let accent = style(canvas, Role::Accent);
        canvas.line(Rect { width: wide, ..foot(1) }.intersection(foot(1)), Span::styled(label, accent));
        let field = Rect { x: foot(1).x + wide, width: foot(1).width.saturating_sub(wide).min(12), ..foot(1) };
        self.limit.draw(canvas, field, true);
        let (said, role) = match &self.wrong {
            Some(why) => (why.clone(), Role::Error),
            None if more > 0 => (format!("{more} lines more: down"), Role::Warning),
            None if words::missing(&self.plugin) == 0 => {
                ("ctrl-s keeps the grant with this limit   esc leaves it as it is".to_owned(), Role::Dim)
            }
            None => ("ctrl-s grants all of this   esc grants nothing".to_owned(), Role::Accent),
        };
        let said = Span::styled(said, style(canvas, role));
        canvas.line(foot(2), Line::from(said));
    }

    fn key(&mut self, key: KeyEvent, cx: &mut Cx) -> Flow {
        let held = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => return Flow::Close,
            KeyCode::Char('c') if held => return Flow::Close,
            KeyCode::Char('s') if held => return self.grant(cx),
            KeyCode::Up => self.go(-1),
            KeyCode::Down => self.go(1),
            KeyCode::PageUp => self.go(-10),
            KeyCode::PageDown => self.go(10),
            KeyCode::Enter => self.wrong = Some("ctrl-s grants it: enter does not".to_owned()),
            _ => {
                self.wrong = None;
                self.limit.key(key);
            }
        }
        Flow::Stay
    }

    fn paste(&mut self, text: &str, _cx: &mut Cx) -> Flow {
        self.limit.paste(text);
        Flow::Stay
    }

    fn scroll(&mut self, down: bool) {
        self.go(if down { 3 } else { -3 });
    }
}
