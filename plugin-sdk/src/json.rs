//! JSON into types, with errors that name the field.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::StageError;

/// `value` as a `T`, or an error that names the field that does not fit.
pub fn typed<T: DeserializeOwned>(value: Value) -> Result<T, StageError> {
    serde_path_to_error::deserialize(value).map_err(|e| {
        let path = e.path().to_string();
        let field = if path == "." { String::new() } else { path };
        StageError::invalid(field, e.into_inner().to_string())
    })
}
