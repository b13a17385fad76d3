//! Data and rules, no I/O: ids, keys, projects, runs, nodes, grants, and the records they are kept as.
//! Everything above uses it; it uses only the wire and role types of `plugin-sdk`.

mod batch;
mod board;
mod brand;
mod budget;
mod canonical;
mod change;
mod chat;
mod error;
mod generation;
mod grant;
mod ids;
mod kept;
mod key;
mod money;
mod node;
mod pace;
mod packed;
mod ports;
mod price;
mod profile;
mod project;
mod record;
mod refresh;
mod settings;
mod shared;
mod slot;
mod take;
mod webhook;

pub use batch::Batch;
pub use board::{SceneChange, SceneText, Unfit};
pub use brand::{
    BrandError, BrandFile, BrandFont, BrandKit, BrandName, BrandUse, BrandVersion, BrandView, ClipView, FileUse,
};
pub use budget::{Budget, BudgetSettings, Budgeted, Month, day_of, start_of};
pub use canonical::{canonical_json, digest_of};
pub use change::{Change, MOST_CHANGES, ProjectPart, Undoable, steps};
pub use chat::{
    ChatMessage, ChatSpeaker, ChatState, MOST_CHAT_MESSAGES, MOST_CHAT_TEXT, MOST_PROPOSALS, Proposal, ProposedChange,
    chat_path, chat_run, chat_slot, for_people,
};
pub use error::{NodeError, is_over_budget};
pub use generation::{Call, CallState, Generation, GenerationState};
pub use grant::{Grant, Source, allowed, asked};
pub use ids::{BatchId, ChatId, Digest, GenerationId, Key, ProjectId, RunId, Seq};
pub use kept::{Delivery, Kept, Provenance, blobs_in};
pub use key::{KeyParts, ProgramVersion, StageRev};
pub use money::{Money, NotMoney};
pub use node::{NodeChange, NodeState};
pub use pace::Pace;
pub use packed::Packed;
pub use ports::{BlobSink, BlobStore, SecretSource, SecretString, damaged};
pub use price::{Price, PriceTable, Sale};
pub use profile::{NamedProfile, Profile};
pub use project::{Project, ProjectState, Run, RunOutcome};
pub use record::{Applied, Entry, Intent, Record, StartedNode, TurnRecord};
pub use refresh::Refresh;
pub use settings::{ChatSettings, PluginSettings, Settings, check_service};
pub use slot::Slot;
pub use take::{Approval, Decision, HandEdit, Steering};
pub use webhook::{HookEvent, HookMessage, HookTry, Webhook};
