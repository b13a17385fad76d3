//! A run: one execution of a project's script. Its graph is never persisted; a run that was interrupted
//! is run again with the same script and params, and meets its results again.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use serde_json::Value;
use studio_plugin_sdk::error::ErrorKind;
use tracing::Instrument;

use super::{
    active::{Active, RunEnd, RunReport},
    api::ApiError,
    brands,
    context::RunCtx,
    event::Live,
    ledger::{Account, Sum},
    nodes::Nodes,
    open::{Engine, EngineError},
    params::{Prepared, context, prepare},
    scripts,
};
use crate::{
    model::{BatchId, Budget, Budgeted, Money, NodeError, Project, Record, Refresh, Run, RunId, RunOutcome, Seq},
    script::{self, ScriptError, ScriptSource, Stages},
};

/// How a run is to go.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// Take requests that may have been billed as lost, and send them again.
    pub repeat: bool,
    /// Nobody is there to review: what is made will do.
    pub yes: bool,
    /// Which results of older versions are made anew.
    pub refresh: Refresh,
    /// The most that it may spend; none: what its project's budget says.
    pub budget: Option<Money>,
    /// The batch that it is of.
    pub batch: Option<BatchId>,
}

/// A run under way.
pub struct RunHandle {
    /// Its id.
    pub id: RunId,
    /// It was under way already.
    pub joined: bool,
    /// All that it recorded in this process has higher numbers.
    pub from: Seq,
    active: Active,
}

impl RunHandle {
    fn joined(active: Active) -> Self {
        Self { id: active.run.id.clone(), joined: true, from: active.from, active }
    }

    /// A handle to give it up from elsewhere; [`Self::wait`] then says so.
    pub fn canceller(&self) -> tokio_util::sync::CancellationToken {
        self.active.cancel.clone()
    }

    /// Waits for its end.
    pub async fn wait(self) -> RunEnd {
        self.active.wait().await
    }
}

impl Engine {
    /// Runs a project's script; joins the same run where it is under way, goes on with it where it was interrupted.
    pub async fn run(&self, project: &Project, options: RunOptions) -> Result<RunHandle, ApiError> {
        // One at a time: two who ask for the same run at once get one.
        let _starting = self.core.changing.lock().await;
        self.runnable(&project.id)?;
        let _lease = self.core.store.blobs().lease();
        let Prepared { source, params, profile, brand } = prepare(&self.core, project)?;
        let sources = scripts::pin(&self.core, &source)?;
        let same = |r: &Run| {
            let script = r.sources == sources && r.entry == source.entry;
            r.project == project.id && script && r.params == params && r.profile == profile && r.brand == project.brand
        };
        if let Some(active) = self.joinable(|| self.core.runs.find(same)).await {
            let allowed = options.budget.map(|most| allowed(&active.run.id, most));
            self.note_run(allowed.into_iter().collect(), &active.run.id).await?;
            return Ok(RunHandle::joined(active));
        }
        // Before anything of it is written.
        if self.core.runs.is_leaving() {
            return Err(ApiError::leaving());
        }
        let from = self.core.store.last_seq();
        let mut records = if options.repeat { self.give_up_intents(project)? } else { Vec::new() };
        let interrupted = self.core.store.unfinished_runs().map_err(EngineError::from)?.into_iter().filter(same);
        let run = match interrupted.max_by(|a, b| a.id.cmp(&b.id)) {
            Some(run) => {
                let (run, goes) = goes_on(run, &options);
                records.extend(goes);
                run
            }
            None => {
                let fresh = self.new_run(project, &source, sources.clone(), params.clone(), &options);
                let fresh = Run { profile: profile.clone(), ..fresh };
                records.push(Record::RunStarted(fresh.clone()));
                fresh
            }
        };
        records.extend(options.budget.map(|most| allowed(&run.id, most)));
        // As one: what may be sent again is so once, and by this run.
        self.note_run(records, &run.id).await?;
        self.execute(project.clone(), run, (source, brand), options, from)
    }

    /// The run under way that is looked for. One that is about to rest is waited for: it does not see what was decided
    /// just now, and is taken up instead of joined.
    async fn joinable(&self, find: impl Fn() -> Option<Active>) -> Option<Active> {
        let found = find()?;
        if !found.resting {
            return Some(found);
        }
        let _ = found.wait().await;
        find()
    }

    /// Goes on with a run that was interrupted, with the script and the params that it began with.
    pub async fn take_up(&self, id: &RunId) -> Result<RunHandle, ApiError> {
        let _starting = self.core.changing.lock().await;
        if let Some(active) = self.joinable(|| self.core.runs.get(id)).await {
            return Ok(RunHandle::joined(active));
        }
        if self.core.runs.is_leaving() {
            return Err(ApiError::leaving());
        }
        let run = self.core.store.run(id).map_err(EngineError::from)?;
        let run = run.ok_or_else(|| EngineError::NotFound(format!("there is no run {id}")))?;
        if run.outcome.is_some() {
            return Err(ApiError::new("run.ended", format!("run {id} has ended")).help("`studio run` begins another"));
        }
        let project = self.core.store.project(&run.project).map_err(EngineError::from)?;
        let project = project.ok_or_else(|| EngineError::NotFound(format!("the project of run {id} is gone")))?;
        self.runnable(&project.id)?;
        let source = scripts::pinned(&self.core, &run)?;
        // With the brand that it began with, whatever its project uses by now.
        let brand = brands::seen(&self.core, &project, run.brand.as_ref())?;
        self.execute(project, run, (source, brand), RunOptions::default(), self.core.store.last_seq())
    }

    /// The runs that were interrupted and that nothing has replaced: each project's latest.
    pub fn interrupted(&self) -> Result<Vec<RunId>, EngineError> {
        let mut found = Vec::new();
        for run in self.core.store.unfinished_runs()? {
            let latest = self.core.store.latest_run(&run.project)?;
            let is_latest = latest.is_some_and(|latest| latest.id == run.id);
            if self.core.runs.get(&run.id).is_none() && is_latest && self.runnable(&run.project).is_ok() {
                found.push(run.id);
            }
        }
        Ok(found)
    }

    fn new_run(
        &self,
        project: &Project,
        source: &ScriptSource,
        sources: BTreeMap<String, crate::model::Digest>,
        params: BTreeMap<String, Value>,
        options: &RunOptions,
    ) -> Run {
        Run {
            id: RunId::generate(ulid::Ulid::generate()),
            project: project.id.clone(),
            sources,
            entry: source.entry.clone(),
            params,
            profile: None,
            brand: project.brand.clone(),
            started_ms: self.core.now_ms(),
            unattended: options.yes,
            refresh: options.refresh.clone(),
            batch: options.batch.clone(),
            outcome: None,
        }
    }

    /// Writes down what a run begins or goes on with.
    async fn note_run(&self, records: Vec<Record>, run: &RunId) -> Result<(), EngineError> {
        Ok(self.commit(records, run.as_str()).await?)
    }

    fn execute(
        &self,
        project: Project,
        run: Run,
        (source, brand): (ScriptSource, Value),
        mut options: RunOptions,
        from: Seq,
    ) -> Result<RunHandle, ApiError> {
        let (active, done) = self.core.runs.begin(&run, from)?;
        options.yes |= run.unattended;
        options.refresh = options.refresh.or(&run.refresh);
        options.batch = options.batch.or_else(|| run.batch.clone());
        let (core, id, stop) = (Arc::clone(&self.core), run.id.clone(), active.clone());
        let profile = run.profile.clone().map(|named| named.profile).unwrap_or_default();
        let ctx = RunCtx::new(Arc::clone(&self.core), id.clone(), project, profile, options);
        let span = ctx.span();
        let work = async move {
            tracing::info!(run = %run.id, project = %run.project, "run started");
            let id = run.id.clone();
            let end = execute(Arc::clone(&ctx), run, (source, brand), stop).await.map_err(ApiError::from);
            tell_end(&id, &end);
            // The script's thread may take its time to go.
            ctx.end_span();
            end
        };
        tokio::spawn(async move {
            // Its span ends before anybody is told: this process may be about to end too.
            let end = work.instrument(span).await;
            core.metrics.run_ended(&end);
            core.runs.end(&id, &end);
            // Nobody may be waiting.
            let _ = done.send(Some(end));
        });
        Ok(RunHandle { joined: false, ..RunHandle::joined(active) })
    }
}

/// A run that was interrupted, as it goes on: what is asked for now is kept beside what it began with.
fn goes_on(run: Run, options: &RunOptions) -> (Run, Option<Record>) {
    let now = Run {
        unattended: run.unattended || options.yes,
        refresh: options.refresh.clone().or(&run.refresh),
        batch: options.batch.clone().or_else(|| run.batch.clone()),
        ..run.clone()
    };
    let Run { id, unattended, refresh, batch, .. } = now.clone();
    let goes = (now != run).then_some(Record::RunGoes { run: id, unattended, refresh, batch });
    (now, goes)
}

fn allowed(run: &RunId, most: Money) -> Record {
    let budget = Budget { total: Some(most), ..Budget::default() };
    Record::Budgeted { of: Budgeted::Run(run.clone()), budget }
}

async fn execute(
    ctx: Arc<RunCtx>,
    run: Run,
    (source, brand): (ScriptSource, Value),
    stop: Active,
) -> Result<RunReport, EngineError> {
    let began = Instant::now();
    let nodes = Arc::new(Nodes::new(Arc::clone(&ctx), stop.cancel.clone()));
    let stages = Arc::clone(&nodes) as Arc<dyn Stages>;
    if let (Some(used), Some(newer)) = (&run.brand, brands::newer(&ctx.core, run.brand.as_ref())?) {
        let text = format!("this film has the brand {used}; there is a newer version of it: {newer}");
        ctx.core.say(&run.id, None, "info", &text)?;
    }
    let context = context(seed_of(&run.id), run.started_ms, &ctx.project, brand, stages);
    let finished = async {
        let value = script::run(source, run.params.clone(), context).await;
        // Also those that the script never waited for.
        let failed = nodes.finish().await;
        (value, failed)
    };
    tokio::pin!(finished);
    let outcome = loop {
        tokio::select! {
            biased;
            () = stop.interrupt.cancelled() => break None,
            () = stop.cancel.cancelled() => break Some(RunOutcome::Cancelled),
            (value, failed) = &mut finished => break Some(outcome_of(value, failed)),
            () = ctx.activity.only_reviews() => {
                if ctx.core.runs.rest(&run.id, || ctx.activity.rests()) {
                    break Some(RunOutcome::Waiting);
                }
            }
        }
    };
    nodes.stop().await;
    match &outcome {
        Some(RunOutcome::Waiting) => {
            ctx.core.store.commit(vec![Record::RunWaits { run: run.id.clone() }]).await?;
        }
        Some(outcome) => {
            ctx.announce_cancelled().await?;
            ctx.core.store.commit(vec![Record::RunEnded { run: run.id.clone(), outcome: outcome.clone() }]).await?;
        }
        // Without an end in the journal it is taken up by whoever comes next.
        None => ctx.core.tell(Live::Interrupted(run.id.clone())),
    }
    let (ran, kept) = ctx.counts();
    let project = ctx.project.slug.clone();
    let Sum { spent, reserved } = ctx.core.ledger.sum(&Account::Run(run.id.clone()))?;
    let seconds = began.elapsed().as_secs_f64();
    Ok(RunReport { run: run.id, project, outcome, ran, kept, seconds, spent, reserved })
}

/// How it ended, for the log: codes and numbers, never what was asked for or made.
fn tell_end(run: &RunId, end: &RunEnd) {
    let report = match end {
        Ok(report) => report,
        Err(e) => return tracing::error!(run = %run, code = e.code, "run could not be brought to its end"),
    };
    let outcome = report.outcome.as_ref().map_or("interrupted", |outcome| outcome.name());
    let code = match &report.outcome {
        Some(RunOutcome::Failed { error }) => Some(error.code.as_str()),
        _ => None,
    };
    tracing::info!(run = %run, outcome, code, seconds = report.seconds, ran = report.ran, kept = report.kept, "run ended");
}

fn outcome_of(value: Result<Value, ScriptError>, failed: Option<NodeError>) -> RunOutcome {
    match (value, failed) {
        // A node's own error says more than the script that stumbled over it.
        (Err(script), Some(node)) if script.stage.is_some() => RunOutcome::Failed { error: node },
        (Err(script), _) => RunOutcome::Failed { error: script_error(&script) },
        (Ok(_), Some(error)) => RunOutcome::Failed { error },
        (Ok(value), None) => RunOutcome::Done { value },
    }
}

fn script_error(e: &ScriptError) -> NodeError {
    let help = if e.excerpt.is_empty() { e.help.clone() } else { format!("{}\n{}", e.help, e.excerpt) };
    NodeError::new(e.code.as_str(), ErrorKind::Permanent, e.to_string()).help(help.trim())
}

/// 53 bits of the run's id: `math.random` in scripts.
fn seed_of(run: &RunId) -> u64 {
    let hash = blake3::hash(run.as_str().as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_le_bytes(first) >> 11
}
