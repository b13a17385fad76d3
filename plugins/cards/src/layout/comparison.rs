//! Two columns side by side, in tall frames one below the other.

use super::{Page, said};
use crate::{
    fonts::Face,
    palette::Tone,
    scene::Rect,
    stack::{self, Item, Stack},
    text::Look,
};

pub(super) fn compose(page: &mut Page) {
    let safe = page.frame.safe;
    let bar = page.bar_room();
    let tall = page.frame.height > page.frame.width * 3 / 2;
    let head = [page.kicker(), page.heading(page.frame.sizes.heading, 3)];
    let head = stack::fit(page.shaper, &head, safe.w, (safe.h - bar) * 0.4);
    let gap = if head.items.is_empty() { 0.0 } else { page.px(60.0) };
    let room = safe.h - bar - head.height - gap;
    let (left, right) = (column(page, 0), column(page, 1));
    let rule = page.px(34.0);
    let between = if tall { page.px(60.0) } else { page.px(84.0) };
    let width = if tall { safe.w } else { (safe.w - between) / 2.0 };
    // Both columns at the size that the longer one needs; stacked ones share the height by need.
    let (factor, heights) = if tall {
        let free = room - between - 2.0 * rule;
        let factor = stack::factor(left.iter().chain(&right), width, free);
        let needed = [&left, &right].map(|c| stack::height(c, width, factor) + 1.0);
        (factor, if needed[0] + needed[1] <= free { needed } else { [free / 2.0; 2] })
    } else {
        let free = room - rule;
        (stack::factor(&left, width, free).min(stack::factor(&right, width, free)), [free; 2])
    };
    let left = stack::place(page.shaper, &left, width, heights[0], factor);
    let right = stack::place(page.shaper, &right, width, heights[1], factor);

    let (lh, rh) = (left.height + rule, right.height + rule);
    let body = if tall { lh + between + rh } else { lh.max(rh) };
    let top = safe.y + (safe.h - bar - head.height - gap - body) * 0.5;
    let y = top + bar + head.height + gap;
    page.bar(safe.x, top, safe.w, false);
    page.put(head, safe.x, top + bar, safe.w);
    put(page, left, safe.x, y, width, Tone::Muted);
    let (x, y) = if tall { (safe.x, y + lh + between) } else { (safe.right() - width, y) };
    put(page, right, x, y, width, Tone::Accent);
}

fn column(page: &Page, side: usize) -> Vec<Item> {
    let sizes = page.frame.sizes;
    let name = page.text.columns.get(side).map_or("", String::as_str);
    let tone = if side == 0 { Tone::Muted } else { Tone::Accent };
    let look = Look::plain(Face::SansStrong, tone);
    let size = page.px(sizes.body * 1.02);
    let para = page.para(name, false, look, -0.006);
    let mut items = vec![Item {
        name: "column",
        para,
        size,
        least: page.px(26.0),
        leading: 1.25,
        gap: 0.0,
        indent: 0.0,
        lines: 3,
        measure: 40.0,
    }];
    let lines = if side == 0 { page.lines() } else { said(&page.text.right) };
    for (i, line) in lines.into_iter().enumerate() {
        let mut item = page.body("item", line, sizes.body, Tone::Text, if i == 0 { 46.0 } else { 54.0 });
        item.leading = 1.32;
        items.push(item);
    }
    items
}

/// A column under its rule, with hairlines between its items.
fn put(page: &mut Page, stack: Stack, x: f32, y: f32, width: f32, tone: Tone) {
    page.scene.rect(Rect::new(x, y, width, page.px(5.0)), tone);
    let y = y + page.px(34.0);
    for pair in stack.items.windows(2).filter(|p| p[0].name == "item") {
        let middle = y + (pair[0].top + pair[0].height + pair[1].top) / 2.0;
        page.scene.rect(Rect::new(x, middle, width, page.px(2.0)), Tone::Line);
    }
    page.put(stack, x, y, width);
}
