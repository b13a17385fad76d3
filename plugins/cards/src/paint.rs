//! Pixels. Exact-area coverage, blended in integers: the same bytes natively and in WASM.

use harfrust::font::glyph::outline::PathSink;
use zeno::{Command, Fill, Mask, Point, Scratch};

use crate::{
    fonts::Fonts,
    palette::{Palette, Rgb},
    scene::{Placed, Rect, Scene, Shape},
};

/// A picture of three bytes a pixel, with a fourth beside them where something behind it is to be seen.
pub struct Canvas {
    /// Pixels, across.
    pub width: u32,
    /// Pixels, down.
    pub height: u32,
    /// Red, green, blue, row by row.
    pub rgb: Vec<u8>,
    /// How much each pixel hides of what is behind it, 0–255; empty: all of it.
    pub alpha: Vec<u8>,
    scratch: Scratch,
}

/// How far a control point lies along the tangent for a quarter circle.
const ARC: f32 = 0.552_284_8;

impl Canvas {
    /// A canvas of one colour.
    pub fn new(width: u32, height: u32, ground: Rgb) -> Self {
        let rgb = ground.repeat(width as usize * height as usize);
        Self { width, height, rgb, alpha: Vec::new(), scratch: Scratch::new() }
    }

    /// The canvas with a ground that hides so much of what is behind it.
    #[must_use]
    pub fn over(mut self, alpha: u8) -> Self {
        self.alpha = vec![alpha; self.width as usize * self.height as usize];
        self
    }

    /// Draws the scene's shapes.
    pub fn shapes(&mut self, scene: &Scene, fonts: &Fonts, palette: &Palette) {
        for shape in &scene.shapes {
            match *shape {
                Shape::Sign(ref sign) => self.text(sign, fonts, palette),
                Shape::Rect { rect, radius, tone } if radius <= 0.0 => self.fill_rect(rect, palette.rgb(tone)),
                Shape::Rect { rect, radius, tone } => self.fill(&rounded(rect, radius), palette.rgb(tone)),
                Shape::Disc { x, y, radius, hole, tone } => {
                    let mut path = circle(x, y, radius, false);
                    if hole > 0.0 {
                        path.extend(circle(x, y, hole, true));
                    }
                    self.fill(&path, palette.rgb(tone));
                }
            }
        }
    }

    /// Draws a line of text.
    pub fn text(&mut self, placed: &Placed, fonts: &Fonts, palette: &Palette) {
        for glyph in &placed.line.glyphs {
            let mut pen = Pen {
                path: Vec::new(),
                x: placed.x + glyph.x * placed.size,
                y: placed.baseline - glyph.y * placed.size,
                scale: placed.size / fonts.per_em(glyph.face),
            };
            fonts.outline(glyph.face, glyph.id, &mut pen);
            let path = pen.path;
            self.fill(&path, palette.rgb(glyph.tone));
        }
    }

    fn fill_rect(&mut self, rect: Rect, color: Rgb) {
        let (width, height) = (self.width as f32, self.height as f32);
        let (left, right) = (rect.x.clamp(0.0, width) as usize, rect.right().clamp(0.0, width) as usize);
        let (top, bottom) = (rect.y.clamp(0.0, height) as usize, rect.bottom().clamp(0.0, height) as usize);
        let stride = self.width as usize * 3;
        for row in self.rgb.chunks_exact_mut(stride).take(bottom).skip(top) {
            for pixel in row[left * 3..right * 3].chunks_exact_mut(3) {
                pixel.copy_from_slice(&color);
            }
        }
        if !self.alpha.is_empty() {
            for row in self.alpha.chunks_exact_mut(self.width as usize).take(bottom).skip(top) {
                row[left..right].fill(255);
            }
        }
    }

    fn fill(&mut self, path: &[Command], color: Rgb) {
        if path.is_empty() {
            return;
        }
        let (mask, at) = Mask::with_scratch(path, &mut self.scratch).style(Fill::NonZero).render();
        if at.width == 0 {
            return;
        }
        // What lies above or to the left of the canvas is skipped.
        let (skip_x, x) = (at.left.min(0).unsigned_abs() as usize, at.left.max(0) as usize);
        let (skip_y, y) = (at.top.min(0).unsigned_abs() as usize, at.top.max(0) as usize);
        let stride = self.width as usize * 3;
        if x >= self.width as usize || skip_x >= at.width as usize {
            return;
        }
        let covers = mask.chunks_exact(at.width as usize).skip(skip_y);
        let rows = self.rgb.chunks_exact_mut(stride).skip(y);
        if self.alpha.is_empty() {
            for (row, cover) in rows.zip(covers) {
                for (pixel, &cover) in row[x * 3..].chunks_exact_mut(3).zip(&cover[skip_x..]) {
                    blend(pixel, color, cover);
                }
            }
            return;
        }
        let hidden = self.alpha.chunks_exact_mut(self.width as usize).skip(y);
        for ((row, hidden), cover) in rows.zip(hidden).zip(covers) {
            let pixels = row[x * 3..].chunks_exact_mut(3).zip(&mut hidden[x..]);
            for ((pixel, hidden), &cover) in pixels.zip(&cover[skip_x..]) {
                blend_over(pixel, hidden, color, cover);
            }
        }
    }
}

/// Blends where what is behind may be seen: a colour counts as much as its pixel hides.
fn blend_over(pixel: &mut [u8], hidden: &mut u8, color: Rgb, cover: u8) {
    let (a, below) = (u32::from(cover), u32::from(*hidden));
    // What is left of the lower one, in 255ths; both together are what the pixel hides now.
    let left = (below * (255 - a) + 127) / 255;
    let sum = a + left;
    if sum == 0 {
        return;
    }
    for (old, new) in pixel.iter_mut().zip(color) {
        *old = ((u32::from(*old) * left + u32::from(new) * a + sum / 2) / sum) as u8;
    }
    *hidden = sum.min(255) as u8;
}

fn blend(pixel: &mut [u8], color: Rgb, cover: u8) {
    match cover {
        0 => {}
        255 => pixel.copy_from_slice(&color),
        _ => {
            let a = u32::from(cover);
            for (old, new) in pixel.iter_mut().zip(color) {
                *old = ((u32::from(*old) * (255 - a) + u32::from(new) * a + 127) / 255) as u8;
            }
        }
    }
}

fn circle(x: f32, y: f32, radius: f32, reverse: bool) -> Vec<Command> {
    let turn = if reverse { -1.0 } else { 1.0 };
    // Points of the circle around the origin with a radius of one.
    let at = |dx: f32, dy: f32| Point::new(x + dx * radius, y + dy * radius * turn);
    vec![
        Command::MoveTo(at(1.0, 0.0)),
        Command::CurveTo(at(1.0, ARC), at(ARC, 1.0), at(0.0, 1.0)),
        Command::CurveTo(at(-ARC, 1.0), at(-1.0, ARC), at(-1.0, 0.0)),
        Command::CurveTo(at(-1.0, -ARC), at(-ARC, -1.0), at(0.0, -1.0)),
        Command::CurveTo(at(ARC, -1.0), at(1.0, -ARC), at(1.0, 0.0)),
        Command::Close,
    ]
}

fn rounded(rect: Rect, radius: f32) -> Vec<Command> {
    let round = radius.min(rect.w / 2.0).min(rect.h / 2.0);
    // The four columns and rows that its points lie on, from the left and top edges, and from the others.
    let near = [0.0, round * (1.0 - ARC), round];
    let left = near.map(|d| rect.x + d);
    let right = near.map(|d| rect.right() - d);
    let top = near.map(|d| rect.y + d);
    let bottom = near.map(|d| rect.bottom() - d);
    let at = Point::new;
    vec![
        Command::MoveTo(at(left[2], top[0])),
        Command::LineTo(at(right[2], top[0])),
        Command::CurveTo(at(right[1], top[0]), at(right[0], top[1]), at(right[0], top[2])),
        Command::LineTo(at(right[0], bottom[2])),
        Command::CurveTo(at(right[0], bottom[1]), at(right[1], bottom[0]), at(right[2], bottom[0])),
        Command::LineTo(at(left[2], bottom[0])),
        Command::CurveTo(at(left[1], bottom[0]), at(left[0], bottom[1]), at(left[0], bottom[2])),
        Command::LineTo(at(left[0], top[2])),
        Command::CurveTo(at(left[0], top[1]), at(left[1], top[0]), at(left[2], top[0])),
        Command::Close,
    ]
}

struct Pen {
    path: Vec<Command>,
    x: f32,
    y: f32,
    scale: f32,
}

impl Pen {
    fn at(&self, x: f32, y: f32) -> Point {
        Point::new(self.x + x * self.scale, self.y - y * self.scale)
    }
}

impl PathSink for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.path.push(Command::MoveTo(self.at(x, y)));
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.path.push(Command::LineTo(self.at(x, y)));
    }
    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.path.push(Command::QuadTo(self.at(cx, cy), self.at(x, y)));
    }
    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        self.path.push(Command::CurveTo(self.at(ax, ay), self.at(bx, by), self.at(x, y)));
    }
    fn close(&mut self) {
        self.path.push(Command::Close);
    }
}
