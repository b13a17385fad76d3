//! Money: what may be spent, what was, and what for.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ApiError, Cx, Method};
use crate::engine::{Accounts, By, Span, Stats, StatsFilter};
use crate::model::{Budget, Generation, GenerationId, GenerationState};

/// Most generations that are given at once.
const MOST: usize = 1_000;

/// What may be spent and what was, of all projects or of one.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BudgetGet {
    /// A project by slug, id or title; none: what holds for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
}

impl Method for BudgetGet {
    const NAME: &'static str = "budget.get";
    type Reply = Accounts;

    async fn handle(self, cx: &Cx) -> Result<Accounts, ApiError> {
        let project = self.project.map(|name| cx.engine.project(&name)).transpose()?;
        Ok(cx.engine.accounts(project.as_ref())?)
    }
}

/// Sets what a project may spend. What is not named stays. It holds at once, also for runs under way.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BudgetSet {
    /// A project by slug, id or title.
    pub project: String,
    /// What is set.
    #[serde(default)]
    pub budget: Budget,
    /// What is lifted.
    #[serde(default)]
    pub lift: Vec<Span>,
}

impl Method for BudgetSet {
    const NAME: &'static str = "budget.set";
    const CHANGES: bool = true;
    type Reply = Accounts;

    async fn handle(self, cx: &Cx) -> Result<Accounts, ApiError> {
        let project = cx.engine.project(&self.project)?;
        cx.engine.set_budget(&project, self.budget, &self.lift).await?;
        Ok(cx.engine.accounts(Some(&project))?)
    }

    async fn again(self, cx: &Cx, _told: Value) -> Result<Accounts, ApiError> {
        Ok(cx.engine.accounts(Some(&cx.engine.project(&self.project)?))?)
    }
}

/// Figures of what was made: how much, how well, how fast, for how much.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StatsGet {
    /// A project by slug, id or title; none: all, also those that are gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// From this day on, in UTC: `2026-11-01`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Up to the day before this one, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// By what rows are made.
    pub by: By,
}

impl Method for StatsGet {
    const NAME: &'static str = "stats";
    const COST: u32 = 5;
    type Reply = Stats;

    async fn handle(self, cx: &Cx) -> Result<Stats, ApiError> {
        let filter = filter(cx, self.project.as_deref(), self.since.as_deref(), self.until.as_deref())?;
        let (engine, by) = (cx.engine.clone(), self.by);
        off_the_loop(move || Ok(engine.stats(&filter, by)?)).await
    }
}

/// What was asked of services, the latest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GenerationList {
    /// A project by slug, id or title; none: all, also those that are gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// From this day on, in UTC: `2026-11-01`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Up to the day before this one, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Those that stand so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<GenerationState>,
    /// Those before this one: the last of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<GenerationId>,
    /// Most of them to give; 0: 1,000, which is the most.
    pub limit: usize,
}

/// A page of what was asked of services.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Generations {
    /// The latest first.
    pub generations: Vec<Generation>,
    /// There are more: ask for those before the last of these.
    pub more: bool,
}

impl Method for GenerationList {
    const NAME: &'static str = "generation.list";
    const COST: u32 = 5;
    type Reply = Generations;

    async fn handle(self, cx: &Cx) -> Result<Generations, ApiError> {
        let filter = filter(cx, self.project.as_deref(), self.since.as_deref(), self.until.as_deref())?;
        let engine = cx.engine.clone();
        off_the_loop(move || {
            let most = if self.limit == 0 { MOST } else { self.limit.min(MOST) };
            let wanted = |generation: &Generation| self.state.is_none_or(|state| generation.state == state);
            let mut generations = engine.generations(&filter, self.before.as_ref(), most + 1, wanted)?;
            let more = generations.len() > most;
            generations.truncate(most);
            Ok(Generations { generations, more })
        })
        .await
    }
}

/// One result asked of a service, with what was asked and what came of it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenerationGet {
    /// Its id.
    pub id: GenerationId,
}

/// A generation with its request and its result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GenerationDetail {
    /// The generation.
    #[serde(flatten)]
    pub generation: Generation,
    /// The role's request: prompt and parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Value>,
    /// The role's response, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Value>,
}

impl Method for GenerationGet {
    const NAME: &'static str = "generation.get";
    type Reply = GenerationDetail;

    async fn handle(self, cx: &Cx) -> Result<GenerationDetail, ApiError> {
        let store = &cx.engine.core.store;
        let none = || ApiError::new("not_found", format!("there is no generation {}", self.id)).field("id");
        let found = store.generation(&self.id)?.ok_or_else(none)?;
        let generation = cx.engine.core.ledger.current(found)?;
        let request = store.generation_request(&self.id)?;
        let done = generation.state == GenerationState::Done;
        let kept = if done { store.kept(&generation.key)? } else { None };
        Ok(GenerationDetail { generation, request, response: kept.map(|kept| kept.response) })
    }
}

fn filter(cx: &Cx, project: Option<&str>, since: Option<&str>, until: Option<&str>) -> Result<StatsFilter, ApiError> {
    let project = project.map(|name| cx.engine.project(name)).transpose()?;
    Ok(StatsFilter { project, since: day("since", since)?, until: day("until", until)? })
}

fn day(field: &str, text: Option<&str>) -> Result<Option<Date>, ApiError> {
    let wrong = |text: &str| {
        ApiError::new("invalid_input", format!("{text:?} is no day; write it like 2026-11-30")).field(field)
    };
    text.map(|text| text.parse().map_err(|_| wrong(text))).transpose()
}

/// Reading all that was ever made may take a while: it holds up nobody else.
async fn off_the_loop<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let lost = |e: tokio::task::JoinError| ApiError::new("engine.lost", e.to_string());
    tokio::task::spawn_blocking(work).await.map_err(lost)?
}
