//! Batches: many projects made at once and run a few at a time. What fails stops no other; what was left is gone on
//! with by whoever has the store next.

mod file;
mod report;

use std::{
    collections::{BTreeMap, HashSet},
    path::PathBuf,
};

use futures::StreamExt;
use parking_lot::Mutex;
use serde_json::json;
use studio_plugin_sdk::error::ErrorKind;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use file::{Format, Item, items};
pub use report::{BatchItem, BatchReport, ItemState};

use super::{
    active::Active,
    api::ApiError,
    ledger::{Account, OF_BATCH, Sum},
    open::{Engine, EngineError},
    projects::NewProject,
    run::RunOptions,
};
use crate::model::{Batch, BatchId, Money, NodeError, Project, ProjectId, Record, RunOutcome};

/// Most projects that run at once.
pub const MOST_AT_ONCE: u32 = 64;

/// What a new batch is made of.
#[derive(Clone, Debug, Default)]
pub struct NewBatch {
    /// Its name.
    pub name: String,
    /// The script of all its projects.
    pub script: String,
    /// Its items, one project each.
    pub items: Vec<Item>,
    /// The profile of all its projects.
    pub profile: Option<String>,
    /// The brand of their films; none: none.
    pub brand: Option<String>,
    /// Where finished files go: a folder in it for each project; none: in the store.
    pub export_dir: Option<PathBuf>,
    /// The folder that paths of files in params are below, where they are not absolute.
    pub folder: Option<PathBuf>,
    /// How many run at once.
    pub at_once: u32,
    /// Nobody is there to review: what is made will do.
    pub yes: bool,
    /// The most that each of its runs may spend; none: what budgets say.
    pub budget_each: Option<Money>,
    /// The most that all its projects may cost together; none: what budgets say.
    pub budget: Option<Money>,
}

/// A batch under way in this process.
#[derive(Clone)]
pub struct ActiveBatch {
    stop: CancellationToken,
    ended: watch::Receiver<bool>,
}

impl Engine {
    /// Makes the projects of a batch, all or none, and runs them.
    pub async fn begin_batch(&self, new: NewBatch) -> Result<BatchReport, EngineError> {
        if !(1..=MOST_AT_ONCE).contains(&new.at_once) {
            return Err(invalid("at_once", format!("{} is not 1 to {MOST_AT_ONCE}", new.at_once)));
        }
        let batch = {
            let _changing = self.core.changing.lock().await;
            let projects = self.batch_projects(&new)?;
            let batch = Batch {
                id: BatchId::generate(ulid::Ulid::generate()),
                name: new.name,
                projects: projects.iter().map(|project| project.id.clone()).collect(),
                at_once: new.at_once,
                unattended: new.yes,
                budget_each: new.budget_each,
                budget: new.budget,
                started_ms: self.core.now_ms(),
            };
            let records = projects.into_iter().map(Record::Project).chain([Record::Batch(batch.clone())]);
            self.commit(records.collect(), batch.id.as_str()).await?;
            batch
        };
        self.drive_batch(&batch);
        self.batch_report(batch)
    }

    /// Goes on with a batch where it has not ended: what failed in it is not run again.
    pub fn go_on_with_batch(&self, id: &BatchId) -> Result<BatchReport, EngineError> {
        let report = self.batch_report(self.batch(id)?)?;
        if report.open {
            self.drive_batch(&report.batch);
        }
        Ok(report)
    }

    fn batch_projects(&self, new: &NewBatch) -> Result<Vec<Project>, EngineError> {
        let pipeline = self.pipeline(&new.script)?;
        let mut slugs = HashSet::new();
        let mut projects = Vec::with_capacity(new.items.len());
        for (n, item) in new.items.iter().enumerate() {
            let title = item.title.clone().unwrap_or_else(|| format!("{} {}", new.name, n + 1));
            let of_item = |e: EngineError| match e {
                EngineError::Invalid { field, message } => invalid(&format!("items[{}].{field}", n + 1), message),
                EngineError::Script(e) => invalid(&format!("items[{}]", n + 1), e.to_string()),
                other => other,
            };
            let draft = NewProject {
                title,
                script: new.script.clone(),
                params: item.params.clone(),
                profile: new.profile.clone(),
                brand: new.brand.clone(),
                folder: new.folder.clone(),
                ..NewProject::default()
            };
            let mut project = self.draft_of(draft, &pipeline).map_err(of_item)?;
            let wished = project.slug.clone();
            let mut more = 2;
            while !slugs.insert(project.slug.clone()) {
                project.slug = self.free_slug(&format!("{wished}-{more}"), None)?;
                more += 1;
            }
            project.export_dir = new.export_dir.as_ref().map(|folder| folder.join(&project.slug));
            projects.push(project);
        }
        Ok(projects)
    }

    /// Runs again what of a batch is not done. With a budget all of it may cost so much, from now on.
    pub async fn resume_batch(&self, id: &BatchId, budget: Option<Money>) -> Result<BatchReport, EngineError> {
        let mut batch = self.batch(id)?;
        batch.budget = budget.or(batch.budget);
        let under_way = self.core.batches.get(id).is_some();
        if !under_way {
            batch.started_ms = self.core.now_ms().max(batch.started_ms + 1);
        }
        let is_changed = !under_way || budget.is_some();
        self.commit(is_changed.then(|| Record::Batch(batch.clone())).into_iter().collect(), id.as_str()).await?;
        if !under_way {
            self.drive_batch(&batch);
        }
        self.batch_report(batch)
    }

    /// Goes on with the batches that have not ended: how many.
    pub fn take_up_batches(&self) -> Result<usize, EngineError> {
        let open = self.core.store.open_batches()?;
        open.iter().for_each(|batch| self.drive_batch(batch));
        Ok(open.len())
    }

    /// Gives up what of a batch has not ended.
    pub async fn cancel_batch(&self, id: &BatchId) -> Result<BatchReport, EngineError> {
        let batch = self.batch(id)?;
        // Before it is done: the same command gives up what goes on then, and nothing that was begun since.
        self.commit(Vec::new(), json!({ "batch": id, "started_ms": batch.started_ms })).await?;
        self.give_up_batch(batch).await
    }

    /// Gives it up, unless it was begun again after that moment.
    pub async fn cancel_batch_of(&self, id: &BatchId, started_ms: i64) -> Result<BatchReport, EngineError> {
        let report = self.batch_report(self.batch(id)?)?;
        if !report.open || report.batch.started_ms > started_ms {
            return Ok(report);
        }
        self.give_up_batch(report.batch).await
    }

    async fn give_up_batch(&self, batch: Batch) -> Result<BatchReport, EngineError> {
        let id = &batch.id;
        match self.core.batches.get(id) {
            Some(active) => {
                active.stop.cancel();
                active.wait().await;
            }
            None => self.end_batch(id, BTreeMap::new()).await?,
        }
        self.batch_report(batch)
    }

    /// What of a batch is under way is given up, and has ended.
    async fn cancel_items(&self, batch: &Batch) {
        let runs: Vec<_> = batch.projects.iter().flat_map(|project| self.core.runs.of(project)).collect();
        runs.iter().for_each(|run| run.cancel.cancel());
        futures::future::join_all(runs.iter().map(Active::wait)).await;
    }

    async fn end_batch(&self, id: &BatchId, refused: BTreeMap<ProjectId, NodeError>) -> Result<(), EngineError> {
        self.core.store.commit(vec![Record::BatchEnded { batch: id.clone(), refused }]).await?;
        Ok(())
    }

    /// Waits until nothing of a batch is left to run, or this process leaves. Where it was left by a process that is
    /// gone, this one goes on with it; what failed since it was started is not tried again.
    pub async fn wait_for_batch(&self, id: &BatchId) -> Result<BatchReport, EngineError> {
        let open = self.core.store.open_batches()?;
        if let Some(batch) = open.iter().find(|batch| batch.id == *id).filter(|_| !self.core.runs.is_leaving()) {
            self.drive_batch(batch);
        }
        if let Some(active) = self.core.batches.get(id) {
            active.wait().await;
        }
        self.batch_report(self.batch(id)?)
    }

    /// A batch.
    pub fn batch(&self, id: &BatchId) -> Result<Batch, EngineError> {
        let found = self.core.store.batch(id)?;
        found.ok_or_else(|| EngineError::NotFound(format!("there is no batch {id}: `studio batch ls`")))
    }

    /// Runs what of a batch is not done, unless this process does so already.
    fn drive_batch(&self, batch: &Batch) {
        let (sender, ended) = watch::channel(false);
        let stop = CancellationToken::new();
        if !self.core.batches.begin(&batch.id, ActiveBatch { stop: stop.clone(), ended }) {
            return;
        }
        let (engine, batch) = (self.by_itself(), batch.clone());
        self.core.runtime.spawn(async move {
            let course = engine.course(&batch);
            let items = futures::stream::iter(batch.projects.clone());
            let all = items.for_each_concurrent(batch.at_once as usize, |id| engine.run_item(&batch, id, &course));
            tokio::select! {
                biased;
                () = stop.cancelled() => (),
                () = all => {}
            }
            if stop.is_cancelled() {
                // No more of them is begun.
                engine.cancel_items(&batch).await;
            }
            // Before whoever waits hears of it. Whoever has the store next goes on where this process leaves.
            if (stop.is_cancelled() || !engine.core.runs.is_leaving())
                && let Err(e) = engine.end_batch(&batch.id, course.refused.into_inner()).await
            {
                tracing::warn!(batch = %batch.id, code = e.code(), "the end of a batch could not be kept");
            }
            engine.core.batches.end(&batch.id);
            // Nobody may be waiting.
            let _ = sender.send(true);
        });
    }

    /// Runs an item; why it could not even begin, if so, is put beside the others.
    async fn run_item(&self, batch: &Batch, id: ProjectId, course: &Course) {
        if let Err(e) = self.try_item(batch, &id, course).await {
            tracing::warn!(batch = %batch.id, project = %id, code = e.code, "an item could not be run");
            course.refused.lock().insert(id, NodeError::permanent(&e.code, e.message).help(e.help));
        }
    }

    async fn try_item(&self, batch: &Batch, id: &ProjectId, course: &Course) -> Result<(), ApiError> {
        let item = self.batch_item(batch, id)?;
        let is_left = matches!(item.state, ItemState::Pending | ItemState::Running | ItemState::Waiting);
        if self.core.runs.is_leaving() || !is_left {
            return Ok(());
        }
        if let Some(met) = self.budget_met(batch, course)? {
            return Err(met.into());
        }
        let project = self.project(id.as_str())?;
        let options = RunOptions {
            yes: batch.unattended,
            budget: batch.budget_each,
            batch: Some(batch.id.clone()),
            ..RunOptions::default()
        };
        let report = self.run(&project, options).await?.wait().await?;
        if report.outcome.as_ref().is_some_and(is_over_batch) {
            *course.met_at.lock() = self.batch(&batch.id)?.budget;
        }
        Ok(())
    }

    /// Why no more of a batch is begun: what all of it may cost is spent or held back, or one of its runs was refused
    /// more under that budget.
    fn budget_met(&self, batch: &Batch, course: &Course) -> Result<Option<NodeError>, EngineError> {
        // Somebody may have raised it.
        let Some(most) = self.batch(&batch.id)?.budget else { return Ok(None) };
        let sum = self.core.ledger.sum(&Account::Projects(batch.projects.clone()))?;
        if sum.all() < most && *course.met_at.lock() != Some(most) {
            return Ok(None);
        }
        let Sum { spent, reserved } = sum;
        let message = format!(
            "the budget of batch {} is {most}: {spent} is spent, {reserved} is held back, no more of it is begun",
            batch.name
        );
        let help = format!("allow the batch more: studio batch resume {} --budget USD", batch.name);
        Ok(Some(NodeError::new(OF_BATCH, ErrorKind::Quota, message).help(help)))
    }

    /// The course of a batch as it begins, or goes on.
    fn course(&self, batch: &Batch) -> Course {
        let over = |id| {
            let error = self.batch_item(batch, id).ok().and_then(|item: BatchItem| item.error);
            error.is_some_and(|error| error.code == OF_BATCH)
        };
        let met = batch.budget.filter(|_| batch.projects.iter().any(over));
        Course { refused: Mutex::default(), met_at: Mutex::new(met) }
    }
}

/// What has come of a batch so far.
struct Course {
    /// Why items could not even begin.
    refused: Mutex<BTreeMap<ProjectId, NodeError>>,
    /// The budget that a run of it has met.
    met_at: Mutex<Option<Money>>,
}

fn is_over_batch(outcome: &RunOutcome) -> bool {
    matches!(outcome, RunOutcome::Failed { error } if error.code == OF_BATCH)
}

impl ActiveBatch {
    async fn wait(&self) {
        // Its sender only goes with its end.
        let _ = self.ended.clone().wait_for(|ended| *ended).await;
    }
}

/// The batches under way in this process.
#[derive(Default)]
pub struct Batches {
    active: Mutex<BTreeMap<BatchId, ActiveBatch>>,
}

impl Batches {
    /// False: it is under way already.
    fn begin(&self, id: &BatchId, batch: ActiveBatch) -> bool {
        let mut active = self.active.lock();
        if active.contains_key(id) {
            return false;
        }
        active.insert(id.clone(), batch);
        true
    }

    fn end(&self, id: &BatchId) {
        self.active.lock().remove(id);
    }

    fn get(&self, id: &BatchId) -> Option<ActiveBatch> {
        self.active.lock().get(id).cloned()
    }

    /// Those under way.
    pub fn all(&self) -> Vec<BatchId> {
        self.active.lock().keys().cloned().collect()
    }

    /// Waits until none is under way.
    pub async fn drained(&self) {
        let active: Vec<_> = self.active.lock().values().cloned().collect();
        futures::future::join_all(active.iter().map(ActiveBatch::wait)).await;
    }
}

fn invalid(field: &str, message: String) -> EngineError {
    EngineError::Invalid { field: field.to_owned(), message }
}
