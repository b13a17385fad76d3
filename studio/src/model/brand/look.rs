//! What becomes of a brand's colours and fonts: on cards, and in captions of each kind.

use serde_json::{Map, Value, json};
use studio_plugin_sdk::{
    caption::CaptionKind,
    card::{CardFont, CardLook},
    timeline::Color,
};

use super::{BrandColors, BrandFont, BrandKit};

/// Opacity of the box behind captions: something of the picture is still seen.
const BOX: u8 = 0xe6;

impl BrandKit {
    /// How cards look; none: the brand has neither colours nor fonts.
    pub fn cards(&self) -> Option<CardLook> {
        let colors = &self.colors;
        let font = |font: &Option<BrandFont<_>>| font.as_ref().map(card_font);
        let look = CardLook {
            background: colors.background,
            text: colors.text,
            accent: colors.stressed(),
            second: colors.secondary,
            heading: font(&self.fonts.heading),
            body: font(&self.fonts.body),
        };
        (look != CardLook::default()).then_some(look)
    }

    /// Lays colours and fonts over a style of captions that is whole, but where `own` (what the kit itself says of
    /// captions) names them.
    pub fn dress(&self, own: &Map<String, Value>, style: &mut Map<String, Value>) {
        let kind = style.get("kind").and_then(|kind| serde_json::from_value(kind.clone()).ok()).unwrap_or_default();
        let boxed = style.contains_key("box_color") || matches!(kind, CaptionKind::Boxed | CaptionKind::Highlight);
        for (field, color) in self.colors.of_captions(kind, boxed) {
            if !own.contains_key(field) {
                style.insert(field.into(), json!(color));
            }
        }
        if let Some(font) = self.fonts.body.as_ref().filter(|_| !own.contains_key("font")) {
            style.remove("font");
            style.remove("font_file");
            if !font.family.is_empty() {
                style.insert("font".into(), json!(font.family));
            }
            if let Some(file) = &font.file {
                style.insert("font_file".into(), json!(file.blob));
            }
        }
    }

    /// Does it say anything of captions, or have what they take?
    pub fn has_captions(&self) -> bool {
        self.captions.is_some() || self.fonts.body.is_some() || self.colors.stressed().is_some()
    }
}

impl BrandColors {
    /// What is stressed.
    fn stressed(&self) -> Option<Color> {
        self.accent.or(self.primary)
    }

    /// The fields of a style that colours go into: over a picture only what is stressed, on a box also what stands
    /// there.
    fn of_captions(&self, kind: CaptionKind, boxed: bool) -> Vec<(&'static str, Color)> {
        let mut fields = Vec::new();
        if let Some(background) = self.background.filter(|_| boxed) {
            fields.push(("box_color", Color { alpha: BOX, ..background }));
            fields.push(("color", self.text.unwrap_or_else(|| legible(background, None))));
        }
        let Some(accent) = self.stressed() else { return fields };
        match kind {
            CaptionKind::Highlight => {
                fields.push(("word_box", accent));
                fields.push(("active_color", legible(accent, self.background)));
            }
            CaptionKind::Boxed | CaptionKind::Karaoke | CaptionKind::Pop => fields.push(("active_color", accent)),
            CaptionKind::Lines | CaptionKind::Typewriter => {}
        }
        fields.push(("keyword_color", self.secondary.unwrap_or(accent)));
        fields
    }
}

/// What is read best on a ground: a colour of the brand's where that is read well, else black or white.
fn legible(ground: Color, wished: Option<Color>) -> Color {
    let well = wished.filter(|color| color.contrast(ground) >= 4.5);
    let plain = if Color::BLACK.contrast(ground) > Color::WHITE.contrast(ground) { Color::BLACK } else { Color::WHITE };
    well.unwrap_or(plain)
}

fn card_font(font: &BrandFont<super::BrandFile>) -> CardFont {
    match &font.file {
        Some(file) => CardFont { family: String::new(), file: Some(file.blob.clone()) },
        None => CardFont { family: font.family.clone(), file: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kit(text: &str) -> BrandKit {
        toml::from_str(text).unwrap()
    }

    fn dressed(kit: &BrandKit, style: Value, own: Value) -> Value {
        let (Value::Object(mut style), Value::Object(own)) = (style, own) else { panic!("no records") };
        kit.dress(&own, &mut style);
        Value::Object(style)
    }

    const COLORS: &str = "[colors]\nprimary = \"#0a2a43\"\naccent = \"#ff7a00\"\nbackground = \"#0a2a43\"\n\
                          text = \"#ffffff\"\n[fonts.body]\nfamily = \"serif\"";

    #[test]
    fn captions_take_colours_as_their_kind_needs_them() {
        let kit = kit(COLORS);
        let lines = dressed(&kit, json!({}), json!({}));
        assert_eq!(lines, json!({ "font": "serif", "keyword_color": "#ff7a00" }));
        let karaoke = dressed(&kit, json!({ "kind": "karaoke", "active_color": "#ffd04c", "font": "mono" }), json!({}));
        assert_eq!((&karaoke["active_color"], &karaoke["font"]), (&json!("#ff7a00"), &json!("serif")));
        assert!(karaoke.get("box_color").is_none());
        let highlight = dressed(&kit, json!({ "kind": "highlight", "box_color": "#0c0f16cf" }), json!({}));
        assert_eq!((&highlight["word_box"], &highlight["box_color"]), (&json!("#ff7a00"), &json!("#0a2a43e6")));
        assert_eq!((&highlight["color"], &highlight["active_color"]), (&json!("#ffffff"), &json!("#0a2a43")));
    }

    #[test]
    fn what_the_kit_says_of_captions_stands() {
        let own = json!({ "kind": "karaoke", "active_color": "#123456", "font": "mono" });
        let style = dressed(&kit(COLORS), own.clone(), own);
        assert_eq!((&style["active_color"], &style["font"]), (&json!("#123456"), &json!("mono")));
        assert_eq!(style["keyword_color"], "#ff7a00");
    }

    #[test]
    fn a_word_on_its_box_can_be_read_whatever_the_accent() {
        let pale = kit("[colors]\naccent = \"#ffee88\"\nbackground = \"#ffffff\"");
        let style = dressed(&pale, json!({ "kind": "highlight" }), json!({}));
        assert_eq!((&style["active_color"], &style["color"]), (&json!("#000000"), &json!("#000000")));
    }

    #[test]
    fn cards_have_what_there_is() {
        assert_eq!(BrandKit::default().cards(), None);
        let cards = kit(COLORS).cards().unwrap();
        assert_eq!(cards.body.unwrap().family, "serif");
        assert_eq!((cards.accent, cards.second, cards.heading), (Some(Color::opaque(0xff, 0x7a, 0)), None, None));
        // The colour that a brand is known by is what it stresses with, where it says nothing else.
        let primary = kit("colors.primary = \"#0a2a43\"").cards().unwrap();
        assert_eq!(primary.accent, Some(Color::opaque(0x0a, 0x2a, 0x43)));
    }
}
