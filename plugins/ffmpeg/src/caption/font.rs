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

/// The font as the `[Fonts]` section of an ASS script, so that no font of the box is looked at.
pub fn section() -> String {
    section_of(&[FILE])
}

/// Fonts as that section.
pub fn section_of(files: &[&[u8]]) -> String {
    let mut out = String::from("[Fonts]\n");
    for (i, file) in files.iter().enumerate() {
        out.push_str(&format!("fontname: caption_{i}.ttf\n"));
        encode(file, &mut out);
    }
    out.push('\n');
    out
}

/// Three bytes are four characters from `!` on.
fn encode(file: &[u8], out: &mut String) {
    let mut coded = Vec::with_capacity(file.len() * 4 / 3 + 4);
    for group in file.chunks(3) {
        let n = group.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - group.len()));
        coded.extend([18, 12, 6, 0].iter().take(group.len() + 1).map(|shift| (n >> shift & 63) as u8 + 33));
    }
    let mut rest = coded.as_slice();
    while !rest.is_empty() {
        let mut at = rest.len().min(80);
        // A line that starts like a section or a comment could be taken for one.
        while at > 1 && matches!(rest.get(at), Some(b'[' | b';')) {
            at -= 1;
        }
        out.extend(rest[..at].iter().map(|b| char::from(*b)));
        out.push('\n');
        rest = &rest[at..];
    }
}

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
    fn the_section_holds_the_font() {
        let coded: Vec<u8> = section().lines().skip(2).flat_map(|l| l.bytes().collect::<Vec<_>>()).collect();
        let decoded: Vec<u8> = coded
            .chunks(4)
            .flat_map(|c| {
                let n = c.iter().fold(0u32, |n, b| n << 6 | u32::from(b - 33)) << (6 * (4 - c.len()));
                n.to_be_bytes()[1..c.len()].to_vec()
            })
            .collect();
        assert_eq!(decoded, FILE);
    }

    #[test]
    fn the_font_covers_three_scripts_and_measures_them() {
        let font = Font::default();
        assert!("Ağé Ωμέγα Привіт — “…” €".chars().all(|c| font.covers(c)));
        assert!(!font.covers('水'));
        assert!(font.width("WW") > font.width("ii") * 2.0);
        assert!((font.width("moon") - 4.0 * 0.6).abs() < 0.5);
    }
}
