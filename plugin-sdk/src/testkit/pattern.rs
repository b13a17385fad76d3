//! What a recorded effect must look like: a part of its JSON.

use serde_json::Value;

/// Where `value` does not fit `pattern`; none: it fits.
///
/// An object fits when every member of the pattern fits. A list fits when the pattern's items fit items of it,
/// in the same order (others may stand between). A string that ends in `*` fits what begins like it.
pub fn mismatch(pattern: &Value, value: &Value) -> Option<String> {
    at("", pattern, value)
}

fn at(path: &str, pattern: &Value, value: &Value) -> Option<String> {
    match (pattern, value) {
        (Value::Object(members), Value::Object(map)) => members.iter().find_map(|(key, pattern)| {
            let path = format!("{path}/{key}");
            match map.get(key) {
                Some(value) => at(&path, pattern, value),
                None => Some(format!("{path} is missing")),
            }
        }),
        (Value::Array(patterns), Value::Array(items)) => {
            let mut items = items.iter();
            patterns.iter().enumerate().find_map(|(n, pattern)| {
                let found = items.any(|item| at("", pattern, item).is_none());
                (!found).then(|| format!("{path} has no {pattern} in place {n} of the pattern"))
            })
        }
        (Value::String(start), Value::String(text)) if start.strip_suffix('*').is_some_and(|s| text.starts_with(s)) => {
            None
        }
        (pattern, value) if pattern == value => None,
        (pattern, value) => Some(format!("{path} is {value}, not {pattern}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_part_is_enough() {
        let effect = json!({"effect": "exec", "program": "ffmpeg", "args": ["-i", "a", "-y", "b"], "threads": 2});
        assert_eq!(mismatch(&json!({"effect": "exec", "args": ["-i", "b"]}), &effect), None);
        assert!(mismatch(&json!({"args": ["b", "-i"]}), &effect).unwrap().contains("/args"));
        assert!(mismatch(&json!({"threads": 3}), &effect).unwrap().contains("/threads is 2, not 3"));
        assert!(mismatch(&json!({"stdin": 1}), &effect).unwrap().contains("/stdin is missing"));
    }

    #[test]
    fn a_star_stands_for_the_rest() {
        assert_eq!(mismatch(&json!("https://a/*"), &json!("https://a/b")), None);
        assert!(mismatch(&json!("https://a/*"), &json!("https://b")).is_some());
        assert!(mismatch(&json!("*"), &json!(1)).is_some());
    }
}
