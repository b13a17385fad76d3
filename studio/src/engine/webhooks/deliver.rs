//! Delivers the messages to one webhook, one at a time: new ones in the order in which they were queued, those that
//! failed when their time has come. What came of each try is in the journal before the next begins.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::{sync::mpsc::UnboundedReceiver, time::sleep};
use tokio_util::sync::CancellationToken;

use super::by_hand::MOST_DEAD;
use crate::{
    effects::webhook::{Answer, Message},
    engine::open::{Core, Engine, EngineError},
    model::{HookMessage, HookTry, Record, SecretString, Webhook},
    store::StoreError,
};

/// What was left by another process waits so long: a command that is done at once is not to be held up by it.
const AFTER_OPENING_MS: i64 = 1_000;
/// Longest wait for the next try, whatever a receiver asks for and whatever happens to the clock.
const LONGEST_MS: i64 = 24 * 3_600_000;
/// Before something that the store did not take is tried again.
const PAUSE_MS: i64 = 60_000;
/// The clock is looked at so often while something waits: the box may have slept.
const LOOK: Duration = Duration::from_mins(1);

/// So many too many dead messages are dropped at once, rather than each by itself.
const MORE_DEAD: usize = 100;

/// A message that is to be sent.
#[derive(Clone, Debug)]
pub struct Due {
    /// The message.
    id: String,
    /// When, in milliseconds since 1970.
    at_ms: i64,
    /// It was queued by this process, and was not tried: who leaves waits for it a little.
    fresh: bool,
}

impl Due {
    /// Now, for the first time.
    pub fn fresh(id: &str) -> Self {
        Self { id: id.to_owned(), at_ms: 0, fresh: true }
    }

    /// What another process has left.
    pub fn left(core: &Core, message: &HookMessage) -> Result<Self, StoreError> {
        let now = core.now_ms();
        let next = core.store.hook_tried(&message.hook, &message.id)?.and_then(|tried| tried.next_ms).unwrap_or(0);
        let at_ms = next.clamp(now + AFTER_OPENING_MS, now + LONGEST_MS);
        Ok(Self { id: message.id.clone(), at_ms, fresh: false })
    }
}

/// What delivers to one webhook.
pub struct Line {
    core: Arc<Core>,
    hook: Webhook,
    incoming: UnboundedReceiver<Due>,
    /// By time, then as they came.
    waiting: BTreeMap<(i64, u64), Due>,
    count: u64,
    stop: CancellationToken,
}

impl Line {
    /// To a webhook, with what was left for it.
    pub fn new(
        core: Arc<Core>,
        hook: Webhook,
        incoming: UnboundedReceiver<Due>,
        left: Vec<Due>,
        stop: CancellationToken,
    ) -> Self {
        let mut line = Self { core, hook, incoming, waiting: BTreeMap::new(), count: 0, stop };
        left.into_iter().for_each(|due| line.add(due));
        line
    }

    /// Delivers until it is stopped.
    pub async fn run(mut self) {
        let stop = self.stop.clone();
        tokio::select! {
            () = stop.cancelled() => (),
            () = self.deliver() => (),
        }
    }

    async fn deliver(&mut self) {
        loop {
            while let Ok(due) = self.incoming.try_recv() {
                self.add(due);
            }
            let wait_ms = self.waiting.first_key_value().map(|((at_ms, _), _)| at_ms - self.core.now_ms());
            let wait = match wait_ms {
                Some(ms) if ms <= 0 => {
                    let Some((_, due)) = self.waiting.pop_first() else { continue };
                    self.once(due).await;
                    continue;
                }
                Some(ms) => LOOK.min(Duration::from_millis(ms.unsigned_abs())),
                None => LOOK,
            };
            tokio::select! {
                due = self.incoming.recv() => match due {
                    Some(due) => self.add(due),
                    None => return,
                },
                () = sleep(wait) => (),
            }
        }
    }

    fn add(&mut self, due: Due) {
        self.count += 1;
        self.waiting.insert((due.at_ms, self.count), due);
    }

    /// One try of one message, and what is to become of it.
    async fn once(&mut self, due: Due) {
        match self.attempt(&due.id).await {
            Ok(Some(at_ms)) => self.add(Due { id: due.id, at_ms, fresh: false }),
            Ok(None) | Err(EngineError::Store(StoreError::Closed)) => (),
            Err(e) => {
                tracing::warn!(hook = self.hook.name, code = e.code(), "a message waits: {e}");
                let at_ms = self.core.now_ms() + PAUSE_MS;
                self.add(Due { id: due.id, at_ms, fresh: false });
            }
        }
        if let Some(hooks) = self.core.hooks().filter(|_| due.fresh) {
            hooks.tried();
        }
    }

    /// When it is to be tried again; none: it has ended.
    async fn attempt(&self, id: &str) -> Result<Option<i64>, EngineError> {
        let (store, hook) = (&self.core.store, self.hook.name.as_str());
        let Some(message) = store.hook_message(hook, id)? else { return Ok(None) };
        let n = store.hook_tried(hook, id)?.map_or(0, |tried| tried.n) + 1;
        let answer = send(&self.core, &self.hook, &message).await?;
        let next_ms = match &answer {
            Answer::Taken { .. } => {
                let (hook, id, total) = (hook.to_owned(), id.to_owned(), store.hook_total(hook)? + 1);
                store.commit(vec![Record::HookDelivered { hook, id, total }]).await?;
                return Ok(None);
            }
            Answer::Refused { .. } => None,
            Answer::Later { after, .. } => self.pause(n, *after).map(|pause| self.core.now_ms() + pause),
        };
        let (event, why) = (message.event.name(), answer.why());
        let tried = HookTry { n, next_ms, why };
        let record = if next_ms.is_some() {
            tracing::info!(hook, id, event, "try {n}: {}", tried.why);
            Record::HookTried { hook: hook.to_owned(), id: id.to_owned(), tried }
        } else {
            tracing::warn!(hook, id, event, "a message is dead after {n} tries: {}", tried.why);
            Record::HookDead { message: Box::new(message), tried }
        };
        store.commit(vec![record]).await?;
        if next_ms.is_none() && store.count_hook_dead()? > MOST_DEAD + MORE_DEAD {
            let engine = Engine { core: Arc::clone(&self.core), command: None };
            engine.drop_old_letters(self.core.now_ms()).await?;
        }
        Ok(next_ms)
    }

    /// Milliseconds after try `n`; none: it was the last. A receiver may ask for more than the schedule has, and what
    /// failed at one instant does not come back at one.
    fn pause(&self, n: u32, after: Option<Duration>) -> Option<i64> {
        let planned = self.core.config.webhook_pauses.get(n as usize - 1)?;
        let pause = (*planned).max(after.unwrap_or_default()).mul_f64(1.0 + 0.2 * fastrand::f64());
        Some(i64::try_from(pause.as_millis()).unwrap_or(LONGEST_MS).min(LONGEST_MS))
    }
}

/// Sends a message once. A secret that is missing may be set before the next try.
pub async fn send(core: &Core, hook: &Webhook, message: &HookMessage) -> Result<Answer, EngineError> {
    let later = |why: String| Answer::Later { status: None, after: None, why };
    let secret: SecretString = match core.vault.get(&hook.secret) {
        Ok(Some(secret)) => secret,
        Ok(None) => return Ok(later(format!("there is no secret {0}: studio secret set {0}", hook.secret))),
        Err(e) => return Ok(later(e.to_string())),
    };
    let hooks = core.hooks().ok_or(EngineError::Store(StoreError::Closed))?;
    let sent = Message { url: &hook.url, id: &message.id, body: &message.body };
    Ok(hooks.client.send(&sent, &secret).await.unwrap_or_else(|e| later(e.to_string())))
}
