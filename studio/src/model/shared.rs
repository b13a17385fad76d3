//! Texts that are named in many places and kept once, as JSON strings.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serializer};

/// As a string.
pub fn serialize<S: Serializer>(text: &Arc<str>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(text)
}

/// From a string.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<str>, D::Error> {
    String::deserialize(from).map(Arc::from)
}
