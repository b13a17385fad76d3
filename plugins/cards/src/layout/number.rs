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

/// Size of a unit beside its figure.
const UNIT: f32 = 0.46;
/// Longest figure, in characters; what is longer is words.
const LONGEST_FIGURE: usize = 14;

pub(super) fn compose(page: &mut Page) {
    let safe = page.frame.safe;
    let sizes = page.frame.sizes;
    let text = paragraph(&page.text.heading, false);
    let (figure, unit) = parted(&text);
    // A long unit stands below its figure.
    let (beside, below) =
        if unit.chars().count() <= if page.frame.wide { 10 } else { 3 } { (unit, "") } else { ("", unit) };

    let mut meaning = Vec::new();
    let mut first = page.heading(sizes.heading, 5);
    first.para = page.para(if figure.is_empty() { &text } else { below }, false, page.heading_look(), -0.014);
    first.name = "unit";
    meaning.push(first);
    meaning.push(page.body("caption", &page.text.caption, sizes.body * 1.3, Tone::Text, 30.0));
    meaning[1].measure = 25.0;
    for line in page.lines().into_iter().take(4) {
        meaning.push(page.body("line", line, sizes.body * 0.86, Tone::Muted, 30.0));
    }
    let bar = page.bar_room();
    let kicker = stack::fit(page.shaper, &[page.kicker()], safe.w, safe.h * 0.16);
    let share = if figure.is_empty() { safe.h * 0.8 } else { safe.h * 0.44 };
    let meaning = stack::fit(page.shaper, &meaning, safe.w, share - bar);

    let gauge = part(figure, unit);
    let gauge_room = if gauge.is_some() { page.px(60.0) } else { 0.0 };
    let above = if kicker.items.is_empty() { 0.0 } else { page.px(46.0) };
    let under = if figure.is_empty() { 0.0 } else { page.px(50.0) };
    let room = safe.h - bar - kicker.height - meaning.height - gauge_room - above - under;
    let figure = Figure::fit(page, figure, beside, room);

    let total = bar + kicker.height + above + figure.height + gauge_room + under + meaning.height;
    let mut y = safe.y + (safe.h - total) * 0.5;
    page.bar(safe.x, y, safe.w, false);
    y += bar;
    let next = y + kicker.height + above;
    page.put(kicker, safe.x, y, safe.w);
    y = next + figure.height;
    figure.put(page, safe.x, next);
    if let Some(part) = gauge {
        let track = Rect::new(safe.x, y + page.px(46.0), safe.w, page.px(12.0));
        page.scene.rect(track, Tone::Line);
        page.scene.rect(Rect { w: track.w * part, ..track }, Tone::Accent);
        y += gauge_room;
    }
    page.put(meaning, safe.x, y + under, safe.w);
}

/// A figure with its unit on one baseline, as large as the room allows.
struct Figure {
    big: Para,
    small: Para,
    /// Space between the two, em of the figure.
    gap: f32,
    size: f32,
    rise: f32,
    height: f32,
}

impl Figure {
    fn fit(page: &Page, figure: &str, unit: &str, room: f32) -> Self {
        let width = page.frame.safe.w;
        let (big, small) = (para(page, figure, Tone::Accent), para(page, unit, Tone::Text));
        // Words stand off; signs such as % belong to the figure.
        let gap = if unit.starts_with(char::is_alphabetic) && unit.chars().count() > 1 { 0.085 } else { 0.035 };
        let em = big.width() + if small.is_empty() { 0.0 } else { gap + UNIT * small.width() };
        // The ink must fit, above the baseline and below it.
        let rise = big.top.max(big.cap).max(small.top * UNIT);
        let fall = big.depth.max(small.depth * UNIT).max(0.02);
        let size = page.px(page.frame.sizes.figure).min(width / em.max(0.01)).min(room / (rise + fall)).max(1.0);
        let height = if big.is_empty() { 0.0 } else { (rise + fall) * size };
        Self { big, small, gap, size, rise, height }
    }

    fn put(self, page: &mut Page, x: f32, y: f32) {
        if self.big.is_empty() {
            return;
        }
        let (size, baseline) = (self.size, y + self.rise * self.size);
        let line = self.big.single(page.shaper, page.frame.safe.w / size);
        let after = x + (line.width + self.gap) * size;
        page.scene.blocks.push(Block { name: "figure", lines: vec![Placed { line, x, baseline, size }] });
        if !self.small.is_empty() {
            page.label("unit", &self.small, size * UNIT, after, baseline, page.frame.safe.right() - after);
        }
    }
}

fn para(page: &Page, text: &str, tone: Tone) -> Para {
    Para::new(page.shaper, Rich::new(text.to_owned(), Look::plain(Face::Display, tone), &[]), -0.025)
}

/// The figure, and the unit or words after it. Text that does not begin with a figure has none.
fn parted(text: &str) -> (&str, &str) {
    let numeric = |c: char| c.is_numeric() || ".,'’+-−–±~≈<>≤≥/:×".contains(c) || "$€£¥₹".contains(c);
    let Some(first) = text.find(char::is_numeric) else { return ("", text) };
    if text[..first].chars().any(|c| !numeric(c) && c != ' ') {
        return ("", text);
    }
    let end = text[first..].find(|c: char| !numeric(c)).map_or(text.len(), |i| first + i);
    if text[..end].chars().count() > LONGEST_FIGURE {
        return ("", text);
    }
    (text[..end].trim(), text[end..].trim())
}

/// The part of a hundred that a percentage stands for.
fn part(figure: &str, unit: &str) -> Option<f32> {
    let percent: f32 = (unit == "%").then(|| figure.replace(',', ".").parse().ok())??;
    (0.0..=100.0).contains(&percent).then_some(percent / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_and_units_part() {
        assert_eq!(parted("42%"), ("42", "%"));
        assert_eq!(parted("$1.2M"), ("$1.2", "M"));
        assert_eq!(parted("3,500 litres of water"), ("3,500", "litres of water"));
        assert_eq!(parted("about half"), ("", "about half"));
        assert_eq!(parted("No. 5"), ("", "No. 5"));
    }

    #[test]
    fn only_percentages_within_a_hundred_get_a_bar() {
        assert_eq!(part("42", "%"), Some(0.42));
        assert_eq!(part("142", "%"), None);
        assert_eq!(part("42", "kg"), None);
    }
}
