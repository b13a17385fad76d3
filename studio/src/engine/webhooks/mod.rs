//! Webhooks: what happens is told to whom `config.toml` names. Whoever owns the store follows its journal, queues
//! signed messages there, and sends them until they have arrived or are dead. Where none is set nothing runs.

mod by_hand;
mod deliver;
mod follow;
mod message;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

pub use by_hand::{DeadLetter, Tested, WebhookView};

use self::{
    deliver::{Due, Line},
    follow::Follower,
};
use super::open::{Core, Engine, EngineError};
use crate::{
    effects::webhook::WebhookClient,
    model::{HookTry, NodeError, Record, Seq, Webhook},
    store::StoreError,
};

/// How long a command that ends waits for the messages of what it did.
const SETTLE: Duration = Duration::from_secs(3);

/// Pauses between the tries of a message: six tries over three hours.
pub const PAUSES: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(30),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_mins(150),
];

/// The webhooks that are set.
pub struct Hooks {
    client: WebhookClient,
    /// Where messages go to be sent, by webhook.
    lines: BTreeMap<String, mpsc::UnboundedSender<Due>>,
    progress: watch::Sender<Progress>,
    stop: CancellationToken,
}

#[derive(Clone, Copy, Debug)]
struct Progress {
    /// What was recorded up to here is queued.
    queued: Seq,
    /// Messages of this process that were not tried yet.
    fresh: usize,
}

impl Hooks {
    /// Messages to these webhooks are in the journal, and all that happened up to `seq`.
    fn queued(&self, messages: Vec<(String, Due)>, seq: Option<Seq>) {
        self.progress.send_modify(|progress| {
            progress.fresh += messages.len();
            progress.queued = seq.unwrap_or(progress.queued);
        });
        for (hook, due) in messages {
            if let Some(line) = self.lines.get(&hook) {
                // Where nobody takes it, the store is about to be let go: the next owner finds it there.
                let _ = line.send(due);
            }
        }
    }

    /// A message of this process was tried.
    fn tried(&self) {
        self.progress.send_modify(|progress| progress.fresh = progress.fresh.saturating_sub(1));
    }
}

impl Engine {
    /// Starts what follows and delivers.
    pub(super) async fn start_webhooks(&self) -> Result<(), EngineError> {
        let set = self.core.config.settings.webhooks.clone();
        let known = self.core.store.hooks_at()?;
        if set.is_empty() && known.is_empty() {
            return Ok(());
        }
        let at = self.welcome(&set, known).await?;
        let Some(since) = at.values().min().copied() else { return Ok(()) };
        if self.forgot_after(since)? {
            tracing::warn!("some of what happened was forgotten before webhooks were told of it");
        }
        let stop = CancellationToken::new();
        let mut lines = BTreeMap::new();
        let mut starting = Vec::new();
        for hook in &set {
            let (sender, incoming) = mpsc::unbounded_channel();
            let left = self.core.store.hook_queue(&hook.name)?;
            let left = left.iter().map(|message| Due::left(&self.core, message)).collect::<Result<_, _>>()?;
            starting.push(Line::new(Arc::clone(&self.core), hook.clone(), incoming, left, stop.clone()));
            lines.insert(hook.name.clone(), sender);
        }
        let client = WebhookClient::new().map_err(NodeError::from)?;
        let progress = watch::Sender::new(Progress { queued: since, fresh: 0 });
        // It is not there yet: an engine opens once.
        let _ = self.core.webhooks.set(Hooks { client, lines, progress, stop: stop.clone() });
        starting.into_iter().for_each(|line| drop(tokio::spawn(line.run())));
        let following = Follower::new(self.clone(), set, at).follow(self.feed(Some(since), None));
        tokio::spawn(async move { stop.run_until_cancelled(following).await });
        Ok(())
    }

    /// Notes the webhooks that came and went since the store was last open: up to where each one is. A new one is told
    /// of what happens from now on; what was on its way to one that went is dead.
    async fn welcome(&self, set: &[Webhook], known: Vec<(String, Seq)>) -> Result<BTreeMap<String, Seq>, EngineError> {
        let store = &self.core.store;
        let names: BTreeSet<_> = set.iter().map(|hook| hook.name.as_str()).collect();
        let (mut at, gone): (BTreeMap<_, _>, BTreeMap<_, _>) =
            known.into_iter().partition(|(name, _)| names.contains(name.as_str()));
        let mut records = Vec::new();
        for hook in gone.into_keys() {
            for message in store.hook_queue(&hook)? {
                let n = store.hook_tried(&hook, &message.id)?.map_or(0, |tried| tried.n);
                let tried = HookTry { n, next_ms: None, why: "config.toml has no such webhook any more".into() };
                records.push(Record::HookDead { message: Box::new(message), tried });
            }
            records.push(Record::HookAt { hook, seq: None });
        }
        let last = store.last_seq();
        for name in names {
            at.entry(name.to_owned()).or_insert_with(|| {
                records.push(Record::HookAt { hook: name.to_owned(), seq: Some(last) });
                last
            });
        }
        if !records.is_empty() {
            store.commit(records).await?;
        }
        Ok(at)
    }

    /// Waits, a few seconds at most, until messages about all that happened were tried once.
    pub async fn settle_webhooks(&self) {
        let Some(hooks) = self.core.hooks() else { return };
        let mut progress = hooks.progress.subscribe();
        let settled = async {
            loop {
                let now = *progress.borrow_and_update();
                let all = self.core.store.entries_since(now.queued, 1).is_ok_and(|more| more.is_empty());
                if (all && now.fresh == 0) || progress.changed().await.is_err() {
                    return;
                }
            }
        };
        if tokio::time::timeout(SETTLE, settled).await.is_err() {
            tracing::warn!("messages to webhooks are left: they go on when studio has the store again");
        }
    }

    /// Sends nothing more.
    pub(super) fn stop_webhooks(&self) {
        if let Some(hooks) = self.core.hooks() {
            hooks.stop.cancel();
        }
    }
}

impl Core {
    /// The webhooks; none: none is set.
    fn hooks(&self) -> Option<&Hooks> {
        self.webhooks.get()
    }
}

/// The webhook of that name.
fn named<'a>(set: &'a [Webhook], name: &str) -> Result<&'a Webhook, EngineError> {
    set.iter().find(|hook| hook.name == name).ok_or_else(|| EngineError::Refused {
        code: "webhook.unknown",
        message: format!("there is no webhook {name:?}"),
        help: "`studio webhook ls` shows those that config.toml has".into(),
    })
}

/// Nothing can be sent where the store is about to go.
fn gone() -> EngineError {
    StoreError::Closed.into()
}
