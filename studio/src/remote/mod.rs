//! The engine from elsewhere: its owner serves a socket that only its own user can use, and every other studio on
//! the box is a client of it. One process owns a store at a time (its lock is the truth); a [`Client`] is the engine
//! in this process or a connection to the owner, and which of the two does not show.
//!
//! `cli` uses it. It knows the engine's operations by name alone, and nothing of the store, plugins or scripts.

mod client;
mod codec;
mod connection;
mod events;
mod handover;
mod metrics;
mod outbox;
mod owner;
mod place;
mod rate;
mod rpc;
mod server;
mod session;

pub use client::{Client, Mode, Options};
pub use events::Events;
pub use metrics::Metrics;
pub use owner::{Own, Owner};
pub use place::Place;
pub use server::Limits;
