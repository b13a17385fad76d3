//! How an operation is written, and how it is found by its name.

use futures::future::BoxFuture;
use schemars::{JsonSchema, schema_for};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::ApiError;
use crate::engine::Engine;

/// With what an operation is done.
#[derive(Clone)]
pub struct Cx {
    /// The engine.
    pub engine: Engine,
    /// What the client calls this command; none: it is in this process, or did not say.
    pub command: Option<String>,
}

impl Cx {
    /// The command's id where it is a ULID of about now: things that the command makes take it as theirs, so that
    /// the same command makes them once even where its answer was forgotten with the process that gave it.
    pub fn ulid(&self) -> Option<ulid::Ulid> {
        const DAY_MS: u64 = 86_400_000;
        let ulid = ulid::Ulid::from_string(self.command.as_deref()?).ok()?;
        let now = u64::try_from(self.engine.core.now_ms()).ok()?;
        (ulid.timestamp_ms().abs_diff(now) < DAY_MS).then_some(ulid)
    }
}

/// An operation: the type is its parameters.
pub trait Method: Clone + Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// Its name on the wire: `project.list`.
    const NAME: &'static str;
    /// Does it change anything? Such a request is a command, applied once.
    const CHANGES: bool = false;
    /// What it counts for where requests are limited.
    const COST: u32 = 1;
    /// What it answers.
    type Reply: Serialize + DeserializeOwned + JsonSchema + Send + 'static;

    /// Does it.
    fn handle(self, cx: &Cx) -> impl Future<Output = Result<Self::Reply, ApiError>> + Send;
}

type Run = fn(Cx, Value) -> BoxFuture<'static, Result<Value, ApiError>>;

/// An operation without its types.
pub struct Operation {
    pub name: &'static str,
    pub changes: bool,
    pub cost: u32,
    pub run: Run,
    pub request: fn() -> Value,
    pub response: fn() -> Value,
}

impl Operation {
    pub const fn of<M: Method>() -> Self {
        Self {
            name: M::NAME,
            changes: M::CHANGES,
            cost: M::COST,
            run: |cx, params| {
                Box::pin(async move {
                    let method: M = typed(params)?;
                    let reply = method.handle(&cx).await?;
                    serde_json::to_value(reply).map_err(|e| ApiError::new("engine.encode", e.to_string()))
                })
            },
            request: || schema_for!(M).into(),
            response: || schema_for!(M::Reply).into(),
        }
    }
}

/// Parameters as the operation's type; left out, they are an empty object.
pub fn typed<M: DeserializeOwned>(params: Value) -> Result<M, ApiError> {
    let params = if params.is_null() { Value::Object(serde_json::Map::new()) } else { params };
    serde_json::from_value(params).map_err(|e| {
        ApiError::new("invalid_params", e.to_string()).field("params").help("docs/control.md has the fields")
    })
}
