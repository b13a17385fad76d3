//! From an input that holds promises to a plain value.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    model::NodeError,
    script::{Input, NodeHandle, PathPart},
};

/// Every node that `input` waits for, each once.
pub fn promises(input: &Input, found: &mut Vec<NodeHandle>) {
    match input {
        Input::Value(_) => (),
        Input::Promise { node, .. } => {
            if !found.contains(node) {
                found.push(*node);
            }
        }
        Input::List(items) => items.iter().for_each(|i| promises(i, found)),
        Input::Map(fields) => fields.values().for_each(|i| promises(i, found)),
    }
}

/// `input` with each promise replaced by (the wanted part of) its value.
pub fn resolved(input: &Input, values: &BTreeMap<NodeHandle, Value>) -> Result<Value, NodeError> {
    Ok(match input {
        Input::Value(value) => value.clone(),
        Input::Promise { node, path } => projected(values.get(node).unwrap_or(&Value::Null), path)?,
        Input::List(items) => Value::Array(items.iter().map(|i| resolved(i, values)).collect::<Result<_, _>>()?),
        Input::Map(fields) => {
            let mut map = Map::new();
            for (name, input) in fields {
                map.insert(name.clone(), resolved(input, values)?);
            }
            Value::Object(map)
        }
    })
}

/// The part of `value` that a projected promise means. A field that was left out is null.
pub fn projected(value: &Value, path: &[PathPart]) -> Result<Value, NodeError> {
    let mut part = value;
    for step in path {
        part = match (step, part) {
            (PathPart::Field(name), Value::Object(fields)) => fields.get(name).unwrap_or(&Value::Null),
            (PathPart::Index(index), Value::Array(items)) => items.get(*index).ok_or_else(|| {
                let message = format!("there is no item {} (there are {})", index + 1, items.len());
                NodeError::permanent("script.index", message)
            })?,
            (_, Value::Null) => &Value::Null,
            _ => return Err(NodeError::permanent("script.path", "the result has no such part")),
        };
    }
    Ok(part.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_projection_contributes_its_own_value_only() {
        let input = Input::Map(BTreeMap::from([
            ("words".to_owned(), Input::Promise { node: NodeHandle(1), path: vec![PathPart::Field("words".into())] }),
            ("n".to_owned(), Input::List(vec![Input::Value(json!(1))])),
        ]));
        let mut found = Vec::new();
        promises(&input, &mut found);
        assert_eq!(found, [NodeHandle(1)]);
        let values = BTreeMap::from([(NodeHandle(1), json!({"words": ["a"], "audio": 5}))]);
        assert_eq!(resolved(&input, &values).unwrap(), json!({"words": ["a"], "n": [1]}));
        let beyond = [PathPart::Field("words".into()), PathPart::Index(1)];
        assert_eq!(projected(&values[&NodeHandle(1)], &beyond).unwrap_err().code, "script.index");
    }
}
