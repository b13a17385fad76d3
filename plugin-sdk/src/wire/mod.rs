//! What host and guest say to each other, as JSON. Each protocol version is frozen in a file of its own;
//! the newest is re-exported here. The host converts older ones at its edge.

pub mod v1;

pub use v1::*;
