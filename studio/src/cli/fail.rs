//! How a command fails: a code, a field where one is to blame, what to do, and an exit code.

use super::out::{line, note};
use serde_json::json;

use crate::{
    engine::EngineError,
    model::{NodeError, RunOutcome},
};

/// A command that failed.
#[derive(Debug)]
pub struct Failure {
    code: String,
    field: Option<String>,
    message: String,
    help: String,
    exit: u8,
}

/// 0 done · 1 failed · 2 usage · 3 waiting for review · 77 grant needed · 130 cancelled.
const FAILED: u8 = 1;
const USAGE: u8 = 2;
const GRANT: u8 = 77;
/// Only reviews are left.
pub const WAITING: u8 = 3;
/// Somebody cancelled it.
pub const CANCELLED: u8 = 130;

impl Failure {
    /// The command line asks for something that cannot be.
    pub fn usage(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: "usage".into(),
            field: Some(field.into()),
            message: message.into(),
            help: String::new(),
            exit: USAGE,
        }
    }

    /// It failed.
    pub fn new(code: &str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code: code.into(), field: None, message: message.into(), help: help.into(), exit: FAILED }
    }

    /// Says it, to people or to programs: the exit code.
    pub fn report(&self, as_json: bool) -> u8 {
        if as_json {
            let field = self.field.as_ref();
            let error = json!({ "code": self.code, "message": self.message, "field": field, "help": self.help });
            line(format_args!("{}", json!({ "error": error })));
        } else {
            let field = self.field.as_ref().filter(|f| !f.is_empty() && !self.message.starts_with(f.as_str()));
            let field = field.map(|f| format!("{f}: ")).unwrap_or_default();
            note(format_args!("error[{}]: {field}{}", self.code, self.message));
            if !self.help.is_empty() {
                note(format_args!("  help: {}", self.help));
            }
        }
        self.exit
    }
}

fn exit_of(code: &str) -> u8 {
    match code {
        "cancelled" => CANCELLED,
        "usage" => USAGE,
        _ if code.starts_with("grant.") => GRANT,
        _ => FAILED,
    }
}

impl From<EngineError> for Failure {
    fn from(e: EngineError) -> Self {
        let code = e.code();
        let field = match &e {
            EngineError::Invalid { field, .. } => Some(field.clone()),
            EngineError::Node(node) => node.field.clone(),
            EngineError::Script(script) => script.field.clone(),
            _ => None,
        };
        Self { exit: exit_of(&code), code, field, message: e.to_string(), help: e.help() }
    }
}

impl From<NodeError> for Failure {
    fn from(e: NodeError) -> Self {
        EngineError::Node(e).into()
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        EngineError::Io { doing: "a file could not be used".into(), error }.into()
    }
}

/// What a run's end means for the exit code.
pub fn of_outcome(outcome: &RunOutcome) -> Result<u8, Failure> {
    match outcome {
        RunOutcome::Done { .. } => Ok(0),
        RunOutcome::Failed { error } => Err(error.clone().into()),
        RunOutcome::Cancelled => Ok(CANCELLED),
        RunOutcome::Waiting => Ok(WAITING),
    }
}
