//! A name with its price, and a call to do something on a button.

use super::{Page, title};
use crate::{
    fonts::Face,
    palette::Tone,
    scene::{Block, Placed, Rect, Shape},
    stack::{self, Item},
    text::{Look, Rich, paragraph},
    wrap::Para,
};

pub(super) fn compose(page: &mut Page) {
    let safe = page.frame.safe;
    let sizes = page.frame.sizes;
    let width = if page.frame.wide { safe.w * 0.78 } else { safe.w };
    let mut items = vec![page.kicker(), page.heading(sizes.heading * 1.1, 3), price(page)];
    for (n, line) in page.lines().into_iter().take(3).enumerate() {
        items.push(page.body("line", line, sizes.body, Tone::Muted, if n == 0 { 40.0 } else { 14.0 }));
    }
    let button = Button::of(page, width);
    let below = if button.height > 0.0 { button.height + page.px(64.0) } else { 0.0 };
    let bar = page.bar_room();
    let stack = stack::fit(page.shaper, &items, width, safe.h - bar - below);
    let rtl = stack.items.last().is_some_and(|item| item.rtl);
    let top = safe.y + (safe.h - bar - stack.height - below) * 0.5;
    let x = if rtl { safe.right() - width } else { safe.x };
    if !stack.items.is_empty() {
        page.bar(x, top, width, rtl);
    }
    let lower = top + bar + stack.height + below - button.height;
    page.put(stack, x, top + bar, width);
    button.put(page, if rtl { x + width - button.width } else { x }, lower);
    if page.solid() {
        title::ornament(page, rtl);
    }
}

fn price(page: &Page) -> Item {
    let rich = Rich::new(paragraph(&page.text.price, false), Look::plain(Face::Display, Tone::Accent), &[]);
    let size = page.px(page.frame.sizes.figure * 0.52);
    Item {
        name: "price",
        para: Para::new(page.shaper, rich, -0.02),
        size,
        least: page.px(44.0),
        leading: 1.05,
        gap: page.px(56.0),
        indent: 0.0,
        lines: 2,
        measure: 40.0,
    }
}

/// The caption on a round panel of the accent.
struct Button {
    para: Para,
    size: f32,
    pad: f32,
    width: f32,
    height: f32,
}

impl Button {
    fn of(page: &Page, room: f32) -> Self {
        let rich = Rich::new(paragraph(&page.text.caption, false), Look::plain(Face::SansStrong, Tone::Ground), &[]);
        let para = Para::new(page.shaper, rich, 0.0);
        let pad = page.px(52.0);
        let size = page.px(page.frame.sizes.body * 0.94).min((room - 2.0 * pad) / para.width().max(0.01));
        let size = size.max(page.px(26.0));
        let (mut width, mut height) = ((para.width() * size + 2.0 * pad).min(room), size * 2.1);
        if para.is_empty() {
            (width, height) = (0.0, 0.0);
        }
        Self { para, size, pad, width, height }
    }

    fn put(&self, page: &mut Page, x: f32, y: f32) {
        if self.para.is_empty() {
            return;
        }
        let rect = Rect::new(x.round(), y.round(), self.width.round(), self.height.round());
        page.scene.shapes.push(Shape::Rect { rect, radius: self.height / 2.0, tone: Tone::Accent });
        let line = self.para.single(page.shaper, (self.width - 2.0 * self.pad) / self.size + 0.01);
        let baseline = y + f32::midpoint(self.height, self.para.cap * self.size);
        let placed = Placed { line, x: x + self.pad, baseline, size: self.size };
        page.scene.blocks.push(Block { name: "button", lines: vec![placed] });
    }
}
