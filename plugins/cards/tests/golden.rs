//! Pixels are part of the contract: kept results of the same `rev` must not change. When one of these
//! digests changes for a good reason, raise `rev` of the stage and accept the new ones.

use studio_plugin_cards::draw::Order;
use studio_plugin_sdk::{
    aspect::Aspect,
    card::{CardText, Layout},
    roles::image::ImageRequest,
};

fn strings(items: &[&str]) -> Vec<String> {
    items.iter().map(|s| (*s).to_owned()).collect()
}

#[test]
fn pixels_stay_as_they_are() {
    let base = CardText {
        kicker: "Part one".into(),
        heading: "“Rice, 70% of it: ∑ ✓ שלום”".into(),
        lines: strings(&["fn main() { println!(\"ok\"); } // yes", "Second line — with a dash"]),
        right: strings(&["Right side"]),
        columns: strings(&["Before", "After"]),
        caption: "rust".into(),
        emphasis: strings(&["Rice", "dash"]),
        ..CardText::default()
    };
    let cards = [
        (Layout::Title, Aspect::Wide, ""),
        (Layout::Bullets, Aspect::Tall, "paper"),
        (Layout::Quote, Aspect::Square, "forest"),
        (Layout::Number, Aspect::Portrait, "sun"),
        (Layout::Code, Aspect::Wide, "chalk"),
        (Layout::Comparison, Aspect::Wide, "dusk"),
    ];
    let digests = cards.map(|(layout, aspect, style)| {
        let heading = if layout == Layout::Number { "70%".into() } else { base.heading.clone() };
        let text = CardText { layout, heading, ..base.clone() };
        let request = ImageRequest {
            text: Some(text),
            aspect,
            style: style.into(),
            short_side: Some(360),
            ..ImageRequest::default()
        };
        let order = Order::new(request).unwrap();
        let fonts = studio_plugin_cards::fonts::Fonts::load().unwrap();
        let canvas = order.paint(&order.compose(&fonts).0, &fonts);
        format!("{layout:?} {aspect:?} {style} {}×{} {}", canvas.width, canvas.height, blake3::hash(&canvas.rgb))
    });
    insta::assert_snapshot!(digests.join("\n"));
}
