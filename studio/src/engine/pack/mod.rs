//! A project as one file: what it is made of, its decisions, its results and their files, so that another studio opens
//! it and makes nothing anew. Never in it: secrets, grants, settings.
//!
//! The file is a tar in zstd. Its first part, `manifest.json`, names all others with their lengths and BLAKE3, in the
//! order in which they come: `project.json`, `scripts/N`, `blobs/DIGEST`, `results.ndjson`.

mod check;
mod error;
mod format;
mod read;
mod take_in;
#[cfg(test)]
mod tests;
mod write;

pub use error::PackError;
pub use write::Packed;
