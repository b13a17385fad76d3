//! Typographic scene cards, drawn inside the plugin: words in, PNG out. No effects, no network,
//! no system fonts; the same request gives the same bytes on every machine.

pub mod draw;
pub mod encode;
pub mod error;
pub mod fonts;
pub mod frame;
pub mod layout;
pub mod paint;
pub mod palette;
pub mod scene;
pub mod shape;
pub mod stack;
mod stage;
pub mod syntax;
pub mod text;
pub mod wrap;

pub use stage::plugin;
