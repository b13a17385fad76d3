//! Which projects there are: found by name, listed page by page.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    brands,
    ledger::Account,
    open::{Engine, EngineError},
};
use crate::{
    model::{Money, Project, ProjectId, ProjectState, Run, RunId},
    store::{LastRun, Listed, RunEnded},
};

/// In which order projects are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// The latest changed first.
    #[default]
    Changed,
    /// The latest made first.
    Created,
    /// By title, A first.
    Title,
    /// What a person looks at first: running, waiting, failed, interrupted, cancelled, new, done.
    State,
}

impl Sort {
    /// The latest comes first, not the smallest.
    fn falls(self) -> bool {
        matches!(self, Self::Changed | Self::Created)
    }
}

/// Which projects are listed, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Query {
    /// Most of them to give; 0: all.
    pub limit: usize,
    /// The `cursor` of the last one of the page before; none: from the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// In which order.
    pub sort: Sort,
    /// In the opposite order.
    pub reverse: bool,
    /// Only those with these words in title or slug, in whatever case.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub filter: String,
    /// Only those that stand so; none: all.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub state: BTreeSet<ProjectState>,
    /// Those that are put aside, instead of the others.
    pub archived: bool,
    /// Those that were thrown away, instead of the others.
    pub removed: bool,
}

/// A project in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProjectEntry {
    /// The project.
    #[serde(flatten)]
    pub project: Project,
    /// Where finished files go.
    pub exports: std::path::PathBuf,
    /// The newest version of its brand, where that is newer than the one that it uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newer_brand: Option<u32>,
    /// How it stands.
    pub state: ProjectState,
    /// Its latest run.
    pub last_run: Option<Run>,
    /// What its calls cost, in all its runs.
    #[serde(default)]
    pub spent: Money,
    /// When it is removed for good, in milliseconds since 1970: of one that was thrown away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone_ms: Option<i64>,
    /// Its place in this order: the next page comes `after` it.
    pub cursor: String,
}

/// By what a list is sorted; what is equal, by id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
enum SortKey {
    Number(i64),
    State(ProjectState),
    Text(String),
}

/// A place in a list: it stays one where projects come, go and change.
#[derive(PartialEq, Serialize, Deserialize)]
struct Cursor(Sort, bool, SortKey, ProjectId);

impl Cursor {
    fn of(query: &Query, listed: &Listed, state: ProjectState) -> Self {
        let key = match query.sort {
            Sort::Changed => SortKey::Number(listed.updated_ms),
            Sort::Created => SortKey::Number(listed.created_ms),
            Sort::Title => SortKey::Text(listed.title.to_lowercase()),
            Sort::State => SortKey::State(state),
        };
        Self(query.sort, query.reverse, key, listed.id.clone())
    }

    fn order(&self, other: &Self) -> Ordering {
        let rising = (&self.2, &self.3).cmp(&(&other.2, &other.3));
        if self.0.falls() == self.1 { rising } else { rising.reverse() }
    }

    fn text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    fn read(text: &str, query: &Query) -> Result<Self, EngineError> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
        let cursor: Option<Self> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        cursor.filter(|cursor| (cursor.0, cursor.1) == (query.sort, query.reverse)).ok_or_else(|| {
            let message = "this is no `cursor` of a list in this order".into();
            EngineError::Invalid { field: "after".into(), message }
        })
    }
}

impl Engine {
    /// A page of the projects that fit.
    pub fn list(&self, query: &Query) -> Result<Vec<ProjectEntry>, EngineError> {
        let after = query.after.as_ref().map(|text| Cursor::read(text, query)).transpose()?;
        let (words, running) = (query.filter.to_lowercase(), self.running());
        let mut found = Vec::new();
        for listed in self.core.store.listed()? {
            let state = state(listed.run.as_ref(), &running);
            let kind = if query.removed {
                listed.removed_ms.is_some()
            } else {
                listed.removed_ms.is_none() && listed.archived == query.archived
            };
            let fits = kind
                && (query.state.is_empty() || query.state.contains(&state))
                && (words.is_empty() || listed.title.to_lowercase().contains(&words) || listed.slug.contains(&words));
            let cursor = Cursor::of(query, &listed, state);
            if fits && after.as_ref().is_none_or(|after| cursor.order(after).is_gt()) {
                found.push((cursor, state));
            }
        }
        found.sort_by(|(a, _), (b, _)| a.order(b));
        let most = if query.limit == 0 { usize::MAX } else { query.limit };
        let mut page = Vec::new();
        for (cursor, state) in found.into_iter().take(most) {
            // One that has gone since is left out.
            let Some(project) = self.core.store.project(&cursor.3)? else { continue };
            let last_run = self.core.store.latest_run(&project.id)?;
            let (exports, cursor) = (self.core.export_dir(&project), cursor.text());
            let spent = self.core.ledger.sum(&Account::Project(project.id.clone()))?.spent;
            let gone_ms = project.removed_ms.and_then(|at| self.core.config.settings.store.gone_ms(at));
            let newer_brand = brands::newer(&self.core, project.brand.as_ref())?;
            page.push(ProjectEntry { project, exports, newer_brand, state, last_run, spent, gone_ms, cursor });
        }
        Ok(page)
    }

    /// How a project stands.
    pub(super) fn state_of(&self, project: &ProjectId) -> Result<ProjectState, EngineError> {
        Ok(state(self.core.store.last_run_of(project)?.as_ref(), &self.running()))
    }

    /// The runs under way, and whether each is about to rest.
    fn running(&self) -> BTreeMap<RunId, bool> {
        self.all_active().into_iter().map(|active| (active.run.id, active.resting)).collect()
    }

    /// A project by slug (also one that it had before), id or title. One that was thrown away is none.
    pub fn project(&self, name: &str) -> Result<Project, EngineError> {
        let project = self.any_project(name)?;
        if project.removed_ms.is_some() {
            let help = format!("studio restore {} brings it back", project.slug);
            return Err(EngineError::refused("project.removed", format!("{} was removed", project.title), help));
        }
        Ok(project)
    }

    /// A project by name, also one that was thrown away.
    pub fn any_project(&self, name: &str) -> Result<Project, EngineError> {
        let store = &self.core.store;
        if let Some(project) = store.project_by_slug(name)? {
            return Ok(project);
        }
        let listed = store.listed()?;
        let by_name = |p: &&Listed| p.id.as_str() == name || p.title == name;
        let named = listed.iter().filter(by_name).min_by_key(|p| p.removed_ms.is_some());
        let found = match named {
            Some(listed) => store.project(&listed.id)?,
            None => store.project_by_any_slug(name)?,
        };
        found.ok_or_else(|| EngineError::NotFound(format!("there is no project {name:?}")))
    }

    /// A slug that no other project has or had: a name that led to a project leads to no other.
    pub(super) fn free_slug(&self, wished: &str, of: Option<&ProjectId>) -> Result<String, EngineError> {
        let mut slug = wished.to_owned();
        let mut n = 2;
        while self.core.store.project_by_any_slug(&slug)?.is_some_and(|p| Some(&p.id) != of) {
            slug = format!("{wished}-{n}");
            n += 1;
        }
        Ok(slug)
    }
}

/// What is recorded of its end counts, though the run may still be listed: whoever was told of the end and asks then
/// must not hear that it goes on.
fn state(run: Option<&LastRun>, running: &BTreeMap<RunId, bool>) -> ProjectState {
    let Some(run) = run else { return ProjectState::New };
    let waits = run.waits || matches!(run.ended, Some(RunEnded::Waiting));
    match (&run.ended, running.get(&run.id)) {
        (Some(RunEnded::Done(_)), _) => ProjectState::Done,
        (Some(RunEnded::Failed(_)), _) => ProjectState::Failed,
        (Some(RunEnded::Cancelled), _) => ProjectState::Cancelled,
        // One that waited before goes on while it is listed.
        (_, Some(resting)) if !(*resting && waits) => ProjectState::Running,
        _ if waits => ProjectState::Waiting,
        _ => ProjectState::Interrupted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recorded_of_a_runs_end_counts_before_it_is_gone_from_the_list() {
        let run = |ended, waits| LastRun { id: RunId::new("r"), ended, waits };
        let listed = |resting| BTreeMap::from([(RunId::new("r"), resting)]);
        let none = BTreeMap::new();
        assert_eq!(state(None, &none), ProjectState::New);
        for (ended, waits, listed, stands) in [
            (None, false, listed(false), ProjectState::Running),
            (None, true, listed(false), ProjectState::Running),
            (None, false, listed(true), ProjectState::Running),
            (None, true, listed(true), ProjectState::Waiting),
            (None, true, none.clone(), ProjectState::Waiting),
            (None, false, none, ProjectState::Interrupted),
            (Some(RunEnded::Cancelled), false, listed(false), ProjectState::Cancelled),
        ] {
            let run = run(ended, waits);
            assert_eq!(state(Some(&run), &listed), stands, "{run:?} {listed:?}");
        }
    }
}
