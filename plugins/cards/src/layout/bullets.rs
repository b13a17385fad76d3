//! A heading and bullets.

use super::{
    Page,
    headed::{self, Beside},
};
use crate::{
    palette::Tone,
    scene::Rect,
    stack::{Item, Stack},
};

pub(super) fn compose(page: &mut Page) {
    let items = items(page);
    let head = [page.kicker(), page.heading(page.frame.sizes.heading, 6)];
    headed::compose(page, (&head, &items), &Beside { share: 0.42, centred: false }, put_list);
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
fn put_list(page: &mut Page, list: Stack, at: Rect) {
    let Rect { x, y, w: width, .. } = at;
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
