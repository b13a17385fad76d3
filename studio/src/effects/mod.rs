//! The only code that touches the world: on a plugin's behalf, and to tell webhooks. Called by the engine; uses `model` alone.

mod caller;
pub mod exec;
pub mod http;
pub mod sandbox;
pub mod webhook;

pub use caller::Caller;
