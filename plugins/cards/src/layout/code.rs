//! Program text in fixed pitch on a panel, with line numbers. Lines too long for a comfortable size
//! go on in the next row, indented.

use std::ops::Range;

use super::Page;
use crate::{
    fonts::Face,
    palette::Tone,
    scene::{Block, Placed, Rect, Shape},
    stack, syntax,
    text::{Look, MOST_LINES, Rich, Run, code_line, paragraph},
    wrap::Para,
};

/// Row distance, in sizes.
const LEADING: f32 = 1.55;
/// Advance of every glyph, em.
const PITCH: f32 = 0.6;
/// From the top of the first row to its baseline, em.
const RISE: f32 = 0.8;

pub(super) fn compose(page: &mut Page) {
    let safe = page.frame.safe;
    let bar = page.bar_room();
    let head = [page.kicker(), page.heading(page.frame.sizes.heading * 0.82, 3)];
    let head = stack::fit(page.shaper, &head, safe.w, (safe.h - bar) * 0.36);
    let gap = if head.items.is_empty() { 0.0 } else { page.px(52.0) };
    let lines = program(page);
    let panel = Panel::fit(page, &lines, safe.w, safe.h - bar - head.height - gap);
    let top = safe.y + (safe.h - bar - head.height - gap - panel.height) * 0.5;
    let y = top + bar + head.height + gap;
    page.bar(safe.x, top, safe.w, false);
    page.put(head, safe.x, top + bar, safe.w);
    if !lines.is_empty() {
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
    let shared = lines.iter().filter(|l| !l.is_empty()).map(|l| indentation(l)).min().unwrap_or(0);
    for line in &mut lines {
        line.drain(..shared.min(line.len()));
    }
    lines
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// A part of a line that stands in one row.
#[derive(Debug, PartialEq)]
struct Row {
    line: usize,
    range: Range<usize>,
    /// Columns kept free before it.
    indent: usize,
}

/// Breaks lines into rows of at most `columns`, where it can after a space or a bracket.
fn rows(lines: &[String], columns: usize) -> Vec<Row> {
    let mut out = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        let mut start = 0;
        let mut indent = 0;
        loop {
            let room = columns.saturating_sub(indent).max(8);
            let rest = &line[start..];
            let Some((full, _)) = rest.char_indices().nth(room) else {
                out.push(Row { line: n, range: start..line.len(), indent });
                break;
            };
            let nice = rest[..full].rfind([' ', ',', '(', '[', '{', ';', '|', '&', '.']).filter(|i| *i > full / 2);
            let len = nice.map_or(full, |i| i + 1);
            out.push(Row { line: n, range: start..start + len, indent });
            start += len;
            start += indentation(&line[start..]);
            indent = (indentation(line) + 2).min(columns / 3);
        }
    }
    out
}

/// The measures of the panel.
struct Panel {
    size: f32,
    leading: f32,
    pad: f32,
    /// Height of the row with the language's name.
    title: f32,
    height: f32,
    rows: Vec<Row>,
    /// Rows that found room.
    shown: usize,
    /// Width of the column of line numbers.
    numbers: f32,
}

impl Panel {
    fn fit(page: &Page, lines: &[String], width: f32, height: f32) -> Self {
        if lines.is_empty() {
            return Self {
                size: 1.0,
                leading: LEADING,
                pad: 0.0,
                title: 0.0,
                height: 0.0,
                rows: Vec::new(),
                shown: 0,
                numbers: 0.0,
            };
        }
        let pad = page.px(if page.frame.wide { 46.0 } else { 38.0 });
        let title = if page.text.caption.trim().is_empty() { 0.0 } else { page.px(64.0) };
        let digits = lines.len().to_string().len() as f32;
        let (free_w, free_h) = (width - 2.0 * pad, height - 2.0 * pad - title);
        let columns = |size: f32| (free_w / (PITCH * size) - digits - 2.0 + 0.001).floor().max(8.0) as usize;
        let leading = leading(page, lines);
        let fitting = |size: f32| (((free_h / size - 1.0) / leading + 1.001).floor().max(1.0)) as usize;

        let full = page.px(page.frame.sizes.code * if lines.len() <= 8 { 1.15 } else { 1.0 });
        // Down to a comfortable size lines stay whole; from there on they are broken rather than shrunk.
        let (comfortable, least) = (page.px(28.0), page.px(20.0));
        let mut size = full;
        while size > comfortable && (rows(lines, columns(size)).len() > lines.len() || lines.len() > fitting(size)) {
            size = (size * 0.97).max(comfortable);
        }
        while size > least && rows(lines, columns(size)).len() > fitting(size) {
            size = (size * 0.97).max(least);
        }
        let rows = rows(lines, columns(size));
        let shown = fitting(size).min(rows.len());
        let height = 2.0 * pad + title + size * (1.0 + leading * (shown as f32 - 1.0));
        Self { size, leading, pad, title, height, rows, shown, numbers: (digits + 2.0) * PITCH * size }
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
        let cut = self.shown < self.rows.len();
        page.scene.cut |= cut;
        let (mut numbers, mut code) = (Vec::new(), Vec::new());
        let coloured: Vec<Rich> = lines.iter().map(|l| colour(page, l, &language)).collect();
        let pitch = PITCH * self.size;
        for (i, row) in self.rows.iter().take(self.shown).enumerate() {
            let baseline = at.y + self.title + self.pad + self.size * (RISE + self.leading * i as f32);
            let (left, right) = (at.x + self.pad + self.numbers, at.right() - self.pad);
            if row.range.start == 0 {
                let line = plain(page, &(row.line + 1).to_string());
                let x = left - 2.0 * pitch - line.width * self.size;
                numbers.push(Placed { line, x, baseline, size: self.size });
            }
            let x = left + row.indent as f32 * pitch;
            let line = if cut && i + 1 == self.shown {
                plain(page, "…")
            } else {
                Para::code(page.shaper, coloured[row.line].slice(row.range.clone()), (right - x) / self.size)
            };
            code.push(Placed { line, x, baseline, size: self.size });
        }
        page.scene.blocks.push(Block { name: "numbers", lines: numbers });
        page.scene.blocks.push(Block { name: "code", lines: code });
    }
}

/// Row distance: more where letters of other scripts or piled-up accents need it.
fn leading(page: &Page, lines: &[String]) -> f32 {
    let shaped = lines.iter().map(|l| {
        let rich = Rich::new(l.clone(), Look::plain(Face::Mono, Tone::Text), &[]);
        Para::code(page.shaper, rich, f32::INFINITY)
    });
    let (top, depth) = shaped.fold((0.0_f32, 0.0_f32), |(top, depth), l| (top.max(l.top), depth.max(l.depth)));
    LEADING.max(top + depth + 0.1)
}

fn plain(page: &Page, text: &str) -> crate::shape::Line {
    Para::code(page.shaper, Rich::new(text.to_owned(), Look::plain(Face::Mono, Tone::Muted), &[]), 100.0)
}

/// A line in its colours; one with a stressed word shows that word alone.
fn colour(page: &Page, text: &str, language: &str) -> Rich {
    let look = Look { face: Face::Mono, tone: Tone::Text, strong: Face::Mono, strong_tone: Tone::Accent };
    let stressed = Rich::new(text.to_owned(), look, &page.text.emphasis);
    if stressed.runs.iter().any(|r| r.tone == Tone::Accent) {
        return stressed;
    }
    let runs =
        syntax::colour(text, language).into_iter().map(|(range, tone)| Run { range, face: Face::Mono, tone }).collect();
    Rich { text: text.to_owned(), runs }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_go_on_indented_and_lose_nothing() {
        let lines = vec!["    let answer = compute(first, second, third);".to_owned(), String::new()];
        let got = rows(&lines, 24);
        assert!(got.len() >= 4 && got[0].indent == 0 && got[1].indent == 6, "{got:?}");
        let text: String = got.iter().map(|r| lines[r.line][r.range.clone()].replace(' ', "")).collect();
        assert_eq!(text, lines[0].replace(' ', ""));
        assert!(got.iter().all(|r| r.range.len() + r.indent <= 24), "{got:?}");
    }
}
