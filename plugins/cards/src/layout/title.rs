//! A large heading with a line or two below; geometry at the far side.

use super::Page;
use crate::{palette::Tone, stack};

pub(super) fn compose(page: &mut Page) {
    let safe = page.frame.safe;
    ornament(page);
    let width = if page.frame.wide { safe.w * 0.8 } else { safe.w };
    let mut items = vec![page.kicker(), page.heading(page.frame.sizes.title, 6)];
    for (i, line) in page.lines().into_iter().take(6).enumerate() {
        let gap = if i == 0 { 40.0 } else { 14.0 };
        items.push(page.body("line", line, page.frame.sizes.body, Tone::Muted, gap));
    }
    let rtl = items[1].para.rtl();
    let bar = page.bar_room();
    let stack = stack::fit(page.shaper, &items, width, safe.h - bar);
    if stack.items.is_empty() {
        return;
    }
    let top = safe.y + (safe.h - stack.height - bar) * 0.5;
    let x = if rtl { safe.right() - width } else { safe.x };
    page.bar(x, top, width, rtl);
    page.put(stack, x, top + bar, width);
}

fn ornament(page: &mut Page) {
    let (w, h) = (page.frame.width as f32, page.frame.height as f32);
    let s = w.min(h);
    let (x, y, r) = if page.frame.wide { (w * 0.93, h * 0.80, s * 0.52) } else { (w * 0.86, h * 0.90, s * 0.50) };
    page.scene.disc(x, y, r, Tone::Surface);
    page.scene.ring(x, y, r * 1.18, page.px(2.5), Tone::Line);
    // A small moon on the ring, up and to the left of the disc: 3-4-5, so that it lies exactly on it.
    let ring = r * 1.18;
    page.scene.disc(x - ring * 0.6, y - ring * 0.8, page.px(15.0), Tone::Accent);
}
