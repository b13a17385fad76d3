//! JSON into types, with errors that name the field.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{error::StageError, roles::RoleRequest};

/// `value` as a `T`, or an error that names the field that does not fit.
pub fn typed<T: DeserializeOwned>(value: Value) -> Result<T, StageError> {
    serde_path_to_error::deserialize(value).map_err(|e| {
        let path = e.path().to_string();
        let field = if path == "." { String::new() } else { path };
        StageError::invalid(field, e.into_inner().to_string())
    })
}

/// What an `estimate` function is given, typed: null (not known yet) counts as left out. None where a
/// required field is not known yet.
pub fn known<R: RoleRequest>(request: &Value) -> Option<R> {
    fn without_nulls(value: &Value) -> Value {
        match value {
            Value::Object(map) => {
                map.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), without_nulls(v))).collect()
            }
            Value::Array(list) => list.iter().filter(|v| !v.is_null()).map(without_nulls).collect(),
            other => other.clone(),
        }
    }
    typed(without_nulls(request)).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::roles::tts::SpeechRequest;

    #[test]
    fn an_error_names_the_field() {
        let error = typed::<SpeechRequest>(json!({"text": "hi", "speed": "fast"})).unwrap_err();
        assert_eq!(error.field.as_deref(), Some("speed"));
    }

    #[test]
    fn null_counts_as_not_known() {
        assert_eq!(known::<SpeechRequest>(&json!({"text": null})), None);
        assert_eq!(known::<SpeechRequest>(&json!({"text": "a", "speed": null})).unwrap().text, "a");
    }
}
