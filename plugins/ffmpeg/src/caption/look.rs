//! How captions look in a picture of a given size: all lengths follow from width and height alone.

/// Sizes and places of burnt-in captions, in pixels of the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Width of the picture.
    pub width: u32,
    /// Height of the picture.
    pub height: u32,
    /// Size of the type.
    pub em: f64,
    /// Widest line, in em.
    pub line_em: f64,
    /// Most characters on a line.
    pub line_chars: usize,
    /// Lower edge of the box, from the top.
    pub bottom: f64,
}

impl Look {
    /// The look for a picture: a line is shorter and larger in portrait, and the box stays clear of what
    /// players and phone apps lay over the edges.
    pub fn for_size(width: u32, height: u32) -> Self {
        let (w, h) = (f64::from(width), f64::from(height));
        let shape = w / h;
        let (em, share, line_chars, bottom) = if shape >= 1.2 {
            (h * 0.045, 0.70, 40, h * 0.945)
        } else if shape >= 0.9 {
            (w * 0.050, 0.80, 30, h * 0.935)
        } else if shape >= 0.7 {
            (w * 0.054, 0.80, 28, h * 0.93)
        } else {
            (w * 0.064, 0.80, 24, h * 0.80)
        };
        Self { width, height, em, line_em: w * share / em, line_chars, bottom }
    }
}
