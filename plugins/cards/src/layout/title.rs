//! A large heading with a line or two below; geometry at the far side.

use super::Page;
use crate::{palette::Tone, scene::Rect, stack};

pub(super) fn compose(page: &mut Page) {
    let safe = page.frame.safe;
    let width = if page.frame.wide { safe.w * 0.82 } else { safe.w };
    let mut items = vec![page.kicker(), page.heading(page.frame.sizes.title, 6)];
    items[1].leading = 1.06;
    for (i, line) in page.lines().into_iter().take(6).enumerate() {
        let gap = if i == 0 { 46.0 } else { 14.0 };
        let mut item = page.body("line", line, page.frame.sizes.body, Tone::Muted, gap);
        item.measure = 23.0;
        items.push(item);
    }
    let rtl = items[1].para.rtl();
    let bar = page.bar_room();
    let stack = stack::fit(page.shaper, &items, width, safe.h - bar);
    let top = safe.y + (safe.h - stack.height - bar) * 0.5;
    let x = if rtl { safe.right() - width } else { safe.x };
    if !stack.items.is_empty() {
        page.bar(x, top, width, rtl);
    }
    page.put(stack, x, top + bar, width);
    ornament(page, rtl);
}

/// A disc rising from the far corner, a ring around it, and a small moon on the ring where it touches no words.
fn ornament(page: &mut Page, rtl: bool) {
    let (w, h) = (page.frame.width as f32, page.frame.height as f32);
    let radius = w.min(h) * 0.47;
    let (x, y) = if page.frame.wide { (w * 0.96, h * 0.86) } else { (w * 0.88, h * 0.93) };
    let (x, side) = if rtl { (w - x, -1.0) } else { (x, 1.0) };
    let ring = radius * 1.2;
    page.scene.disc(x, y, radius, Tone::Surface);
    page.scene.ring(x, y, ring, page.px(2.5), Tone::Line);
    // Whole-numbered right triangles, so that the moon's middle lies exactly on the ring.
    let moon = page.px(14.0);
    let clear = page.px(30.0);
    for (dx, dy) in [(0.6, 0.8), (0.8, 0.6), (0.28, 0.96), (0.96, 0.28)] {
        let (mx, my) = (x - side * ring * dx, y - ring * dy);
        let around = Rect::new(mx - moon - clear, my - moon - clear, 2.0 * (moon + clear), 2.0 * (moon + clear));
        let inside = mx > moon && mx < w - moon;
        if inside && !page.scene.blocks.iter().flat_map(|b| &b.lines).any(|l| l.bounds().meets(&around)) {
            page.scene.disc(mx, my, moon, Tone::Accent);
            return;
        }
    }
}
