//! Plugins: loading, manifests, limits, and driving one stage turn by turn.
//! The engine calls it. It performs no effect: what a guest asks for is handed back to the engine.

mod blobs;
mod error;
mod guest;
mod live;
mod manifest;
mod opening;
mod pool;
mod registry;
mod session;

pub use blobs::BlobAccess;
pub use error::HostError;
pub use opening::Opening;
pub use registry::{Loaded, Registry, Serving, counted};
pub use session::{Host, Session, Sink};
