//! Content-addressed bytes. A guest holds the address; the host holds the bytes.

use serde::{Deserialize, Serialize};

/// A file in the blob store, named by its content: immutable, shared, checked on read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Blob {
    /// BLAKE3 of the bytes, 64 lower-case hex digits.
    pub blob: String,
    /// Length in bytes.
    pub bytes: u64,
    /// Media type, as the maker declared it: `image/png`.
    pub mime: String,
}
