//! A heading at the top; what is below it is left free for pictures, waveforms and captions.

use super::Page;
use crate::{palette::Tone, stack};

/// The share of the room that words may take.
const MOST: f32 = 0.42;

pub(super) fn compose(page: &mut Page) {
    let safe = page.frame.safe;
    let sizes = page.frame.sizes;
    let width = if page.frame.wide { safe.w * 0.82 } else { safe.w };
    let mut items = vec![page.kicker(), page.heading(sizes.heading, 4)];
    items[1].leading = 1.08;
    for line in page.lines().into_iter().take(2) {
        items.push(page.body("line", line, sizes.body * 0.84, Tone::Muted, 30.0));
    }
    let bar = page.bar_room();
    let stack = stack::fit(page.shaper, &items, width, safe.h * MOST - bar);
    let rtl = stack.items.last().is_some_and(|item| item.rtl);
    let x = if rtl { safe.right() - width } else { safe.x };
    if !stack.items.is_empty() {
        page.bar(x, safe.y, width, rtl);
    }
    page.put(stack, x, safe.y + bar, width);
}
