//! The only code that touches the world on a plugin's behalf. Called by the engine; uses `model` alone.

mod caller;
pub mod http;

pub use caller::Caller;
