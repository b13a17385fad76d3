//! JSON-RPC 2.0 as it goes over the socket, one message a line. Requests have an id and named parameters; there are
//! no batches, and clients send no notifications.

use serde_json::{Value, json};

use crate::engine::{
    Told,
    api::{ApiError, Request},
};

/// The longest id, in bytes.
const LONGEST_ID: usize = 128;

const PARSE: i64 = -32_700;
const INVALID: i64 = -32_600;
const NO_METHOD: i64 = -32_601;
const INVALID_PARAMS: i64 = -32_602;
const FAILED: i64 = -32_000;

/// A request with its id.
#[derive(Debug)]
pub struct Call {
    /// The client's, to be given back.
    pub id: Value,
    /// What it asks for.
    pub request: Request,
}

/// A line that is no request: what to answer.
pub type Refused = String;

/// Reads a request.
pub fn call(line: &[u8]) -> Result<Call, Refused> {
    let value: Value = serde_json::from_slice(line)
        .map_err(|e| refusal(&Value::Null, PARSE, &ApiError::new("rpc.parse", format!("not JSON: {e}"))))?;
    let Value::Object(mut members) = value else {
        return Err(refusal(
            &Value::Null,
            INVALID,
            &ApiError::new("rpc.invalid", "a request is an object; no batches"),
        ));
    };
    let id = members.remove("id").filter(is_id);
    let wrong = |id: &Option<Value>, field: &str, why: &str| {
        let error = ApiError::new("rpc.invalid", why).field(field);
        Err(refusal(id.as_ref().unwrap_or(&Value::Null), INVALID, &error))
    };
    if members.get("jsonrpc") != Some(&Value::from("2.0")) {
        return wrong(&id, "jsonrpc", "say \"jsonrpc\": \"2.0\"");
    }
    if id.is_none() {
        return wrong(&id, "id", "give each request an id: an integer, or a text of at most 128 bytes");
    }
    let Some(Value::String(method)) = members.remove("method") else {
        return wrong(&id, "method", "which operation? `method` is a text");
    };
    let params = members.remove("params").unwrap_or(Value::Null);
    let (params, command) = match params {
        Value::Null => (Value::Null, None),
        Value::Object(mut named) => match named.remove("command") {
            None | Some(Value::Null) => (Value::Object(named), None),
            Some(Value::String(command)) => (Value::Object(named), Some(command)),
            Some(_) => return wrong(&id, "command", "a command's id is a text"),
        },
        _ => return wrong(&id, "params", "parameters have names: `params` is an object"),
    };
    Ok(Call { id: id.unwrap_or_default(), request: Request { method, params, command } })
}

fn is_id(id: &Value) -> bool {
    match id {
        Value::String(text) => text.len() <= LONGEST_ID,
        Value::Number(number) => number.is_i64() || number.is_u64(),
        _ => false,
    }
}

/// The answer to a request.
pub fn answer(id: &Value, answer: Result<Value, ApiError>) -> String {
    match answer {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }).to_string(),
        Err(error) => {
            let code = match error.code.as_str() {
                "method.unknown" => NO_METHOD,
                "invalid_params" => INVALID_PARAMS,
                _ => FAILED,
            };
            refusal(id, code, &error)
        }
    }
}

/// An answer that is an error.
pub fn refusal(id: &Value, code: i64, error: &ApiError) -> String {
    let told = json!({ "code": code, "message": error.message, "data": error });
    json!({ "jsonrpc": "2.0", "id": id, "error": told }).to_string()
}

/// A line that was too long.
pub fn too_long(most: usize) -> String {
    let message = format!("a line has at most {most} bytes");
    refusal(&Value::Null, INVALID, &ApiError::new("rpc.too_long", message))
}

/// A request as a line.
pub fn request(id: u64, method: &str, mut params: Value, command: Option<&str>) -> String {
    if let Some(command) = command {
        params["command"] = command.into();
    }
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string()
}

/// Something that the owner says by itself.
#[derive(Debug, PartialEq)]
pub enum Notice {
    /// An event.
    Event(Box<Told>),
    /// Passing events were missed.
    Missed,
    /// The owner lets go of the store; another one may be about to come.
    Leaving {
        /// One does come: wait for it.
        successor: bool,
    },
}

impl Notice {
    /// As a line.
    pub fn to_line(&self) -> String {
        let (method, params) = match self {
            Self::Event(told) => ("event", serde_json::to_value(told).unwrap_or_default()),
            Self::Missed => ("missed", json!({})),
            Self::Leaving { successor } => ("leaving", json!({ "successor": successor })),
        };
        json!({ "jsonrpc": "2.0", "method": method, "params": params }).to_string()
    }
}

/// What an owner sends.
#[derive(Debug, PartialEq)]
pub enum Incoming {
    /// The answer to a request of ours.
    Answer {
        /// Which.
        id: u64,
        /// What.
        answer: Result<Value, ApiError>,
    },
    /// Something that it says by itself.
    Notice(Notice),
    /// Something that a newer one says.
    Unknown,
}

/// Reads what an owner sends; none: it does not keep to the protocol.
pub fn incoming(line: &[u8]) -> Option<Incoming> {
    let mut value: Value = serde_json::from_slice(line).ok()?;
    if let Some(method) = value.get("method").and_then(Value::as_str).map(ToOwned::to_owned) {
        let params = value.get_mut("params").map(Value::take).unwrap_or_default();
        return Some(match method.as_str() {
            "event" => match serde_json::from_value(params) {
                Ok(told) => Incoming::Notice(Notice::Event(Box::new(told))),
                Err(_) => Incoming::Unknown,
            },
            "missed" => Incoming::Notice(Notice::Missed),
            "leaving" => Incoming::Notice(Notice::Leaving { successor: params["successor"] == Value::Bool(true) }),
            _ => Incoming::Unknown,
        });
    }
    let id = value.get("id")?.as_u64();
    if let Some(error) = value.get_mut("error") {
        let message = error["message"].as_str().unwrap_or("it failed").to_owned();
        let data = serde_json::from_value(error["data"].take());
        let error = data.unwrap_or_else(|_| ApiError::new("rpc.failed", message));
        return Some(Incoming::Answer { id: id.unwrap_or(0), answer: Err(error) });
    }
    let result = value.get_mut("result").map(Value::take)?;
    Some(Incoming::Answer { id: id?, answer: Ok(result) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(line: &str) -> (i64, Value) {
        let refused = call(line.as_bytes()).expect_err(line);
        let value: Value = serde_json::from_str(&refused).unwrap();
        assert!(value["error"]["data"]["code"].is_string(), "{refused}");
        (value["error"]["code"].as_i64().unwrap(), value["id"].clone())
    }

    #[test]
    fn a_request_is_read() {
        let line = br#"{"jsonrpc":"2.0","id":"a","method":"project.get","params":{"project":"rice","command":"c1"}}"#;
        let read = call(line).unwrap();
        assert_eq!((read.id, read.request.method.as_str()), (json!("a"), "project.get"));
        assert_eq!((read.request.params, read.request.command.as_deref()), (json!({"project": "rice"}), Some("c1")));
        assert!(call(br#"{"jsonrpc":"2.0","id":0,"method":"x"}"#).unwrap().request.params.is_null());
    }

    #[test]
    fn what_is_no_request_is_refused_with_what_is_wrong() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let deep_params = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"x","params":{{"a":{deep}}}}}"#);
        for parse in ["", "{", "nonsense", "{\"jsonrpc\":\"2.0\",\"id\":1", deep.as_str(), deep_params.as_str()] {
            assert_eq!(code(parse), (PARSE, Value::Null), "{}", &parse[..parse.len().min(40)]);
        }
        assert_eq!(code("[]"), (INVALID, Value::Null));
        assert_eq!(code(r#"[{"jsonrpc":"2.0","id":1,"method":"x"}]"#), (INVALID, Value::Null));
        for (id, given) in [("null", Value::Null), ("1.5", Value::Null), ("{}", Value::Null), ("[1]", Value::Null)] {
            assert_eq!(code(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"x"}}"#)), (INVALID, given));
        }
        assert_eq!(code(r#"{"jsonrpc":"1.0","id":7,"method":"x"}"#), (INVALID, json!(7)));
        assert_eq!(code(r#"{"jsonrpc":"2.0","id":7}"#), (INVALID, json!(7)));
        assert_eq!(code(r#"{"jsonrpc":"2.0","id":7,"method":"x","params":[1]}"#), (INVALID, json!(7)));
        assert_eq!(code(r#"{"jsonrpc":"2.0","id":7,"method":"x","params":{"command":3}}"#), (INVALID, json!(7)));
        let long = format!(r#"{{"jsonrpc":"2.0","id":"{}","method":"x"}}"#, "x".repeat(LONGEST_ID + 1));
        assert_eq!(code(&long), (INVALID, Value::Null));
    }

    #[test]
    fn answers_and_notices_read_back() {
        let refused = ApiError::busy("too much", 0.5);
        for told in [Ok(json!({"x": 1})), Ok(Value::Null), Err(refused)] {
            let line = answer(&json!(3), told.clone());
            assert_eq!(incoming(line.as_bytes()), Some(Incoming::Answer { id: 3, answer: told }), "{line}");
        }
        for notice in [Notice::Missed, Notice::Leaving { successor: true }, Notice::Leaving { successor: false }] {
            assert_eq!(incoming(notice.to_line().as_bytes()), Some(Incoming::Notice(notice)));
        }
        assert_eq!(incoming(br#"{"method":"news","params":[]}"#), Some(Incoming::Unknown));
    }

    proptest! {
        #[test]
        fn no_line_is_too_strange(line in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = call(&line);
            let _ = incoming(&line);
        }

        #[test]
        fn what_looks_like_a_message_is_read_or_refused(
            jsonrpc in "(2.0|1.0|)", id in "(1|null|\"a\"|1e99|-1|true|\\{\\})", method in "\"[a-z.]{0,12}\"",
            params in "(\\{\\}|\\[\\]|null|1|\\{\"command\":(1|null|\"c\")\\})", key in "(params|result|error|id|x)",
        ) {
            let line = format!(r#"{{"jsonrpc":"{jsonrpc}","id":{id},"method":{method},"{key}":{params}}}"#);
            match call(line.as_bytes()) {
                Ok(read) => prop_assert!(is_id(&read.id)),
                Err(refused) => prop_assert!(serde_json::from_str::<Value>(&refused).is_ok()),
            }
            let _ = incoming(line.as_bytes());
        }
    }
}
