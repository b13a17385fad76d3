//! Protocol version 1: a guest exports `describe`, `estimate`, `start` and `resume`; it asks for effects
//! in a [`Turn`] and is resumed with the [`Event`]s that answer them. Frozen once released.

mod effect;
mod event;
mod manifest;
mod turn;

pub use effect::*;
pub use event::*;
pub use manifest::*;
pub use turn::*;

/// The number of this protocol version.
pub const PROTOCOL: u32 = 1;
