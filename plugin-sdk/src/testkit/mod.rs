//! Drives a plugin's stage in tests: natively or as WebAssembly, by hand or against recorded answers.
//! Only tests use it (feature `testkit`); it does no I/O but reading and writing cassettes.

mod guest;
mod memory;

pub use guest::{Guest, Native};
pub use memory::MemoryHost;
