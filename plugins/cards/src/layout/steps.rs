//! Steps one below the other, numbered; the one that is told of stands out, those before it are ticked off.

use super::{
    Page,
    headed::{self, Beside},
};
use crate::{
    fonts::Face,
    palette::Tone,
    scene::{Block, Placed, Rect},
    stack::{Item, Stack},
    text::{Look, Rich, paragraph},
    wrap::Para,
};

/// Radius of a number's disc, against its step's size.
const DISC: f32 = 0.72;

pub(super) fn compose(page: &mut Page) {
    let items = items(page);
    let heading = page.heading(page.frame.sizes.heading * 1.1, 5);
    let caption = page.body("caption", &page.text.caption, page.frame.sizes.body * 0.9, Tone::Muted, 40.0);
    let head = [page.kicker(), heading, caption];
    headed::compose(page, (&head, &items), &Beside { share: 0.4, centred: true }, put);
}

fn items(page: &Page) -> Vec<Item> {
    let now = page.text.number as usize;
    let size = page.frame.sizes.body * if page.frame.wide { 1.24 } else { 1.1 };
    let item = |(n, line): (usize, &str)| {
        let told = n + 1 == now || now == 0;
        let look = if told { Look::plain(Face::SansStrong, Tone::Text) } else { Look::plain(Face::Sans, Tone::Muted) };
        let mut item = page.body("step", line, size, Tone::Text, 58.0);
        item.para = Para::new(page.shaper, Rich::new(paragraph(line, false), look, &[]), -0.006);
        item.leading = 1.3;
        item.indent = page.px(size * 2.1);
        item
    };
    page.lines().into_iter().enumerate().map(item).collect()
}

/// The steps with a number each in a disc, and a line from one to the next.
fn put(page: &mut Page, list: Stack, at: Rect) {
    let now = page.text.number as usize;
    let mut before: Option<f32> = None;
    for (n, item) in list.items.iter().enumerate() {
        let radius = item.size * DISC;
        let (middle, told) = (at.y + item.top + item.cap / 2.0, n + 1 == now || now == 0);
        let x = if item.rtl { at.right() - radius } else { at.x + radius };
        let (clear, thick) = (page.px(10.0), page.px(3.0));
        if let Some(end) = before.filter(|end| middle - radius - clear - end > thick) {
            page.scene.rect(Rect::new(x - thick / 2.0, end, thick, middle - radius - clear - end), Tone::Line);
        }
        if told {
            page.scene.disc(x, middle, radius, Tone::Accent);
        } else {
            page.scene.ring(x, middle, radius, thick, if n + 1 < now { Tone::Accent } else { Tone::Line });
        }
        let tone = if told { Tone::Ground } else { Tone::Muted };
        let look = Look::plain(Face::SansStrong, tone);
        let para = Para::new(page.shaper, Rich::new((n + 1).to_string(), look, &[]), 0.0);
        let size = (item.size * 0.74).min(radius * 1.5 / para.width().max(0.01));
        let line = para.single(page.shaper, 10.0);
        let (left, baseline) = (x - line.width * size / 2.0, middle + para.cap * size / 2.0);
        page.scene.blocks.push(Block { name: "index", lines: vec![Placed { line, x: left, baseline, size }] });
        before = Some(middle + radius + clear);
    }
    page.put(list, at.x, at.y, at.w);
}
