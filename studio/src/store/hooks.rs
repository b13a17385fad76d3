//! Reading what is on its way to webhooks.

use super::{Store, apply::Tree, error::Result, keys::head, keys::pair};
use crate::model::{HookMessage, HookTry, Record, Seq};

impl Store {
    /// The webhooks that messages were ever queued for and that are not given up, with the number of the record up to
    /// which that was done.
    pub fn hooks_at(&self) -> Result<Vec<(String, Seq)>> {
        self.many(Tree::HooksAt, &[], |record| match record {
            Record::HookAt { hook, seq: Some(seq) } => Some((hook, seq)),
            _ => None,
        })
    }

    /// The messages that are to be sent to a webhook, in the order in which they were queued.
    pub fn hook_queue(&self, hook: &str) -> Result<Vec<HookMessage>> {
        let mut queued = self.entries(Tree::HookQueue, &head(hook), |entry| match entry.record {
            Record::HookQueued(message) => Some((entry.seq, *message)),
            _ => None,
        })?;
        queued.sort_by_key(|(seq, _)| *seq);
        Ok(queued.into_iter().map(|(_, message)| message).collect())
    }

    /// A message that is to be sent to a webhook.
    pub fn hook_message(&self, hook: &str, id: &str) -> Result<Option<HookMessage>> {
        self.one(Tree::HookQueue, &pair(hook, id), |record| match record {
            Record::HookQueued(message) => Some(*message),
            _ => None,
        })
    }

    /// The latest try of a message that is to be sent; none: it was not tried.
    pub fn hook_tried(&self, hook: &str, id: &str) -> Result<Option<HookTry>> {
        self.one(Tree::HookTries, &pair(hook, id), |record| match record {
            Record::HookTried { tried, .. } => Some(tried),
            _ => None,
        })
    }

    /// The messages that are not tried again, of all webhooks, the oldest first.
    pub fn hook_dead(&self) -> Result<Vec<(HookMessage, HookTry)>> {
        let mut dead = self.entries(Tree::HookDead, &[], |entry| match entry.record {
            Record::HookDead { message, tried } => Some((entry.seq, (*message, tried))),
            _ => None,
        })?;
        dead.sort_by_key(|(seq, _)| *seq);
        Ok(dead.into_iter().map(|(_, dead)| dead).collect())
    }

    /// How many messages are not tried again, of all webhooks.
    pub fn count_hook_dead(&self) -> Result<usize> {
        self.read(|index| index.scan(Tree::HookDead, &[], &[]).try_fold(0, |count, item| item.map(|_| count + 1)))
    }

    /// How many messages have arrived at a webhook.
    pub fn hook_total(&self, hook: &str) -> Result<u64> {
        let total = self.one(Tree::HookTotals, hook.as_bytes(), |record| match record {
            Record::HookDelivered { total, .. } => Some(total),
            _ => None,
        })?;
        Ok(total.unwrap_or(0))
    }
}
