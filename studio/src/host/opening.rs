//! What a stage is started with, as the text that its guest is given: ten thousand stages that wait hold it, and as
//! values it takes four times as much.

use serde_json::Value;
use studio_plugin_sdk::{
    roles::Role,
    wire::{Start, Take},
};

/// The argument of `start`.
#[derive(Debug)]
pub struct Opening {
    /// The role whose stage is to run.
    pub role: Role,
    /// Which take of its request it is.
    pub take: Take,
    text: Box<str>,
}

impl Opening {
    /// Of its parts.
    pub fn new(start: &Start) -> Self {
        let text = serde_json::to_string(start).unwrap_or_default().into();
        Self { role: start.role, take: start.take.clone(), text }
    }

    /// As the guest is given it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its parts.
    pub fn start(&self) -> Start {
        // It was written above, and numbers are read as they were written.
        serde_json::from_str(&self.text).unwrap_or_else(|_| Start {
            role: self.role,
            request: Value::Null,
            take: self.take.clone(),
            seed: 0,
            resume_hint: None,
            service: None,
        })
    }

    /// The role's request.
    pub fn request(&self) -> Value {
        self.start().request
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_what_comes_out() {
        let start = Start {
            role: Role::Tts,
            request: serde_json::json!({ "text": "é\"\n", "speed": 0.1, "n": 1e300, "deep": [{ "a": null }] }),
            take: Take { n: 3, note: "slower".into() },
            seed: (1 << 53) - 1,
            resume_hint: Some("job-1".into()),
            service: None,
        };
        let opening = Opening::new(&start);
        assert_eq!(opening.start(), start);
        assert_eq!(opening.text(), serde_json::to_string(&start).unwrap());
    }
}
