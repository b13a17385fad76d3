//! A large heading with a line or two below; geometry at the far side.

use super::Page;
use crate::{
    palette::Tone,
    scene::{Placed, Rect},
    stack,
};

pub(super) fn compose(page: &mut Page) {
    let safe = page.frame.safe;
    let width = if page.frame.wide { safe.w * 0.82 } else { safe.w };
    let mut items = vec![page.kicker(), page.heading(page.frame.sizes.title, 6)];
    (items[1].leading, items[1].gap) = (1.06, page.px(60.0));
    for (i, line) in page.lines().into_iter().take(6).enumerate() {
        let gap = if i == 0 { 46.0 } else { 14.0 };
        let mut item = page.body("line", line, page.frame.sizes.body, Tone::Muted, gap);
        item.measure = 24.0;
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
    if page.solid() {
        ornament(page, rtl);
    }
}

/// A disc rising from the far corner, a ring around it as large as the words leave room for, a small moon on it.
pub(super) fn ornament(page: &mut Page, rtl: bool) {
    let (w, h) = (page.frame.width as f32, page.frame.height as f32);
    let side = if rtl { -1.0 } else { 1.0 };
    let (x, y) = (if rtl { w * 0.05 } else { w * 0.95 }, h * 0.88);
    let short = w.min(h);
    let lines = || page.scene.blocks.iter().flat_map(|b| &b.lines).map(Placed::bounds);
    let room = lines().map(|l| l.distance(x, y)).fold(short, f32::min) - page.px(48.0);
    let ring = room.clamp(short * 0.26, short * 0.56);
    // Whole-numbered right triangles, so that the moon's middle lies exactly on the ring.
    let moon = page.px(14.0);
    let places = [(0.6, 0.8), (0.8, 0.6), (0.28, 0.96)].map(|(dx, dy)| (x - side * ring * dx, y - ring * dy));
    // Close behind a line it would read as a full stop.
    let level = |l: &Rect, my: f32| my > l.y - moon && my < l.bottom() + moon;
    let clear = |l: Rect, mx: f32, my: f32| l.distance(mx, my) > moon * if level(&l, my) { 18.0 } else { 6.0 };
    let free = places.into_iter().find(|&(mx, my)| lines().all(|l| clear(l, mx, my)));
    page.scene.disc(x, y, ring * 0.83, Tone::Surface);
    page.scene.ring(x, y, ring, page.px(2.5), Tone::Line);
    if let Some((mx, my)) = free {
        page.scene.disc(mx, my, moon, Tone::Accent);
    }
}
