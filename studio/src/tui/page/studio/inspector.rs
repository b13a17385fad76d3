//! The scene that is selected: what it says and shows, and how each of its parts was made.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{StudioPage, scenes_of};
use crate::{
    engine::SceneView,
    model::{NodeChange, NodeState},
    tui::{canvas::Canvas, look::Look, model::Open, theme::Role, widget::text},
};

impl StudioPage {
    pub(super) fn inspector(&mut self, canvas: &mut Canvas, area: Rect, open: &Open) {
        let Some(scene) = scenes_of(open).get(self.scene.at) else {
            let inner = canvas.pane(area, "params", false);
            return params(canvas, inner, open);
        };
        let state = open.scene(&scene.scene.id).unwrap_or(scene.state);
        let title = format!("scene {} {} {}", scene.number, canvas.look.glyphs.dot, state.name());
        let inner = canvas.pane(area, &title, false);
        let nodes: Vec<&NodeChange> = open.nodes.within(&scene.scene.id).filter(|n| n.slot.role().is_some()).collect();
        let rows = facts(scene, &nodes, open, canvas.look, inner.width);
        let parts = u16::try_from(rows.len()).unwrap_or(u16::MAX).min(inner.height.saturating_sub(2));
        let said = Rect { height: inner.height - parts, ..inner };
        canvas.paragraph(said, &scene.scene.narration, Role::Text);
        for (y, row) in (said.bottom()..inner.bottom()).zip(rows) {
            canvas.line(Rect { y, height: 1, ..inner }, row);
        }
    }
}

fn facts(scene: &SceneView, nodes: &[&NodeChange], open: &Open, look: &Look, width: u16) -> Vec<Line<'static>> {
    let mut rows = Vec::new();
    let dim = look.style(Role::Dim);
    if !scene.scene.prompt.is_empty() {
        let words =
            vec![Span::styled("prompt  ", dim), Span::styled(scene.scene.prompt.clone(), look.style(Role::Text))];
        rows.push(Line::from(words));
    }
    let seconds = [
        scene.spoken.map(|seconds| format!("{} spoken", text::seconds(seconds))),
        scene.scene.seconds.filter(|s| *s > 0.0).map(|seconds| format!("at least {}", text::seconds(seconds))),
        scene.edited.then(|| "edited by hand".to_owned()),
    ];
    let seconds: Vec<String> = seconds.into_iter().flatten().collect();
    if !seconds.is_empty() {
        rows.push(Line::styled(seconds.join(&format!(" {} ", look.glyphs.dot)), dim));
    }
    for node in nodes {
        rows.push(part(node, open, look, width));
        if let Some(error) = node.error.as_ref().filter(|_| node.state == NodeState::Failed) {
            rows.push(Line::styled(format!("  {}", error.message), look.style(Role::Error)));
        }
    }
    let waits = open.places.iter().any(|place| place.waits && place.slot.starts_with(&format!("{}/", scene.scene.id)));
    if waits {
        rows.push(Line::styled("a approve   n make again   4 compare its takes", look.style(Role::Review)));
    }
    rows
}

/// How a part was made: `✓ tts     espeak · 5.1 s · $0.04`.
fn part(node: &NodeChange, open: &Open, look: &Look, _width: u16) -> Line<'static> {
    let dot = look.glyphs.dot;
    let glyph = if node.state == NodeState::Running { look.spinner() } else { look.glyphs.node(node.state) };
    let mut facts = Vec::new();
    facts.extend((!node.plugin.is_empty()).then(|| node.plugin.clone()));
    // That it is done says the glyph, and what follows.
    facts.extend((node.state != NodeState::Done).then(|| node.state.name().to_owned()));
    if let Some(progress) = open.nodes.progress(&node.slot).filter(|p| p.pace.share() > 0.0) {
        facts.push(format!("{:.0} %", progress.pace.share() * 100.0));
    }
    facts.extend(node.seconds.map(|seconds| format!("made in {}", text::seconds(seconds))));
    facts.extend(node.by_hand.then(|| "by hand".to_owned()));
    facts.extend(node.older.then(|| "by an older version".to_owned()));
    let mut line = vec![
        Span::styled(format!("{glyph} {:<8}", node.role.name()), look.style(Look::node(node.state))),
        Span::styled(facts.join(&format!(" {dot} ")), look.style(Role::Dim)),
    ];
    if let Some(cost) = node.cost {
        line.push(Span::styled(format!(" {dot} {cost}"), look.style(Role::Cost)));
    }
    Line::from(line)
}

/// Where there is no scene yet: what the project is made of.
fn params(canvas: &mut Canvas, area: Rect, open: &Open) {
    let mut y = area.y;
    let script = format!("script  {}", open.project.script);
    canvas.words(Rect { y, height: 1, ..area }.intersection(area), &script, Role::Dim);
    for (name, value) in &open.project.params {
        y += 1;
        if y >= area.bottom() {
            return;
        }
        let shown = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        let line = vec![
            Span::styled(format!("{name}  "), canvas.style(Role::Accent)),
            Span::styled(shown, canvas.style(Role::Text)),
        ];
        canvas.line(Rect { y, height: 1, ..area }, Line::from(line));
    }
}
