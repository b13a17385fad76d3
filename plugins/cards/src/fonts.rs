//! The bundled typefaces: which are there, what they cover, their outlines and measures.
//! Everything is in em units, so one measurement serves every size.

use harfrust::{
    Font, GlyphId,
    font::glyph::outline::{DrawMemory, DrawOptions, PathSink},
};

use crate::error::CardError;

/// One of the bundled fonts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Face {
    /// Headings of serif palettes, cut for large sizes.
    Serif,
    /// Stressed words inside serif headings.
    SerifItalic,
    /// Quotations, cut for large sizes.
    SerifText,
    /// Headings of sans palettes and figures, cut for large sizes.
    Display,
    /// Running text.
    Sans,
    /// Kickers, column headings, stressed words in running text.
    SansStrong,
    /// Program text.
    Mono,
    /// Fallback: [`Face::Sans`] as it is brought along, where another font has its place.
    Plain,
    /// Fallback.
    Hebrew,
    /// Fallback.
    Arabic,
    /// Fallback: mathematical signs and letters.
    Math,
    /// Fallback: technical signs, shapes, dingbats.
    Symbols,
    /// Fallback: pictographs in one colour.
    Emoji,
}

impl Face {
    /// Every face, in the order of [`FILES`].
    pub const ALL: [Self; 13] = [
        Self::Serif,
        Self::SerifItalic,
        Self::SerifText,
        Self::Display,
        Self::Sans,
        Self::SansStrong,
        Self::Mono,
        Self::Plain,
        Self::Hebrew,
        Self::Arabic,
        Self::Math,
        Self::Symbols,
        Self::Emoji,
    ];

    /// Whether glyphs of this face stand in for another's, drawn by other hands.
    pub fn is_fallback(self) -> bool {
        self >= Self::Plain
    }
}

const FILES: [(&str, &[u8]); 13] = [
    ("serif-display-semibold", include_bytes!("../fonts/serif-display-semibold.ttf")),
    ("serif-display-semibold-italic", include_bytes!("../fonts/serif-display-semibold-italic.ttf")),
    ("serif-display-regular", include_bytes!("../fonts/serif-display-regular.ttf")),
    ("sans-display-bold", include_bytes!("../fonts/sans-display-bold.ttf")),
    ("sans-regular", include_bytes!("../fonts/sans-regular.ttf")),
    ("sans-semibold", include_bytes!("../fonts/sans-semibold.ttf")),
    ("mono-regular", include_bytes!("../fonts/mono-regular.ttf")),
    ("sans-regular", include_bytes!("../fonts/sans-regular.ttf")),
    ("hebrew", include_bytes!("../fonts/hebrew.ttf")),
    ("arabic", include_bytes!("../fonts/arabic.ttf")),
    ("math", include_bytes!("../fonts/math.ttf")),
    ("symbols", include_bytes!("../fonts/symbols.ttf")),
    ("emoji", include_bytes!("../fonts/emoji.ttf")),
];

/// Where the ink of a glyph lies, in em, y upwards from the baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ink {
    /// Left edge.
    pub left: f32,
    /// Right edge.
    pub right: f32,
    /// Upper edge.
    pub top: f32,
    /// Lower edge.
    pub bottom: f32,
}

/// The loaded fonts.
pub struct Fonts {
    faces: Vec<Loaded>,
}

/// A font with its measures.
#[derive(Clone)]
pub struct Loaded {
    font: Font,
    upem: f32,
    cap: f32,
}

/// A family that is brought along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// With serifs.
    Serif,
    /// Without.
    Sans,
    /// Fixed pitch.
    Mono,
}

/// A font in the place of a palette's.
pub enum Instead {
    /// One that is brought along.
    Family(Family),
    /// Another one.
    File(Box<Loaded>),
}

impl Family {
    /// The family of that name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "serif" => Some(Self::Serif),
            "inter" | "sans" => Some(Self::Sans),
            "mono" => Some(Self::Mono),
            _ => None,
        }
    }
}

impl Loaded {
    fn of(font: Font) -> Option<Self> {
        let upem = f32::from(font.units_per_em());
        let cap = font.metrics().cap_height.map_or(0.7, |c| c.to_f32() / upem);
        (upem > 0.0).then_some(Self { font, upem, cap })
    }

    /// The font of a file; none: it is no font in which words can be set.
    pub fn read(bytes: Vec<u8>) -> Option<Self> {
        let loaded = Self::of(Font::new(bytes, 0)?)?;
        loaded.font.charmap().map_unicode('a').filter(|glyph| glyph.to_u32() != 0)?;
        Some(loaded)
    }
}

impl Fonts {
    /// Reads the bundled fonts; an error only if the build damaged one.
    pub fn load() -> Result<Self, CardError> {
        let faces = FILES
            .iter()
            .map(|&(name, data)| {
                Loaded::of(Font::new(data, 0).ok_or(CardError::Font(name))?).ok_or(CardError::Font(name))
            })
            .collect::<Result<_, CardError>>()?;
        Ok(Self { faces })
    }

    /// Sets headings and quotes in a font of one's own.
    pub fn head_with(&mut self, font: &Instead) {
        let bundled = [Face::Serif, Face::SerifItalic, Face::SerifText, Face::Display];
        match font {
            Instead::Family(Family::Serif) => self.stand_in(&[Face::Display], Face::Serif),
            Instead::Family(Family::Sans) => self.stand_in(&bundled, Face::Display),
            Instead::Family(Family::Mono) => self.stand_in(&bundled, Face::Mono),
            Instead::File(loaded) => self.replace(&bundled, loaded),
        }
    }

    /// Sets all other words in a font of one's own.
    pub fn write_with(&mut self, font: &Instead) {
        let bundled = [Face::Sans, Face::SansStrong];
        match font {
            Instead::Family(Family::Sans) => {}
            Instead::Family(Family::Serif) => self.stand_in(&bundled, Face::SerifText),
            Instead::Family(Family::Mono) => self.stand_in(&bundled, Face::Mono),
            Instead::File(loaded) => self.replace(&bundled, loaded),
        }
    }

    fn stand_in(&mut self, places: &[Face], face: Face) {
        let loaded = self.get(face).clone();
        self.replace(places, &loaded);
    }

    fn replace(&mut self, places: &[Face], loaded: &Loaded) {
        for place in places {
            self.faces[*place as usize] = loaded.clone();
        }
    }

    fn get(&self, face: Face) -> &Loaded {
        &self.faces[face as usize]
    }

    /// The font itself, for the shaper.
    pub fn font(&self, face: Face) -> &Font {
        &self.get(face).font
    }

    /// Font units to em.
    pub fn per_em(&self, face: Face) -> f32 {
        self.get(face).upem
    }

    /// Height of a flat capital, in em.
    pub fn cap_height(&self, face: Face) -> f32 {
        self.get(face).cap
    }

    /// Whether the face has a glyph of its own for the character.
    pub fn covers(&self, face: Face, c: char) -> bool {
        self.font(face).charmap().map_unicode(c).is_some_and(|g| g.to_u32() != 0)
    }

    /// The face to set `c` in: the wanted one, else the first fallback that has it.
    pub fn pick(&self, wanted: Face, c: char) -> Option<Face> {
        const ORDER: [Face; 8] =
            [Face::Sans, Face::Plain, Face::Hebrew, Face::Arabic, Face::Math, Face::Emoji, Face::Symbols, Face::Mono];
        std::iter::once(wanted).chain(ORDER).find(|&face| self.covers(face, c))
    }

    /// Where the glyph's ink lies; `None` for blank glyphs.
    pub fn ink(&self, face: Face, glyph: u32) -> Option<Ink> {
        let loaded = self.get(face);
        let e = loaded.font.glyph_metrics().extents(GlyphId::new(glyph))?;
        let em = loaded.upem;
        (e.height > 0.0).then_some(Ink {
            left: e.x_bearing / em,
            right: (e.x_bearing + e.width) / em,
            top: e.y_bearing / em,
            bottom: (e.y_bearing - e.height) / em,
        })
    }

    /// Draws the glyph's outline into `sink`, in font units, y upwards. A glyph without one draws nothing.
    pub fn outline(&self, face: Face, glyph: u32, sink: &mut dyn PathSink) {
        if let Some(outline) = self.font(face).outline_glyphs().get(GlyphId::new(glyph)) {
            // The fonts are our own: an outline that fails leaves a gap, which the golden cards would show.
            let _ = outline.draw(&DrawOptions::default(), DrawMemory::Scratch, sink);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_faces_cover_european_scripts() {
        let fonts = Fonts::load().unwrap();
        for face in &Face::ALL[..7] {
            for c in "AÉőŁßΩλЖяѓẠ–—“”„…→←≤≠∑√∞×−€₽•‹»".chars() {
                assert!(fonts.covers(*face, c), "{face:?} lacks {c}");
            }
        }
    }

    #[test]
    fn other_scripts_fall_back() {
        let fonts = Fonts::load().unwrap();
        assert_eq!(fonts.pick(Face::Serif, 'a'), Some(Face::Serif));
        assert_eq!(fonts.pick(Face::Serif, 'ש'), Some(Face::Hebrew));
        assert_eq!(fonts.pick(Face::Serif, 'ش'), Some(Face::Arabic));
        assert_eq!(fonts.pick(Face::Serif, '🚀'), Some(Face::Emoji));
        assert_eq!(fonts.pick(Face::Serif, '漢'), None);
    }
}
