//! A heading and bullets: side by side where there is room, one below the other where not.

use super::Page;
use crate::{
    palette::Tone,
    scene::Rect,
    stack::{self, Item, Stack},
};

pub(super) fn compose(page: &mut Page) {
    let safe = page.frame.safe;
    let items = items(page);
    let head = [page.kicker(), page.heading(page.frame.sizes.heading, 6)];
    let headed = head.iter().any(|i| !i.para.is_empty());
    let bar = page.bar_room();
    if page.frame.wide && headed {
        let gap = page.px(110.0);
        let left = (safe.w - gap) * 0.42;
        let right = safe.w - gap - left;
        let head = stack::fit(page.shaper, &head, left, safe.h - bar);
        let list = stack::fit(page.shaper, &items, right, safe.h);
        let tall = list.height.max(head.height + bar);
        let top = safe.y + (safe.h - tall) * 0.5;
        page.bar(safe.x, top, left, false);
        page.put(head, safe.x, top + bar, left);
        put_list(page, list, safe.right() - right, top, right);
    } else {
        let (head, list, gap) = above(page, &head, &items, safe.w, safe.h - bar);
        let top = safe.y + (safe.h - bar - head.height - gap - list.height) * 0.42;
        let y = top + bar + head.height + gap;
        page.bar(safe.x, top, safe.w, head.items.last().is_some_and(|i| i.rtl));
        page.put(head, safe.x, top + bar, safe.w);
        put_list(page, list, safe.x, y, safe.w);
    }
}

/// Heading over content: the content shrinks first, then the heading gives way.
pub(super) fn above(page: &Page, head: &[Item], items: &[Item], width: f32, height: f32) -> (Stack, Stack, f32) {
    let head = stack::fit(page.shaper, head, width, height * 0.42);
    let gap = if head.items.is_empty() { 0.0 } else { page.px(70.0) };
    let list = stack::fit(page.shaper, items, width, height - head.height - gap);
    (head, list, gap)
}

fn items(page: &Page) -> Vec<Item> {
    let lines = page.lines();
    let few = if lines.len() <= 4 { 1.12 } else { 1.0 };
    let size = page.frame.sizes.body * few;
    lines
        .into_iter()
        .map(|line| {
            let mut item = page.body("bullet", line, size, Tone::Text, 62.0 * few);
            item.leading = 1.32;
            item.indent = page.px(54.0);
            item
        })
        .collect()
}

/// Bullets with an accent square each and a hairline between them.
fn put_list(page: &mut Page, list: Stack, x: f32, y: f32, width: f32) {
    let mut before: Option<f32> = None;
    for item in &list.items {
        if let Some(end) = before {
            let middle = y + f32::midpoint(end, item.top);
            page.scene.rect(Rect::new(x, middle, width, page.px(2.0)), Tone::Line);
        }
        let side = item.size * 0.26;
        let left = if item.rtl { x + width - side } else { x };
        page.scene.rect(Rect::new(left, y + item.top + (item.cap - side) / 2.0, side, side), Tone::Accent);
        before = Some(item.top + item.height);
    }
    page.put(list, x, y, width);
}
