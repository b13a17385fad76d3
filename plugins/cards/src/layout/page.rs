//! A page of a book: running text within a frame, its number below.

use super::Page;
use crate::{
    fonts::Face,
    palette::Tone,
    scene::{Rect, Shape},
    stack::{self, Item},
    text::{Look, Rich, paragraph},
    wrap::Para,
};

pub(super) fn compose(page: &mut Page) {
    let safe = page.frame.safe;
    if page.solid() {
        frame(page);
    }
    let foot = page.px(if page.text.number > 0 { 92.0 } else { 0.0 });
    // A column of a book's measure, in the middle of the frame.
    let width = safe.w * if page.frame.wide { 0.74 } else { 0.94 };
    let x = page.frame.width as f32 / 2.0 - width / 2.0;
    let x = x.max(safe.x).min(safe.right() - width);
    let mut items = vec![page.kicker(), page.heading(page.frame.sizes.heading * 0.8, 3)];
    for (n, text) in page.lines().into_iter().enumerate() {
        items.push(running(page, text, n));
    }
    let stack = stack::fit(page.shaper, &items, width, safe.h - foot);
    let top = safe.y + (safe.h - foot - stack.height) * 0.5;
    // Its lines begin at one edge, and the whole of them stands in the middle.
    let longest = stack.items.iter().flat_map(|i| i.lines.iter().map(|l| l.width * i.size)).fold(0.0, f32::max);
    let spare = ((width - longest) / 2.0).max(0.0);
    page.put(stack, x + spare, top, width - 2.0 * spare);
    if page.text.number > 0 {
        number(page, safe.bottom() - page.px(14.0));
    }
}

fn running(page: &Page, text: &str, n: usize) -> Item {
    let look = Look { face: Face::SerifText, tone: Tone::Text, strong: Face::SerifItalic, strong_tone: Tone::Accent };
    let size = page.px(page.frame.sizes.quote * if page.frame.wide { 0.8 } else { 0.88 });
    Item {
        name: "page",
        para: Para::new(page.shaper, Rich::new(paragraph(text, true), look, &page.text.emphasis), 0.0),
        size,
        least: page.px(30.0),
        leading: 1.42,
        gap: size * if n == 0 { 0.9 } else { 0.7 },
        indent: 0.0,
        lines: 16,
        measure: 30.0,
    }
}

/// Its number between two short lines, in the middle below.
fn number(page: &mut Page, baseline: f32) {
    let size = page.px(page.frame.sizes.body * 0.72);
    let look = Look::plain(Face::SerifText, Tone::Muted);
    let para = Para::new(page.shaper, Rich::new(page.text.number.to_string(), look, &[]), 0.04);
    let (middle, half) = (page.frame.width as f32 / 2.0, para.width() * size / 2.0);
    let (gap, long, thick) = (page.px(22.0), page.px(46.0), page.px(2.0));
    let y = baseline - para.cap * size / 2.0;
    page.scene.rect(Rect::new(middle - half - gap - long, y, long, thick), Tone::Accent);
    page.scene.rect(Rect::new(middle + half + gap, y, long, thick), Tone::Accent);
    page.label("folio", &para, size, middle - half, baseline, half * 2.0 + size);
}

/// A sheet with rounded corners on the ground, as large as the frame but for an even edge.
fn frame(page: &mut Page) {
    let (w, h, edge) = (page.frame.width as f32, page.frame.height as f32, page.px(36.0).round());
    let sheet = |inset: f32| Rect::new(inset, inset, w - 2.0 * inset, h - 2.0 * inset);
    let radius = page.px(22.0);
    let line = page.px(3.0).max(1.0).round();
    page.scene.shapes.push(Shape::Rect { rect: sheet(edge), radius, tone: Tone::Line });
    page.scene.shapes.push(Shape::Rect { rect: sheet(edge + line), radius: radius - line, tone: Tone::Surface });
}
