//! What pages are put together from.

pub mod bar;
pub mod field;
pub mod list;
pub mod text;
