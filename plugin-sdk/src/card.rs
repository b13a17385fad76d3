//! The words on a typographic scene card.

use serde::{Deserialize, Serialize};

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
    /// The heading; of a quote the quoted words, of a number the number with its unit.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub heading: String,
    /// Bullets, the lines of code, or the sentence below a heading.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// The second column of a comparison; `lines` is the first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub right: Vec<String>,
    /// The columns' headings of a comparison: left, right.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Who said a quote; what a number means; the language of code.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub caption: String,
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
}
