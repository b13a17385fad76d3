//! Studio: a terminal studio for people who make videos with AI services and ordinary tools.
//!
//! Dependencies go one way: `cli, tui → remote → engine → host, effects, script, store → model`.

pub mod cli;
pub mod effects;
pub mod embedded;
pub mod engine;
pub mod host;
pub mod model;
pub mod remote;
pub mod script;
pub mod store;
pub mod tui;
