//! The terminal interface. It is a client of the engine like any other: it asks by the engine's operations, and is
//! told by events; it knows no store, plugin or script.
//!
//! Input (keys, mouse) becomes an [`action::Action`] by the keymap; the page or overlay on top acts on it, changes
//! what it shows, and asks the engine; answers and events come back to the loop, which draws once after each batch.

pub mod action;
mod app;
mod canvas;
mod desk;
mod frame;
mod keymap;
mod look;
mod model;
mod overlay;
mod page;
mod picture;
mod player;
mod reload;
mod said;
mod session;
mod settings;
mod terminal;
mod theme;
mod turn;
mod widget;

#[cfg(test)]
mod tests;

pub use app::App;
pub use canvas::Canvas;
pub use desk::Cx;
pub use look::Look;
pub use model::{Model, Open};
pub use page::PageId;
pub use session::Session;
pub use settings::{Options, TuiError};
pub use terminal::{Guard, Input, Inputs, Screen, open};
pub use turn::{begin, run, turn};
