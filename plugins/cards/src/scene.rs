//! A composed card: shapes and lines of text at pixel positions, colours still by name.

use crate::{palette::Tone, shape::Line};

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left.
    pub x: f32,
    /// Top.
    pub y: f32,
    /// Width.
    pub w: f32,
    /// Height.
    pub h: f32,
}

impl Rect {
    /// From its corner and size.
    pub fn new(x: f32, y: f32, w: f32, h: f32) -> Self {
        Self { x, y, w, h }
    }

    /// The right edge.
    pub fn right(&self) -> f32 {
        self.x + self.w
    }

    /// The lower edge.
    pub fn bottom(&self) -> f32 {
        self.y + self.h
    }

    /// How far a point lies from it; nothing inside.
    pub fn distance(&self, x: f32, y: f32) -> f32 {
        let dx = (self.x - x).max(x - self.right()).max(0.0);
        let dy = (self.y - y).max(y - self.bottom()).max(0.0);
        (dx * dx + dy * dy).sqrt()
    }

    /// Whether the two share some area.
    pub fn meets(&self, other: &Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }
}

/// Something drawn under the text.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A filled rectangle on whole pixels, its corners rounded by `radius`.
    Rect {
        /// Where.
        rect: Rect,
        /// Pixels.
        radius: f32,
        /// Its colour.
        tone: Tone,
    },
    /// A disc, or a ring where `hole` is not zero.
    Disc {
        /// Middle, x.
        x: f32,
        /// Middle, y.
        y: f32,
        /// Outer radius.
        radius: f32,
        /// Inner radius.
        hole: f32,
        /// Its colour.
        tone: Tone,
    },
    /// A sign drawn as an ornament, wherever it likes.
    Sign(Placed),
}

/// A line of text in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The glyphs.
    pub line: Line,
    /// Left end, pixels.
    pub x: f32,
    /// Baseline, pixels.
    pub baseline: f32,
    /// Pixels an em.
    pub size: f32,
}

impl Placed {
    /// The box around its advances and ink.
    pub fn bounds(&self) -> Rect {
        let top = self.baseline - self.line.top * self.size;
        Rect::new(self.x, top, self.line.width * self.size, (self.line.top + self.line.depth) * self.size)
    }
}

/// Lines that belong together, such as a heading.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// What it is, for tests and messages.
    pub name: &'static str,
    /// Its lines.
    pub lines: Vec<Placed>,
}

/// A composed card.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// Pixels, across.
    pub width: u32,
    /// Pixels, down.
    pub height: u32,
    /// Where text may stand.
    pub safe: Rect,
    /// Shapes, lowest first.
    pub shapes: Vec<Shape>,
    /// Text.
    pub blocks: Vec<Block>,
    /// Whether some of the text did not fit and was cut.
    pub cut: bool,
}

impl Scene {
    /// Adds a rectangle, moved to whole pixels so that its edges are crisp.
    pub fn rect(&mut self, rect: Rect, tone: Tone) {
        let (x, y) = (rect.x.round(), rect.y.round());
        let (w, h) = ((rect.right().round() - x).max(1.0), (rect.bottom().round() - y).max(1.0));
        self.shapes.push(Shape::Rect { rect: Rect::new(x, y, w, h), radius: 0.0, tone });
    }

    /// Adds a disc.
    pub fn disc(&mut self, x: f32, y: f32, radius: f32, tone: Tone) {
        self.shapes.push(Shape::Disc { x, y, radius, hole: 0.0, tone });
    }

    /// Adds a ring of the given thickness.
    pub fn ring(&mut self, x: f32, y: f32, radius: f32, thickness: f32, tone: Tone) {
        self.shapes.push(Shape::Disc { x, y, radius, hole: radius - thickness, tone });
    }
}
