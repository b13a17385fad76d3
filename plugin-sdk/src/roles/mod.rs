//! The roles that plugins fill: one request and one response type each.
//!
//! Requests are part of result keys: a field equal to its default is left out when serialised, and a
//! default never changes its meaning (a new default is a new field, or a new `rev`).

use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub mod analytics;
pub mod animate;
pub mod asr;
pub mod image;
pub mod llm;
pub mod music;
pub mod publish;
pub mod rank;
pub mod reframe;
pub mod render;
pub mod search;
mod table;
pub mod tts;
pub mod verify;
pub mod video;

pub use table::{canonical, check_response};
#[cfg(feature = "schema")]
pub use table::{request_schema, response_schema};

/// What a stage does; each has one request and one response type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Text from text.
    Llm,
    /// Speech from text.
    Tts,
    /// Text and word times from speech.
    Asr,
    /// A picture from text or pictures.
    Image,
    /// A moving picture from text or pictures.
    Video,
    /// Music from text.
    Music,
    /// Existing media from a query.
    Search,
    /// A moving picture from code (Manim).
    Animate,
    /// The moments worth showing in a long video.
    Rank,
    /// A crop that follows what matters.
    Reframe,
    /// A film from a timeline.
    Render,
    /// What is wrong with a film.
    Verify,
    /// A film to where people see it.
    Publish,
    /// How a published film does.
    Analytics,
}

impl Role {
    /// All of them, in the order of a pipeline.
    pub const ALL: [Self; 14] = [
        Self::Llm,
        Self::Tts,
        Self::Asr,
        Self::Image,
        Self::Video,
        Self::Music,
        Self::Search,
        Self::Animate,
        Self::Rank,
        Self::Reframe,
        Self::Render,
        Self::Verify,
        Self::Publish,
        Self::Analytics,
    ];

    /// Its name in scripts, keys and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Llm => "llm",
            Self::Tts => "tts",
            Self::Asr => "asr",
            Self::Image => "image",
            Self::Video => "video",
            Self::Music => "music",
            Self::Search => "search",
            Self::Animate => "animate",
            Self::Rank => "rank",
            Self::Reframe => "reframe",
            Self::Render => "render",
            Self::Verify => "verify",
            Self::Publish => "publish",
            Self::Analytics => "analytics",
        }
    }

    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Ties a role to its types; implemented by each request type.
pub trait RoleRequest: Serialize + DeserializeOwned {
    /// The role it asks for.
    const ROLE: Role;
    /// What comes back.
    type Response: Serialize + DeserializeOwned;
}

/// Is a field equal to its type's default, and so left out of keys?
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Serde default and skip rule for a factor that is 1 unless said otherwise.
pub(crate) mod unit {
    pub(crate) fn one() -> f64 {
        1.0
    }
    #[allow(clippy::trivially_copy_pass_by_ref, clippy::float_cmp)]
    pub(crate) fn is_one(x: &f64) -> bool {
        *x == 1.0
    }
}
