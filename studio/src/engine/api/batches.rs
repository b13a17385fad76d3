//! Batches: many inputs, a project each.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ApiError, Cx, Method};
use crate::{
    engine::{
        BatchReport,
        batch::{Format, NewBatch, items},
    },
    model::{BatchId, Money},
};

/// Makes a project of each item of a file, all or none, and runs them, a few at a time.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// Its name for people: projects without a title are called by it.
    pub name: String,
    /// A script by name, or the whole path of a `.lua` file.
    pub script: String,
    /// How `items` says what there is to do.
    pub format: Format,
    /// The file's text: `title` of each item is its project's, every other name a param of the script.
    pub items: String,
    /// The profile of all its projects; none: the script alone says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The brand of their films: `acme` (its newest version), `acme@2`; none: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// Where finished files go: an absolute path, in which each project has a folder; none: in the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export_dir: Option<PathBuf>,
    /// The folder that paths of files in params are below, where they are not absolute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// How many run at once.
    #[serde(default = "two")]
    pub at_once: u32,
    /// Nobody is there to review: what is made will do.
    #[serde(default)]
    pub yes: bool,
    /// The most that each of its runs may spend; none: what budgets say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_each: Option<Money>,
    /// The most that all its projects may cost together; none: what budgets say. Where it is met, no more of it is begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Money>,
}

fn two() -> u32 {
    2
}

impl Method for Start {
    const NAME: &'static str = "batch.start";
    const CHANGES: bool = true;
    type Reply = BatchReport;

    async fn handle(self, cx: &Cx) -> Result<BatchReport, ApiError> {
        if self.script.contains('/') && !self.script.starts_with('/') {
            return Err(ApiError::new("invalid_input", "give the whole path of a script").field("script"));
        }
        if self.export_dir.as_ref().is_some_and(|dir| !dir.is_absolute()) {
            return Err(ApiError::new("invalid_input", "give the whole path").field("export_dir"));
        }
        let (format, name, text) = (self.format, format!("{}.lua", self.name), self.items);
        let items = tokio::task::spawn_blocking(move || items(format, &name, &text)).await;
        let items = items.map_err(|e| ApiError::new("engine.lost", e.to_string()))??;
        let Self { name, script, profile, brand, export_dir, folder, at_once, yes, budget_each, budget, .. } = self;
        let new =
            NewBatch { name, script, items, profile, brand, export_dir, folder, at_once, yes, budget_each, budget };
        Ok(cx.engine.begin_batch(new).await?)
    }

    async fn again(self, cx: &Cx, told: Value) -> Result<BatchReport, ApiError> {
        Ok(cx.engine.go_on_with_batch(&id_of(&told))?)
    }
}

/// The batches, the latest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct List {
    /// Most of them to give; 0: all.
    pub limit: usize,
}

impl Method for List {
    const NAME: &'static str = "batch.list";
    type Reply = Vec<BatchReport>;

    async fn handle(self, cx: &Cx) -> Result<Vec<BatchReport>, ApiError> {
        Ok(cx.engine.batches(if self.limit == 0 { usize::MAX } else { self.limit })?)
    }
}

macro_rules! of_one {
    (
        $(#[$doc:meta])* $operation:ident, $name:literal, $changes:literal, |$cx:ident, $id:ident| $work:expr
        $(, again |$cx_again:ident, $told:ident| $again:expr)?
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $operation {
            /// Its id, or its name: the latest of that name.
            pub batch: String,
        }

        impl Method for $operation {
            const NAME: &'static str = $name;
            const CHANGES: bool = $changes;
            type Reply = BatchReport;

            async fn handle(self, $cx: &Cx) -> Result<BatchReport, ApiError> {
                let $id = &$cx.engine.batch_by_name(&self.batch)?.id;
                Ok($work.await?)
            }
            $(
                async fn again(self, $cx_again: &Cx, $told: Value) -> Result<BatchReport, ApiError> {
                    Ok($again.await?)
                }
            )?
        }
    };
}

/// The batch whose id was written down with a command.
fn id_of(told: &Value) -> BatchId {
    BatchId::new(told.as_str().unwrap_or_default())
}

of_one! {
    /// A batch and how its items stand.
    Get, "batch.get", false, |cx, id| async { cx.engine.batch_report(cx.engine.batch(id)?) }
}
of_one! {
    /// Waits until nothing of a batch is left to run; one that was left by a process that is gone is gone on with. `open`
    /// in the answer: this process leaves; ask whoever has the store next.
    Wait, "batch.wait", false, |cx, id| cx.engine.wait_for_batch(id)
}
/// Runs again what of a batch is not done.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// Its id, or its name: the latest of that name.
    pub batch: String,
    /// The most that all its projects may cost together, from now on; none: as before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Money>,
}

impl Method for Resume {
    const NAME: &'static str = "batch.resume";
    const CHANGES: bool = true;
    type Reply = BatchReport;

    async fn handle(self, cx: &Cx) -> Result<BatchReport, ApiError> {
        let id = cx.engine.batch_by_name(&self.batch)?.id;
        Ok(cx.engine.resume_batch(&id, self.budget).await?)
    }

    async fn again(self, cx: &Cx, told: Value) -> Result<BatchReport, ApiError> {
        Ok(cx.engine.go_on_with_batch(&id_of(&told))?)
    }
}

of_one! {
    /// Gives up what of a batch has not ended.
    Cancel, "batch.cancel", true, |cx, id| cx.engine.cancel_batch(id),
    again |cx, told| async {
        let begun_ms = told["started_ms"].as_i64().unwrap_or_default();
        cx.engine.cancel_batch_of(&id_of(&told["batch"]), begun_ms).await
    }
}
