//! A run: one execution of a project's script. Its graph is never persisted; a run that was interrupted
//! is run again with the same script and params, and meets its results again.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use serde_json::Value;
use studio_plugin_sdk::error::ErrorKind;
use tokio_util::sync::CancellationToken;

use super::{
    node::RunCtx,
    nodes::Nodes,
    open::{Engine, EngineError},
    params::{Prepared, context, prepare},
    scripts,
};
use crate::{
    model::{NodeError, Project, Record, Run, RunId, RunOutcome},
    script::{self, ScriptError, ScriptSource, Stages},
};

/// How a run is to go.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// Take requests that may have been billed as lost, and send them again.
    pub repeat: bool,
    /// Nobody is there to review: what is made will do.
    pub yes: bool,
}

/// How a run went.
#[derive(Clone, Debug)]
pub struct RunReport {
    /// The run.
    pub run: RunId,
    /// How it ended.
    pub outcome: RunOutcome,
    /// Nodes that ran.
    pub ran: usize,
    /// Nodes whose results were kept.
    pub kept: usize,
    /// Wall-clock seconds.
    pub seconds: f64,
}

/// A run under way.
pub struct RunHandle {
    /// Its id.
    pub id: RunId,
    cancel: CancellationToken,
    done: tokio::task::JoinHandle<Result<RunReport, EngineError>>,
}

impl RunHandle {
    /// A handle to give it up from elsewhere; [`Self::wait`] then says so.
    pub fn canceller(&self) -> CancellationToken {
        self.cancel.clone()
    }

    /// Waits for its end.
    pub async fn wait(self) -> Result<RunReport, EngineError> {
        let lost = |e: tokio::task::JoinError| NodeError::permanent("engine.lost", e.to_string());
        self.done.await.map_err(lost)?
    }
}

impl Engine {
    /// Runs a project's script, or goes on with a run of it that was interrupted.
    pub async fn run(&self, project: &Project, options: RunOptions) -> Result<RunHandle, EngineError> {
        let Prepared { source, params } = prepare(&self.core, project)?;
        if options.repeat {
            self.give_up_intents(project).await?;
        }
        let run = self.take_up_or_begin(project, &source, params).await?;
        let cancel = CancellationToken::new();
        let (project, token, id) = (project.clone(), cancel.clone(), run.id.clone());
        let ctx = RunCtx::new(Arc::clone(&self.core), id.clone(), project, options);
        let done = tokio::spawn(async move { execute(ctx, run, source, token).await });
        Ok(RunHandle { id, cancel, done })
    }

    async fn take_up_or_begin(
        &self,
        project: &Project,
        source: &ScriptSource,
        params: BTreeMap<String, Value>,
    ) -> Result<Run, EngineError> {
        let sources = scripts::pin(&self.core, source)?;
        let runs = self.core.store.runs_of(&project.id)?;
        let same = |r: &Run| r.sources == sources && r.entry == source.entry && r.params == params;
        let interrupted = runs.into_iter().filter(|r| r.outcome.is_none() && same(r));
        if let Some(run) = interrupted.max_by(|a, b| a.id.cmp(&b.id)) {
            return Ok(run);
        }
        let run = Run {
            id: RunId::generate(ulid::Ulid::generate()),
            project: project.id.clone(),
            sources,
            entry: source.entry.clone(),
            params,
            started_ms: self.core.now_ms(),
            outcome: None,
        };
        self.core.store.commit(vec![Record::RunStarted(run.clone())]).await?;
        Ok(run)
    }

    /// A person says that requests without an answer were not done.
    async fn give_up_intents(&self, project: &Project) -> Result<(), EngineError> {
        let prefix = format!("{}/", project.id);
        let mut records = Vec::new();
        for started in self.core.store.started()? {
            if started.slot.as_str().starts_with(&prefix) {
                let intents = self.core.store.intents(&started.key)?;
                records.extend(intents.into_iter().map(|i| Record::IntentLost { key: i.key, effect: i.effect }));
            }
        }
        if !records.is_empty() {
            self.core.store.commit(records).await?;
        }
        Ok(())
    }
}

async fn execute(
    ctx: Arc<RunCtx>,
    run: Run,
    source: ScriptSource,
    cancel: CancellationToken,
) -> Result<RunReport, EngineError> {
    let began = Instant::now();
    let nodes = Arc::new(Nodes::new(Arc::clone(&ctx), cancel.clone()));
    let stages = Arc::clone(&nodes) as Arc<dyn Stages>;
    let context = context(seed_of(&run.id), run.started_ms, &ctx.project, stages);
    let finished = async {
        let value = script::run(source, run.params.clone(), context).await;
        // Also those that the script never waited for.
        let failed = nodes.finish().await;
        (value, failed)
    };
    let outcome = tokio::select! {
        biased;
        () = cancel.cancelled() => RunOutcome::Cancelled,
        (value, failed) = finished => outcome_of(value, failed),
        () = ctx.activity.only_reviews() => RunOutcome::Waiting,
    };
    nodes.stop().await;
    let end = if matches!(outcome, RunOutcome::Waiting) {
        Record::RunWaits { run: run.id.clone() }
    } else {
        ctx.announce_cancelled().await?;
        Record::RunEnded { run: run.id.clone(), outcome: outcome.clone() }
    };
    ctx.core.store.commit(vec![end]).await?;
    let (ran, kept) = ctx.counts();
    Ok(RunReport { run: run.id, outcome, ran, kept, seconds: began.elapsed().as_secs_f64() })
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
