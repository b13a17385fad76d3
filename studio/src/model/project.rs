//! Projects and the runs of their scripts.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    brand::BrandUse,
    error::NodeError,
    ids::{BatchId, Digest, ProjectId, RunId},
    profile::NamedProfile,
    refresh::Refresh,
};

/// Somebody's piece of work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its name for people; unique among projects by its slug.
    pub title: String,
    /// The name in paths and commands: `rice-terraces`.
    pub slug: String,
    /// A shipped script by name (`narrated`), or the absolute path of a script file.
    pub script: String,
    /// Values of the script's params.
    pub params: BTreeMap<String, Value>,
    /// The profile that its runs take; none: the script alone says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The brand that its films have, at a version; none: they have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<BrandUse>,
    /// Where finished files go; none: `exports/SLUG` in the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export_dir: Option<std::path::PathBuf>,
    /// Milliseconds since 1970.
    pub created_ms: i64,
    /// Milliseconds since 1970.
    pub updated_ms: i64,
    /// It is put aside: not listed with the others, and not run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
    /// When it was thrown away, in milliseconds since 1970; it can be restored until it is removed for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_ms: Option<i64>,
    /// Slugs that it had before: they still lead to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_slugs: Vec<String>,
}

/// How a project stands, by its last run: what a person looks at first comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProjectState {
    /// It is under way.
    Running,
    /// It waits for a person.
    Waiting,
    /// It failed.
    Failed,
    /// Its process is gone; it can be taken up.
    Interrupted,
    /// Somebody cancelled it.
    Cancelled,
    /// There was none yet.
    New,
    /// It is done.
    Done,
}

impl ProjectState {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Running, Self::Waiting, Self::Failed, Self::Interrupted, Self::Cancelled, Self::New, Self::Done];

    /// Its name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Cancelled => "cancelled",
            Self::New => "new",
            Self::Done => "done",
        }
    }
}

impl Project {
    /// Gives it another slug; the one that it had leads to it still.
    pub fn set_slug(&mut self, slug: String) {
        if slug == self.slug {
            return;
        }
        self.former_slugs.retain(|former| *former != slug);
        let before = std::mem::replace(&mut self.slug, slug);
        if !self.former_slugs.contains(&before) {
            self.former_slugs.push(before);
        }
    }

    /// Does that slug lead to it, or did it once?
    pub fn had_slug(&self, slug: &str) -> bool {
        self.slug == slug || self.former_slugs.iter().any(|former| former == slug)
    }

    /// A title as it stands in paths and commands: lower-case letters, digits and single dashes.
    pub fn slug_of(title: &str) -> String {
        let mut slug = String::new();
        for c in title.chars().flat_map(char::to_lowercase) {
            if c.is_alphanumeric() {
                slug.push(c);
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        let slug = slug.trim_end_matches('-');
        let end = slug.char_indices().nth(60).map_or(slug.len(), |(i, _)| i);
        if slug.is_empty() { "untitled".into() } else { slug[..end].trim_end_matches('-').into() }
    }
}

/// One execution of a project's script.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Whose.
    pub project: ProjectId,
    /// The script and what it requires, pinned: file name → blob.
    pub sources: BTreeMap<String, Digest>,
    /// The file it starts with.
    pub entry: String,
    /// Values of the script's params.
    pub params: BTreeMap<String, Value>,
    /// The profile as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<NamedProfile>,
    /// The brand, at the version that it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<BrandUse>,
    /// When it started, in milliseconds since 1970; the script's `studio.now()`.
    pub started_ms: i64,
    /// Nobody is there to review: what is made will do.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unattended: bool,
    /// Which results of older versions are made anew.
    #[serde(default, skip_serializing_if = "Refresh::is_none")]
    pub refresh: Refresh,
    /// The batch that it is of; none: it was started by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<BatchId>,
    /// How it ended; none: it has not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<RunOutcome>,
}

impl Run {
    /// Why it failed, where it did.
    pub fn failure(&self) -> Option<&NodeError> {
        match &self.outcome {
            Some(RunOutcome::Failed { error }) => Some(error),
            _ => None,
        }
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// The script returned and no node failed.
    Done {
        /// What it returned.
        value: Value,
    },
    /// The script or a node failed.
    Failed {
        /// The first error.
        error: NodeError,
    },
    /// Somebody cancelled it.
    Cancelled,
    /// Only people's decisions are left. No end, and never kept as one: when they have decided, the run goes on.
    Waiting,
}

impl RunOutcome {
    /// Its name, as in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
            Self::Cancelled => "cancelled",
            Self::Waiting => "waiting",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_short_and_plain() {
        assert_eq!(Project::slug_of("  Rice: a (short) Story! "), "rice-a-short-story");
        assert_eq!(Project::slug_of("Über Öl"), "über-öl");
        assert_eq!(Project::slug_of("///"), "untitled");
        assert_eq!(Project::slug_of(&"x".repeat(200)).len(), 60);
        assert!(!Project::slug_of("../../etc").contains('.'));
    }
}
