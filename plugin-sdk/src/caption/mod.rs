//! How captions look, as data: a style in the request of `render`, in TOML files of Studio's own and of a user's.
//!
//! All lengths are shares of something that grows with the picture (its height, or the type's size, one em), so that a
//! style holds for every shape and size. What is left out is as the kind of captions has it.

use serde::{Deserialize, Deserializer, Serialize, de::Error};

use crate::{
    blob::Blob,
    roles::{is_default, unit},
    timeline::Color,
};

mod area;
mod validate;

pub use area::SafeArea;

/// How captions look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct CaptionStyle {
    /// The name of a style that fills what is left open here: `karaoke`.
    #[serde(skip_serializing_if = "is_default")]
    pub from: String,
    /// What happens as words are said.
    #[serde(skip_serializing_if = "is_default")]
    pub kind: CaptionKind,
    /// The family: `inter`, `serif`, `mono`, or the name of a font of this box; empty: `inter`.
    #[serde(skip_serializing_if = "is_default")]
    pub font: String,
    /// A font file, instead of a family by name.
    #[serde(skip_serializing_if = "is_default")]
    pub font_file: Option<Blob>,
    /// Weight, 100 to 900; 0: 600. `inter` has 600 and 700.
    #[serde(skip_serializing_if = "is_default")]
    pub weight: u32,
    /// Size of the type as a share of the picture's height, 0.01 to 0.2; 0: what is usual for the picture's shape.
    #[serde(skip_serializing_if = "is_default")]
    pub size: f64,
    /// That size times this, 0.25 to 4.
    #[serde(default = "unit::one", skip_serializing_if = "unit::is_one")]
    pub scale: f64,
    /// Colour of the words; none: white.
    #[serde(skip_serializing_if = "is_default")]
    pub color: Option<Color>,
    /// Colour of the word that is being said, in karaoke of all that was said; none: as the kind has it.
    #[serde(skip_serializing_if = "is_default")]
    pub active_color: Option<Color>,
    /// Colour of keywords; none: amber.
    #[serde(skip_serializing_if = "is_default")]
    pub keyword_color: Option<Color>,
    /// Width of the outline in em, up to 0.5; none: as the kind has it.
    #[serde(skip_serializing_if = "is_default")]
    pub outline: Option<f64>,
    /// Its colour; none: black.
    #[serde(skip_serializing_if = "is_default")]
    pub outline_color: Option<Color>,
    /// How far the shadow falls, in em, up to 0.5.
    #[serde(skip_serializing_if = "is_default")]
    pub shadow: f64,
    /// Its colour; none: black of which half is seen.
    #[serde(skip_serializing_if = "is_default")]
    pub shadow_color: Option<Color>,
    /// Colour of the box behind a caption; none: there is none, but in `boxed`.
    #[serde(skip_serializing_if = "is_default")]
    pub box_color: Option<Color>,
    /// Room around the words in their box in em, left and right, up to 2; none: 0.62.
    #[serde(skip_serializing_if = "is_default")]
    pub box_pad_x: Option<f64>,
    /// The same above and below; none: 0.26.
    #[serde(skip_serializing_if = "is_default")]
    pub box_pad_y: Option<f64>,
    /// How round its corners are in em, up to 2; none: 0.36.
    #[serde(skip_serializing_if = "is_default")]
    pub box_radius: Option<f64>,
    /// Colour of a box behind the word that is being said; none: there is none, but in `highlight`.
    #[serde(skip_serializing_if = "is_default")]
    pub word_box: Option<Color>,
    /// Where captions stand.
    #[serde(skip_serializing_if = "is_default")]
    pub place: CaptionPlace,
    /// How far from that edge of the safe area, as a share of the picture's height, up to 0.5.
    #[serde(skip_serializing_if = "is_default")]
    pub margin: f64,
    /// The part of the picture that they keep to.
    #[serde(skip_serializing_if = "is_default")]
    pub safe_area: SafeArea,
    /// Most lines of a caption, 1 to 4; 0: two.
    #[serde(skip_serializing_if = "is_default")]
    pub lines: u32,
    /// Most words of a caption; 0: as many as its lines hold.
    #[serde(skip_serializing_if = "is_default")]
    pub words: u32,
    /// All in capitals.
    #[serde(skip_serializing_if = "is_default")]
    pub uppercase: bool,
    /// Words and phrases that are stressed wherever they are said; so is what stands between asterisks: `*rice*`.
    #[serde(skip_serializing_if = "is_default")]
    pub keywords: Vec<String>,
    /// What becomes of emoji.
    #[serde(skip_serializing_if = "is_default")]
    pub emoji: EmojiPolicy,
    /// How a second language is set, where clips have a `translation`.
    #[serde(skip_serializing_if = "is_default")]
    pub second: SecondLine,
}

impl Default for CaptionStyle {
    fn default() -> Self {
        Self {
            from: String::new(),
            kind: CaptionKind::default(),
            font: String::new(),
            font_file: None,
            weight: 0,
            size: 0.0,
            scale: 1.0,
            color: None,
            active_color: None,
            keyword_color: None,
            outline: None,
            outline_color: None,
            shadow: 0.0,
            shadow_color: None,
            box_color: None,
            box_pad_x: None,
            box_pad_y: None,
            box_radius: None,
            word_box: None,
            place: CaptionPlace::default(),
            margin: 0.0,
            safe_area: SafeArea::default(),
            lines: 0,
            words: 0,
            uppercase: false,
            keywords: Vec::new(),
            emoji: EmojiPolicy::default(),
            second: SecondLine::default(),
        }
    }
}

/// What happens as words are said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CaptionKind {
    /// Nothing: lines of text with an outline.
    #[default]
    Lines,
    /// Lines on a box.
    Boxed,
    /// A colour fills the words from their first letter to their last.
    Karaoke,
    /// The word being said stands on a box of its own.
    Highlight,
    /// Each word springs up when it is said.
    Pop,
    /// Letters appear one after another.
    Typewriter,
}

/// Where in the safe area captions stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CaptionPlace {
    /// At its lower edge.
    #[default]
    Bottom,
    /// In its middle.
    Middle,
    /// At its upper edge.
    Top,
}

/// What becomes of emoji in burnt-in captions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EmojiPolicy {
    /// They are drawn in the colour of the words.
    #[default]
    Draw,
    /// They are left out.
    Drop,
}

/// How a second language is set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct SecondLine {
    /// Its size as a share of that of the first language, 0.3 to 1.
    pub scale: f64,
    /// Its colour; none: that of the words.
    #[serde(skip_serializing_if = "is_default")]
    pub color: Option<Color>,
    /// It stands above the first language, not below.
    #[serde(skip_serializing_if = "is_default")]
    pub above: bool,
}

impl Default for SecondLine {
    fn default() -> Self {
        Self { scale: 0.66, color: None, above: false }
    }
}

/// A style by its name, or the style itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum CaptionLook {
    /// A name: `karaoke`. Studio puts the style in its place before a plugin sees it.
    Name(String),
    /// The style.
    Style(Box<CaptionStyle>),
}

// By hand: what is wrong in a style is to be named, not that it is neither of the two.
impl<'de> Deserialize<'de> for CaptionLook {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(name) => Ok(Self::Name(name)),
            style => serde_json::from_value(style).map(Self::Style).map_err(D::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_look_is_a_name_or_a_style_and_errors_name_the_field() {
        let read = |value| serde_json::from_value::<CaptionLook>(value);
        assert_eq!(read(json!("pop")).unwrap(), CaptionLook::Name("pop".into()));
        let style = json!({ "kind": "pop", "scale": 1.5, "color": "#ffffff80" });
        assert_eq!(serde_json::to_value(read(style.clone()).unwrap()).unwrap(), style);
        assert!(read(json!({ "colour": "#fff" })).unwrap_err().to_string().contains("unknown field `colour`"));
        assert!(read(json!({ "kind": "wobble" })).unwrap_err().to_string().contains("typewriter"));
    }
}
