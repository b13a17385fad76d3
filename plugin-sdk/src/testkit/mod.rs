//! Drives a plugin's stage in tests: natively or as WebAssembly, by hand or against recorded answers.
//! Only tests use it (feature `testkit`); it does no I/O but reading and writing cassettes.

mod cassette;
mod guest;
mod memory;
mod pattern;
mod play;
mod record;
mod run;

pub use cassette::{Cassette, Content, Exchange};
pub use guest::{Guest, Native};
pub use memory::MemoryHost;
pub use pattern::mismatch;
pub use play::{Played, check};
pub use run::{Run, Step};
