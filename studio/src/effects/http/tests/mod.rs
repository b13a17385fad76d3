//! The client against servers that behave badly.

mod bodies;
mod kit;
mod leaks;
mod polls;
mod reach;
mod retries;
mod streams;
pub(in crate::effects) mod tls;
