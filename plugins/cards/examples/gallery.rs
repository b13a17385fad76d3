//! Draws every layout in every shape and several palettes: `cargo run -p studio-plugin-cards --example gallery -- OUTDIR [SHORT_SIDE]`.

use std::{path::PathBuf, time::Instant};

use studio_plugin_cards::draw::Order;
use studio_plugin_sdk::{
    aspect::Aspect,
    card::{CardText, Ground, Layout},
    roles::image::ImageRequest,
};

fn strings(items: &[&str]) -> Vec<String> {
    items.iter().map(|s| (*s).to_owned()).collect()
}

fn cards() -> Vec<(&'static str, CardText)> {
    let card = |layout, kicker: &str, heading: &str, lines: &[&str], emphasis: &[&str]| CardText {
        layout,
        kicker: kicker.into(),
        heading: heading.into(),
        lines: strings(lines),
        emphasis: strings(emphasis),
        ..CardText::default()
    };
    vec![
        (
            "title",
            card(
                Layout::Title,
                "Field notes · part one",
                "The quiet engineering of a bowl of rice",
                &["How a grass from the Yangtze came to feed half of the world."],
                &["quiet engineering"],
            ),
        ),
        ("title-short", card(Layout::Title, "", "Water first", &[], &["Water"])),
        (
            "bullets",
            card(
                Layout::Bullets,
                "What changes",
                "Three habits that keep paddies alive",
                &[
                    "Flood the field before the seedlings arrive, not after",
                    "Let fish eat the weeds",
                    "Drain twice: once for roots, once for harvest",
                ],
                &["fish"],
            ),
        ),
        (
            "bullets-many",
            card(
                Layout::Bullets,
                "Checklist",
                "Before you press record",
                &[
                    "Batteries charged, spares packed",
                    "Cards formatted",
                    "Sound checked with headphones",
                    "White balance set by hand",
                    "A second take of everything that matters",
                    "Release forms signed",
                ],
                &[],
            ),
        ),
        (
            "quote",
            CardText {
                caption: "Masanobu Fukuoka, The One-Straw Revolution".into(),
                ..card(
                    Layout::Quote,
                    "",
                    "The ultimate goal of farming is not the growing of crops, but the cultivation and perfection of human beings.",
                    &[],
                    &["human beings"],
                )
            },
        ),
        (
            "number",
            CardText {
                caption: "of the world’s freshwater goes to growing food".into(),
                ..card(Layout::Number, "The cost of water", "70%", &["FAO AQUASTAT, 2021"], &["freshwater"])
            },
        ),
        (
            "number-unit",
            CardText {
                caption: "to bring one kilogram of rice to the table".into(),
                ..card(Layout::Number, "", "2,500 litres", &[], &[])
            },
        ),
        (
            "code",
            CardText {
                caption: "rust".into(),
                ..card(
                    Layout::Code,
                    "Stages",
                    "A stage is a pure function of its inputs",
                    &[
                        "#[stage(tts, rev = 3)]",
                        "async fn speak(cx: Cx, req: SpeechRequest) -> Result<Speech> {",
                        "    // The host performs it; we only ask.",
                        "    let wav = cx.exec(cmd(\"espeak-ng\").arg(\"-w\")).await?;",
                        "    Ok(Speech { audio: wav.blob(\"out.wav\")?, rate: 22_050 })",
                        "}",
                    ],
                    &["pure function"],
                )
            },
        ),
        (
            "comparison",
            CardText {
                right: strings(&[
                    "Pays nothing twice",
                    "Every result is kept under its own key",
                    "One edited scene: one new segment",
                ]),
                columns: strings(&["Before", "With a durable engine"]),
                ..card(
                    Layout::Comparison,
                    "Why it matters",
                    "A crash should cost you nothing",
                    &["Restart from zero", "Paid calls are made again", "One edited scene: render it all"],
                    &["nothing"],
                )
            },
        ),
        (
            "world",
            card(
                Layout::Bullets,
                "Γειά σου · Привет",
                "Größe, naïveté, Ørsted, Việt Nam",
                &[
                    "مرحبا بالعالم، كيف الحال؟",
                    "שלום עולם: 42% מהאורז",
                    "∀x ∈ ℝ: x² ≥ 0 → ∑ xᵢ",
                    "Emoji: 🚀 ✅ 🌾 ☕ and ★ ● ▲",
                ],
                &["naïveté"],
            ),
        ),
        (
            "rtl",
            card(
                Layout::Title,
                "الجزء الأول",
                "الهندسة الهادئة لطبق من الأرز",
                &["كيف أطعم عشب من نهر اليانغتسي نصف العالم"],
                &["الهادئة"],
            ),
        ),
        (
            "long",
            card(
                Layout::Title,
                "A kicker that goes on for rather longer than kickers should",
                "This heading was written by somebody who had a great deal to say and did not want to leave any of it out, however hard the designer begged",
                &[
                    "A subtitle of a similar temperament, which explains what the heading already said, at length, twice.",
                    "And another.",
                ],
                &["designer begged"],
            ),
        ),
        (
            "item",
            CardText {
                number: 3,
                of: 5,
                ..card(
                    Layout::Item,
                    "Habits",
                    "Let fish eat the weeds",
                    &["They also loosen the mud, and feed the family in autumn"],
                    &["fish"],
                )
            },
        ),
        ("item-short", CardText { number: 12, of: 12, ..card(Layout::Item, "", "Sleep", &[], &[]) }),
        (
            "steps",
            CardText {
                number: 2,
                caption: "A bund of earth holds back a hand of water for a hundred days.".into(),
                ..card(
                    Layout::Steps,
                    "How it works",
                    "From rain to rice",
                    &[
                        "The forest drinks the rain",
                        "Each field holds a hand of water",
                        "What is left falls to the next",
                        "The last field drains into the river",
                    ],
                    &[],
                )
            },
        ),
        (
            "page",
            CardText {
                number: 4,
                ..card(
                    Layout::Page,
                    "",
                    "",
                    &[
                        "The heron stood so long in the water that the frogs began to believe it was a reed. “Reeds,” said the oldest frog, “do not look down.”",
                    ],
                    &[],
                )
            },
        ),
        (
            "offer",
            CardText {
                price: "€ 49".into(),
                caption: "Order at terrace.example".into(),
                ..card(
                    Layout::Offer,
                    "Until Sunday",
                    "Terrace kettle",
                    &["Free delivery, thirty days to change your mind"],
                    &[],
                )
            },
        ),
        (
            "banner",
            card(
                Layout::Banner,
                "The Rice Hour",
                "Why a field remembers every winter",
                &["With Ana Lumbao"],
                &["remembers"],
            ),
        ),
        ("lower-third", card(Layout::LowerThird, "", "Boils in ninety seconds", &["A coil as wide as the base"], &[])),
        (
            "quote-veil",
            CardText {
                caption: "Ovid".into(),
                ground: Ground::Veil,
                ..card(Layout::Quote, "", "Dripping water hollows out stone.", &[], &["stone"])
            },
        ),
        ("words", card(Layout::Number, "In short", "About half of everything", &["Source: our own guess"], &["half"])),
    ]
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let out = PathBuf::from(args.next().ok_or("usage: gallery OUTDIR [SHORT_SIDE]")?);
    let short_side = args.next().map(|s| s.parse()).transpose()?.unwrap_or(540);
    std::fs::create_dir_all(&out)?;
    let aspects = [("16x9", Aspect::Wide), ("9x16", Aspect::Tall), ("1x1", Aspect::Square), ("4x5", Aspect::Portrait)];
    for (i, (name, text)) in cards().into_iter().enumerate() {
        for (shape, aspect) in aspects {
            for style in ["", ["paper", "forest", "dusk", "mist", "slate", "clay", "sun", "chalk"][i % 8]] {
                let request = ImageRequest {
                    text: Some(text.clone()),
                    style: style.into(),
                    aspect,
                    short_side: Some(short_side),
                    ..ImageRequest::default()
                };
                let begun = Instant::now();
                let (png, width, height) = Order::new(request)?.png()?;
                let file = out.join(format!("{shape}-{name}-{}.png", if style.is_empty() { "ink" } else { style }));
                std::fs::write(&file, &png)?;
                #[allow(clippy::print_stderr)]
                {
                    eprintln!("{} {width}×{height} {} KB {:?}", file.display(), png.len() / 1024, begun.elapsed());
                }
            }
        }
    }
    Ok(())
}
