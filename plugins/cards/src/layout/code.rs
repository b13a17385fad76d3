//! Program text in fixed pitch on a panel, with line numbers.

use super::Page;
use crate::{
    fonts::Face,
    palette::Tone,
    scene::{Block, Placed, Rect, Shape},
    stack, syntax,
    text::{Look, MOST_LINES, Rich, Run, code_line, paragraph},
    wrap::Para,
};

const LEADING: f32 = 1.55;
/// Advance of every glyph, em.
const PITCH: f32 = 0.6;

pub(super) fn compose(page: &mut Page) {
    let safe = page.frame.safe;
    let bar = page.bar_room();
    let head = [page.kicker(), page.heading(page.frame.sizes.heading * 0.8, 3)];
    let head = stack::fit(page.shaper, &head, safe.w, (safe.h - bar) * 0.36);
    let gap = if head.items.is_empty() { 0.0 } else { page.px(48.0) };
    let room = safe.h - bar - head.height - gap;
    let lines = program(page);
    let panel = if lines.is_empty() { 0.0 } else { Panel::fit(page, &lines, safe.w, room).height };
    let top = safe.y + (safe.h - bar - head.height - gap - panel) * 0.5;
    let y = top + bar + head.height + gap;
    page.bar(safe.x, top, safe.w, false);
    page.put(head, safe.x, top + bar, safe.w);
    if !lines.is_empty() {
        let panel = Panel::fit(page, &lines, safe.w, room);
        panel.put(page, &lines, Rect::new(safe.x, y, safe.w, panel.height));
    }
}

/// The lines, each without the indentation they all share and blank ends.
fn program(page: &Page) -> Vec<String> {
    let split = page.text.lines.iter().flat_map(|l| l.split('\n')).take(MOST_LINES);
    let mut lines: Vec<String> = split.map(code_line).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    let shared =
        lines.iter().filter(|l| !l.is_empty()).map(|l| l.len() - l.trim_start_matches(' ').len()).min().unwrap_or(0);
    for line in &mut lines {
        line.drain(..shared.min(line.len()));
    }
    lines
}

/// The measures of the panel.
struct Panel {
    size: f32,
    pad: f32,
    /// Height of the row with the language's name.
    title: f32,
    height: f32,
    shown: usize,
    /// Width of the column of line numbers.
    numbers: f32,
}

impl Panel {
    fn fit(page: &Page, lines: &[String], width: f32, height: f32) -> Self {
        let pad = page.px(44.0);
        let title = if page.text.caption.trim().is_empty() { 0.0 } else { page.px(64.0) };
        let digits = lines.len().to_string().len() as f32;
        let longest = lines.iter().map(|l| l.chars().count()).max().unwrap_or(0) as f32;
        let columns = longest + digits + 2.0;
        let (free_w, free_h) = (width - 2.0 * pad, height - 2.0 * pad - title);
        let least = page.px(21.0);
        let rows = lines.len() as f32 - 1.0 + 1.0 / LEADING;
        let size = page.px(page.frame.sizes.code * if lines.len() <= 8 { 1.15 } else { 1.0 });
        let size = size.min(free_w / (columns * PITCH)).min(free_h / (rows * LEADING)).max(least);
        let shown = (((free_h / size - 1.0) / LEADING + 1.001).floor().max(1.0) as usize).min(lines.len());
        let height = 2.0 * pad + title + size * (1.0 + LEADING * (shown as f32 - 1.0));
        Self { size, pad, title, height, shown, numbers: (digits + 2.0) * PITCH * size }
    }

    fn put(&self, page: &mut Page, lines: &[String], at: Rect) {
        let rect = Rect::new(at.x.round(), at.y.round(), at.w.round(), at.h.round());
        page.scene.shapes.push(Shape::Rect { rect, radius: page.px(16.0), tone: Tone::Surface });
        let language = paragraph(&page.text.caption, false);
        if self.title > 0.0 {
            let size = page.px(24.0);
            let rich = Rich::new(language.clone(), Look::plain(Face::Mono, Tone::Muted), &[]);
            let para = Para::new(page.shaper, rich, 0.02);
            page.label("caption", &para, size, at.x + self.pad, at.y + page.px(41.0), at.w - 2.0 * self.pad);
            page.scene.rect(Rect::new(at.x, at.y + self.title - page.px(2.0), at.w, page.px(2.0)), Tone::Line);
        }
        let (mut numbers, mut code) = (Vec::new(), Vec::new());
        let cut = self.shown < lines.len();
        page.scene.cut |= cut;
        for (i, text) in lines.iter().take(self.shown).enumerate() {
            let baseline = at.y + self.title + self.pad + self.size * (0.8 + LEADING * i as f32);
            let last = cut && i + 1 == self.shown;
            let (x, right) = (at.x + self.pad, at.right() - self.pad);
            let label = Rich::new((i + 1).to_string(), Look::plain(Face::Mono, Tone::Muted), &[]);
            let label = Para::new(page.shaper, label, 0.0).single(page.shaper, self.numbers / self.size);
            let from = x + self.numbers - (2.0 * PITCH + label.width) * self.size;
            numbers.push(Placed { line: label, x: from, baseline, size: self.size });
            let rich = if last {
                Rich::new("…".into(), Look::plain(Face::Mono, Tone::Muted), &[])
            } else {
                self.coloured(page, text, &language)
            };
            let from = x + self.numbers;
            let line = Para::code(page.shaper, rich, (right - from) / self.size);
            code.push(Placed { line, x: from, baseline, size: self.size });
        }
        page.scene.blocks.push(Block { name: "numbers", lines: numbers });
        page.scene.blocks.push(Block { name: "code", lines: code });
    }

    fn coloured(&self, page: &Page, text: &str, language: &str) -> Rich {
        let look = Look { face: Face::Mono, tone: Tone::Text, strong: Face::Mono, strong_tone: Tone::Accent };
        let stressed = Rich::new(text.to_owned(), look, &page.text.emphasis);
        if stressed.runs.iter().any(|r| r.tone == Tone::Accent) {
            // A line with a stressed word shows that word alone.
            return stressed;
        }
        let runs = syntax::colour(text, language)
            .into_iter()
            .map(|(range, tone)| Run { range, face: Face::Mono, tone })
            .collect();
        Rich { text: text.to_owned(), runs }
    }
}
