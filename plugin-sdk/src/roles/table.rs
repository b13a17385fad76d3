//! The one table from a role's name to its types.

use serde_json::Value;

use super::{Role, RoleRequest};
use crate::error::StageError;

macro_rules! with_role {
    ($role:expr, $r:ident => $body:expr) => {
        match $role {
            Role::Llm => with_role!(@ $r = super::llm::LlmRequest, $body),
            Role::Tts => with_role!(@ $r = super::tts::SpeechRequest, $body),
            Role::Asr => with_role!(@ $r = super::asr::AsrRequest, $body),
            Role::Image => with_role!(@ $r = super::image::ImageRequest, $body),
            Role::Video => with_role!(@ $r = super::video::VideoRequest, $body),
            Role::Music => with_role!(@ $r = super::music::MusicRequest, $body),
            Role::Search => with_role!(@ $r = super::search::SearchRequest, $body),
            Role::Animate => with_role!(@ $r = super::animate::AnimateRequest, $body),
            Role::Rank => with_role!(@ $r = super::rank::RankRequest, $body),
            Role::Reframe => with_role!(@ $r = super::reframe::ReframeRequest, $body),
            Role::Render => with_role!(@ $r = super::render::RenderRequest, $body),
            Role::Verify => with_role!(@ $r = super::verify::VerifyRequest, $body),
            Role::Publish => with_role!(@ $r = super::publish::PublishRequest, $body),
            Role::Analytics => with_role!(@ $r = super::analytics::AnalyticsRequest, $body),
        }
    };
    (@ $r:ident = $ty:ty, $body:expr) => {{
        type $r = $ty;
        $body
    }};
}

/// A request typed through its role's struct and back, so that equal requests are equal values:
/// defaults are left out, numbers have their type, unknown fields are refused.
pub fn canonical(role: Role, mut request: Value) -> Result<Value, StageError> {
    fn through<R: RoleRequest>(request: Value) -> Result<Value, StageError> {
        let typed: R = crate::json::typed(request)?;
        serde_json::to_value(typed).map_err(|e| StageError::invalid("", e.to_string()))
    }
    whole_numbers(&mut request);
    with_role!(role, R => through::<R>(request))
}

/// Scripts know one kind of number: 240.0 is 240.
fn whole_numbers(value: &mut Value) {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Array(items) => items.iter_mut().for_each(whole_numbers),
        Value::Object(fields) => fields.values_mut().for_each(whole_numbers),
        Value::Number(number) => {
            if let Some(x) = number.as_f64().filter(|x| number.is_f64() && x.fract() == 0.0 && x.abs() < EXACT) {
                *value = Value::from(x as i64);
            }
        }
        _ => {}
    }
}

/// A response typed through its role's struct and back; refuses what is none.
pub fn check_response(role: Role, response: Value) -> Result<Value, StageError> {
    fn through<R: RoleRequest>(response: Value) -> Result<Value, StageError> {
        let typed: R::Response = crate::json::typed(response)?;
        serde_json::to_value(typed).map_err(|e| StageError::invalid("", e.to_string()))
    }
    with_role!(role, R => through::<R>(response))
}

/// JSON Schema of a role's request.
#[cfg(feature = "schema")]
pub fn request_schema(role: Role) -> Value {
    with_role!(role, R => schemars::schema_for!(R).into())
}

/// JSON Schema of a role's response.
#[cfg(feature = "schema")]
pub fn response_schema(role: Role) -> Value {
    with_role!(role, R => schemars::schema_for!(<R as RoleRequest>::Response).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn equal_requests_are_equal_values() {
        let written = json!({"text": {"heading": "A"}, "short_side": 240.0, "style": "", "avoid": ""});
        let plain = json!({"text": {"heading": "A"}, "short_side": 240});
        let one = canonical(Role::Image, written).unwrap();
        assert_eq!(one, canonical(Role::Image, plain).unwrap());
        assert_eq!(one.to_string(), r#"{"short_side":240,"text":{"heading":"A"}}"#);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let error = canonical(Role::Image, json!({"short_side": 240.5})).unwrap_err();
        assert_eq!(error.field.as_deref(), Some("short_side"));
        assert!(canonical(Role::Tts, json!({"text": "a", "volume": 2})).unwrap_err().message.contains("volume"));
    }
}
