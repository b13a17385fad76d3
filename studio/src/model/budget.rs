//! Budgets: how much money calls may cost together, and the order in which a person is told.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    ids::{ProjectId, RunId},
    money::Money,
};

/// What a person lets a project spend; none: as much as it takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Budget {
    /// In all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    /// In each run that names no budget of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Money>,
    /// In each calendar month, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub month: Option<Money>,
}

/// `[budget]` of the settings: what holds for all projects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BudgetSettings {
    /// All projects together, in each calendar month, in UTC.
    pub month: Option<Money>,
    /// Each run of a project that names none.
    pub run: Option<Money>,
    /// Each project that names none, in all.
    pub project: Option<Money>,
}

/// What a budget was set for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Budgeted {
    /// A project.
    Project(ProjectId),
    /// One run; its `total` alone counts.
    Run(RunId),
}

/// A calendar month in UTC: `2026-11`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// The month of a moment, in milliseconds since 1970.
    pub fn of(at_ms: i64) -> Self {
        let day = day_of(at_ms);
        Self { year: day.year(), month: day.month() }
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// The day of a moment in UTC, in milliseconds since 1970.
pub fn day_of(at_ms: i64) -> Date {
    let moment = jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default();
    moment.to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// When a day begins in UTC, in milliseconds since 1970.
pub fn start_of(day: Date) -> i64 {
    day.to_zoned(jiff::tz::TimeZone::UTC).map_or(0, |moment| moment.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_those_of_utc() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        assert_eq!(Month::of(at("2026-10-31T23:59:59.999Z")).to_string(), "2026-10");
        assert_eq!(Month::of(at("2026-11-01T00:00:00Z")).to_string(), "2026-11");
        assert_eq!(day_of(i64::MAX).year(), 1970, "no moment at all");
    }
}
