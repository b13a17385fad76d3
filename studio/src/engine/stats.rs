//! What was made, how well, how fast and for how much. What was asked of services comes from the ledger; what was made
//! on this box, from the nodes of the runs that are kept.

use std::collections::{BTreeMap, HashSet};

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use studio_plugin_sdk::{roles::Role, usage::Usage};

use super::open::{Engine, EngineError};
use crate::model::{
    Generation, GenerationState, Money, NodeChange, NodeState, Project, ProjectId, RunId, Slot, day_of,
};
use crate::store::{Store, StoreError};

/// By what rows are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Days, in UTC.
    #[default]
    Day,
    /// Calendar months, in UTC.
    Month,
    /// Plugins, and where they ask.
    Service,
    /// Projects.
    Project,
    /// Plugins and models.
    Model,
    /// Roles.
    Kind,
}

/// What is counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StatsFilter {
    /// Of this project alone.
    pub project: Option<Project>,
    /// From this day on, in UTC.
    pub since: Option<Date>,
    /// Up to the day before this one, in UTC.
    pub until: Option<Date>,
}

/// A row of figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// The day, service, project, model or kind; of the sum of all: empty.
    pub name: String,
    /// Results that were asked for and have come to an end, or are under way.
    pub asked: u64,
    /// Of those: made.
    pub done: u64,
    /// Of those: failed.
    pub failed: u64,
    /// Of those: a call was sent, and whether it was done is not known.
    pub possibly_billed: u64,
    /// Made, of those that were made or failed, 0 to 1; none: there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<f64>,
    /// Seconds that a made one took on average; none: there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Calls of services that were answered, or may have been.
    pub calls: u64,
    /// What was used.
    pub usage: Usage,
    /// What it cost, where a price is known.
    pub cost: Money,
    /// What of that is only known to be at most so much: nobody told what those calls used.
    #[serde(default)]
    pub bound: Money,
    /// What is held back for calls whose cost is not known.
    pub reserved: Money,
    /// Results that used something no price is known for.
    pub unpriced: u64,
    /// Films that were finished.
    pub films: u64,
    /// What all of the row cost for each film; none: there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_a_film: Option<Money>,
    #[serde(skip)]
    seconds_in_all: f64,
}

/// Figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stats {
    /// By what the rows are made.
    pub by: By,
    /// The rows, by name.
    pub rows: Vec<Row>,
    /// All of them together.
    pub total: Row,
}

/// What is counted in a row beside its figures.
struct Made<'a> {
    day: Date,
    plugin: &'a str,
    service: &'a str,
    model: &'a str,
    project: String,
    role: Role,
}

impl Engine {
    /// Figures of what was made.
    pub fn stats(&self, filter: &StatsFilter, by: By) -> Result<Stats, EngineError> {
        let generations = self.core.ledger.generations()?;
        let mut names = Names::default();
        let mut rows: BTreeMap<String, Row> = BTreeMap::new();
        let mut total = Row::default();
        for generation in generations.iter().filter(|g| filter.takes(&g.project, g.started_ms)) {
            let made = Made {
                day: day_of(generation.started_ms),
                plugin: &generation.plugin,
                service: &generation.service,
                model: &generation.model,
                project: names.of(&self.core.store, &generation.project)?,
                role: generation.role,
            };
            rows.entry(made.name(by)).or_default().add_generation(generation);
            total.add_generation(generation);
        }
        let asked: HashSet<(&RunId, &Slot)> = generations.iter().map(|g| (&g.run, &g.slot)).collect();
        let of_services: HashSet<&Slot> = generations.iter().map(|g| &g.slot).collect();
        for (at_ms, change) in self.core.store.all_last_nodes()? {
            let Some(project) = project_of(&change.slot) else { continue };
            let ended = matches!(change.state, NodeState::Done | NodeState::Failed) && !change.plugin.is_empty();
            let counted = asked.contains(&(&change.run, &change.slot))
                || (change.state == NodeState::Failed && of_services.contains(&change.slot));
            if !ended || counted || is_consequence(&change) || !filter.takes(&project, at_ms) {
                continue;
            }
            let made = Made {
                day: day_of(at_ms),
                plugin: &change.plugin,
                service: "",
                model: "",
                project: names.of(&self.core.store, &project)?,
                role: change.role,
            };
            rows.entry(made.name(by)).or_default().add_node(&change);
            total.add_node(&change);
        }
        let ended = |(name, row): (String, Row)| Row { name, ..row }.ended();
        Ok(Stats { by, rows: rows.into_iter().map(ended).collect(), total: total.ended() })
    }

    /// Generations that fit, the latest first.
    pub fn generations(&self, filter: &StatsFilter) -> Result<Vec<Generation>, EngineError> {
        let mut found = self.core.ledger.generations()?;
        found.retain(|g| filter.takes(&g.project, g.started_ms));
        found.reverse();
        Ok(found)
    }
}

/// Names of projects, looked up once: the slug, or of one that is gone the id.
#[derive(Default)]
struct Names(BTreeMap<ProjectId, String>);

impl Names {
    fn of(&mut self, store: &Store, id: &ProjectId) -> Result<String, StoreError> {
        if let Some(name) = self.0.get(id) {
            return Ok(name.clone());
        }
        let name = store.project(id)?.map_or_else(|| id.to_string(), |project| project.slug);
        self.0.insert(id.clone(), name.clone());
        Ok(name)
    }
}

/// What failed since something before it failed, or since it was not begun for want of a budget, asked for nothing.
fn is_consequence(change: &NodeChange) -> bool {
    change.error.as_ref().is_some_and(|e| e.code == "upstream" || e.code == "cancelled" || e.is_over_budget())
}

fn project_of(slot: &Slot) -> Option<ProjectId> {
    slot.as_str().split('/').next().map(ProjectId::new)
}

impl StatsFilter {
    fn takes(&self, project: &ProjectId, at_ms: i64) -> bool {
        let day = day_of(at_ms);
        self.project.as_ref().is_none_or(|p| p.id == *project)
            && self.since.is_none_or(|since| since <= day)
            && self.until.is_none_or(|until| day < until)
    }
}

impl Made<'_> {
    fn name(&self, by: By) -> String {
        match by {
            By::Day => self.day.to_string(),
            By::Month => self.day.strftime("%Y-%m").to_string(),
            By::Service if self.service.is_empty() => self.plugin.to_owned(),
            By::Service => format!("{} at {}", self.plugin, self.service),
            By::Project => self.project.clone(),
            By::Model if self.model.is_empty() => self.plugin.to_owned(),
            By::Model => format!("{} {}", self.plugin, self.model),
            By::Kind => self.role.name().to_owned(),
        }
    }
}

impl Row {
    fn add_generation(&mut self, generation: &Generation) {
        self.asked += 1;
        match generation.state {
            GenerationState::Done => {
                self.done += 1;
                self.seconds_in_all += generation.seconds.unwrap_or_default();
            }
            GenerationState::Failed => self.failed += 1,
            GenerationState::PossiblyBilled => self.possibly_billed += 1,
            GenerationState::Running | GenerationState::Stopped => {}
        }
        self.calls += generation.sent();
        if let Some(usage) = &generation.usage {
            // One model and one bill a call: neither says anything of a sum.
            self.usage.add(&Usage { model: String::new(), cost_usd: None, ..usage.clone() });
        }
        self.cost = self.cost + generation.spent();
        self.bound = self.bound + generation.bound;
        self.reserved = self.reserved + generation.reserved();
        self.unpriced += u64::from(generation.is_unpriced());
    }

    fn add_node(&mut self, change: &NodeChange) {
        self.asked += 1;
        if change.state == NodeState::Failed {
            self.failed += 1;
            return;
        }
        self.done += 1;
        self.seconds_in_all += change.seconds.unwrap_or_default();
        let last = change.slot.as_str().rsplit('/').next().and_then(|last| last.split('#').next());
        // Not the pieces of one.
        self.films += u64::from(change.role == Role::Render && last == Some(Role::Render.name()));
    }

    fn ended(self) -> Self {
        let share = |part: f64, of: u64| (of > 0).then(|| part / of as f64);
        let cost_a_film = (self.films > 0).then(|| self.cost.times(1.0 / self.films as f64));
        Self {
            success: share(self.done as f64, self.done + self.failed),
            seconds: share(self.seconds_in_all, self.done),
            cost_a_film,
            ..self
        }
    }
}
