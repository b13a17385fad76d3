//! A style in a picture of a given size: all of its lengths in pixels, all that it leaves open filled.

use studio_plugin_sdk::{
    aspect::{Area, Aspect},
    caption::{CaptionKind, CaptionPlace, CaptionStyle, SafeArea},
    timeline::Color,
};

use super::{
    super::{
        cues::{Limits, WORDS},
        look::Look,
    },
    faces::Faces,
};

const AMBER: Color = Color::opaque(255, 208, 76);
const INK: Color = Color::opaque(12, 15, 22);
const HALF_BLACK: Color = Color { red: 0, green: 0, blue: 0, alpha: 128 };
/// The box of captions without a style.
const BOX: Color = Color { red: 12, green: 15, blue: 22, alpha: 207 };
/// Height of a line, in em of its own type.
pub const LINE: f64 = 1.25;
/// Room around the words in their box, in em.
const PAD: (f64, f64) = (0.62, 0.26);
/// Room between two languages, in em.
const BETWEEN: f64 = 0.2;
/// How round the corners of boxes are, in em.
const RADIUS: f64 = 0.36;
/// Width of an outline where there is no box, in em.
const OUTLINE: f64 = 0.09;

/// A style in pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// What happens as words are said.
    pub kind: CaptionKind,
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
    /// Most lines.
    pub lines: usize,
    /// Most words.
    pub words: usize,
    /// What is added to the space between words, in em.
    pub spaced: f64,
    /// Where captions may stand, in pixels.
    pub area: Area,
    /// Where in it.
    pub place: CaptionPlace,
    /// Colour of the words.
    pub color: Color,
    /// Of the word being said; none: as the others.
    pub active: Option<Color>,
    /// Of stressed words.
    pub key: Color,
    /// Width of the outline, and its colour.
    pub outline: (f64, Color),
    /// How far the shadow falls, and its colour.
    pub shadow: (f64, Color),
    /// The box behind a caption; none: there is none.
    pub behind: Option<Color>,
    /// Room around the words, left and right, above and below.
    pub pad: (f64, f64),
    /// How round the box's corners are.
    pub radius: f64,
    /// The box behind the word being said.
    pub word_box: Option<Color>,
    /// The second language; none: the film has one.
    pub second: Option<Second>,
}

/// How the second language is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Second {
    /// Its size as a share of the first one's.
    pub scale: f64,
    /// Its colour.
    pub color: Color,
    /// It stands above.
    pub above: bool,
    /// Most lines.
    pub lines: usize,
}

impl Sheet {
    /// A style in a picture; `two`: the film has a second language.
    pub fn new(style: &CaptionStyle, width: u32, height: u32, two: bool) -> Self {
        let aspect = Aspect::nearest(width, height);
        let (w, h) = (f64::from(width), f64::from(height));
        let share = room(style, aspect, two);
        let margin = style.margin * h;
        let mut area =
            Area { left: share.left * w, top: share.top * h, right: share.right * w, bottom: share.bottom * h };
        match style.place {
            CaptionPlace::Bottom => area.bottom = (area.bottom - margin).max(area.top + 1.0),
            CaptionPlace::Top => area.top = (area.top + margin).min(area.bottom - 1.0),
            CaptionPlace::Middle => {}
        }
        let usual = Look::for_size(width, height);
        let behind = style.box_color.or((style.kind == CaptionKind::Boxed).then_some(BOX));
        let color = style.color.unwrap_or(Color::WHITE);
        let second = two.then(|| Second {
            scale: style.second.scale,
            color: style.second.color.unwrap_or(color),
            above: style.second.above,
            lines: if aspect == Aspect::Wide { 1 } else { 2 },
        });
        let pad_em = match behind {
            Some(_) => (style.box_pad_x.unwrap_or(PAD.0), style.box_pad_y.unwrap_or(PAD.1)),
            None => (0.12, 0.0),
        };
        let lines = if style.lines == 0 { 2 } else { style.lines as usize };
        let wanted = style.scale * if style.size > 0.0 { style.size * h } else { usual.em };
        let tall = block_em(lines, second.as_ref(), pad_em.1);
        let em = wanted.min((area.bottom - area.top) / tall);
        let outline = style.outline.unwrap_or(if behind.is_some() { 0.0 } else { OUTLINE });
        let word_box = style.word_box.or((style.kind == CaptionKind::Highlight).then_some(AMBER));
        Self {
            kind: style.kind,
            width,
            height,
            em,
            line_em: ((area.right - area.left) / em - 2.0 * pad_em.0).max(2.0),
            line_chars: (usual.line_chars as f64 * (usual.em / em).max(1.0)).floor() as usize,
            lines,
            words: if style.words == 0 { WORDS } else { style.words as usize },
            // Outlines and boxes of words reach into the spaces around them.
            spaced: outline + if word_box.is_some() { 0.14 } else { 0.0 },
            area,
            place: style.place,
            color,
            active: style.active_color.or(active(style.kind)),
            key: style.keyword_color.unwrap_or(AMBER),
            outline: (outline * em, style.outline_color.unwrap_or(Color::BLACK)),
            shadow: (style.shadow * em, style.shadow_color.unwrap_or(HALF_BLACK)),
            behind,
            pad: (pad_em.0 * em, pad_em.1 * em),
            radius: style.box_radius.unwrap_or(RADIUS) * em,
            word_box,
            second,
        }
    }

    /// What fits in a caption.
    pub fn limits<'a>(&self, measure: &'a dyn Fn(&str) -> f64) -> Limits<'a> {
        let (line_width, line_chars) = (self.line_em, self.line_chars);
        Limits { measure, line_width, line_chars, lines: self.lines, words: self.words }
    }

    /// What fits in a caption of the second language.
    pub fn second_limits<'a>(&self, measure: &'a dyn Fn(&str) -> f64) -> Limits<'a> {
        let (scale, lines) = self.second.map_or((1.0, 1), |second| (second.scale, second.lines));
        let line_chars = (self.line_chars as f64 / scale) as usize;
        Limits { measure, line_width: self.line_em / scale, line_chars, lines, words: WORDS }
    }

    /// Height of a box around so many lines of a size.
    pub fn height_of(&self, lines: usize, scale: f64) -> f64 {
        lines as f64 * LINE * self.em * scale + 2.0 * self.pad.1
    }

    /// Upper and lower edge of the room for one language.
    pub fn band(&self, is_second: bool) -> (f64, f64) {
        let (top, bottom) = (self.area.top, self.area.bottom);
        let Some(second) = self.second else { return (top, bottom) };
        let gap = BETWEEN * self.em;
        let (own, first) = (self.height_of(second.lines, second.scale), self.height_of(self.lines, 1.0));
        let (is_upper, other) = (second.above == is_second, if is_second { first } else { own });
        match (self.place, is_upper) {
            (CaptionPlace::Bottom, true) => (top, bottom - gap - other),
            (CaptionPlace::Top, false) => (top + gap + other, bottom),
            (CaptionPlace::Bottom | CaptionPlace::Top, _) => (top, bottom),
            // Both together stand in the middle.
            (CaptionPlace::Middle, _) => {
                let start = f64::midpoint(top, bottom) - (first + gap + own) / 2.0;
                let end = start + first + gap + own;
                if is_upper { (start, end - gap - other) } else { (start + gap + other, end) }
            }
        }
    }

    /// The largest box that captions may take, in pixels.
    pub fn largest(&self) -> Area {
        let (one, two) = (self.band(false), self.band(true));
        let first = self.height_of(self.lines, 1.0);
        let mut tops = vec![self.stands(one, first)];
        if let Some(second) = self.second {
            tops.push(self.stands(two, self.height_of(second.lines, second.scale)));
        }
        let top = tops.iter().map(|(top, _)| *top).fold(f64::INFINITY, f64::min);
        let bottom = tops.iter().map(|(_, bottom)| *bottom).fold(0.0, f64::max);
        Area { left: self.area.left, right: self.area.right, top, bottom }
    }

    /// Where a box of a height stands in a band.
    pub fn stands(&self, (top, bottom): (f64, f64), height: f64) -> (f64, f64) {
        match self.place {
            CaptionPlace::Bottom => (bottom - height, bottom),
            CaptionPlace::Top => (top, top + height),
            CaptionPlace::Middle => {
                let start = f64::midpoint(top, bottom) - height / 2.0;
                (start, start + height)
            }
        }
    }

    /// About how wide a text is, in em.
    pub fn rough(&self, faces: &Faces, text: &str) -> f64 {
        faces.rough(text) + self.spaced * text.matches(' ').count() as f64
    }
}

fn active(kind: CaptionKind) -> Option<Color> {
    match kind {
        CaptionKind::Karaoke | CaptionKind::Pop => Some(AMBER),
        CaptionKind::Highlight => Some(INK),
        CaptionKind::Lines | CaptionKind::Boxed | CaptionKind::Typewriter => None,
    }
}

/// The part of the picture that captions keep to, in shares of it. Where nothing else is said that is what cards leave
/// free; two languages need more.
fn room(style: &CaptionStyle, aspect: Aspect, two: bool) -> Area {
    let safe = style.safe_area.centred(aspect);
    if style.safe_area != SafeArea::Auto {
        return safe;
    }
    let cards = aspect.captions();
    let is_usual = style.place == CaptionPlace::Bottom && style.margin == 0.0 && !two;
    let top = if is_usual { cards.top } else { safe.top };
    Area { left: cards.left.max(safe.left), right: cards.right.min(safe.right), top, bottom: safe.bottom }
}

/// Height of all that may be up at once, in em.
fn block_em(lines: usize, second: Option<&Second>, pad: f64) -> f64 {
    let own = |lines: usize, scale: f64| lines as f64 * LINE * scale + 2.0 * pad;
    own(lines, 1.0) + second.map_or(0.0, |second| own(second.lines, second.scale) + BETWEEN)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, fs, path::Path};

    use studio_plugin_sdk::caption::SecondLine;

    use super::*;

    const SIZES: [(u32, u32); 6] = [(1920, 1080), (1080, 1920), (1080, 1080), (1080, 1350), (854, 480), (480, 854)];

    /// The styles that come with Studio, by name.
    fn shipped() -> BTreeMap<String, CaptionStyle> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../captions");
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let style = |path: std::path::PathBuf| {
            let mut table: toml::Table = toml::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            assert!(table.remove("help").is_some(), "{} says nothing of itself", path.display());
            let style = serde_json::from_value(serde_json::to_value(table).unwrap());
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), style.unwrap_or_else(|e| panic!("{path:?}: {e}")))
        };
        files.map(style).collect()
    }

    #[test]
    fn shipped_styles_can_be_drawn_and_keep_to_the_room_that_cards_leave() {
        let all = shipped();
        assert!(all.len() >= 7, "{:?}", all.keys());
        for (name, style) in all {
            style.validate().unwrap();
            Faces::shipped(&style).unwrap();
            for (width, height) in SIZES {
                let sheet = Sheet::new(&style, width, height, false);
                let (box_of, room) = (sheet.largest(), Aspect::nearest(width, height).captions());
                let (w, h) = (f64::from(width), f64::from(height));
                assert!(box_of.top >= room.top * h - 0.5 && box_of.bottom <= room.bottom * h + 0.5, "{name} {width}");
                assert!(box_of.left >= room.left * w - 0.5 && box_of.right <= room.right * w + 0.5, "{name} {width}");
                assert!(sheet.line_em > 7.0 && sheet.em > h * 0.015, "{name} {width}: {sheet:?}");
            }
        }
    }

    #[test]
    fn two_languages_stand_one_above_the_other() {
        for place in [CaptionPlace::Bottom, CaptionPlace::Middle, CaptionPlace::Top] {
            for above in [false, true] {
                let second = SecondLine { above, ..SecondLine::default() };
                let style = CaptionStyle { place, second, kind: CaptionKind::Boxed, ..CaptionStyle::default() };
                for (width, height) in SIZES {
                    let sheet = Sheet::new(&style, width, height, true);
                    let second = sheet.second.unwrap();
                    let one = sheet.stands(sheet.band(false), sheet.height_of(sheet.lines, 1.0));
                    let two = sheet.stands(sheet.band(true), sheet.height_of(second.lines, second.scale));
                    let (upper, lower) = if above { (two, one) } else { (one, two) };
                    assert!(upper.1 < lower.0, "{place:?} {above} {width}: {upper:?} {lower:?}");
                    let area = sheet.area;
                    assert!(upper.0 >= area.top - 0.5 && lower.1 <= area.bottom + 0.5, "{place:?} {above} {width}");
                }
            }
        }
    }
}
