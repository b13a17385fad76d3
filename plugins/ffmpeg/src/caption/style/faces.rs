//! The fonts of a style: the one it names, and those that stand in where it lacks a character.
//!
//! They go into the ASS script, so that no font of the box is looked at. Sizes are in em; an ASS font size is the
//! height from the highest to the lowest edge that a font gives for Windows, which is another share of an em in each.

use std::{borrow::Cow, cell::RefCell, collections::BTreeMap};

use harfrust::{Buffer, Direction, Font as ShapeFont, ShapeOptions, ShaperFont};
use studio_plugin_sdk::{
    blob::Blob,
    caption::CaptionStyle,
    error::{Result, StageError},
};
use ttf_parser::{Face as Tables, name_id};
use unicode_bidi::{BidiClass, bidi_class};

use super::super::font;

/// Largest font file: a script holds it in full, and a plugin has 256 MB for all it does.
const LARGEST: u64 = 32 << 20;
/// From this weight on `inter` is bold.
const BOLD: u32 = 650;
/// What stands in, in this order.
const FALLBACK: [(&str, &[u8]); 4] = [
    (font::FAMILY, font::FILE),
    ("Noto Sans Hebrew", include_bytes!("../../../fonts/hebrew.ttf")),
    ("Noto Sans Arabic", include_bytes!("../../../fonts/arabic.ttf")),
    (EMOJI, include_bytes!("../../../fonts/emoji.ttf")),
];
const EMOJI: &str = "Noto Emoji";
/// Families that are shipped, with the name inside the file.
const SHIPPED: [(&str, &str, &[u8]); 3] = [
    ("inter", "Inter Display", include_bytes!("../../../fonts/bold.ttf")),
    ("serif", "Card Serif", include_bytes!("../../../fonts/serif.ttf")),
    ("mono", "JetBrains Mono", include_bytes!("../../../fonts/mono.ttf")),
];

/// A font.
pub struct Face {
    /// Its name in an ASS script.
    pub name: String,
    /// The file.
    pub data: Cow<'static, [u8]>,
    /// From the baseline up to the top of a line, in em.
    pub ascent: f64,
    /// From the baseline down to its bottom, in em.
    pub descent: f64,
    units: f64,
    index: u32,
    shaping: ShapeFont,
}

/// The fonts of a style, the wanted one first.
pub struct Faces {
    list: Vec<Face>,
    known: RefCell<BTreeMap<char, Option<(usize, f64)>>>,
    buffer: RefCell<Option<Buffer>>,
}

impl Face {
    fn new(name: Option<&str>, data: Cow<'static, [u8]>, index: u32) -> Option<Self> {
        let tables = Tables::parse(&data, index).ok()?;
        let units = f64::from(tables.units_per_em());
        let windows = tables.tables().os2.map(|os2| (os2.windows_ascender(), os2.windows_descender()));
        let (ascent, descent) = windows.filter(|(up, down)| i32::from(*up) - i32::from(*down) != 0)?;
        let name = name.map(str::to_owned).or_else(|| own_name(&tables))?;
        // It stands in a script of styles and commands: what could give one is no name.
        if name.starts_with('@') || name.contains(|c: char| c.is_control() || matches!(c, ',' | '{' | '}' | '\\')) {
            return None;
        }
        let shaping = match &data {
            Cow::Borrowed(data) => ShapeFont::new(*data, index)?,
            Cow::Owned(data) => ShapeFont::new(data.clone(), index)?,
        };
        let (ascent, descent) = (f64::from(ascent) / units, f64::from(-i32::from(descent)) / units);
        Some(Self { name, data, ascent, descent, units, index, shaping })
    }

    /// An em as an ASS font size.
    pub fn line(&self) -> f64 {
        self.ascent + self.descent
    }

    fn advance(&self, c: char) -> Option<f64> {
        let tables = Tables::parse(&self.data, self.index).ok()?;
        let glyph = tables.glyph_index(c).filter(|glyph| glyph.0 != 0)?;
        Some(f64::from(tables.glyph_hor_advance(glyph).unwrap_or(0)) / self.units)
    }
}

impl Faces {
    /// The fonts of a style; `read` gives the file that it names.
    ///
    /// # Errors
    /// `caption.font`: its font is not there, or is none.
    pub fn load(style: &CaptionStyle, read: &dyn Fn(&Blob) -> Result<Vec<u8>>) -> Result<Self> {
        let Some(blob) = &style.font_file else { return Self::shipped(style) };
        let wrong =
            |message: &str| StageError::invalid("caption_style.font_file", message.to_owned()).code("caption.font");
        if blob.bytes > LARGEST {
            return Err(wrong("A font file has at most 32 MB."));
        }
        let data = read(blob)?;
        let index = member(&data, &style.font);
        let face = Face::new(None, Cow::Owned(data), index)
            .ok_or_else(|| wrong("The file is no font that can be used. Give a TrueType or OpenType file."))?;
        Ok(Self::of(Some(face)))
    }

    /// The fonts of a style that names a shipped family.
    ///
    /// # Errors
    /// `caption.font`: it names another.
    pub fn shipped(style: &CaptionStyle) -> Result<Self> {
        let family = if style.font.is_empty() { "inter" } else { style.font.as_str() };
        if family == "inter" && style.weight < BOLD {
            return Ok(Self::of(None));
        }
        let Some((_, name, data)) = SHIPPED.iter().find(|(shipped, ..)| *shipped == family) else {
            let message = format!(
                "There is no font {family:?}. Use inter, serif or mono, the name of a font that is installed, or give \
                 its file as `font_file`."
            );
            return Err(StageError::invalid("caption_style.font", message).code("caption.font"));
        };
        Ok(Self::of(Face::new(Some(name), Cow::Borrowed(data), 0)))
    }

    fn of(wanted: Option<Face>) -> Self {
        let fallback = FALLBACK.iter().filter_map(|(name, data)| Face::new(Some(name), Cow::Borrowed(data), 0));
        let list = wanted.into_iter().chain(fallback).collect();
        Self { list, known: RefCell::default(), buffer: RefCell::new(Some(Buffer::new())) }
    }

    /// The wanted font.
    pub fn first(&self) -> Option<&Face> {
        self.list.first()
    }

    /// One of them.
    pub fn get(&self, face: usize) -> Option<&Face> {
        self.list.get(face)
    }

    /// Can a character be drawn, or is it one that is not seen?
    pub fn covers(&self, c: char) -> bool {
        is_unseen(c) || self.known(c).is_some()
    }

    /// Is it drawn as a pictograph?
    pub fn is_emoji(&self, c: char) -> bool {
        self.known(c).and_then(|(face, _)| self.get(face)).is_some_and(|face| face.name == EMOJI)
    }

    /// Width of a text on one line in em, its characters by themselves: a little more than it takes.
    pub fn rough(&self, text: &str) -> f64 {
        text.chars().map(|c| self.known(c).map_or(0.0, |(_, advance)| advance)).sum()
    }

    /// Width of a text in em, as it is drawn.
    pub fn width(&self, text: &str, rtl: bool) -> f64 {
        self.runs(text).iter().map(|(face, run)| self.shaped(*face, run, rtl)).sum()
    }

    /// A text by fonts. What follows a letter and belongs to it stays in its font.
    pub fn runs(&self, text: &str) -> Vec<(usize, String)> {
        let mut runs: Vec<(usize, String)> = Vec::new();
        for c in text.chars() {
            let face = self.known(c).map(|(face, _)| face);
            let clings = is_unseen(c) || bidi_class(c) == BidiClass::NSM;
            let stays = |run: &(usize, String)| face == Some(run.0) || clings || face.is_none();
            match runs.last_mut().filter(|run| stays(run)) {
                Some((_, run)) => run.push(c),
                None => runs.push((face.unwrap_or(0), c.into())),
            }
        }
        runs
    }

    /// Width of a text of one font and one direction.
    pub fn shaped(&self, face: usize, text: &str, rtl: bool) -> f64 {
        let Some(face) = self.get(face) else { return 0.0 };
        let mut buffer = self.buffer.borrow_mut().take().unwrap_or_default();
        buffer.clear();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        if rtl && is_rtl(text) {
            buffer.set_direction(Direction::RightToLeft);
        }
        let font = ShaperFont::new(&face.shaping);
        let width = match harfrust::shape(&font, &mut buffer, ShapeOptions::new()) {
            Ok(()) => buffer.glyph_positions().iter().map(|p| f64::from(p.x_advance)).sum::<f64>() / face.units,
            Err(_) => self.rough(text),
        };
        *self.buffer.borrow_mut() = Some(buffer);
        width
    }

    /// The font that draws a character, and its width in em.
    fn known(&self, c: char) -> Option<(usize, f64)> {
        let find = || self.list.iter().enumerate().find_map(|(i, face)| Some((i, face.advance(c)?)));
        *self.known.borrow_mut().entry(c).or_insert_with(find)
    }
}

/// Marks that decide how others are drawn and are not seen themselves.
pub fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ad}')
}

/// Does a text have letters that run to the left?
pub fn is_rtl(text: &str) -> bool {
    text.chars().any(|c| matches!(bidi_class(c), BidiClass::R | BidiClass::AL))
}

/// By which libass finds it: the name of the one font, else that of its family.
fn own_name(tables: &Tables<'_>) -> Option<String> {
    name_of(tables, name_id::FULL_NAME).or_else(|| name_of(tables, name_id::FAMILY))
}

fn name_of(tables: &Tables<'_>, id: u16) -> Option<String> {
    let names = tables.names().into_iter().filter(|name| name.name_id == id && name.is_unicode());
    names.filter_map(|name| name.to_string()).find(|name| !name.is_empty())
}

/// Which font of a collection has a family's name; the first where none has.
fn member(data: &[u8], family: &str) -> u32 {
    let count = ttf_parser::fonts_in_collection(data).unwrap_or(1);
    let is = |index: &u32| {
        let named = |tables: Tables<'_>| name_of(&tables, name_id::FAMILY).is_some_and(|name| name == family);
        Tables::parse(data, *index).is_ok_and(named)
    };
    (0..count).find(is).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faces() -> Faces {
        Faces::shipped(&CaptionStyle::default()).unwrap()
    }

    #[test]
    fn shipped_fonts_cover_their_scripts_and_others_are_named() {
        for family in ["", "inter", "serif", "mono"] {
            let style = CaptionStyle { font: family.into(), weight: 700, ..CaptionStyle::default() };
            let faces = Faces::shipped(&style).unwrap();
            assert!("Ağé Привіт Ωμ שלום مرحبا 🌾🚀".chars().all(|c| faces.covers(c)), "{family}");
            assert!(!faces.covers('水') && !faces.is_emoji('a') && faces.is_emoji('🌾'));
        }
        let style = CaptionStyle { font: "Comic Sans".into(), ..CaptionStyle::default() };
        let error = Faces::shipped(&style).err().unwrap();
        assert_eq!((error.code.as_str(), error.field.as_deref()), ("caption.font", Some("caption_style.font")));
    }

    #[test]
    fn words_are_measured_as_they_are_drawn() {
        let faces = faces();
        assert!(faces.width("AVAVA", false) < faces.rough("AVAVA") - 0.05, "no kerning");
        assert!(faces.width("مرحبا", true) < faces.rough("مرحبا"), "letters do not join");
        assert!(faces.width("rice", false) > 1.0);
        let runs = faces.runs("Reis🌾!");
        assert_eq!(runs.iter().map(|(_, run)| run.as_str()).collect::<Vec<_>>(), ["Reis", "🌾", "!"]);
    }
}
