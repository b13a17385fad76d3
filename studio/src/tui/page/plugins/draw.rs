//! The plugins on the left, the one that is selected on the right.

use ratatui::{
    layout::Rect,
    style::Style,
    text::{Line, Span},
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
/// Below this width, nothing is said of roles in the list.
const LEAST_ROLES: u16 = 6;

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
            canvas.blank(last);
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
    let facts = [
        Span::styled(format!("{glyph} "), canvas.style(role)),
        Span::styled(name + &pad, canvas.style(Role::Text)),
        Span::styled(standing, canvas.style(role)),
        Span::styled(format!(" {source:<11}"), canvas.style(Role::Dim)),
        Span::styled(format!("  {:<8}", plugin.manifest.version), canvas.style(Role::Dim)),
    ];
    // What has no room of its own is left out, in every row alike: beside the list it stands whole.
    let (mut room, all) = (row.width, facts.len());
    let fits = |fact: &Span| {
        let fits = text::width(fact.content.trim_end()) <= room;
        room = room.saturating_sub(text::width(&fact.content));
        fits
    };
    let mut line: Line = facts.into_iter().take_while(fits).collect();
    if line.spans.len() == all && room >= LEAST_ROLES {
        line.push_span(Span::styled(format!(" {}", roles.join(" ")), canvas.style(Role::Accent)));
    }
    canvas.line(row, line);
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
    let (granted, asked): (Vec<_>, Vec<_>) = words::asks(plugin).into_iter().partition(|ask| ask.granted);
    if granted.is_empty() && asked.is_empty() {
        lines.push(Line::default());
        lines.extend(hanging("", "It asks for nothing beside computing.", width, (ground, style(Role::Dim))));
    }
    let groups = [
        ("It asks to, and may not yet", asked, NodeState::Waiting, Role::Warning),
        ("It may", granted, NodeState::Done, Role::Good),
    ];
    for (heading, asks, state, role) in groups.into_iter().filter(|(_, asks, ..)| !asks.is_empty()) {
        lines.push(Line::default());
        lines.push(Line::styled(heading, style(role)));
        let sign = format!("{} ", look.glyphs.node(state));
        lines.extend(asks.iter().flat_map(|ask| hanging(&sign, &ask.words, width, (style(role), ground))));
    }
    lines
}

/// Words behind a sign, their further lines below the first.
fn hanging(sign: &str, words: &str, width: u16, (of_sign, of_words): (Style, Style)) -> Vec<Line<'static>> {
    let indent = text::width(sign);
    let lines = text::wrap(words, width.saturating_sub(indent)).into_iter().enumerate();
    let begin = |n: usize| if n == 0 { sign.to_owned() } else { " ".repeat(usize::from(indent)) };
    lines.map(|(n, line)| Line::from(vec![Span::styled(begin(n), of_sign), Span::styled(line, of_words)])).collect()
}
