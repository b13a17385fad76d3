//! A value that is kept for long and seldom looked at: as its text, which takes a quarter of the room.

use serde_json::Value;

/// JSON as its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed(Box<str>);

impl Packed {
    /// Of a value.
    pub fn new(value: &Value) -> Self {
        Self(value.to_string().into())
    }

    /// The value.
    pub fn value(&self) -> Value {
        // It was a value's text: numbers are read as they were written.
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}

impl Default for Packed {
    /// Of nothing.
    fn default() -> Self {
        Self("null".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_comes_out_as_it_went_in() {
        let value = serde_json::json!({ "a": [1, 0.1, -0.0, 1e300, u64::MAX], "b": "\u{0}\"é", "c": null });
        assert_eq!(Packed::new(&value).value(), value);
        assert_eq!(Packed::default().value(), Value::Null);
    }
}
