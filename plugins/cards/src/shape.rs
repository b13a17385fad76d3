//! From text to glyphs: fallback faces, directions, shaping. Positions are in em, so that a
//! paragraph is shaped once and set at any size.

use std::{cell::RefCell, collections::BTreeSet, ops::Range};

use harfrust::{Buffer, Direction, Script, ShapeOptions, ShaperFont, Tag};
use unicode_bidi::{Level, ParagraphBidiInfo};
use unicode_script::{Script as UcdScript, UnicodeScript};

use crate::{
    fonts::{Face, Fonts},
    palette::Tone,
    text::Rich,
};

/// Ink that may reach over the advances without being counted, em: slanted letters do, and margins take it.
const OVERHANG: f32 = 0.12;

/// A glyph in a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Glyph {
    /// Whose glyph.
    pub face: Face,
    /// Its number in the font.
    pub id: u32,
    /// Em from the line's left end.
    pub x: f32,
    /// Em above the baseline.
    pub y: f32,
    /// Its colour.
    pub tone: Tone,
}

/// A shaped line, in em.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// Glyphs in the order they are seen.
    pub glyphs: Vec<Glyph>,
    /// From start to end of the advances.
    pub width: f32,
    /// Rightmost ink.
    pub reach: f32,
    /// Highest ink above the baseline.
    pub top: f32,
    /// Deepest ink below the baseline, as a positive number.
    pub depth: f32,
}

/// Shapes text and remembers which characters no bundled font has.
pub struct Shaper<'a> {
    /// The fonts.
    pub fonts: &'a Fonts,
    missing: RefCell<BTreeSet<char>>,
    buffer: RefCell<Option<Buffer>>,
}

/// A paragraph whose directions are resolved.
pub struct Bidi {
    levels: Vec<Level>,
    /// Whether it begins at the right.
    pub rtl: bool,
}

impl Bidi {
    /// Resolves the directions of a paragraph.
    pub fn of(text: &str) -> Self {
        let info = ParagraphBidiInfo::new(text, None);
        Self { rtl: info.paragraph_level.is_rtl(), levels: info.levels }
    }

    /// Runs of a line from left to right, each with whether it runs to the left.
    fn visual_runs(&self, line: Range<usize>) -> Vec<(Range<usize>, bool)> {
        let mut runs: Vec<(Range<usize>, Level)> = Vec::new();
        for i in line {
            match runs.last_mut() {
                Some((range, level)) if *level == self.levels[i] => range.end = i + 1,
                _ => runs.push((i..i + 1, self.levels[i])),
            }
        }
        let levels: Vec<Level> = runs.iter().map(|(_, l)| *l).collect();
        ParagraphBidiInfo::reorder_visual(&levels)
            .into_iter()
            .map(|i| (runs[i].0.clone(), runs[i].1.is_rtl()))
            .collect()
    }
}

/// Characters that go with one face, script, colour and direction.
struct Piece {
    range: Range<usize>,
    face: Face,
    script: UcdScript,
    tone: Tone,
}

impl<'a> Shaper<'a> {
    /// A shaper over the bundled fonts.
    pub fn new(fonts: &'a Fonts) -> Self {
        Self { fonts, missing: RefCell::default(), buffer: RefCell::new(Some(Buffer::new())) }
    }

    /// Characters met so far that no bundled font has.
    pub fn missing(&self) -> Vec<char> {
        self.missing.borrow().iter().copied().collect()
    }

    /// Shapes the bytes `line` of `rich` as one line; `tracking` is added after every glyph, in em.
    pub fn line(&self, rich: &Rich, bidi: &Bidi, line: Range<usize>, tracking: f32) -> Line {
        let mut out = Line::default();
        for (range, rtl) in bidi.visual_runs(line) {
            let mut pieces = self.pieces(rich, range);
            if rtl {
                pieces.reverse();
            }
            for piece in pieces {
                self.shape(rich, &piece, rtl, tracking, &mut out);
            }
        }
        if !out.glyphs.is_empty() {
            out.width -= tracking;
        }
        // Ink far beyond the advances is room too: marks without a place to go, signs of fallback faces.
        let left = out.glyphs.iter().filter_map(|g| Some(self.fonts.ink(g.face, g.id)?.left + g.x)).fold(0.0, f32::min);
        let shift = (-left - OVERHANG).max(0.0);
        for glyph in &mut out.glyphs {
            glyph.x += shift;
        }
        out.width = out.width.max(out.reach - OVERHANG) + shift;
        out
    }

    fn pieces(&self, rich: &Rich, range: Range<usize>) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        for run in &rich.runs {
            let (start, end) = (run.range.start.max(range.start), run.range.end.min(range.end));
            if start >= end {
                continue;
            }
            for (i, c) in rich.text[start..end].char_indices() {
                let (at, script) = (start + i, c.script());
                let end = at + c.len_utf8();
                let before = pieces.last_mut().filter(|p| p.range.end == at && p.tone == run.tone);
                if let Some(piece) = before
                    && self.joins(piece, run.face, c, script)
                {
                    piece.range.end = end;
                    continue;
                }
                let face = self.fonts.pick(run.face, c).unwrap_or_else(|| {
                    self.missing.borrow_mut().insert(c);
                    Face::Sans
                });
                match pieces.last_mut().filter(|p| p.range.end == at && p.tone == run.tone && p.face == face) {
                    Some(piece) if piece.script == script || piece.script == UcdScript::Common => {
                        piece.range.end = end;
                        piece.script = script;
                    }
                    _ => pieces.push(Piece { range: at..end, face, script, tone: run.tone }),
                }
            }
        }
        pieces
    }

    /// Whether `c` belongs to the piece before it whatever else: marks and joiners go with their letter;
    /// spaces, digits and stops stay while the piece is in the face that the run wants.
    fn joins(&self, piece: &Piece, wanted: Face, c: char, script: UcdScript) -> bool {
        script == UcdScript::Inherited
            || matches!(c, '\u{200C}' | '\u{200D}')
            || (script == UcdScript::Common && piece.face == wanted && self.fonts.covers(wanted, c))
    }

    fn shape(&self, rich: &Rich, piece: &Piece, rtl: bool, tracking: f32, out: &mut Line) {
        let font = ShaperFont::new(self.fonts.font(piece.face));
        let em = self.fonts.per_em(piece.face);
        let mut buffer = self.buffer.borrow_mut().take().unwrap_or_default();
        buffer.clear();
        buffer.push_str(&rich.text[piece.range.clone()]);
        buffer.set_direction(if rtl { Direction::RightToLeft } else { Direction::LeftToRight });
        let tag = piece.script.short_name().as_bytes().try_into().map(|t: [u8; 4]| Tag::new(&t));
        buffer.set_script(tag.ok().and_then(Script::from_iso15924_tag));
        // Arabic letters join: space between them would tear the word.
        let tracking = if piece.face == Face::Arabic { 0.0 } else { tracking };
        if harfrust::shape(&font, &mut buffer, ShapeOptions::new()).is_ok() {
            for (info, pos) in buffer.glyph_infos().iter().zip(buffer.glyph_positions()) {
                let (x, y) = (out.width + pos.x_offset as f32 / em, pos.y_offset as f32 / em);
                if let Some(ink) = self.fonts.ink(piece.face, info.glyph_id) {
                    out.reach = out.reach.max(x + ink.right);
                    out.top = out.top.max(ink.top + y);
                    out.depth = out.depth.max(-(ink.bottom + y));
                    out.glyphs.push(Glyph { face: piece.face, id: info.glyph_id, x, y, tone: piece.tone });
                }
                out.width += pos.x_advance as f32 / em;
                if pos.x_advance != 0 {
                    out.width += tracking;
                }
            }
        }
        *self.buffer.borrow_mut() = Some(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Look;

    fn line(text: &str) -> (Line, Vec<char>) {
        let fonts = Fonts::load().unwrap();
        let shaper = Shaper::new(&fonts);
        let rich = Rich::new(text.into(), Look::plain(Face::Sans, Tone::Text), &[]);
        let line = shaper.line(&rich, &Bidi::of(text), 0..text.len(), 0.0);
        (line, shaper.missing())
    }

    #[test]
    fn kerning_is_applied() {
        let (pair, a, v) = (line("AV").0.width, line("A").0.width, line("V").0.width);
        assert!(pair < a + v - 0.01, "{pair} is not tighter than {a} + {v}");
    }

    #[test]
    fn hebrew_runs_to_the_left() {
        let (shown, _) = line("אב");
        let first = line("א").0.glyphs[0].id;
        assert!(shown.glyphs.len() == 2 && shown.glyphs[1].id == first && shown.glyphs[1].x > shown.glyphs[0].x);
    }

    #[test]
    fn unknown_scripts_are_reported_not_fatal() {
        let (shown, missing) = line("漢a字");
        assert_eq!(missing, ['字', '漢']);
        assert!(shown.width > 0.5);
    }
}
