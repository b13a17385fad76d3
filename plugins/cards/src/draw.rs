//! A card in three steps, so that the stage can let others run in between: compose, paint, encode.

use studio_plugin_sdk::{aspect::Aspect, card::CardText, roles::image::ImageRequest};

use crate::{
    encode,
    error::CardError,
    fonts::Fonts,
    frame::Frame,
    layout,
    paint::Canvas,
    palette::{Palette, Tone},
    scene::Scene,
    text::paragraph,
};

/// Pixels of the shorter side when the request does not say.
pub const DEFAULT_SHORT_SIDE: u32 = 1080;
/// Shorter sides that can be drawn.
pub const SHORT_SIDES: std::ops::RangeInclusive<u32> = 240..=2160;

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
        Ok(Self { palette: Palette::named(&request.style)?, text, aspect: request.aspect, short_side })
    }

    /// What the card shows, in words: for people who can't see it.
    pub fn describe(&self) -> String {
        let text = &self.text;
        let parts = [&text.kicker, &text.heading, &text.caption].into_iter().chain(&text.lines).chain(&text.right);
        let said: Vec<String> = parts.map(|p| paragraph(p, false)).filter(|p| !p.is_empty()).take(12).collect();
        said.join(". ").replace("..", ".")
    }

    /// Lays the card out. The second value names characters that no bundled font has.
    pub fn compose(&self, fonts: &Fonts) -> (Scene, Vec<char>) {
        layout::compose(&self.text, Frame::new(self.aspect, self.short_side), &self.palette, fonts)
    }

    /// Draws a composed card.
    pub fn paint(&self, scene: &Scene, fonts: &Fonts) -> Canvas {
        let mut canvas = Canvas::new(scene.width, scene.height, self.palette.rgb(Tone::Ground));
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
