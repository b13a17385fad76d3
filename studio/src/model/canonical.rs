//! One text for equal values: RFC 8785 JSON, integers without fraction.

use serde_json::Value;

use super::ids::Digest;

/// `value` as RFC 8785 JSON.
pub fn canonical_json(value: &Value) -> String {
    // The canonicalizer fails on numbers that JSON cannot hold, and a `Value` holds none of them.
    serde_json_canonicalizer::to_string(value).unwrap_or_else(|_| value.to_string())
}

/// BLAKE3 of the canonical text of `value`.
pub fn digest_of(value: &Value) -> Digest {
    Digest::of(canonical_json(value).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn order_and_number_spelling_do_not_matter() {
        let a: Value = serde_json::from_str(r#"{"b":1.0,"a":"\u00e9","c":[1e2]}"#).unwrap();
        assert_eq!(canonical_json(&a), r#"{"a":"é","b":1,"c":[100]}"#);
        assert_eq!(digest_of(&a), digest_of(&json!({"a":"é","c":[100],"b":1})));
    }
}
