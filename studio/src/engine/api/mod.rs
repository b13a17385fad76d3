//! What front ends may ask of the engine: one type an operation, with its name, its parameters, its reply and what
//! it does. The same types are called in-process and over the control socket, and their JSON Schemas are published
//! in `docs/protocol/control`. `remote` and `cli` use it; it knows neither sockets nor terminals.
//!
//! A new operation is a struct with `impl Method` in one of the files here, and a line in the table below.

pub mod batches;
pub mod brands;
pub mod chat;
pub mod costs;
mod error;
mod events;
mod files;
pub mod handover;
pub mod jobs;
pub mod lifecycle;
mod method;
pub mod pack;
pub mod plugins;
pub mod projects;
pub mod review;
pub mod runs;
pub mod scenes;
mod schema;
pub mod scripts;
pub mod secrets;
mod status;
pub mod store;
pub mod timeline;
pub mod verify;
pub mod webhooks;

pub use error::ApiError;
pub use events::{Page, Since, Subscribe, Subscribed};
pub use files::{BlobRead, Exported, Exports, FilmGet, Window};
pub use method::{Cx, Method};
pub use plugins::{PluginInfo, RoleInfo};
pub use runs::{Cancelled, Resumed, Started, Taken};
pub use schema::schemas;
pub use status::{Doctor, Done, Hello, HistoryGet, Owner};

use serde_json::Value;

use super::{Engine, command::Command, once::hash};
use crate::model::Digest;

/// The version of the protocol that this studio speaks. It rises when an operation changes its meaning; new
/// operations and new optional fields do not raise it.
pub const PROTOCOL: u32 = 1;

/// The version of the schemas: rises with every operation or field that is added.
pub const SCHEMA: u32 = 7;

/// A request by name, as it comes over the wire.
#[derive(Clone, Debug)]
pub struct Request {
    /// The operation: `project.list`.
    pub method: String,
    /// Its parameters as JSON.
    pub params: Value,
    /// What the client calls it, where it is a command: the same command is applied once.
    pub command: Option<String>,
}

macro_rules! operations {
    ($($operation:ty),* $(,)?) => {
        /// Every operation, for the dispatcher and for the schemas.
        pub(super) const OPERATIONS: &[method::Operation] = &[$(method::Operation::of::<$operation>()),*];
    };
}

mod table {
    use super::{
        batches, brands, chat, costs, events, files, handover, jobs, lifecycle, method, pack, plugins, projects,
        review, runs, scenes, scripts, secrets, status, store, timeline, verify, webhooks,
    };

    operations! {
        status::Doctor,
        status::HistoryGet,
        projects::List,
        projects::Get,
        projects::Create,
        projects::Edit,
        projects::Save,
        projects::Plan,
        lifecycle::Rename,
        lifecycle::Duplicate,
        lifecycle::Archive,
        lifecycle::Remove,
        lifecycle::Restore,
        lifecycle::Undo,
        lifecycle::Redo,
        lifecycle::ThumbnailGet,
        pack::Pack,
        pack::Unpack,
        scenes::List,
        scenes::Edit,
        chat::Send,
        chat::List,
        chat::Wait,
        chat::Stop,
        chat::Apply,
        chat::Clear,
        brands::List,
        brands::Get,
        brands::Save,
        brands::Delete,
        brands::Use,
        scripts::List,
        scripts::Get,
        projects::Profiles,
        runs::Start,
        runs::RetryNode,
        runs::Wait,
        runs::Cancel,
        runs::List,
        runs::Resume,
        jobs::List,
        batches::Start,
        batches::List,
        batches::Get,
        batches::Wait,
        batches::Resume,
        batches::Cancel,
        review::List,
        review::Get,
        review::Decide,
        costs::BudgetGet,
        costs::BudgetSet,
        costs::StatsGet,
        costs::GenerationList,
        costs::GenerationGet,
        events::Since,
        timeline::Get,
        timeline::Moment,
        handover::Get,
        verify::VerifyFile,
        verify::VerifyFilm,
        files::FilmGet,
        files::Exports,
        files::BlobRead,
        plugins::List,
        plugins::Inspect,
        plugins::GrantAll,
        plugins::Call,
        plugins::Roles,
        secrets::Set,
        secrets::List,
        secrets::Remove,
        store::Check,
        store::Backup,
        store::Gc,
        webhooks::List,
        webhooks::Test,
        webhooks::Dead,
        webhooks::Retry,
        webhooks::Drop,
    }
}

impl Engine {
    /// Answers a request by name.
    pub async fn handle(&self, request: Request) -> Result<Value, ApiError> {
        let Some(operation) = table::OPERATIONS.iter().find(|o| o.name == request.method) else {
            return Err(ApiError::new("method.unknown", format!("there is no operation {:?}", request.method))
                .field("method")
                .help("docs/control.md lists them; an older studio may lack some: see `version` in its hello"));
        };
        let command = request.command.filter(|_| operation.changes);
        let Some(id) = command else { return (operation.run)(Cx { engine: self.by_itself() }, request.params).await };
        let (what, params) = (hash(operation.name, &request.params), request.params);
        let command = Command { id: id.clone(), what: (!operation.secret).then(|| Digest::from_hash(what)) };
        let cx = Cx { engine: self.acting_for(Some(command)) };
        self.core.once.apply(&id, what, || (operation.run)(cx, params)).await
    }

    /// Does an operation for a client in this process; one that is a command, once: an earlier owner may have been
    /// asked for it.
    pub async fn ask<M: Method>(&self, method: M, command: Option<String>) -> Result<M::Reply, ApiError> {
        let command = match command.filter(|_| M::CHANGES) {
            None => None,
            Some(id) if M::SECRET => Some(Command { id, what: None }),
            Some(id) => {
                let params =
                    serde_json::to_value(&method).map_err(|e| ApiError::new("engine.encode", e.to_string()))?;
                Some(Command { id, what: Some(Digest::from_hash(hash(M::NAME, &params))) })
            }
        };
        method::once(method, &Cx { engine: self.acting_for(command) }).await
    }

    /// What a request by this name counts for where requests are limited; none: there is no such operation.
    pub fn cost(method: &str) -> Option<u32> {
        table::OPERATIONS.iter().find(|o| o.name == method).map(|o| o.cost)
    }
}
