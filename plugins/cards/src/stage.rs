//! The `image` stage: checks the request, draws in one turn (10 ms for 1920 × 1080), hands the picture over.

use studio_plugin_sdk::prelude::*;

use crate::{draw::Order, encode, scene::Scene};

/// Most characters named in one warning.
const MOST_NAMED: usize = 24;

#[stage(image, rev = 2, plan = run, estimate = estimate)]
async fn card(cx: Cx, req: ImageRequest) -> Result<Image> {
    let order = Order::new(req)?;
    let fonts = order.fonts(|file| cx.read_blob(file))?;
    let (scene, missing) = order.compose(&fonts);
    warn(&cx, &scene, &missing);
    for (tone, contrast) in order.palette.faint() {
        let what = format!("{tone:?}").to_lowercase();
        let text = format!("the colour of {what} has a contrast of {contrast:.1} to the background; 4.5 is read well");
        cx.log(Level::Warn, text);
    }
    let canvas = order.paint(&scene, &fonts);
    let image = cx.write_blob("image/png", &encode::png(&canvas)?)?;
    cx.used(Usage { images: 1, ..Usage::default() });
    Ok(Image {
        image,
        width: canvas.width,
        height: canvas.height,
        description: order.describe(),
        attribution: String::new(),
    })
}

fn warn(cx: &Cx, scene: &Scene, missing: &[char]) {
    if !missing.is_empty() {
        let named: Vec<String> =
            missing.iter().take(MOST_NAMED).map(|c| format!("{c} (U+{:04X})", u32::from(*c))).collect();
        let more = missing.len().saturating_sub(MOST_NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        cx.log(
            Level::Warn,
            format!(
                "no bundled font has {}{more}; boxes are drawn instead. Cards can set Latin, Greek, Cyrillic, Hebrew, \
                 Arabic, mathematics, symbols and common emoji; Chinese, Japanese, Korean and Indic scripts need a picture of your own",
                named.join(", ")
            ),
        );
    }
    if scene.cut {
        cx.log(Level::Warn, "the text is too long for the card; its end was cut with an ellipsis");
    }
}

fn estimate(_: &Value) -> Estimate {
    Estimate { usage: Some(Usage { images: 1, ..Usage::default() }), seconds: Some(0.1) }
}

plugin! {
    id: "cards",
    description: "Scene cards from words: title, bullets, quote, number, code, comparison, and those of templates; no account needed",
    stages: [card],
    capabilities: Capabilities::default(),
    // A card of 2160 × 3840 is 25 MB of pixels; the rest is for a request of many megabytes of text.
    limits: Limits { memory_mib: 128, turn_seconds: 2 }
}
