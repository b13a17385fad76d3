//! The grid of a card: margins, the band kept free for captions, the sizes that type starts from.

use studio_plugin_sdk::aspect::Aspect;

use crate::scene::Rect;

/// The grid of one card.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Pixels, across.
    pub width: u32,
    /// Pixels, down.
    pub height: u32,
    /// A thousand-and-eightieth of the shorter side: lengths are given in it.
    pub unit: f32,
    /// Where text may stand.
    pub safe: Rect,
    /// Whether columns stand side by side.
    pub wide: bool,
    /// Type sizes, in units.
    pub sizes: Sizes,
}

/// The type sizes a card starts from, in units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sizes {
    /// The heading of a title card.
    pub title: f32,
    /// Other headings.
    pub heading: f32,
    /// Quoted words.
    pub quote: f32,
    /// The figure of a number card.
    pub figure: f32,
    /// Running text.
    pub body: f32,
    /// Program text.
    pub code: f32,
    /// Kickers.
    pub kicker: f32,
}

impl Frame {
    /// The grid for a shape and a shorter side in pixels.
    pub fn new(aspect: Aspect, short_side: u32) -> Self {
        Self::with(aspect, short_side, true)
    }

    /// The same, which leaves no room for captions unless it is `captioned`.
    pub fn with(aspect: Aspect, short_side: u32, captioned: bool) -> Self {
        let (width, height) = aspect.size(short_side);
        let unit = short_side as f32 / 1080.0;
        // Tall frames keep the top free too: phones lay their own controls over it.
        let (side, top, [title, heading, quote, figure, body, code, kicker]) = match aspect {
            Aspect::Wide => (150.0, 96.0, [156.0, 88.0, 94.0, 430.0, 48.0, 37.0, 26.0]),
            Aspect::Square => (92.0, 92.0, [120.0, 82.0, 80.0, 420.0, 45.0, 32.0, 26.0]),
            Aspect::Portrait => (92.0, 110.0, [132.0, 90.0, 90.0, 440.0, 50.0, 33.0, 29.0]),
            Aspect::Tall => (88.0, 230.0, [148.0, 108.0, 108.0, 480.0, 62.0, 36.0, 34.0]),
        };
        let sizes = Sizes { title, heading, quote, figure, body, code, kicker };
        let (side, top) = (side * unit, top * unit);
        let captions = aspect.captions();
        let bottom = match (captioned, aspect) {
            (true, _) => height as f32 * captions.top as f32 - 24.0 * unit,
            // Below are titles and buttons of players.
            (false, Aspect::Tall) => height as f32 * captions.bottom as f32,
            (false, _) => height as f32 - top,
        };
        // Tall frames keep off the buttons at the right edge, as captions do.
        let right = if aspect == Aspect::Tall { width as f32 * captions.right as f32 } else { width as f32 - side };
        let safe = Rect::new(side, top, right - side, bottom - top);
        Self { width, height, unit, safe, wide: aspect == Aspect::Wide, sizes }
    }
}
