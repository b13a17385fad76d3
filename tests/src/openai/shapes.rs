//! The shapes of requests: the committed ones, written after the published description, and that description itself
//! where this box has it.

use std::{collections::BTreeMap, path::PathBuf};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::workspace;

/// Names of the requests in the description, by path.
const NAMES: [(&str, &str); 6] = [
    ("/chat/completions", "CreateChatCompletionRequest"),
    ("/audio/speech", "CreateSpeechRequest"),
    ("/audio/transcriptions", "CreateTranscriptionRequest"),
    ("/images/generations", "CreateImageRequest"),
    ("/images/edits", "CreateImageEditRequest"),
    ("/videos", "CreateVideoJsonBody"),
];

/// A shape for each path.
pub struct Shapes(BTreeMap<String, Validator>);

impl Shapes {
    /// Those of `tests/openai.schema.json`.
    pub fn committed() -> Self {
        let text = include_str!("../../openai.schema.json");
        let schema: Value = serde_json::from_str(text).expect("the committed shapes");
        Self::of(&schema, "#/$defs/")
    }

    fn of(schema: &Value, prefix: &str) -> Self {
        let validator = |name: &str| {
            let mut whole = schema.clone();
            whole["$ref"] = format!("{prefix}{name}").into();
            jsonschema::validator_for(&whole).unwrap_or_else(|e| panic!("{name}: {e}"))
        };
        Self(NAMES.iter().map(|(path, name)| ((*path).to_owned(), validator(name))).collect())
    }

    /// What is wrong with a request; empty: nothing.
    pub fn faults(&self, path: &str, request: &Value) -> Vec<String> {
        let Some(validator) = self.0.get(path) else { return vec![format!("there is no request {path}")] };
        validator.iter_errors(request).map(|e| format!("{path}{}: {e}", e.instance_path())).collect()
    }
}

/// The published description (OpenAPI), where this box has it: in the folder `STUDIO_SPECS`, else beside the project.
pub fn full_spec() -> Option<Shapes> {
    let folder = std::env::var_os("STUDIO_SPECS").map_or_else(|| workspace().join("../shared/specs"), PathBuf::from);
    let text = std::fs::read_to_string(folder.join("openai.slim.json")).ok()?;
    let spec: Value = serde_json::from_str(&text).expect("the description is JSON");
    Some(Shapes::of(&json!({ "components": spec["components"] }), "#/components/schemas/"))
}
