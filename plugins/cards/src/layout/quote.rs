//! Somebody's words, their opening mark hung in the margin.

use super::Page;
use crate::{
    fonts::Face,
    palette::Tone,
    scene::{Block, Placed, Shape},
    shape::Line,
    stack::{self, Item},
    text::{Look, Rich, paragraph},
    wrap::Para,
};

const MARKS: [(char, char); 5] = [('“', '”'), ('«', '»'), ('„', '“'), ('‹', '›'), ('"', '"')];

pub(super) fn compose(page: &mut Page) {
    let safe = page.frame.safe;
    let (words, open, close) = unquoted(&page.text.heading);
    if page.solid() {
        ornament(page);
    }
    let look = Look { face: Face::SerifText, tone: Tone::Text, strong: Face::SerifItalic, strong_tone: Tone::Accent };
    let mut rich = Rich::new(words, look, &page.text.emphasis);
    let quoted = !rich.text.is_empty();
    if quoted {
        rich.push(&close.to_string(), Face::SerifText, Tone::Accent);
    }
    // Where there are no captions, the words are all there is to read.
    let size = page.px(page.frame.sizes.quote * if page.text.uncaptioned { 1.24 } else { 1.0 });
    let hang = if quoted { size * 0.52 } else { 0.0 };
    let width = (safe.w - hang) * if page.frame.wide { 0.88 } else { 1.0 };
    let quote = Item {
        name: "quote",
        para: Para::new(page.shaper, rich, -0.006),
        size,
        least: page.px(36.0),
        leading: 1.2,
        gap: page.px(40.0),
        indent: 0.0,
        lines: 10,
        measure: 40.0,
    };
    let rtl = quote.para.rtl();
    let mut items = vec![page.kicker(), quote];
    for (i, line) in page.lines().into_iter().take(3).enumerate() {
        items.push(page.body("line", line, page.frame.sizes.body * 0.9, Tone::Muted, if i == 0 { 44.0 } else { 12.0 }));
    }
    let mut caption = page.body("caption", &page.text.caption, page.frame.sizes.body * 0.84, Tone::Muted, 58.0);
    caption.indent = page.px(84.0);
    caption.lines = 3;
    items.push(caption);
    let stack = stack::fit(page.shaper, &items, width, safe.h);
    let top = safe.y + (safe.h - stack.height) * 0.5;
    let x = if rtl { safe.right() - hang - width } else { safe.x + hang };
    for item in &stack.items {
        if item.name == "caption" {
            let middle = top + item.top + item.cap / 2.0;
            let (w, h) = (item.indent * 0.7, page.px(4.0));
            let left = if item.rtl { x + width - w } else { x };
            page.scene.rect(crate::scene::Rect::new(left, middle - h / 2.0, w, h), Tone::Accent);
        }
    }
    let first = stack.items.iter().find(|i| i.name == "quote").map(|i| (i.size, i.baselines[0]));
    page.put(stack, x, top, width);
    if let Some((size, baseline)) = first.filter(|_| quoted) {
        let line = sign(page, open, Tone::Accent);
        let left = if rtl { x + width + size * 0.04 } else { x - (line.width + 0.04) * size };
        page.scene
            .blocks
            .push(Block { name: "mark", lines: vec![Placed { line, x: left, baseline: top + baseline, size }] });
    }
}

/// The words without the marks they came in, and the marks to set: theirs, else curly ones.
fn unquoted(raw: &str) -> (String, char, char) {
    let text = paragraph(raw, true);
    for (open, close) in MARKS {
        if let Some(inner) = text.strip_prefix(open).and_then(|t| t.strip_suffix(close)) {
            let (open, close) = if open == '"' { MARKS[0] } else { (open, close) };
            return (inner.trim().to_owned(), open, close);
        }
    }
    (text, MARKS[0].0, MARKS[0].1)
}

fn sign(page: &Page, sign: char, tone: Tone) -> Line {
    let rich = Rich::new(sign.to_string(), Look::plain(Face::SerifText, tone), &[]);
    Para::new(page.shaper, rich, 0.0).single(page.shaper, 10.0)
}

/// An enormous mark in the ground, cut by the upper edge.
fn ornament(page: &mut Page) {
    let (w, h) = (page.frame.width as f32, page.frame.height as f32);
    let rich = Rich::new("”".into(), Look::plain(Face::Serif, Tone::Surface), &[]);
    let line = Para::new(page.shaper, rich, 0.0).single(page.shaper, 10.0);
    let size = w.min(h) * 1.5;
    let x = w - line.width * size - page.px(40.0);
    page.scene.shapes.push(Shape::Sign(Placed { line, x, baseline: h * 0.06 + size * 0.66, size }));
}

#[cfg(test)]
mod tests {
    use super::unquoted;

    #[test]
    fn own_marks_are_kept_and_typewriter_ones_replaced() {
        assert_eq!(unquoted("\"So be it.\""), ("So be it.".into(), '“', '”'));
        assert_eq!(unquoted("« Oui »"), ("Oui".into(), '«', '»'));
        assert_eq!(unquoted("plain"), ("plain".into(), '“', '”'));
    }
}
