//! Whatever the words: text stays inside its area, leaves the caption band free, and never overlaps.

use proptest::prelude::*;
use studio_plugin_cards::{
    draw::Order,
    fonts::Fonts,
    palette::PALETTES,
    scene::{Placed, Rect, Scene},
};
use studio_plugin_sdk::{
    aspect::Aspect,
    card::{CardText, Layout},
    roles::image::ImageRequest,
};

const LAYOUTS: [Layout; 12] = [
    Layout::Title,
    Layout::Bullets,
    Layout::Quote,
    Layout::Number,
    Layout::Code,
    Layout::Comparison,
    Layout::Item,
    Layout::Steps,
    Layout::Page,
    Layout::Offer,
    Layout::Banner,
    Layout::LowerThird,
];
const ASPECTS: [Aspect; 4] = [Aspect::Wide, Aspect::Tall, Aspect::Square, Aspect::Portrait];

fn order(text: CardText, aspect: Aspect, short_side: u32, style: &str) -> Order {
    let request = ImageRequest {
        text: Some(text),
        aspect,
        short_side: Some(short_side),
        style: style.into(),
        ..ImageRequest::default()
    };
    Order::new(request).expect("a good request")
}

/// The ink of a line, glyph by glyph.
fn ink(placed: &Placed, fonts: &Fonts) -> Vec<Rect> {
    let at = |g: &studio_plugin_cards::shape::Glyph| {
        let i = fonts.ink(g.face, g.id)?;
        let (x, y) = (placed.x + (g.x + i.left) * placed.size, placed.baseline - (g.y + i.top) * placed.size);
        Some(Rect::new(x, y, (i.right - i.left) * placed.size, (i.top - i.bottom) * placed.size))
    };
    placed.line.glyphs.iter().filter_map(at).collect()
}

fn check(scene: &Scene, fonts: &Fonts, captioned: bool) -> Result<(), String> {
    let area = Aspect::nearest(scene.width, scene.height).captions();
    let band = scene.height as f32 * if captioned { area.top } else { area.bottom } as f32;
    for block in &scene.blocks {
        for placed in &block.lines {
            // Serifs and slanted letters reach a little over their advance.
            let over = placed.size * 0.2 + 1.0;
            for r in ink(placed, fonts) {
                let inside = r.x >= (scene.safe.x - over).max(0.0)
                    && r.right() <= (scene.safe.right() + over).min(scene.width as f32)
                    && r.y >= (scene.safe.y - placed.size * 0.26).max(0.0)
                    && r.bottom() <= band;
                if !inside {
                    return Err(format!("{} reaches {r:?}, outside of {:?} (band {band})", block.name, scene.safe));
                }
            }
        }
        for pair in block.lines.windows(2) {
            if pair[0].bounds().bottom() > pair[1].bounds().y + 1.0 {
                return Err(format!("lines of {} touch: {:?} {:?}", block.name, pair[0].bounds(), pair[1].bounds()));
            }
        }
    }
    for (i, a) in scene.blocks.iter().enumerate() {
        for b in &scene.blocks[i + 1..] {
            for (one, other) in a.lines.iter().flat_map(|l| b.lines.iter().map(move |o| (l.bounds(), o.bounds()))) {
                let shrunk = Rect::new(one.x + 1.0, one.y + 1.0, one.w - 2.0, one.h - 2.0);
                if shrunk.w > 0.0 && shrunk.h > 0.0 && shrunk.meets(&other) {
                    return Err(format!("{} overlaps {}: {one:?} {other:?}", a.name, b.name));
                }
            }
        }
    }
    Ok(())
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[A-Za-z,.’ -]{0,60}",
        2 => "([A-Za-z]{1,12} ){0,90}",
        2 => "\\PC{0,120}",
        1 => "[a-z0-9/:._-]{60,200}",
        1 => "[א-ת ]{0,80}",
        1 => "[ء-ي ]{0,80}",
        1 => "[Ạ-ỹА-яΑ-ω ]{0,160}",
        1 => "(a[\u{300}-\u{36f}]{0,8}|🚀|👩\u{200d}🚀|∑|\u{202e}|\u{0}|\n){0,60}",
        1 => "[0-9.,]{1,9} ?(%|kg|litres of water)?",
    ]
}

fn card() -> impl Strategy<Value = CardText> {
    let list = || prop::collection::vec(words(), 0..9);
    (
        prop::sample::select(&LAYOUTS[..]),
        words(),
        words(),
        list(),
        list(),
        (prop::collection::vec(words(), 0..3), words(), list()),
        (words(), prop_oneof![0_u32..13, Just(u32::MAX)], prop_oneof![0_u32..13, Just(u32::MAX)]),
    )
        .prop_map(|(layout, kicker, heading, lines, right, (columns, caption, emphasis), (price, number, of))| {
            CardText {
                layout,
                kicker,
                heading,
                lines,
                right,
                columns,
                caption,
                price,
                number,
                of,
                emphasis,
                ..CardText::default()
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn text_stays_in_its_area(
        text in card(),
        aspect in prop::sample::select(&ASPECTS[..]),
        short_side in prop_oneof![Just(240_u32), Just(1080), 240_u32..=2160],
        style in prop::sample::select(vec!["ink", "slate"]),
        captioned in any::<bool>(),
    ) {
        let text = CardText { uncaptioned: !captioned, ..text };
        let fonts = Fonts::load().unwrap();
        let (scene, _) = order(text, aspect, short_side, style).compose(&fonts);
        prop_assert!(check(&scene, &fonts, captioned).is_ok(), "{}", check(&scene, &fonts, captioned).unwrap_err());
    }
}

#[test]
fn a_megabyte_and_hostile_characters_draw_in_every_layout() {
    let fonts = Fonts::load().unwrap();
    let big = "reckoning ".repeat(100_000);
    let odd = "\u{0}\u{7}\u{202e}שלום\u{200b}\u{feff}👩\u{200d}👩\u{200d}👧 e\u{301}\u{301}\u{301}\u{301} \u{e000}\u{10ffff} مرحبا 漢字".to_owned();
    for layout in LAYOUTS {
        for aspect in ASPECTS {
            for text in [&big, &odd] {
                let card = CardText {
                    layout,
                    kicker: text.clone(),
                    heading: text.clone(),
                    lines: vec![text.clone(); 80],
                    right: vec![text.clone(); 80],
                    columns: vec![text.clone(); 3],
                    caption: text.clone(),
                    price: text.clone(),
                    number: 1_000_000,
                    of: 1_000_001,
                    emphasis: vec!["reckoning".into(), text.clone()],
                    ..CardText::default()
                };
                let order = order(card, aspect, 240, "");
                let (scene, missing) = order.compose(&fonts);
                check(&scene, &fonts, true).unwrap_or_else(|e| panic!("{layout:?} {aspect:?}: {e}"));
                assert_eq!(missing.contains(&'漢'), text.contains('漢'), "{layout:?}: {missing:?}");
                let canvas = order.paint(&scene, &fonts);
                assert_eq!(canvas.rgb.len(), (scene.width * scene.height * 3) as usize);
            }
        }
    }
}

#[test]
fn empty_cards_draw_in_every_palette() {
    let fonts = Fonts::load().unwrap();
    for layout in LAYOUTS {
        for palette in PALETTES {
            let order = order(CardText { layout, ..CardText::default() }, Aspect::Wide, 240, palette.name);
            let (scene, missing) = order.compose(&fonts);
            assert!(scene.blocks.iter().all(|b| b.lines.is_empty()) && missing.is_empty() && !scene.cut);
        }
    }
}

#[test]
fn emphasis_shows_and_short_texts_are_not_cut() {
    let fonts = Fonts::load().unwrap();
    let text = CardText { heading: "Water first".into(), emphasis: vec!["Water".into()], ..CardText::default() };
    let (scene, _) = order(text, Aspect::Wide, 1080, "paper").compose(&fonts);
    let heading = scene.blocks.iter().find(|b| b.name == "heading").expect("a heading");
    let accents = heading.lines[0].line.glyphs.iter().filter(|g| g.tone == studio_plugin_cards::palette::Tone::Accent);
    assert_eq!(accents.count(), 5);
    assert!(!scene.cut && heading.lines.len() == 1);
}
