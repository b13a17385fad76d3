//! A heading and a line on a panel at the lower left, above the captions; around it there is nothing.

use super::Page;
use crate::{
    palette::Tone,
    scene::{Rect, Shape},
    stack,
};

/// The share of the room that the panel may take.
const MOST: f32 = 0.46;

pub(super) fn compose(page: &mut Page) {
    let safe = page.frame.safe;
    let sizes = page.frame.sizes;
    let (pad, bar) = (page.px(44.0), page.px(12.0));
    let width = safe.w * if page.frame.wide { 0.62 } else { 1.0 };
    let mut items = vec![page.kicker(), page.heading(sizes.heading * 0.66, 3)];
    items[1].gap = page.px(24.0);
    for line in page.lines().into_iter().take(2) {
        items.push(page.body("line", line, sizes.body * 0.82, Tone::Muted, 24.0));
    }
    let column = width - 2.0 * pad - bar;
    let stack = stack::fit(page.shaper, &items, column, safe.h * MOST - 2.0 * pad);
    if stack.items.is_empty() {
        return;
    }
    // No wider than its words.
    let longest = stack.items.iter().flat_map(|i| i.lines.iter().map(|l| l.width * i.size)).fold(0.0, f32::max);
    let rtl = stack.items.last().is_some_and(|item| item.rtl);
    let (panel, height) = ((longest + 2.0 * pad + bar).min(width).round(), (stack.height + 2.0 * pad).round());
    let x = if rtl { safe.right() - panel } else { safe.x }.round();
    let rect = Rect::new(x, (safe.bottom() - height).round(), panel, height);
    page.scene.shapes.push(Shape::Rect { rect, radius: page.px(14.0), tone: Tone::Surface });
    let edge = if rtl { rect.right() - bar } else { rect.x };
    page.scene.rect(Rect::new(edge, rect.y + page.px(24.0), bar, height - page.px(48.0)), Tone::Accent);
    let left = rect.x + pad + if rtl { 0.0 } else { bar };
    page.put(stack, left, rect.y + pad, panel - 2.0 * pad - bar);
}
