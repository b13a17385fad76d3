//! What was made, how well, how fast and for how much. What was asked of services comes from the ledger; what was made
//! on this box, from the nodes of the runs that are kept.

use std::{collections::BTreeMap, ops::ControlFlow};

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    figures::{Group, Row},
    open::{Engine, EngineError},
};
use crate::{
    model::{Generation, GenerationId, Project, ProjectId, day_of, start_of},
    store::{Store, StoreError},
};

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

impl Engine {
    /// Figures of what was made. What has ended is added up once, not read anew each time.
    pub fn stats(&self, filter: &StatsFilter, by: By) -> Result<Stats, EngineError> {
        let (store, mut names) = (&self.core.store, Names::default());
        let mut rows: BTreeMap<String, Row> = BTreeMap::new();
        let mut total = Row::default();
        let asked = self.core.ledger.asked()?;
        let made = self.core.made.figures(store, &asked)?;
        for (group, row) in asked.figures.iter().chain(&made).filter(|(group, _)| filter.takes(group)) {
            let name = match by {
                By::Project => names.of(store, &group.project)?,
                _ => group.name(by),
            };
            rows.entry(name).or_default().add(row);
            total.add(row);
        }
        let rows = rows.into_iter().map(|(name, row)| row.ended(name)).collect();
        Ok(Stats { by, rows, total: total.ended(String::new()) })
    }

    /// Generations that fit and come before one, the latest first: so many at most.
    pub fn generations(
        &self,
        filter: &StatsFilter,
        before: Option<&GenerationId>,
        most: usize,
        wanted: impl Fn(&Generation) -> bool,
    ) -> Result<Vec<Generation>, EngineError> {
        let mut found = Vec::new();
        // Their ids begin with the time: what is too late is not even read, and what is too early ends it.
        let until = filter.until.and_then(|day| GenerationId::at(start_of(day) + A_LITTLE_MS));
        let before = before.into_iter().chain(&until).min();
        let since = filter.since.and_then(|day| GenerationId::at(start_of(day) - A_LITTLE_MS));
        self.core.ledger.look_back(before, |generation| {
            if since.as_ref().is_some_and(|since| generation.id < *since) {
                return ControlFlow::Break(());
            }
            let day = day_of(generation.started_ms);
            if filter.takes_of(&generation.project, day) && wanted(&generation) {
                found.push(generation);
            }
            if found.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(found)
    }
}

/// So much later than a generation's first call may its id have been given, in milliseconds.
const A_LITTLE_MS: i64 = 3_600_000;

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

impl StatsFilter {
    fn takes(&self, group: &Group) -> bool {
        self.takes_of(&group.project, group.day)
    }

    fn takes_of(&self, project: &ProjectId, day: Date) -> bool {
        self.project.as_ref().is_none_or(|p| p.id == *project)
            && self.since.is_none_or(|since| since <= day)
            && self.until.is_none_or(|until| day < until)
    }
}

impl Group {
    fn name(&self, by: By) -> String {
        match by {
            By::Day => self.day.to_string(),
            By::Month => self.day.strftime("%Y-%m").to_string(),
            By::Service if self.service.is_empty() => self.plugin.clone(),
            By::Service => format!("{} at {}", self.plugin, self.service),
            By::Project => self.project.to_string(),
            By::Model if self.model.is_empty() => self.plugin.clone(),
            By::Model => format!("{} {}", self.plugin, self.model),
            By::Kind => self.role.name().to_owned(),
        }
    }
}
