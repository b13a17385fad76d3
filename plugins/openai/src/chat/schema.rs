//! JSON Schemas as the service takes them, and whether what came fits: servers that only speak like OpenAI may not
//! hold their models to a schema.

use studio_plugin_sdk::prelude::*;

/// How deep schemas and answers are looked into.
const DEEPEST: usize = 32;

/// `response_format` for a schema.
pub(super) fn format(name: &str, schema: &Value) -> Value {
    let strict = is_strict(schema, 0);
    json!({ "type": "json_schema", "json_schema": { "name": name, "strict": strict, "schema": schema } })
}

/// A name for a schema: its title's letters, digits, `_` and `-`.
pub(super) fn name(schema: &Value) -> String {
    let title = schema["title"].as_str().unwrap_or_default();
    let plain = title.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let name: String = plain.take(64).collect();
    if name.is_empty() { "answer".into() } else { name }
}

/// Does it keep to the part of JSON Schema in which models can be held to it? Every object is closed, and all of its
/// properties are required.
fn is_strict(schema: &Value, depth: usize) -> bool {
    let below = |schema: &Value| depth < DEEPEST && is_strict(schema, depth + 1);
    let Some(map) = schema.as_object() else { return false };
    let properties = map.get("properties").and_then(Value::as_object);
    let is_object = properties.is_some() || map.get("type").is_some_and(|t| *t == "object");
    if is_object {
        let names: Vec<&str> = properties.into_iter().flat_map(|p| p.keys()).map(String::as_str).collect();
        let required: Vec<&str> =
            map.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let closed = map.get("additionalProperties") == Some(&Value::Bool(false));
        if !closed || !names.iter().all(|name| required.contains(name)) {
            return false;
        }
    }
    let of = |key: &str| map.get(key).and_then(Value::as_array).into_iter().flatten();
    let named = |key: &str| map.get(key).and_then(Value::as_object).into_iter().flat_map(|m| m.values());
    let open = ["oneOf", "allOf", "not", "if", "patternProperties", "prefixItems"];
    (depth > 0 || is_object)
        && !open.iter().any(|key| map.contains_key(*key))
        && named("properties").chain(named("$defs")).chain(of("anyOf")).chain(map.get("items")).all(below)
}

/// Where an answer does not fit a schema: types, required members, enumerations, closed objects. None: it fits, as
/// far as that goes.
pub(super) fn mismatch(schema: &Value, value: &Value) -> Option<String> {
    at("", schema, value, 0)
}

fn at(path: &str, schema: &Value, value: &Value, depth: usize) -> Option<String> {
    if depth > DEEPEST {
        return None;
    }
    let wrong = |what: String| Some(format!("{} {what}", if path.is_empty() { "the answer" } else { path }));
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !types.is_empty() && !types.iter().any(|name| is_type(name, value)) {
        return wrong(format!("is not {}", types.join(" or ")));
    }
    if let Some(allowed) = schema["enum"].as_array().filter(|allowed| !allowed.contains(value)) {
        return wrong(format!("is none of {}", Value::Array(allowed.clone())));
    }
    match value {
        Value::Object(members) => {
            let missing = |name: &&Value| name.as_str().is_some_and(|name| !members.contains_key(name));
            if let Some(name) = schema["required"].as_array().into_iter().flatten().find(missing) {
                return wrong(format!("lacks {name}"));
            }
            let closed = schema["additionalProperties"] == Value::Bool(false);
            members.iter().find_map(|(name, member)| match schema["properties"].get(name) {
                Some(schema) => at(&format!("{path}.{name}"), schema, member, depth + 1),
                None if closed => wrong(format!("has the member {name}, which the schema does not know")),
                None => None,
            })
        }
        Value::Array(items) => {
            let items = items.iter().enumerate().filter(|_| schema["items"].is_object());
            items
                .map(|(n, item)| at(&format!("{path}[{n}]"), &schema["items"], item, depth + 1))
                .find_map(|mismatch| mismatch)
        }
        _ => None,
    }
}

fn is_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|n| n.fract() == 0.0),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object() -> Value {
        json!({
            "type": "object", "additionalProperties": false, "required": ["title", "n"],
            "properties": {
                "title": { "type": "string", "enum": ["a", "b"] },
                "n": { "type": ["integer", "null"] },
            },
        })
    }

    #[test]
    fn strict_is_asked_for_where_a_schema_can_be_kept() {
        assert!(is_strict(&object(), 0) && is_strict(&super::super::storyboard::schema(), 0));
        let mut open = object();
        open["additionalProperties"] = true.into();
        let mut optional = object();
        optional["required"] = json!(["title"]);
        let nested = json!({
            "type": "object", "additionalProperties": false, "required": ["a"],
            "properties": { "a": { "type": "array", "items": { "type": "object" } } },
        });
        for schema in [open, optional, nested, json!({ "type": "string" }), json!({}), json!(true)] {
            assert!(!is_strict(&schema, 0), "{schema}");
        }
        assert_eq!(name(&json!({ "title": "A film's plan_1" })), "Afilmsplan_1");
        assert_eq!(name(&json!({})), "answer");
    }

    #[test]
    fn an_answer_that_does_not_fit_is_told_where() {
        assert_eq!(mismatch(&object(), &json!({ "title": "a", "n": 1 })), None);
        assert_eq!(mismatch(&object(), &json!({ "title": "a", "n": null })), None);
        for (value, says) in [
            (json!([]), "the answer is not object"),
            (json!({ "title": "a" }), "the answer lacks \"n\""),
            (json!({ "title": "c", "n": 1 }), ".title is none of"),
            (json!({ "title": "a", "n": 1.5 }), ".n is not integer or null"),
            (json!({ "title": "a", "n": 1, "x": 1 }), "has the member x"),
        ] {
            let why = mismatch(&object(), &value).unwrap();
            assert!(why.contains(says), "{why}");
        }
        let list = json!({ "type": "array", "items": object() });
        assert!(mismatch(&list, &json!([{ "title": "a", "n": 1 }, 2])).unwrap().starts_with("[1]"));
    }
}
