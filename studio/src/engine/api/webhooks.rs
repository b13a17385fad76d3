//! Webhooks: listed, tried out; their dead letters, sent again or forgotten.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ApiError, Cx, Method};
use crate::{
    engine::{DeadLetter, Tested, WebhookView},
    model::HookEvent,
};

/// The webhooks that `config.toml` has, and how each stands.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {}

impl Method for List {
    const NAME: &'static str = "webhook.list";
    type Reply = Vec<WebhookView>;

    async fn handle(self, cx: &Cx) -> Result<Vec<WebhookView>, ApiError> {
        Ok(cx.engine.webhooks()?)
    }
}

/// Sends a signed example now, once; nothing of it is kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// The webhook's name; none: to each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the example tells of; none: the first that the webhook tells of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<HookEvent>,
}

impl Method for Test {
    const NAME: &'static str = "webhook.test";
    const CHANGES: bool = true;
    type Reply = Vec<Tested>;

    async fn handle(self, cx: &Cx) -> Result<Vec<Tested>, ApiError> {
        Ok(cx.engine.test_webhooks(self.name.as_deref(), self.event).await?)
    }
}

/// The messages that are not tried again, the oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dead {}

impl Method for Dead {
    const NAME: &'static str = "webhook.dead";
    type Reply = Vec<DeadLetter>;

    async fn handle(self, cx: &Cx) -> Result<Vec<DeadLetter>, ApiError> {
        Ok(cx.engine.dead_letters()?)
    }
}

/// Queues dead letters to be sent again.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// Which; none: all whose webhook is still set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// Of how many messages that holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Counted {
    /// How many.
    pub count: usize,
}

impl Method for Retry {
    const NAME: &'static str = "webhook.retry";
    const CHANGES: bool = true;
    type Reply = Counted;

    async fn handle(self, cx: &Cx) -> Result<Counted, ApiError> {
        Ok(Counted { count: cx.engine.retry_dead_letters(self.id.as_deref()).await? })
    }

    async fn again(self, _cx: &Cx, told: Value) -> Result<Counted, ApiError> {
        Ok(Counted { count: told.as_u64().and_then(|n| n.try_into().ok()).unwrap_or(0) })
    }
}

/// Forgets dead letters.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drop {
    /// Which; none: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl Method for Drop {
    const NAME: &'static str = "webhook.drop";
    const CHANGES: bool = true;
    type Reply = Counted;

    async fn handle(self, cx: &Cx) -> Result<Counted, ApiError> {
        Ok(Counted { count: cx.engine.drop_dead_letters(self.id.as_deref()).await? })
    }

    async fn again(self, _cx: &Cx, told: Value) -> Result<Counted, ApiError> {
        Ok(Counted { count: told.as_u64().and_then(|n| n.try_into().ok()).unwrap_or(0) })
    }
}
