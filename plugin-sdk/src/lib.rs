//! What the author of a Studio plugin imports.
//!
//! A plugin never does I/O: it asks for effects and the host performs them ([`wire`]). The types of
//! what stages take and give are in [`roles`] and [`timeline`]; both sides share them. Depends on
//! nothing else of Studio.

pub mod aspect;
pub mod blob;
pub mod card;
pub mod error;
pub mod json;
pub mod roles;
pub mod timeline;
pub mod usage;
pub mod wire;
