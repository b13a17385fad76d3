//! What the journal holds: everything announced, in order. Events are records as front ends see them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use studio_plugin_sdk::wire::{Event, Start};

use super::{
    Batch, BatchId, BrandVersion, Budget, Budgeted, Change, ChatId, ChatMessage, Decision, Digest, Generation,
    GenerationId, Grant, HookMessage, HookTry, Kept, Key, NodeChange, NodeError, Project, ProjectId, Refresh, Run,
    RunId, RunOutcome, Seq, Slot,
};

/// A record with its place and time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1, without gaps.
    pub seq: Seq,
    /// When it was written, in milliseconds since 1970.
    pub at_ms: i64,
    /// What happened.
    pub record: Record,
}

/// One fact. Variants and fields are only ever added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Record {
    /// A project is as it says here.
    Project(Project),
    /// A project is gone.
    ProjectRemoved {
        /// Which.
        id: ProjectId,
    },
    /// A run began.
    RunStarted(Run),
    /// A run ended.
    RunEnded {
        /// Which.
        run: RunId,
        /// How.
        outcome: RunOutcome,
    },
    /// Nothing of a run can go on before a person has decided.
    RunWaits {
        /// Which.
        run: RunId,
    },
    /// A run that was interrupted goes on otherwise than it began.
    RunGoes {
        /// Which.
        run: RunId,
        /// Nobody is there to review: what is made will do.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unattended: bool,
        /// Which results of older versions are made anew.
        #[serde(default, skip_serializing_if = "Refresh::is_none")]
        refresh: Refresh,
        /// The batch that it is of by now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        batch: Option<BatchId>,
    },
    /// A node's state changed.
    Node(NodeChange),
    /// A script or a plugin said something.
    Log {
        /// The run.
        run: RunId,
        /// Which node; none: the script.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        slot: Option<Slot>,
        /// `info`, `warn` …
        level: String,
        /// What.
        text: String,
    },
    /// A node's first turn is about to be taken.
    Started(StartedNode),
    /// Answers that a guest is about to see.
    Turn(TurnRecord),
    /// A request that must not be repeated is about to be sent.
    Intent(Intent),
    /// A person says that an unanswered request was not done: it may be sent again.
    IntentLost {
        /// Whose.
        key: Key,
        /// The effect's id.
        effect: u32,
    },
    /// A pause has begun.
    Deadline {
        /// Whose.
        key: Key,
        /// The effect's id.
        effect: u32,
        /// When it ends, in milliseconds since 1970.
        until_ms: i64,
    },
    /// A node's result; its turns and intents are forgotten.
    Result {
        /// Its name.
        key: Key,
        /// The result.
        kept: Box<Kept>,
    },
    /// A started node is given up for good (or cut back): turns from `from_turn` on are forgotten.
    Cut {
        /// Which.
        key: Key,
        /// The first turn that is forgotten; 0: all of it, and the node is no longer started.
        from_turn: u32,
    },
    /// A slot's current result.
    SlotResult {
        /// The place.
        slot: Slot,
        /// Its result's name.
        key: Key,
    },
    /// A person decided about a slot.
    Decided {
        /// Which.
        slot: Slot,
        /// What.
        decision: Box<Decision>,
    },
    /// A project was edited; it is the edit that is taken back next. What was taken back before is forgotten.
    Changed(Box<Change>),
    /// The project's edits after number `n` are taken back, for now.
    ChangesAt {
        /// Which.
        project: ProjectId,
        /// The number of the edit that is taken back next; 0: none.
        n: u32,
    },
    /// A batch began, or goes on.
    Batch(Batch),
    /// Nothing of a batch is left to run.
    BatchEnded {
        /// Which.
        batch: BatchId,
        /// Projects that could not even begin to run, and why.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        refused: BTreeMap<ProjectId, NodeError>,
    },
    /// A secret was set (sealed) or removed (none).
    Secret {
        /// Its name.
        name: String,
        /// Nonce and ciphertext in base64.
        sealed: Option<String>,
    },
    /// A plugin was granted something.
    Granted(Grant),
    /// Results that no place has or had are forgotten.
    ResultsForgotten {
        /// Their names.
        keys: Vec<Key>,
    },
    /// A generation is as it says here.
    Generation(Box<Generation>),
    /// What a generation asked for.
    GenerationRequest {
        /// Which.
        id: GenerationId,
        /// The role's request.
        request: Value,
    },
    /// A person set a budget.
    Budgeted {
        /// For what.
        of: Budgeted,
        /// How much; nothing in it: none any more.
        budget: Budget,
    },
    /// Of what happened up to record `seq`, all that a webhook tells of is queued for it.
    HookAt {
        /// Its name.
        hook: String,
        /// The number; none: the webhook is no more.
        seq: Option<Seq>,
    },
    /// A message to a webhook is to be sent; where it was dead, once more.
    HookQueued(Box<HookMessage>),
    /// A message could not be delivered, and is tried again.
    HookTried {
        /// Its webhook.
        hook: String,
        /// Its id.
        id: String,
        /// The try.
        tried: HookTry,
    },
    /// A message has arrived.
    HookDelivered {
        /// Its webhook.
        hook: String,
        /// Its id.
        id: String,
        /// How many have arrived at this webhook, this one included.
        total: u64,
    },
    /// A message is not tried again, unless a person wants it.
    HookDead {
        /// The message.
        message: Box<HookMessage>,
        /// The last try.
        tried: HookTry,
    },
    /// What the records of its group say was a client's command: it is not applied again.
    Applied(Applied),
    /// A message of a project's chat is as it says here.
    Chat(Box<ChatMessage>),
    /// The messages of a project's chat up to this one are no more.
    ChatForgotten {
        /// Which project.
        project: ProjectId,
        /// The last of them.
        until: ChatId,
    },
    /// A version of a brand, once and for all.
    Brand(Box<BrandVersion>),
    /// A brand is no more, with all its versions.
    BrandRemoved {
        /// Its name.
        name: String,
        /// The number of its last version: it is not given again.
        last: u32,
    },
    /// Nobody wants a dead message any more.
    HookDropped {
        /// Its webhook.
        hook: String,
        /// Its id.
        id: String,
    },
}

/// A command that was applied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Applied {
    /// The id that its client gave it.
    pub command: String,
    /// BLAKE3 of what it was, so that the id stands for nothing else; none: it held a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<Digest>,
    /// What of its answer cannot be told later: the id of what it made, say.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub told: Value,
}

/// A node that runs: enough to go on with it after a crash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StartedNode {
    /// Its result's name.
    pub key: Key,
    /// Where.
    pub slot: Slot,
    /// The module it is pinned to.
    pub module: Digest,
    /// It is no shipped module: what it may do comes from its grant.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub third_party: bool,
    /// The argument of `start`.
    pub start: Start,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

/// The answers of one turn. Turn 0 is `start` and has no record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TurnRecord {
    /// Whose.
    pub key: Key,
    /// From 1.
    pub turn: u32,
    /// The answers, in the order in which the guest sees them.
    pub events: Vec<Event>,
    /// All of them as JSON, sealed, where one is sensitive; `events` then holds their ids alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
    /// BLAKE3 over all effects asked for before; a replay that asks for others has diverged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Digest>,
}

/// A request that must not be repeated. Without an answer it is, after a crash, possibly billed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// Whose.
    pub key: Key,
    /// The effect's id.
    pub effect: u32,
    /// BLAKE3 of the effect.
    pub hash: Digest,
    /// What it is, for people: `POST https://api.example.com/v1/images`.
    pub what: String,
}

impl Record {
    /// Is it something that front ends are told?
    pub fn is_event(&self) -> bool {
        matches!(
            self,
            Self::Project(_)
                | Self::ProjectRemoved { .. }
                | Self::RunStarted(_)
                | Self::RunEnded { .. }
                | Self::RunWaits { .. }
                | Self::Node(_)
                | Self::Log { .. }
                | Self::Decided { .. }
                | Self::Batch(_)
                | Self::BatchEnded { .. }
                | Self::Brand(_)
                | Self::BrandRemoved { .. }
                | Self::Chat(_)
                | Self::ChatForgotten { .. }
        )
    }
}
