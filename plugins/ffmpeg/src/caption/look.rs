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
    /// The look for a picture: lines are shorter and larger in portrait. A box of two lines fits into the
    /// lowest 18 % of the picture, which scene cards leave free.
    pub fn for_size(width: u32, height: u32) -> Self {
        let (w, h) = (f64::from(width), f64::from(height));
        let shape = w / h;
        let (em, share, line_chars, bottom) = if shape >= 1.2 {
            (h * 0.045, 0.70, 40, h * 0.957)
        } else if shape >= 0.9 {
            (w * 0.047, 0.80, 32, h * 0.967)
        } else if shape >= 0.7 {
            (w * 0.054, 0.80, 28, h * 0.957)
        } else {
            (w * 0.064, 0.80, 24, h * 0.935)
        };
        Self { width, height, em, line_em: w * share / em, line_chars, bottom }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caption::{ass, font};

    #[test]
    fn two_lines_stay_in_the_band_that_cards_leave_free() {
        for (width, height) in [(1920, 1080), (1080, 1920), (1080, 1080), (1080, 1350), (854, 480)] {
            let look = Look::for_size(width, height);
            let top = look.bottom - look.em * (2.0 * font::LINE + 2.0 * ass::PAD_Y);
            assert!(top > 0.82 * f64::from(height), "{width}x{height}: {top}");
            assert!(look.bottom < 0.97 * f64::from(height));
        }
    }
}
