//! A card in three steps, so that the stage can let others run in between: compose, paint, encode.

use studio_plugin_sdk::{
    aspect::Aspect,
    blob::Blob,
    card::{CardFont, CardLook, CardText, Ground, Layout},
    roles::image::ImageRequest,
};

use crate::{
    encode,
    error::CardError,
    fonts::{Family, Fonts, Instead, Loaded},
    frame::Frame,
    layout,
    paint::Canvas,
    palette::{Heading, Palette, Tone},
    scene::Scene,
    text::paragraph,
};

/// Pixels of the shorter side when the request does not say.
pub const DEFAULT_SHORT_SIDE: u32 = 1080;
/// Shorter sides that can be drawn.
pub const SHORT_SIDES: std::ops::RangeInclusive<u32> = 240..=2160;
/// How much a veil hides of a picture behind it, 0–255: its text can be read on white and on black.
const VEIL: u8 = 194;

/// Largest font file, in bytes.
const LARGEST_FONT: u64 = 16 << 20;

/// A request found good.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// The words.
    pub text: CardText,
    /// The colours.
    pub palette: Palette,
    /// The shape.
    pub aspect: Aspect,
    /// Pixels of the shorter side.
    pub short_side: u32,
    /// Fonts of its own, for headings and for other words.
    fonts: [Option<CardFont>; 2],
}

impl Order {
    /// Checks a request; the error names the field.
    pub fn new(request: ImageRequest) -> Result<Self, CardError> {
        let invalid = |field, code, message: String| Err(CardError::Invalid { field, code, message });
        if !request.references.is_empty() {
            return invalid(
                "references",
                "cards.references",
                "cards are drawn from words alone; leave `references` empty".into(),
            );
        }
        if request.waveform.is_some() {
            return invalid(
                "waveform",
                "cards.waveform",
                "cards are drawn from words alone; `provider = \"ffmpeg\"` draws waveforms".into(),
            );
        }
        if let Some(model) = &request.model {
            let shown: String = model.chars().filter(|c| !c.is_control()).take(40).collect();
            return invalid(
                "model",
                "cards.model",
                format!("cards have no models such as “{shown}”; leave `model` out and choose a `style`"),
            );
        }
        let short_side = request.short_side.unwrap_or(DEFAULT_SHORT_SIDE);
        if !SHORT_SIDES.contains(&short_side) {
            let (low, high) = (SHORT_SIDES.start(), SHORT_SIDES.end());
            return invalid(
                "short_side",
                "cards.short_side",
                format!("a shorter side of {short_side} pixels can't be drawn; use {low} to {high}"),
            );
        }
        let Some(text) = request.text else {
            return invalid(
                "text",
                "cards.text",
                "there are no words to set; give `text` with a `layout` and a `heading`".into(),
            );
        };
        let look = request.look.unwrap_or_default();
        let mut palette = Palette::named(&request.style)?.dressed(&look);
        let CardLook { heading, body, .. } = look;
        if let Some(font) = &heading {
            palette.heading = if family(font, "look.heading.family")? == Some(Family::Serif) {
                Heading::Serif
            } else {
                Heading::Sans
            };
        }
        if let Some(font) = &body {
            family(font, "look.body.family")?;
        }
        Ok(Self { palette, text, aspect: request.aspect, short_side, fonts: [heading, body] })
    }

    /// The fonts to set it in; `read` gives the bytes of a file.
    ///
    /// # Errors
    /// `cards.font`: a file is no font. Or what `read` fails with.
    pub fn fonts<E: From<CardError>>(&self, read: impl Fn(&Blob) -> Result<Vec<u8>, E>) -> Result<Fonts, E> {
        let mut fonts = Fonts::load()?;
        let [heading, body] = &self.fonts;
        if let Some(font) = heading {
            fonts.head_with(&instead(font, ("look.heading.family", "look.heading.file"), &read)?);
        }
        if let Some(font) = body {
            fonts.write_with(&instead(font, ("look.body.family", "look.body.file"), &read)?);
        }
        Ok(fonts)
    }

    /// What the card shows, in words: for people who can't see it.
    pub fn describe(&self) -> String {
        let text = &self.text;
        let parts =
            [&text.kicker, &text.heading, &text.price, &text.caption].into_iter().chain(&text.lines).chain(&text.right);
        let said: Vec<String> = parts.map(|p| paragraph(p, false)).filter(|p| !p.is_empty()).take(12).collect();
        said.join(". ").replace("..", ".")
    }

    /// Lays the card out. The second value names characters that no bundled font has.
    pub fn compose(&self, fonts: &Fonts) -> (Scene, Vec<char>) {
        let frame = Frame::with(self.aspect, self.short_side, !self.text.uncaptioned);
        layout::compose(&self.text, frame, &self.palette, fonts)
    }

    /// Draws a composed card.
    pub fn paint(&self, scene: &Scene, fonts: &Fonts) -> Canvas {
        let canvas = Canvas::new(scene.width, scene.height, self.palette.rgb(Tone::Ground));
        let mut canvas = match (self.text.layout, self.text.ground) {
            (Layout::LowerThird, _) | (_, Ground::Clear) => canvas.over(0),
            (_, Ground::Veil) => canvas.over(VEIL),
            (_, Ground::Solid) => canvas,
        };
        canvas.shapes(scene, fonts, &self.palette);
        for placed in scene.blocks.iter().flat_map(|b| &b.lines) {
            canvas.text(placed, fonts, &self.palette);
        }
        canvas
    }

    /// All steps at once: the PNG file and its size in pixels.
    pub fn png(&self) -> Result<(Vec<u8>, u32, u32), CardError> {
        let fonts = Fonts::load()?;
        let (scene, _) = self.compose(&fonts);
        Ok((encode::png(&self.paint(&scene, &fonts))?, scene.width, scene.height))
    }
}

/// The family that a font names; none: it is a file.
fn family(font: &CardFont, field: &'static str) -> Result<Option<Family>, CardError> {
    if font.file.is_some() {
        return Ok(None);
    }
    Family::named(&font.family).map(Some).ok_or_else(|| {
        let shown: String = font.family.chars().filter(|c| !c.is_control()).take(40).collect();
        let message = format!("no font is called “{shown}”; use inter, serif or mono, or give a file");
        CardError::Invalid { field, code: "cards.font", message }
    })
}

fn instead<E: From<CardError>>(
    font: &CardFont,
    (family_field, file_field): (&'static str, &'static str),
    read: impl Fn(&Blob) -> Result<Vec<u8>, E>,
) -> Result<Instead, E> {
    let wrong = |message: &str| CardError::Invalid { field: file_field, code: "cards.font", message: message.into() };
    if let Some(family) = family(font, family_field)? {
        return Ok(Instead::Family(family));
    }
    let Some(file) = &font.file else { return Err(wrong("give a family or a file").into()) };
    if file.bytes > LARGEST_FONT {
        return Err(wrong("a font file has at most 16 MB").into());
    }
    let loaded = Loaded::read(read(file)?);
    loaded
        .map(|loaded| Instead::File(Box::new(loaded)))
        .ok_or_else(|| wrong("the file is no font; give a TrueType or OpenType file").into())
}
