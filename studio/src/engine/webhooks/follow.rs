//! Follows what happens and queues messages. Up to where that was done is in the journal, in the same group as the
//! messages: nothing that was announced is missed after a crash, and nothing is queued twice.

use std::{collections::BTreeMap, time::Duration};

use tokio::time::sleep;

use super::{
    deliver::Due,
    message::{Happened, happened},
};
use crate::{
    engine::{Engine, EngineError, Feed, News, Told},
    model::{HookEvent, Record, Seq, Webhook},
    store::StoreError,
};

/// So far a webhook of which nothing was to be told may stay behind: what is read again after a crash.
const BEHIND: Seq = 512;
/// Before something that could not be queued is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// What queues messages.
pub struct Follower {
    engine: Engine,
    hooks: Vec<Webhook>,
    /// By webhook: up to here all is queued.
    at: BTreeMap<String, Seq>,
}

impl Follower {
    /// Of the webhooks, up to where they are.
    pub fn new(engine: Engine, hooks: Vec<Webhook>, at: BTreeMap<String, Seq>) -> Self {
        Self { engine, hooks, at }
    }

    /// Queues what happens, until the store is closed.
    pub async fn follow(mut self, mut feed: Feed) {
        while let Some(news) = feed.next().await {
            let News::Told(told) = news else { continue };
            let Some(seq) = told.seq else { continue };
            let mut said = false;
            while let Err(e) = self.queue(&told, seq).await {
                if matches!(e, EngineError::Store(StoreError::Closed)) {
                    return;
                }
                if !std::mem::replace(&mut said, true) {
                    tracing::warn!(code = e.code(), "messages to webhooks cannot be queued, and wait: {e}");
                }
                sleep(PAUSE).await;
            }
        }
    }

    async fn queue(&mut self, told: &Told, seq: Seq) -> Result<(), EngineError> {
        let open: Vec<_> = self.hooks.iter().filter(|hook| self.at_of(hook) < seq).collect();
        let wanted = |event: HookEvent| open.iter().any(|hook| hook.wants(event));
        let happened = happened(&self.engine, told, wanted)?;
        let mut records = Vec::new();
        let mut queued = Vec::new();
        let mut passed = Vec::new();
        for hook in open {
            let messages = happened.iter().filter(|thing| hook.wants(thing.event));
            let messages = messages.map(|thing: &Happened| thing.message(&hook.name)).collect::<Result<Vec<_>, _>>()?;
            if messages.is_empty() && seq - self.at_of(hook) < BEHIND {
                continue;
            }
            records.push(Record::HookAt { hook: hook.name.clone(), seq: Some(seq) });
            passed.push(hook.name.clone());
            for message in messages {
                queued.push((hook.name.clone(), Due::fresh(&message.id)));
                records.push(Record::HookQueued(Box::new(message)));
            }
        }
        if !records.is_empty() {
            self.engine.core.store.commit(records).await?;
        }
        self.at.extend(passed.into_iter().map(|hook| (hook, seq)));
        if let Some(hooks) = self.engine.core.hooks() {
            hooks.queued(queued, Some(seq));
        }
        Ok(())
    }

    fn at_of(&self, hook: &Webhook) -> Seq {
        self.at.get(&hook.name).copied().unwrap_or_default()
    }
}
