//! How captions look in a picture of a given size: all lengths follow from width and height alone.

use studio_plugin_sdk::aspect::Aspect;

use super::ass::PAD_X;

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
    /// The look for a picture: lines are shorter and larger in portrait. A box of two lines fits into the area that
    /// pictures of this shape keep for captions.
    pub fn for_size(width: u32, height: u32) -> Self {
        let (w, h) = (f64::from(width), f64::from(height));
        let aspect = Aspect::nearest(width, height);
        let (em, line_chars) = match aspect {
            Aspect::Wide => (h * 0.045, 40),
            Aspect::Square => (w * 0.047, 32),
            Aspect::Portrait => (w * 0.054, 28),
            Aspect::Tall => (w * 0.058, 22),
        };
        let area = aspect.captions();
        let line_em = w * (area.right - area.left) / em - 2.0 * PAD_X;
        Self { width, height, em, line_em, line_chars, bottom: h * area.bottom }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caption::{ass, font};

    #[test]
    fn two_lines_stay_in_the_area_that_is_kept_for_captions() {
        for (width, height) in [(1920, 1080), (1080, 1920), (1080, 1080), (1080, 1350), (854, 480), (480, 854)] {
            let look = Look::for_size(width, height);
            let area = Aspect::nearest(width, height).captions();
            let top = look.bottom - look.em * (2.0 * font::LINE + 2.0 * ass::PAD_Y);
            assert!(top > area.top * f64::from(height), "{width}x{height}: {top}");
            assert!(look.bottom < 0.97 * f64::from(height));
            let widest = look.em * (look.line_em + 2.0 * PAD_X);
            assert!(widest <= (area.right - area.left) * f64::from(width) + 0.5, "{width}x{height}: {widest}");
        }
    }
}
