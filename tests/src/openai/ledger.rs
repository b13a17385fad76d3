//! What was answered.

use serde_json::Value;

/// One answered request.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its path below `/v1`.
    pub path: String,
    /// The `authorization` header that came with it.
    pub authorization: String,
    /// Its body as JSON; of a form its fields, files by their names.
    pub request: Value,
    /// The status of the answer.
    pub status: u16,
    /// Would it have been billed? What is cut off half-way is.
    pub billed: bool,
    /// What was used, as the service counts it.
    pub usage: Value,
}
