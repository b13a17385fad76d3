//! The words on a typographic scene card.

use serde::{Deserialize, Serialize};

use crate::{blob::Blob, timeline::Color};

/// What stands on a card. A layout uses the fields it has room for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct CardText {
    /// How the words are set.
    #[serde(skip_serializing_if = "crate::roles::is_default")]
    pub layout: Layout,
    /// A few small words above the heading.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kicker: String,
    /// The heading; of a quote the quoted words, of a number the number with its unit, of an offer what is offered.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub heading: String,
    /// Bullets, steps, the lines of code, the paragraphs of a page, or the sentence below a heading.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// The second column of a comparison; `lines` is the first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub right: Vec<String>,
    /// The columns' headings of a comparison: left, right.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Who said a quote; what a number means; the language of code; what a step does; the call of an offer.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub caption: String,
    /// What an offer costs, as it is to be read: `€ 49`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub price: String,
    /// Which one it is of a list, of steps, of pages, counted from 1; 0: it has no number.
    #[serde(skip_serializing_if = "crate::roles::is_default")]
    pub number: u32,
    /// How many there are of a list; 0: that is not shown.
    #[serde(skip_serializing_if = "crate::roles::is_default")]
    pub of: u32,
    /// No captions are drawn over it: words may stand where those would.
    #[serde(skip_serializing_if = "crate::roles::is_default")]
    pub uncaptioned: bool,
    /// What is behind the words.
    #[serde(skip_serializing_if = "crate::roles::is_default")]
    pub ground: Ground,
    /// Words of the card to stress, as they stand there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emphasis: Vec<String>,
}

/// How a card's words are set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// A large heading with a line or two below.
    #[default]
    Title,
    /// A heading and bullets.
    Bullets,
    /// Somebody's words.
    Quote,
    /// One figure and what it means.
    Number,
    /// Program text in fixed pitch.
    Code,
    /// Two columns side by side.
    Comparison,
    /// One of a numbered list: its number large beside its heading.
    Item,
    /// Steps one below the other, of which `number` is the one that is told of.
    Steps,
    /// A page of a book: its lines as running text, its number below.
    Page,
    /// A name with a price and a call to do something.
    Offer,
    /// A heading at the top; the rest is left free.
    Banner,
    /// A heading on a panel above the captions, to be laid over a picture; around the panel there is nothing.
    LowerThird,
}

/// What is behind the words of a card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// The palette's ground.
    #[default]
    Solid,
    /// The ground, through which a picture behind it is seen: to be laid over one.
    Veil,
    /// Nothing: to be laid over something quiet.
    Clear,
}

/// Colours and fonts of a card in the place of its palette's: those of a brand. What is left out is as the palette has it;
/// shades between text and background follow these.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct CardLook {
    /// The ground. It is opaque, as all of these are.
    #[serde(skip_serializing_if = "crate::roles::is_default")]
    pub background: Option<Color>,
    /// Text.
    #[serde(skip_serializing_if = "crate::roles::is_default")]
    pub text: Option<Color>,
    /// What is stressed.
    #[serde(skip_serializing_if = "crate::roles::is_default")]
    pub accent: Option<Color>,
    /// A second accent.
    #[serde(skip_serializing_if = "crate::roles::is_default")]
    pub second: Option<Color>,
    /// The font of headings and quotes.
    #[serde(skip_serializing_if = "crate::roles::is_default")]
    pub heading: Option<CardFont>,
    /// The font of all other words but program text.
    #[serde(skip_serializing_if = "crate::roles::is_default")]
    pub body: Option<CardFont>,
}

/// A font of a card: a family that is brought along, or a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct CardFont {
    /// `inter`, `serif` or `mono`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub family: String,
    /// A TrueType or OpenType file of at most 16 MB, instead.
    #[serde(skip_serializing_if = "crate::roles::is_default")]
    pub file: Option<Blob>,
}
