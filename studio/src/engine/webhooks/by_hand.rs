//! Webhooks looked at, tried out, and their dead letters sent again.

use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    deliver::{Due, send},
    gone,
    message::Happened,
    named,
};
use crate::{
    effects::webhook::Answer,
    engine::{Engine, EngineError},
    model::{HookEvent, HookMessage, HookTry, Record},
};

/// A webhook and how it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookView {
    /// Its name.
    pub name: String,
    /// Where it is, without what may be as good as a password.
    pub url: String,
    /// Of what it tells; empty: of everything.
    pub events: Vec<HookEvent>,
    /// The name of its secret.
    pub secret: String,
    /// Is there such a secret?
    pub secret_set: bool,
    /// Messages that have arrived.
    pub delivered: u64,
    /// Messages that are to be sent.
    pub pending: usize,
    /// Messages that are not tried again.
    pub dead: usize,
    /// How the last try of the message went that waits longest; none: nothing waits, or was not tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<HookTry>,
}

/// A message that is not tried again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeadLetter {
    /// Its id.
    pub id: String,
    /// Its webhook.
    pub webhook: String,
    /// Of what it tells.
    pub event: HookEvent,
    /// When that happened, in milliseconds since 1970.
    pub at_ms: i64,
    /// What would be sent.
    pub body: String,
    /// Its last try.
    pub tried: HookTry,
}

/// How an example fared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tested {
    /// The webhook.
    pub name: String,
    /// Was it taken?
    pub delivered: bool,
    /// The answer's status; none: there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What happened, in a sentence.
    pub said: String,
    /// Seconds until the answer.
    pub seconds: f64,
}

/// Most dead messages that are kept, of all webhooks …
pub(super) const MOST_DEAD: usize = 1_000;
/// … and for how long, after what they tell of, in milliseconds.
const DEAD_FOR_MS: i64 = 30 * 24 * 3_600_000;

fn dropped(message: HookMessage) -> Record {
    Record::HookDropped { hook: message.hook, id: message.id }
}

impl Engine {
    /// The webhooks that are set.
    pub fn webhooks(&self) -> Result<Vec<WebhookView>, EngineError> {
        let store = &self.core.store;
        let (names, dead) = (self.vault().names()?, store.hook_dead()?);
        let views = self.core.config.settings.webhooks.iter().map(|hook| {
            let queue = store.hook_queue(&hook.name)?;
            let first = queue.first().map(|message| store.hook_tried(&hook.name, &message.id)).transpose()?;
            Ok(WebhookView {
                name: hook.name.clone(),
                url: hook.shown(),
                events: hook.events.clone(),
                secret: hook.secret.clone(),
                secret_set: names.contains(&hook.secret),
                delivered: store.hook_total(&hook.name)?,
                pending: queue.len(),
                dead: dead.iter().filter(|(message, _)| message.hook == hook.name).count(),
                trouble: first.flatten(),
            })
        });
        views.collect()
    }

    /// The dead letters of all webhooks, the oldest first.
    pub fn dead_letters(&self) -> Result<Vec<DeadLetter>, EngineError> {
        let dead = self.core.store.hook_dead()?.into_iter();
        let letter = |(message, tried): (HookMessage, HookTry)| DeadLetter {
            id: message.id,
            webhook: message.hook,
            event: message.event,
            at_ms: message.at_ms,
            body: message.body,
            tried,
        };
        Ok(dead.map(letter).collect())
    }

    /// Sends an example, once, to the webhook of that name, or to each.
    pub async fn test_webhooks(
        &self,
        name: Option<&str>,
        event: Option<HookEvent>,
    ) -> Result<Vec<Tested>, EngineError> {
        let set = &self.core.config.settings.webhooks;
        if set.is_empty() {
            let help = "add [[webhooks]] with url and secret to config.toml in the store's folder; a process that has \
                        the store reads it when it starts";
            return Err(EngineError::refused("webhook.none", "no webhook is set", help));
        }
        let tested = match name {
            Some(name) => vec![named(set, name)?],
            None => set.iter().collect(),
        };
        let mut all = Vec::new();
        for hook in tested {
            let event = event.or(hook.events.first().copied()).unwrap_or(HookEvent::JobCompleted);
            let message = Happened::example(event, self.core.now_ms()).message(&hook.name)?;
            let began = Instant::now();
            let answer = send(&self.core, hook, &message).await?;
            let (delivered, status) = (matches!(answer, Answer::Taken { .. }), answer.status());
            let (name, said, seconds) = (hook.name.clone(), answer.why(), began.elapsed().as_secs_f64());
            all.push(Tested { name, delivered, status, said, seconds });
        }
        Ok(all)
    }

    /// Sends a dead letter again, or all whose webhook is still set: how many.
    pub async fn retry_dead_letters(&self, id: Option<&str>) -> Result<usize, EngineError> {
        let set = &self.core.config.settings.webhooks;
        let mut dead = self.dead_messages(id)?;
        match (id, dead.first()) {
            (Some(_), Some(message)) => _ = named(set, &message.hook)?,
            _ => dead.retain(|message| set.iter().any(|hook| hook.name == message.hook)),
        }
        if dead.is_empty() {
            return Ok(0);
        }
        let hooks = self.core.hooks().ok_or_else(gone)?;
        let queued: Vec<_> = dead.iter().map(|message| (message.hook.clone(), Due::fresh(&message.id))).collect();
        let records = dead.into_iter().map(|message| Record::HookQueued(Box::new(message))).collect();
        let count = queued.len();
        self.commit(records, count).await?;
        hooks.queued(queued, None);
        Ok(count)
    }

    /// Forgets a dead letter, or all: how many.
    pub async fn drop_dead_letters(&self, id: Option<&str>) -> Result<usize, EngineError> {
        let dead = self.dead_messages(id)?;
        let count = dead.len();
        self.commit(dead.into_iter().map(dropped).collect(), count).await?;
        Ok(count)
    }

    /// Forgets what has been dead for long, as of `now_ms`, and what there is too much of.
    pub(in crate::engine) async fn drop_old_letters(&self, now_ms: i64) -> Result<(), EngineError> {
        let dead: Vec<_> = self.core.store.hook_dead()?.into_iter().map(|(message, _)| message).collect();
        let too_many = dead.len().saturating_sub(MOST_DEAD);
        let is_old = |message: &HookMessage| message.at_ms < now_ms.saturating_sub(DEAD_FOR_MS);
        let old = dead.into_iter().enumerate().filter(|(n, message)| *n < too_many || is_old(message));
        let records: Vec<_> = old.map(|(_, message)| dropped(message)).collect();
        if !records.is_empty() {
            let count = records.len();
            self.core.store.commit(records).await?;
            tracing::warn!(count, "dead messages to webhooks were dropped: they were old, or too many");
        }
        Ok(())
    }

    /// All dead messages, or the one of that id, which must be there.
    fn dead_messages(&self, id: Option<&str>) -> Result<Vec<HookMessage>, EngineError> {
        let mut dead: Vec<_> = self.core.store.hook_dead()?.into_iter().map(|(message, _)| message).collect();
        if let Some(id) = id {
            dead.retain(|message| message.id == id);
            if dead.is_empty() {
                let message = format!("there is no dead letter {id}");
                return Err(EngineError::refused("not_found", message, "`studio webhook dead` lists them"));
            }
        }
        Ok(dead)
    }
}
