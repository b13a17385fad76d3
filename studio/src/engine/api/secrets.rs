//! Secrets: set, listed by name, removed. None is ever given out.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{ApiError, Cx, Done, Method};
use crate::model::SecretString;

/// Sets a secret.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// Its name, as plugins ask for it.
    pub name: String,
    /// The secret. It is sealed at once, and never comes back.
    #[serde(serialize_with = "reveal", deserialize_with = "take")]
    #[schemars(with = "String")]
    pub secret: SecretString,
}

fn reveal<S: Serializer>(secret: &SecretString, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(secret.reveal())
}

fn take<'de, D: Deserializer<'de>>(d: D) -> Result<SecretString, D::Error> {
    String::deserialize(d).map(SecretString::new)
}

impl Method for Set {
    const NAME: &'static str = "secret.set";
    const CHANGES: bool = true;
    const SECRET: bool = true;
    type Reply = Done;

    async fn handle(self, cx: &Cx) -> Result<Done, ApiError> {
        cx.engine.vault().set(&self.name, self.secret, cx.engine.record(Value::Null)).await?;
        Ok(Done {})
    }

    async fn again(self, _cx: &Cx, _told: Value) -> Result<Done, ApiError> {
        Ok(Done {})
    }
}

/// The names of the secrets.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {}

impl Method for List {
    const NAME: &'static str = "secret.list";
    type Reply = Vec<String>;

    async fn handle(self, cx: &Cx) -> Result<Vec<String>, ApiError> {
        Ok(cx.engine.vault().names()?)
    }
}

/// Removes a secret.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remove {
    /// Its name.
    pub name: String,
}

impl Method for Remove {
    const NAME: &'static str = "secret.remove";
    const CHANGES: bool = true;
    type Reply = Done;

    async fn handle(self, cx: &Cx) -> Result<Done, ApiError> {
        cx.engine.vault().remove(&self.name, cx.engine.record(Value::Null)).await?;
        Ok(Done {})
    }

    async fn again(self, _cx: &Cx, _told: Value) -> Result<Done, ApiError> {
        Ok(Done {})
    }
}
