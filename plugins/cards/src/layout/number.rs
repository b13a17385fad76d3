//! One figure and what it means; a share of a hundred also gets a bar of that length.

use super::Page;
use crate::{
    fonts::Face,
    palette::Tone,
    scene::{Block, Placed, Rect},
    stack,
    text::{Look, Rich, paragraph},
    wrap::Para,
};

/// Size of a short unit beside its figure.
const UNIT: f32 = 0.46;
/// Space between figure and unit, em of the figure.
const GAP: f32 = 0.07;

pub(super) fn compose(page: &mut Page) {
    let safe = page.frame.safe;
    let text = paragraph(&page.text.heading, false);
    let (figure, unit) = parted(&text);
    let sizes = page.frame.sizes;
    let top = [page.kicker()];
    let mut below = Vec::new();
    let long_unit = unit.chars().count() > 12;
    if long_unit {
        below.push(page.body("unit", unit, sizes.heading * 0.7, Tone::Text, 0.0));
    }
    below.push(page.body("caption", &page.text.caption, sizes.body * 1.25, Tone::Text, 26.0));
    for line in page.lines().into_iter().take(4) {
        below.push(page.body("line", line, sizes.body * 0.9, Tone::Muted, 24.0));
    }
    let bar = page.bar_room();
    let kicker = stack::fit(page.shaper, &top, safe.w, safe.h * 0.16);
    let width = safe.w * if page.frame.wide { 0.78 } else { 1.0 };
    let meaning = stack::fit(page.shaper, &below, width, safe.h * 0.44);

    let share = share(figure, unit);
    let gauge = if share.is_some() { page.px(56.0) } else { 0.0 };
    let spaces = page.px(44.0) + page.px(48.0);
    let room = safe.h - bar - kicker.height - meaning.height - gauge - spaces;
    let big = para(page, figure, Tone::Accent);
    let small = para(page, if long_unit { "" } else { unit }, Tone::Text);
    let em = big.width() + if small.is_empty() { 0.0 } else { GAP + UNIT * small.width() };
    // The figure's ink is what must fit, above the baseline and below it.
    let (rise, fall) = (big.top.max(big.cap).max(small.top * UNIT), big.depth.max(small.depth * UNIT).max(0.02));
    let size = page.px(sizes.figure).min(safe.w / em.max(0.01)).min(room / (rise + fall)).max(1.0);
    let cut_at = safe.w / size;

    let figure_height = if em > 0.0 { (rise + fall) * size } else { 0.0 };
    let total = bar + kicker.height + figure_height + meaning.height + gauge + spaces;
    let mut y = safe.y + (safe.h - total) * 0.5;
    page.bar(safe.x, y, safe.w, false);
    y += bar;
    let kicker_height = kicker.height;
    page.put(kicker, safe.x, y, safe.w);
    y += kicker_height + page.px(44.0);
    let baseline = y + rise * size;
    if !big.is_empty() {
        let line = big.single(page.shaper, cut_at);
        let after = safe.x + (line.width + GAP) * size;
        page.scene.blocks.push(Block { name: "figure", lines: vec![Placed { line, x: safe.x, baseline, size }] });
        if !small.is_empty() {
            page.label("unit", &small, size * UNIT, after, baseline, safe.right() - after + 0.5);
        }
    }
    y += figure_height;
    if let Some(share) = share {
        let track = Rect::new(safe.x, y + page.px(40.0), safe.w, page.px(12.0));
        page.scene.rect(track, Tone::Line);
        page.scene.rect(Rect { w: track.w * share, ..track }, Tone::Accent);
        y += gauge;
    }
    page.put(meaning, safe.x, y + page.px(48.0), width);
}

fn para(page: &Page, text: &str, tone: Tone) -> Para {
    Para::new(page.shaper, Rich::new(text.to_owned(), Look::plain(Face::Display, tone), &[]), -0.025)
}

/// The figure, and the unit or words after it. Text without a figure is all figure.
fn parted(text: &str) -> (&str, &str) {
    let numeric = |c: char| c.is_ascii_digit() || ".,'’+-−–±~≈<>≤≥/:".contains(c) || "$€£¥₹".contains(c);
    let Some(first) = text.find(|c: char| c.is_ascii_digit()) else { return (text, "") };
    if text[..first].chars().any(|c| !numeric(c) && c != ' ') {
        return (text, "");
    }
    let end = text[first..].find(|c: char| !numeric(c)).map_or(text.len(), |i| first + i);
    (text[..end].trim(), text[end..].trim())
}

/// The part of a hundred that a percentage stands for.
fn share(figure: &str, unit: &str) -> Option<f32> {
    let share: f32 = (unit == "%").then(|| figure.replace(',', ".").parse().ok())??;
    (0.0..=100.0).contains(&share).then_some(share / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_and_units_part() {
        assert_eq!(parted("42%"), ("42", "%"));
        assert_eq!(parted("$1.2M"), ("$1.2", "M"));
        assert_eq!(parted("3,500 litres of water"), ("3,500", "litres of water"));
        assert_eq!(parted("about half"), ("about half", ""));
    }

    #[test]
    fn only_percentages_within_a_hundred_get_a_bar() {
        assert_eq!(share("42", "%"), Some(0.42));
        assert_eq!(share("142", "%"), None);
        assert_eq!(share("42", "kg"), None);
    }
}
