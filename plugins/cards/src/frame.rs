//! The grid of a card: margins, the band kept free for captions, the sizes that type starts from.

use studio_plugin_sdk::aspect::Aspect;

use crate::scene::Rect;

/// Part of the height, from below, that belongs to burnt-in captions.
pub const CAPTION_BAND: f32 = 0.18;

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
        let (width, height) = aspect.size(short_side);
        let unit = short_side as f32 / 1080.0;
        let (side, top, sizes) = match aspect {
            Aspect::Wide => (
                150.0,
                100.0,
                Sizes { title: 132.0, heading: 80.0, quote: 84.0, figure: 420.0, body: 44.0, code: 36.0, kicker: 25.0 },
            ),
            Aspect::Square => (
                92.0,
                92.0,
                Sizes { title: 108.0, heading: 74.0, quote: 74.0, figure: 360.0, body: 42.0, code: 30.0, kicker: 26.0 },
            ),
            Aspect::Portrait => (
                92.0,
                110.0,
                Sizes { title: 116.0, heading: 80.0, quote: 82.0, figure: 380.0, body: 46.0, code: 31.0, kicker: 28.0 },
            ),
            // Phones lay their own controls over the top.
            Aspect::Tall => (
                88.0,
                220.0,
                Sizes { title: 122.0, heading: 88.0, quote: 88.0, figure: 400.0, body: 52.0, code: 33.0, kicker: 32.0 },
            ),
        };
        let (side, top) = (side * unit, top * unit);
        let bottom = height as f32 * (1.0 - CAPTION_BAND) - 24.0 * unit;
        let safe = Rect::new(side, top, width as f32 - 2.0 * side, bottom - top);
        Self { width, height, unit, safe, wide: aspect == Aspect::Wide, sizes }
    }
}
