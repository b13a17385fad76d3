//! The plugins on the left, the one that is selected on the right.

use ratatui::{
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::Clear,
};

use super::{PluginsPage, words};
use crate::{
    engine::api::PluginInfo,
    model::NodeState,
    tui::{
        canvas::{Canvas, Hit},
        look::Look,
        theme::Role,
        widget::text,
    },
};

/// Below this width, the list stands above what is selected.
const LEAST_WIDTH: u16 = 70;

impl PluginsPage {
    pub(super) fn paint(&mut self, canvas: &mut Canvas, area: Rect) {
        let (list, right) = if area.width >= LEAST_WIDTH {
            let width = (area.width * 11 / 20).clamp(30, 76);
            (Rect { width, ..area }, Rect { x: area.x + width, width: area.width - width, ..area })
        } else {
            let height = area.height / 2;
            (Rect { height, ..area }, Rect { y: area.y + height, height: area.height - height, ..area })
        };
        self.list(canvas, list);
        self.selected(canvas, right);
    }

    fn list(&mut self, canvas: &mut Canvas, area: Rect) {
        let inner = canvas.pane(area, &format!("{} plugins", self.all.len()), true);
        if self.all.is_empty() {
            let word = if self.known { "there is none" } else { "looking at the plugins ..." };
            return canvas.words(inner, word, Role::Dim);
        }
        let names = self.all.iter().map(|plugin| text::width(&plugin.manifest.id)).max().unwrap_or(0).min(16);
        let seen = self.cursor.seen(self.all.len(), usize::from(inner.height));
        for (y, n) in (inner.y..inner.bottom()).zip(seen) {
            let row = Rect { y, height: 1, ..inner };
            list_line(canvas, row, &self.all[n], names);
            if n == self.cursor.at {
                canvas.select(row);
            }
            canvas.hit(row, Hit::Select { pane: 0, item: n });
        }
    }

    fn selected(&mut self, canvas: &mut Canvas, area: Rect) {
        let Some(plugin) = self.all.get(self.cursor.at) else {
            canvas.pane(area, "", false);
            return;
        };
        let title = format!("{} {} {}", plugin.manifest.id, canvas.look.glyphs.dot, words::standing(plugin));
        let inner = canvas.pane(area, &title, false);
        if inner.is_empty() {
            return;
        }
        let lines = lines(plugin, canvas.look, canvas.style(Role::Text), inner.width);
        self.top = self.top.min(lines.len().saturating_sub(usize::from(inner.height)));
        let more = lines.len().saturating_sub(self.top + usize::from(inner.height));
        for (y, line) in (inner.y..inner.bottom()).zip(lines.into_iter().skip(self.top)) {
            canvas.line(Rect { y, height: 1, ..inner }, line);
        }
        if more > 0 {
            let last = Rect { y: inner.bottom() - 1, height: 1, ..inner };
            canvas.put(Clear, last);
            canvas.words(last, &format!("{} more lines: page down", more + 1), Role::Accent);
        }
    }
}

fn list_line(canvas: &mut Canvas, row: Rect, plugin: &PluginInfo, names: u16) {
    let glyphs = &canvas.look.glyphs;
    let (glyph, role) = match words::missing(plugin) {
        0 => (glyphs.node(NodeState::Done), Role::Good),
        _ => (glyphs.node(NodeState::Review), Role::Warning),
    };
    let roles: Vec<_> = plugin.manifest.stages.iter().map(|stage| stage.role.name()).collect();
    let name = text::fit(&plugin.manifest.id, names, glyphs.cut);
    let pad = " ".repeat(usize::from(names.saturating_sub(text::width(&name))) + 1);
    let standing = format!("{:<16}", words::standing(plugin));
    let source = if plugin.shipped { "shipped" } else { "third party" };
    let line = vec![
        Span::styled(format!("{glyph} "), canvas.style(role)),
        Span::styled(name + &pad, canvas.style(Role::Text)),
        Span::styled(standing, canvas.style(role)),
        Span::styled(format!(" {source:<11}"), canvas.style(Role::Dim)),
        Span::styled(format!("  {}", roles.join(" ")), canvas.style(Role::Accent)),
        Span::styled(format!("  {}", plugin.manifest.version), canvas.style(Role::Dim)),
    ];
    canvas.line(row, Line::from(line));
}

/// All that there is to say about a plugin, on `ground`.
pub fn lines(plugin: &PluginInfo, look: &Look, ground: Style, width: u16) -> Vec<Line<'static>> {
    let style = |role: Role| ground.patch(look.theme.own(role));
    let mut lines = Vec::new();
    let mut say = |text: &str, style: Style| {
        lines.extend(text::wrap(text, width).into_iter().map(|line| Line::styled(line, style)));
    };
    say(&plugin.manifest.description, style(Role::Title));
    for fact in words::facts(plugin) {
        say(&fact, style(Role::Dim));
    }
    say("", ground);
    let asks = words::asks(plugin);
    say(if asks.is_empty() { "It asks for nothing beside computing." } else { "It asks to" }, style(Role::Dim));
    for ask in asks {
        let (glyph, word, role) = if ask.granted {
            (look.glyphs.node(NodeState::Done), "granted", Role::Good)
        } else {
            (look.glyphs.node(NodeState::Waiting), "not granted", Role::Warning)
        };
        say(&format!("{glyph} {}", ask.words), ground);
        say(&format!("  {word}"), style(role));
    }
    lines
}
