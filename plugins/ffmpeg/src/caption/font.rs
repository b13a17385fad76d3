//! The caption font that is compiled in, and how wide text is in it.
//!
//! Inter (OFL, see `fonts/`), cut to Latin, Greek and Cyrillic; its vertical metrics are set so that one
//! line is 1.25 em, which is also what an ASS font size means.

use ttf_parser::Face;

/// The font file.
pub const FILE: &[u8] = include_bytes!("../../fonts/caption.ttf");
/// The family name inside it.
pub const FAMILY: &str = "Inter Caption";
/// Height of a line in em.
pub const LINE: f64 = 1.25;
/// Width of a glyph that the font lacks, in em.
const UNKNOWN: f64 = 0.6;

/// Measures text in the caption font.
pub struct Font {
    face: Option<Face<'static>>,
}

impl Default for Font {
    fn default() -> Self {
        Self { face: Face::parse(FILE, 0).ok() }
    }
}

impl Font {
    /// Width of `text` on one line, in em; kerning left out.
    pub fn width(&self, text: &str) -> f64 {
        text.chars().map(|c| self.advance(c)).sum()
    }

    /// Can this character be drawn?
    pub fn covers(&self, c: char) -> bool {
        self.face.as_ref().is_some_and(|face| face.glyph_index(c).is_some())
    }

    fn advance(&self, c: char) -> f64 {
        let Some(face) = &self.face else { return UNKNOWN };
        let units = f64::from(face.units_per_em());
        face.glyph_index(c).and_then(|g| face.glyph_hor_advance(g)).map_or(UNKNOWN, |a| f64::from(a) / units)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_covers_three_scripts_and_measures_them() {
        let font = Font::default();
        assert!("Ağé Ωμέγα Привіт — “…” €".chars().all(|c| font.covers(c)));
        assert!(!font.covers('水'));
        assert!(font.width("WW") > font.width("ii") * 2.0);
        assert!((font.width("moon") - 4.0 * 0.6).abs() < 0.5);
    }
}
