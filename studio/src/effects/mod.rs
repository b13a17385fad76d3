//! The only code that touches the world on a plugin's behalf. Called by the engine; uses `model` alone.

mod caller;
pub mod exec;
pub mod http;
pub mod sandbox;

pub use caller::Caller;
