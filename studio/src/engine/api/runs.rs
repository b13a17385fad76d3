//! Runs: started, followed, stopped, taken up.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use studio_plugin_sdk::roles::Role;

use super::{ApiError, Cx, Done, Method, method::once, projects};
use crate::{
    engine::{Active, Edit, EngineError, Refresh, RunOptions, RunReport},
    model::{Money, Project, Run, RunId, Seq},
};

/// How long a cancelled run may take to say that it has ended, in seconds.
const ENDED_WITHIN: std::time::Duration = std::time::Duration::from_secs(10);

/// Starts a run of a project. The same run that is under way is joined, one that was interrupted is taken up.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// A project by slug, id, title or a run's id; or the whole path of a script.
    pub project: String,
    /// Send requests again that may have been billed already.
    #[serde(default)]
    pub repeat: bool,
    /// Nobody is there to review: what is made will do.
    #[serde(default)]
    pub yes: bool,
    /// Results that were paid or approved and that an older version made are made anew: of these roles; `all`: of all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refresh: Vec<String>,
    /// The most that it may spend, calls under way counted; none: what budgets say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Money>,
    /// Changes that are made to the project before.
    #[serde(default)]
    pub edit: Edit,
}

/// A run that was started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Started {
    /// Its id.
    pub run: RunId,
    /// Its project, as it is now.
    pub project: Project,
    /// It was under way already.
    pub joined: bool,
    /// All that it recorded since its process began with it has higher numbers.
    pub seq: Seq,
}

impl Method for Start {
    const NAME: &'static str = "run.start";
    const CHANGES: bool = true;
    type Reply = Started;

    async fn handle(self, cx: &Cx) -> Result<Started, ApiError> {
        refresh(&self.refresh)?;
        let of_run = cx.engine.run_record(&RunId::new(&self.project))?;
        let target = of_run.map_or(self.project, |run| run.project.to_string());
        let project = once(projects::Edit { project: target, edit: self.edit }, &cx.part("edit")).await?;
        let refresh = refresh(&self.refresh)?;
        let Self { repeat, yes, budget, .. } = self;
        let options = RunOptions { repeat, yes, refresh, budget, batch: None };
        let handle = cx.engine.run(&project, options).await?;
        Ok(Started { run: handle.id, project, joined: handle.joined, seq: handle.from })
    }

    async fn again(self, cx: &Cx, told: Value) -> Result<Started, ApiError> {
        let id = RunId::new(told.as_str().unwrap_or_default());
        let gone = || ApiError::new("not_found", format!("it was begun, and the run {id} is gone since"));
        let run = cx.engine.run_record(&id)?.ok_or_else(gone)?;
        let project = cx.project_told(&json!(run.project))?;
        let seq = match run.outcome {
            None => cx.engine.take_up(&id).await?.from,
            Some(_) => cx.engine.last_seq(),
        };
        Ok(Started { run: run.id, project, joined: true, seq })
    }
}

fn refresh(names: &[String]) -> Result<Refresh, ApiError> {
    if names.is_empty() {
        return Ok(Refresh::None);
    }
    if names.iter().any(|name| name == "all") {
        return Ok(Refresh::All);
    }
    let role = |name: &String| {
        let none = || ApiError::new("invalid_input", format!("{name:?} is no role; `all` are all")).field("refresh");
        Role::from_name(name).ok_or_else(none)
    };
    Ok(Refresh::Roles(names.iter().map(role).collect::<Result<_, _>>()?))
}

/// Goes on with one node that failed or was interrupted, where its journal stands, and waits for it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetryNode {
    /// A project by slug, id or title.
    pub project: String,
    /// The node, as it is named in the project: `scene-1/tts`.
    pub place: String,
    /// Send requests again that may have been billed already.
    #[serde(default)]
    pub repeat: bool,
}

impl Method for RetryNode {
    const NAME: &'static str = "node.retry";
    const CHANGES: bool = true;
    type Reply = Done;

    async fn handle(self, cx: &Cx) -> Result<Done, ApiError> {
        cx.engine.retry_node(&cx.engine.project(&self.project)?, &self.place, self.repeat).await?;
        Ok(Done {})
    }

    async fn again(self, cx: &Cx, _told: Value) -> Result<Done, ApiError> {
        // Nobody has said yet that what was sent since was not done.
        match cx.engine.by_itself().retry_node(&cx.engine.project(&self.project)?, &self.place, false).await {
            // It was made.
            Ok(()) | Err(EngineError::NotFound(_)) => Ok(Done {}),
            Err(e) => Err(e.into()),
        }
    }
}

/// Waits for the end of a run: how it went.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// Which.
    pub run: RunId,
}

impl Method for Wait {
    const NAME: &'static str = "run.wait";
    type Reply = RunReport;

    async fn handle(self, cx: &Cx) -> Result<RunReport, ApiError> {
        loop {
            if let Some(active) = cx.engine.active(&self.run) {
                return active.wait().await;
            }
            if let Some(report) = cx.engine.report(&self.run)? {
                return Ok(report);
            }
        }
    }
}

/// Gives up what is under way, and what was interrupted so that nobody takes it up.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// A run's id, or a project: all of its runs.
    pub target: String,
}

/// What was given up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cancelled {
    /// The project's slug.
    pub project: String,
    /// Runs that were under way.
    pub cancelled: Vec<RunId>,
    /// How many interrupted runs were ended.
    pub ended: usize,
}

impl Method for Cancel {
    const NAME: &'static str = "run.cancel";
    const CHANGES: bool = true;
    type Reply = Cancelled;

    async fn handle(self, cx: &Cx) -> Result<Cancelled, ApiError> {
        let project = cx.engine.project_of_run(&self.target)?;
        let one = cx.engine.active(&RunId::new(&self.target));
        let active = one.map_or_else(|| cx.engine.active_of(&project), |run| vec![run]);
        let runs = if active.is_empty() {
            cx.engine.interrupted_of(&project)?
        } else {
            active.into_iter().map(|active| active.run.id).collect()
        };
        // Before it is done: the same command gives up what goes on then, and nothing that was begun since.
        cx.engine.commit(Vec::new(), json!({ "project": project.id, "runs": runs })).await?;
        give_up(cx, project, &runs).await
    }

    async fn again(self, cx: &Cx, told: Value) -> Result<Cancelled, ApiError> {
        let runs: Vec<RunId> = serde_json::from_value(told["runs"].clone()).unwrap_or_default();
        give_up(cx, cx.project_told(&told["project"])?, &runs).await
    }
}

async fn give_up(cx: &Cx, project: Project, runs: &[RunId]) -> Result<Cancelled, ApiError> {
    let active: Vec<Active> = runs.iter().filter_map(|run| cx.engine.active(run)).collect();
    active.iter().for_each(|run| run.cancel.cancel());
    let ended = futures::future::join_all(active.iter().map(Active::wait));
    let _ = tokio::time::timeout(ENDED_WITHIN, ended).await;
    let ended = cx.engine.end_interrupted(&project, runs).await?;
    let cancelled = active.into_iter().map(|run| run.run.id).collect();
    Ok(Cancelled { project: project.slug, cancelled, ended })
}

/// The runs under way, the oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {}

impl Method for List {
    const NAME: &'static str = "run.list";
    type Reply = Vec<Run>;

    async fn handle(self, cx: &Cx) -> Result<Vec<Run>, ApiError> {
        Ok(cx.engine.all_active().into_iter().map(|active| active.run).collect())
    }
}

/// Takes up a run that was interrupted, or the interrupted latest run of every project and all batches.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Resume {
    /// Which; none: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

/// A run that is to be taken up, and what came of that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Taken {
    /// The run.
    pub run: RunId,
    /// Why it could not be taken up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ApiError>,
}

/// What was taken up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Resumed {
    /// Each run.
    pub runs: Vec<Taken>,
}

impl Method for Resume {
    const NAME: &'static str = "run.resume";
    const CHANGES: bool = true;
    type Reply = Resumed;

    async fn handle(self, cx: &Cx) -> Result<Resumed, ApiError> {
        if let Some(run) = self.run {
            cx.engine.take_up(&run).await?;
            return Ok(Resumed { runs: vec![Taken { run, error: None }] });
        }
        let mut runs = Vec::new();
        for run in cx.engine.interrupted()? {
            let error = cx.engine.take_up(&run).await.err();
            runs.push(Taken { run, error });
        }
        cx.engine.take_up_batches()?;
        Ok(Resumed { runs })
    }
}
