//! The project as a model is told of it: JSON within a bound, long texts shortened with a sign.

use serde_json::{Map, Value, json};

use crate::{
    engine::{
        api::scripts::ParamInfo,
        brands,
        open::{Engine, EngineError},
    },
    model::{NodeState, Project},
};

/// Most bytes of it.
const MOST: usize = 24 << 10;
/// Most characters of one text: tried one after the other, until all of it fits.
const TEXTS: [usize; 5] = [8_000, 2_000, 600, 200, 60];
/// Most failures that are told.
const MOST_FAILED: usize = 10;
/// Behind a text that is shortened.
const CUT: &str = " […]";

impl Engine {
    /// The project as JSON.
    pub(super) fn chat_state(&self, project: &Project) -> Result<String, EngineError> {
        let mut state = json!({
            "title": project.title, "script": project.script, "profile": project.profile, "brand": project.brand,
            "state": self.state_of(&project.id)?.name(),
        });
        if let Some(brand) = project.brand.as_ref().and_then(|brand| brands::used(&self.core, brand).ok()) {
            state["tone"] = json!(brand.kit.tone);
        }
        if let Ok(pipeline) = self.pipeline(&project.script) {
            let params = pipeline.params.into_iter().map(ParamInfo::from);
            state["params"] = params.map(|param| with_value(&param, project)).collect();
        }
        if let Ok(board) = self.board(project, None) {
            let scenes = board.scenes.into_iter().map(|view| json!(view.scene));
            state["scenes"] = scenes.map(without_empty).collect();
        }
        if let Some(run) = self.core.store.latest_run(&project.id)? {
            let failed = self.core.store.nodes_where(&run.id, None, MOST_FAILED, |state| state == NodeState::Failed)?;
            let told = failed.into_iter().filter_map(|node| {
                let place = node.slot.local().to_owned();
                node.error.map(|e| json!({ "place": place, "code": e.code, "message": e.message }))
            });
            state["failed"] = told.collect();
        }
        Ok(within(&without_empty(state)))
    }
}

fn with_value(param: &ParamInfo, project: &Project) -> Value {
    let mut told = json!(param);
    if let Some(value) = project.params.get(&param.name) {
        // Where a file lies on this box is nobody else's business.
        told["value"] = match param.kind.as_str() {
            "file" => json!("(a file)"),
            "files" => json!("(files)"),
            _ => value.clone(),
        };
    }
    told
}

/// Empty fields say nothing.
fn without_empty(value: Value) -> Value {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(name, value)| (name, without_empty(value)));
            Value::Object(fields.filter(|(_, value)| !is_empty(value)).collect::<Map<_, _>>())
        }
        Value::Array(items) => items.into_iter().map(without_empty).collect(),
        other => other,
    }
}

/// As JSON within the bound.
fn within(state: &Value) -> String {
    let mut text = String::new();
    for most in TEXTS {
        text = shortened(state, most).to_string();
        if text.len() <= MOST {
            return text;
        }
    }
    // There are so many scenes that not all can be told of.
    let mut state = shortened(state, 60);
    while text.len() > MOST {
        let Some(scenes) = state["scenes"].as_array_mut().filter(|scenes| !scenes.is_empty()) else { break };
        let left = scenes.len() / 2;
        let out = scenes.len() - left;
        scenes.truncate(left);
        state["scenes_left_out"] = json!(state["scenes_left_out"].as_u64().unwrap_or_default() + out as u64);
        text = state.to_string();
    }
    if text.len() > MOST {
        text.truncate(text.floor_char_boundary(MOST));
        text.push_str(CUT);
    }
    text
}

fn shortened(value: &Value, most: usize) -> Value {
    match value {
        Value::String(text) if text.chars().count() > most => {
            Value::String(text.chars().take(most).collect::<String>() + CUT)
        }
        Value::Array(items) => items.iter().map(|item| shortened(item, most)).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), shortened(value, most))).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_large_a_project_is_it_is_told_within_the_bound() {
        let scenes = |n: usize, letters: usize| {
            (0..n).map(|n| json!({ "id": n, "narration": "ä".repeat(letters) })).collect::<Value>()
        };
        let told = |state: Value| within(&state);
        assert_eq!(told(json!({ "a": "b" })), "{\"a\":\"b\"}");
        let long = told(json!({ "scenes": scenes(40, 3_000) }));
        assert!(long.len() <= MOST && long.contains(CUT) && long.contains("\"id\":39"));
        let many = told(json!({ "scenes": scenes(5_000, 100) }));
        assert!(many.len() <= MOST && many.contains("scenes_left_out"));
        let odd = told(json!({ "params": scenes(5_000, 100) }));
        assert!(odd.len() <= MOST + CUT.len());
    }

    #[test]
    fn what_is_empty_is_left_out() {
        let state = json!({ "a": "", "b": [], "c": { "d": null }, "e": [{ "f": "", "g": false }] });
        assert_eq!(without_empty(state), json!({ "e": [{ "g": false }] }));
    }
}
