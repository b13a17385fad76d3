//! One of a numbered list: its number large beside the heading, in other shapes above it, and a mark a part of the
//! list along the top.

use super::Page;
use crate::{
    fonts::Face,
    palette::Tone,
    scene::{Block, Placed, Rect},
    stack,
    text::{Look, Rich},
    wrap::Para,
};

/// Most parts of a list that get marks; more of them could not be told apart.
const MOST_MARKS: u32 = 30;

pub(super) fn compose(page: &mut Page) {
    let safe = page.frame.safe;
    let sizes = page.frame.sizes;
    let marks = marks(page);
    let room = Rect::new(safe.x, safe.y + marks, safe.w, safe.h - marks);
    let number = Number::of(page);
    let mut items = vec![page.kicker(), page.heading(sizes.title * 0.84, 5)];
    for line in page.lines().into_iter().take(3) {
        items.push(page.body("line", line, sizes.body, Tone::Muted, 38.0));
    }
    if page.frame.wide {
        let width = number.width.min(room.w * 0.42);
        let gap = if width > 0.0 { page.px(90.0) } else { 0.0 };
        let column = room.w - width - gap;
        let words = stack::fit(page.shaper, &items, column, room.h);
        let middle = room.y + room.h * 0.48;
        number.put(page, room.x, middle + number.cap * 0.5, width);
        if width > 0.0 && !words.items.is_empty() {
            let tall = words.height.max(number.cap);
            let line = Rect::new(room.x + width + gap * 0.5, middle - tall * 0.5, page.px(3.0), tall);
            page.scene.rect(line, Tone::Line);
        }
        let top = (middle - words.height * 0.5).max(room.y);
        page.put(words, room.right() - column, top, column);
    } else {
        let above = if number.cap > 0.0 { number.cap + page.px(76.0) } else { 0.0 };
        let words = stack::fit(page.shaper, &items, room.w, room.h - above);
        let top = room.y + ((room.h - above - words.height) * 0.42).max(0.0);
        number.put(page, room.x, top + number.cap, room.w);
        page.put(words, room.x, top + above, room.w);
    }
}

/// A mark for each part of the list, that of this one in colour; the room they take.
fn marks(page: &mut Page) -> f32 {
    let (number, of, safe) = (page.text.number, page.text.of, page.frame.safe);
    if !(2..=MOST_MARKS).contains(&of) {
        return 0.0;
    }
    let gap = page.px(14.0);
    let (width, height) = ((safe.w + gap) / of as f32 - gap, page.px(8.0));
    for n in 1..=of {
        let quiet = if page.solid() { Tone::Line } else { Tone::Muted };
        let tone = if n == number { Tone::Accent } else { quiet };
        page.scene.rect(Rect::new(safe.x + (width + gap) * (n - 1) as f32, safe.y, width, height), tone);
    }
    height + page.px(40.0)
}

/// The number, as large as its room allows.
struct Number {
    para: Para,
    size: f32,
    width: f32,
    cap: f32,
}

impl Number {
    fn of(page: &Page) -> Self {
        let text = if page.text.number > 0 { page.text.number.to_string() } else { String::new() };
        let para = Para::new(page.shaper, Rich::new(text, Look::plain(Face::Display, Tone::Accent), &[]), -0.03);
        let (safe, wide) = (page.frame.safe, page.frame.wide);
        let most = page.px(page.frame.sizes.figure * if wide { 1.3 } else { 0.8 });
        let width = safe.w * if wide { 0.42 } else { 1.0 };
        let size = most.min(width / para.width().max(0.01)).min(safe.h * 0.5 / para.cap.max(0.1)).max(1.0);
        let (width, cap) = if para.is_empty() { (0.0, 0.0) } else { (para.width() * size, para.cap * size) };
        Self { para, size, width, cap }
    }

    fn put(&self, page: &mut Page, x: f32, baseline: f32, width: f32) {
        if self.para.is_empty() {
            return;
        }
        let line = self.para.single(page.shaper, width / self.size + 0.01);
        page.scene.blocks.push(Block { name: "number", lines: vec![Placed { line, x, baseline, size: self.size }] });
    }
}
