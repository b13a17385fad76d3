//! What may be spent and what was, for people; and setting it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    ledger::{Account, Sum},
    open::{Engine, EngineError},
};
use crate::model::{Budget, Budgeted, Money, Month, Project, Record};

/// What a budget is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// All of it.
    Total,
    /// Each run.
    Run,
    /// Each calendar month, in UTC.
    Month,
}

/// Money of something, and how much it may be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AccountView {
    /// `project`, `plugin` or `all`.
    pub of: String,
    /// The project's slug or the plugin's id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// In which span.
    pub span: Span,
    /// The most; none: as much as it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<Money>,
    /// Spent; of `run`: in the project's latest run.
    pub spent: Money,
    /// Held back for calls without a known cost.
    pub reserved: Money,
}

/// Accounts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Accounts {
    /// The month, in UTC: `2026-11`.
    pub month: String,
    /// The accounts.
    pub accounts: Vec<AccountView>,
}

impl Engine {
    /// What may be spent and what was: of a project, or of all and of each plugin that has a limit.
    pub fn accounts(&self, project: Option<&Project>) -> Result<Accounts, EngineError> {
        let month = Month::of(self.core.now_ms());
        let settings = self.core.ledger.settings();
        let mut accounts = Vec::new();
        let mut add = |of: &str, name: &str, span, most, account: Option<Account>| -> Result<(), EngineError> {
            let sum = account.map(|account| self.core.ledger.sum(&account)).transpose()?;
            let Sum { spent, reserved } = sum.unwrap_or_default();
            accounts.push(AccountView { of: of.into(), name: name.into(), span, most, spent, reserved });
            Ok(())
        };
        if let Some(project) = project {
            let (id, slug) = (&project.id, &project.slug);
            let budget = self.core.store.budget(&Budgeted::Project(id.clone()))?;
            let latest = self.core.store.latest_run(id)?.map(|run| run.id);
            let of_latest = match &latest {
                Some(run) => self.core.store.budget(&Budgeted::Run(run.clone()))?.total,
                None => None,
            };
            let total = budget.total.or(settings.project);
            add("project", slug, Span::Total, total, Some(Account::Project(id.clone())))?;
            let run = of_latest.or(budget.run).or(settings.run);
            add("project", slug, Span::Run, run, latest.map(Account::Run))?;
            add("project", slug, Span::Month, budget.month, Some(Account::ProjectMonth(id.clone(), month)))?;
        }
        add("all", "", Span::Month, settings.month, Some(Account::Month(month)))?;
        for grant in self.core.store.grants()?.into_iter().filter(|grant| grant.limit.is_some()) {
            let account = Account::PluginMonth(grant.plugin.clone(), month);
            add("plugin", &grant.plugin, Span::Month, grant.limit, Some(account))?;
        }
        Ok(Accounts { month: month.to_string(), accounts })
    }

    /// Sets what a project may spend: what is not named stays, what is lifted is none any more.
    pub async fn set_budget(&self, project: &Project, set: Budget, lift: &[Span]) -> Result<(), EngineError> {
        let _changing = self.core.changing.lock().await;
        let of = Budgeted::Project(project.id.clone());
        let now = self.core.store.budget(&of)?;
        let field = |set: Option<Money>, now: Option<Money>, span: Span| match (set, lift.contains(&span)) {
            (Some(_), true) => {
                let message = "is set and lifted at once: say one of them".to_owned();
                Err(EngineError::Invalid { field: "lift".into(), message })
            }
            (set, lifted) => Ok(set.or(now.filter(|_| !lifted))),
        };
        let budget = Budget {
            total: field(set.total, now.total, Span::Total)?,
            run: field(set.run, now.run, Span::Run)?,
            month: field(set.month, now.month, Span::Month)?,
        };
        let changed = (budget != now).then_some(Record::Budgeted { of, budget });
        Ok(self.commit(changed.into_iter().collect(), Value::Null).await?)
    }
}
