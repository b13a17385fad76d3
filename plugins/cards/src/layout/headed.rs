//! A heading and a list of items: side by side where there is room, one below the other where not.

use super::Page;
use crate::{
    scene::Rect,
    stack::{self, Item, Stack},
};

/// Where a heading's list stands beside it.
pub(super) struct Beside {
    /// The heading's share of the width.
    pub share: f32,
    /// The list stands in the middle of the height that both take, not at its top.
    pub centred: bool,
}

/// Sets a heading, and its items where `put` draws them: a place without a height.
pub(super) fn compose(
    page: &mut Page,
    (head, items): (&[Item], &[Item]),
    beside: &Beside,
    put: impl FnOnce(&mut Page, Stack, Rect),
) {
    let safe = page.frame.safe;
    let headed = head.iter().any(|i| !i.para.is_empty());
    let bar = page.bar_room();
    if page.frame.wide && headed {
        let gap = page.px(110.0);
        let left = (safe.w - gap) * beside.share;
        let right = safe.w - gap - left;
        let head = stack::fit(page.shaper, head, left, safe.h - bar);
        let list = stack::fit(page.shaper, items, right, safe.h);
        let tall = list.height.max(head.height + bar);
        let top = safe.y + (safe.h - tall) * 0.5;
        page.bar(safe.x, top, left, false);
        page.put(head, safe.x, top + bar, left);
        let lower = if beside.centred { top + (tall - list.height) * 0.5 } else { top };
        put(page, list, Rect::new(safe.right() - right, lower, right, 0.0));
    } else {
        let (head, list, gap) = above(page, head, items, safe.w, safe.h - bar);
        let top = safe.y + (safe.h - bar - head.height - gap - list.height) * 0.42;
        let y = top + bar + head.height + gap;
        page.bar(safe.x, top, safe.w, head.items.last().is_some_and(|i| i.rtl));
        page.put(head, safe.x, top + bar, safe.w);
        put(page, list, Rect::new(safe.x, y, safe.w, 0.0));
    }
}

/// Heading over content: the content shrinks first, then the heading gives way.
pub(super) fn above(page: &Page, head: &[Item], items: &[Item], width: f32, height: f32) -> (Stack, Stack, f32) {
    let head = stack::fit(page.shaper, head, width, height * 0.42);
    let gap = if head.items.is_empty() { 0.0 } else { page.px(70.0) };
    let list = stack::fit(page.shaper, items, width, height - head.height - gap);
    (head, list, gap)
}
