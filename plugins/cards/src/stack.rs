//! Fits paragraphs below one another into a column: all shrink together through a type scale until
//! they fit; at the smallest sizes, what is left over is cut with an ellipsis. Never overflows.

use crate::{
    scene::{Block, Placed, Rect},
    shape::{Line, Shaper},
    wrap::{Limits, Para},
};

/// Each step of the type scale, against the one before.
const STEP: f32 = 0.955;
/// How many steps are worth a line less.
const SAVING_STEPS: usize = 3;
/// Below this part of the first size, words wider than the column are split rather than shrunk further.
const SPLIT_BELOW: f32 = 0.62;

/// A paragraph in a column.
pub struct Item {
    /// What it is.
    pub name: &'static str,
    /// The text.
    pub para: Para,
    /// Pixels an em it would like.
    pub size: f32,
    /// Pixels an em it must have.
    pub least: f32,
    /// Line distance, in sizes.
    pub leading: f32,
    /// Space above it, pixels at full size; none above the first.
    pub gap: f32,
    /// Pixels kept free at the side where its lines begin, at full size.
    pub indent: f32,
    /// Most lines.
    pub lines: usize,
    /// Longest line, em: long lines of small type are hard to follow.
    pub measure: f32,
}

/// An item in its place.
pub struct Set {
    /// What it is.
    pub name: &'static str,
    /// Pixels an em.
    pub size: f32,
    /// Top of its capitals, from the column's top.
    pub top: f32,
    /// Height, from the capitals of the first line to below the last.
    pub height: f32,
    /// Baselines from the column's top.
    pub baselines: Vec<f32>,
    /// The lines.
    pub lines: Vec<Line>,
    /// Pixels kept free beside the lines.
    pub indent: f32,
    /// Whether lines begin at the right.
    pub rtl: bool,
    /// Height of its capitals, pixels.
    pub cap: f32,
}

/// A column that was fitted.
#[derive(Default)]
pub struct Stack {
    /// The items that found room.
    pub items: Vec<Set>,
    /// Height of all, pixels.
    pub height: f32,
    /// Whether some text was cut.
    pub cut: bool,
}

impl Item {
    /// Display type gives way first; small type shrinks by half as many steps.
    fn scaled(&self, factor: f32) -> f32 {
        let factor = if self.is_display() { factor } else { factor.sqrt() };
        (self.size * factor).max(self.least.min(self.size))
    }

    fn is_display(&self) -> bool {
        matches!(self.name, "heading" | "quote" | "page" | "price")
    }

    /// Ink above and below a baseline, and the distance between two; marks never touch the next line.
    fn metrics(&self) -> (f32, f32, f32) {
        let above = if self.para.top <= self.para.cap + 0.24 { self.para.cap } else { self.para.top };
        let below = self.para.depth.max(0.22);
        (above, below, self.leading.max(self.para.top + self.para.depth + 0.04))
    }

    fn height(&self, lines: usize, size: f32) -> f32 {
        let (above, below, leading) = self.metrics();
        size * (above + below + leading * lines.saturating_sub(1) as f32)
    }

    fn indent_at(&self, factor: f32) -> f32 {
        self.indent * factor.max(0.5)
    }

    fn gap_at(&self, factor: f32, first: bool) -> f32 {
        if first {
            return 0.0;
        }
        // Accents above the capitals must not reach into the paragraph before.
        let reach = (self.para.top - self.metrics().0 + 0.06).max(0.0) * self.scaled(factor);
        (self.gap * factor.max(0.4)).max(reach)
    }

    fn width(&self, room: f32, factor: f32) -> f32 {
        ((room - self.indent_at(factor)).max(1.0) / self.scaled(factor)).min(self.measure)
    }
}

/// Fits `items` into a column `width` × `height`. Empty paragraphs are left out.
pub fn fit(shaper: &Shaper, items: &[Item], width: f32, height: f32) -> Stack {
    place(shaper, items, width, height, factor(items, width, height))
}

/// The largest step of the type scale at which `items` fit, as a part of full size.
/// A little smaller is taken where that saves the display type a line.
pub fn factor<'a>(items: impl IntoIterator<Item = &'a Item>, width: f32, height: f32) -> f32 {
    let items: Vec<&Item> = items.into_iter().filter(|i| !i.para.is_empty()).collect();
    let mut factor = 1.0;
    while !fits(&items, width, height, factor) {
        let smallest = items.iter().all(|i| i.scaled(factor) <= i.least);
        if smallest || factor < 0.1 {
            return factor;
        }
        factor *= STEP;
    }
    let Some(display) = items.iter().find(|i| i.is_display()) else { return factor };
    let lines = |factor: f32| display.para.count(display.width(width, factor));
    let steps = std::iter::successors(Some(factor), |f| Some(f * STEP)).skip(1).take(SAVING_STEPS);
    steps.into_iter().find(|f| (2..lines(factor)).contains(&lines(*f))).unwrap_or(factor)
}

/// How high `items` are at the given part of full size.
pub fn height(items: &[Item], width: f32, factor: f32) -> f32 {
    let items: Vec<&Item> = items.iter().filter(|i| !i.para.is_empty()).collect();
    used(&items, width, factor)
}

fn fits(items: &[&Item], width: f32, height: f32, factor: f32) -> bool {
    items.iter().all(|item| {
        let room = item.width(width, factor);
        let whole_words = item.para.widest_word() <= room || factor <= SPLIT_BELOW;
        whole_words && item.para.count(room) <= item.lines
    }) && used(items, width, factor) <= height
}

fn used(items: &[&Item], width: f32, factor: f32) -> f32 {
    let height = |(i, item): (usize, &&Item)| {
        let lines = item.para.count(item.width(width, factor));
        item.gap_at(factor, i == 0) + item.height(lines, item.scaled(factor))
    };
    items.iter().enumerate().map(height).sum()
}

/// Sets `items` at the given part of full size.
pub fn place(shaper: &Shaper, items: &[Item], width: f32, height: f32, factor: f32) -> Stack {
    let items: Vec<&Item> = items.iter().filter(|i| !i.para.is_empty()).collect();
    let mut stack = Stack::default();
    let mut y = 0.0;
    for (i, item) in items.iter().enumerate() {
        let size = item.scaled(factor);
        let gap = item.gap_at(factor, stack.items.is_empty());
        let (above, below, leading) = item.metrics();
        // Later items keep a line each, where there is room for that.
        let later: f32 = items[i + 1..].iter().map(|o| o.gap_at(factor, false) + o.height(1, o.scaled(factor))).sum();
        let free = height - y - gap;
        let room = if free - later >= item.height(1, size) { free - later } else { free };
        let most = ((room / size - above - below) / leading + 1.001).floor();
        if most < 1.0 {
            stack.cut = true;
            break;
        }
        let limits =
            Limits { width: item.width(width, factor), lines: item.lines.min(most as usize), split_words: true };
        let (lines, cut) = item.para.set(shaper, limits);
        stack.cut |= cut;
        if lines.is_empty() {
            continue;
        }
        let top = y + gap;
        let first = top + above * size;
        let baselines = (0..lines.len()).map(|n| first + leading * size * n as f32).collect();
        let tall = item.height(lines.len(), size);
        stack.items.push(Set {
            name: item.name,
            size,
            top,
            height: tall,
            baselines,
            lines,
            indent: item.indent_at(factor),
            rtl: item.para.rtl(),
            cap: item.para.cap * size,
        });
        y = top + tall;
        stack.height = y;
    }
    stack
}

impl Stack {
    /// Puts the column's lines at `x`, `y`, in a column `width` wide: at the left, or right where text runs that way.
    pub fn blocks(self, x: f32, y: f32, width: f32) -> Vec<Block> {
        self.items.into_iter().map(|item| item.block(Rect::new(x, y, width, 0.0))).collect()
    }
}

impl Set {
    fn block(self, column: Rect) -> Block {
        let (size, rtl, indent) = (self.size, self.rtl, self.indent);
        let lines = self
            .lines
            .into_iter()
            .zip(self.baselines)
            .map(|(line, baseline)| {
                let x = if rtl { column.right() - indent - line.width * size } else { column.x + indent };
                Placed { line, x, baseline: column.y + baseline, size }
            })
            .collect();
        Block { name: self.name, lines }
    }
}
