//! How an operation fails, alike in-process and over the socket.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    engine::EngineError,
    host::HostError,
    model::{NodeError, is_over_budget},
    script::ScriptError,
    store::{SecretError, StoreError},
};

/// 0 done · 1 failed · 2 usage · 4 budget reached · 77 grant needed · 130 cancelled.
const FAILED: u8 = 1;
const USAGE: u8 = 2;
const BUDGET: u8 = 4;
const GRANT: u8 = 77;
const CANCELLED: u8 = 130;

/// A request that failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// Stable, for programs: `not_found`, `store.full`, `busy` …
    pub code: String,
    /// What went wrong, in a sentence.
    pub message: String,
    /// Which input is to blame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What to do about it; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub help: String,
    /// What a command that fails so exits with.
    pub exit: u8,
    /// Seconds until it is worth trying again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<f64>,
}

impl ApiError {
    /// An error; its code says what a command exits with.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        let code = code.into();
        let exit = match code.as_str() {
            "cancelled" => CANCELLED,
            "usage" => USAGE,
            code if is_over_budget(code) => BUDGET,
            _ if code.starts_with("grant.") => GRANT,
            _ => FAILED,
        };
        Self { code, message: message.into(), field: None, help: String::new(), exit, retry_after: None }
    }

    /// With the input that is to blame.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// With what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Too much at once: to be tried again.
    pub fn busy(message: impl Into<String>, retry_after: f64) -> Self {
        let help = "wait as long as `retry_after` says, then send it again";
        Self { retry_after: Some(retry_after), ..Self::new("busy", message).help(help) }
    }

    /// The id of a command stood for another one before.
    pub fn command_reused(id: &str) -> Self {
        let message = format!("the command {id} was another one before");
        Self::new("command.reused", message).field("command").help("give each command its own")
    }

    /// This process leaves; nothing was done.
    pub fn leaving() -> Self {
        Self::new("leaving", "this process lets go of the store").help("ask whoever has the store next")
    }

    /// Was it refused because the process leaves?
    pub fn is_leaving(&self) -> bool {
        // A store that was let go says so in its own words.
        matches!(self.code.as_str(), "leaving" | "store.closed")
    }
}

impl From<EngineError> for ApiError {
    fn from(e: EngineError) -> Self {
        let field = match &e {
            EngineError::Invalid { field, .. } => Some(field.clone()),
            EngineError::Node(node) => node.field.clone(),
            EngineError::Script(script) => script.field.clone(),
            _ => None,
        };
        Self { field, ..Self::new(e.code(), e.to_string()).help(e.help()) }
    }
}

macro_rules! through_engine_error {
    ($($error:ty),*) => {
        $(impl From<$error> for ApiError {
            fn from(e: $error) -> Self {
                EngineError::from(e).into()
            }
        })*
    };
}

through_engine_error!(StoreError, SecretError, HostError, ScriptError, NodeError);
