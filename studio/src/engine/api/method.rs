//! How an operation is written, and how it is found by its name.

use futures::future::BoxFuture;
use schemars::{JsonSchema, schema_for};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::ApiError;
use crate::{
    engine::{Engine, EngineError},
    model::{Project, ProjectId},
};

/// With what an operation is done.
#[derive(Clone)]
pub struct Cx {
    /// The engine, acting for the command that the operation is, where it is one.
    pub engine: Engine,
}

impl Cx {
    /// For a part of the command that is written down before the rest of it.
    #[must_use]
    pub fn part(&self, name: &str) -> Self {
        Self { engine: self.engine.acting_for_part(name) }
    }

    /// The project whose id was written down with a command, as it is now.
    pub fn project_told(&self, told: &Value) -> Result<Project, ApiError> {
        let id = ProjectId::new(told.as_str().unwrap_or_default());
        let gone = || EngineError::NotFound(format!("it was done, and the project {id} is gone since"));
        Ok(self.engine.core.store.project(&id)?.ok_or_else(gone)?)
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
    /// Do its parameters hold a secret? Then not even a hash of them is written down.
    const SECRET: bool = false;
    /// What it answers.
    type Reply: Serialize + DeserializeOwned + JsonSchema + Send + 'static;

    /// Does it.
    fn handle(self, cx: &Cx) -> impl Future<Output = Result<Self::Reply, ApiError>> + Send;

    /// What it answers where it was applied before and the answer is lost: how things stand now. `told` is what was
    /// written down with it. Unless said otherwise it is done again, which must then change nothing.
    fn again(self, cx: &Cx, _told: Value) -> impl Future<Output = Result<Self::Reply, ApiError>> + Send {
        self.handle(cx)
    }
}

/// Does an operation, unless it is a command that was applied before.
pub async fn once<M: Method>(method: M, cx: &Cx) -> Result<M::Reply, ApiError> {
    match cx.engine.applied()? {
        Some(applied) => method.again(cx, applied.told).await,
        None => method.handle(cx).await,
    }
}

type Run = fn(Cx, Value) -> BoxFuture<'static, Result<Value, ApiError>>;

/// An operation without its types.
pub struct Operation {
    pub name: &'static str,
    pub changes: bool,
    pub secret: bool,
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
            secret: M::SECRET,
            cost: M::COST,
            run: |cx, params| {
                Box::pin(async move {
                    let method: M = typed(params)?;
                    let reply = once(method, &cx).await?;
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
