//! What the author of a Studio plugin imports.
//!
//! A plugin never does I/O: it asks for effects and the host performs them ([`wire`]). The types of
//! what stages take and give are in [`roles`] and [`timeline`]; both sides share them. Depends on
//! nothing else of Studio. Start with [`prelude`].

// The macros name this crate from outside; its own tests use them too.
extern crate self as studio_plugin_sdk;

pub mod aspect;
pub mod blob;
pub mod build;
pub mod caption;
pub mod card;
pub mod cx;
pub mod error;
pub mod guest;
pub mod json;
pub mod plugin;
pub mod prelude;
pub mod roles;
#[cfg(feature = "schema")]
pub mod schema;
pub mod task;
#[cfg(any(test, feature = "testkit"))]
pub mod testkit;
pub mod timeline;
pub mod usage;
pub mod wav;
pub mod wire;
pub mod words;

pub use plugin::{Plugin, StageDef};
/// The role's request type is checked:
///
/// ```compile_fail,E0080
/// use studio_plugin_sdk::prelude::*;
/// #[stage(tts, rev = 1)] // LlmRequest belongs to `llm`
/// async fn speak(_cx: Cx, _req: LlmRequest) -> Result<LlmResponse> { Ok(LlmResponse::default()) }
/// fn main() {}
/// ```
///
/// And so is its response:
///
/// ```compile_fail,E0271
/// use studio_plugin_sdk::prelude::*;
/// #[stage(tts, rev = 1)]
/// async fn speak(_cx: Cx, _req: SpeechRequest) -> Result<Image> { Ok(Image::default()) }
/// fn main() {}
/// ```
pub use studio_plugin_sdk_macros::stage;
pub use task::Driver;

pub use futures_util;
pub use serde_json;
