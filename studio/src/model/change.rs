//! Edits of a project as they are kept, so that they can be taken back and done again.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    brand::BrandUse,
    ids::ProjectId,
    project::Project,
    slot::Slot,
    take::{Decision, Steering},
};

/// How many edits of a project can be taken back; older ones are forgotten.
pub const MOST_CHANGES: u32 = 100;

/// An edit of a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Whose.
    pub project: ProjectId,
    /// Its number among the project's edits, from 1.
    pub n: u32,
    /// What was edited, for people: `the title`, `scene rice-1: narration`.
    pub what: String,
    /// What stood there before and after.
    pub edit: Undoable,
}

/// What an edit replaced by what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Undoable {
    /// Fields of the project itself.
    Project {
        /// As they were.
        before: Box<ProjectPart>,
        /// As they became.
        after: Box<ProjectPart>,
    },
    /// How a place is steered: its take, and what was made by hand there.
    Place {
        /// Which.
        slot: Slot,
        /// As it was.
        before: Box<Steering>,
        /// As it became.
        after: Box<Steering>,
    },
}

impl Undoable {
    /// The edit that takes it back.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::Project { before, after } => Self::Project { before: after, after: before },
            Self::Place { slot, before, after } => Self::Place { slot, before: after, after: before },
        }
    }

    /// This edit and the `next` one of the same thing as one; none: it is another thing.
    #[must_use]
    pub fn joined(&self, next: &Self) -> Option<Self> {
        Some(match (self.clone(), next.clone()) {
            (Self::Project { before, .. }, Self::Project { before: meanwhile, after })
                if before.params.keys().eq(meanwhile.params.keys()) =>
            {
                Self::Project { before, after }
            }
            (Self::Place { slot, before, .. }, Self::Place { slot: next, after, .. }) if slot == next => {
                Self::Place { slot, before, after }
            }
            _ => return None,
        })
    }
}

/// The part of a project that edits change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProjectPart {
    /// Its title.
    pub title: String,
    /// Its slug.
    pub slug: String,
    /// Its profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Its brand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<BrandUse>,
    /// Where finished files go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export_dir: Option<PathBuf>,
    /// The params that differ; none: it had no value of its own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, Option<Value>>,
}

impl ProjectPart {
    /// What differs between two states of a project: as it is in the first, and in the second.
    pub fn pair(before: &Project, after: &Project) -> (Self, Self) {
        let names = before.params.keys().chain(after.params.keys());
        let differing: Vec<_> = names.filter(|name| before.params.get(*name) != after.params.get(*name)).collect();
        let part = |p: &Project| Self {
            title: p.title.clone(),
            slug: p.slug.clone(),
            profile: p.profile.clone(),
            brand: p.brand.clone(),
            export_dir: p.export_dir.clone(),
            params: differing.iter().map(|name| ((*name).clone(), p.params.get(*name).cloned())).collect(),
        };
        (part(before), part(after))
    }

    /// Puts it into a project.
    pub fn put(self, project: &mut Project) {
        project.set_slug(self.slug);
        (project.title, project.profile, project.export_dir) = (self.title, self.profile, self.export_dir);
        project.brand = self.brand;
        for (name, value) in self.params {
            match value {
                Some(value) => drop(project.params.insert(name, value)),
                None => drop(project.params.remove(&name)),
            }
        }
    }

    /// What an edit from this to `after` was about, for people; empty: nothing differs.
    pub fn what(&self, after: &Self) -> String {
        let mut parts = Vec::new();
        if self.title != after.title {
            parts.push("the title".to_owned());
        }
        if self.profile != after.profile {
            parts.push("the profile".to_owned());
        }
        if self.brand != after.brand {
            parts.push("the brand".to_owned());
        }
        if self.export_dir != after.export_dir {
            parts.push("the export folder".to_owned());
        }
        parts.extend(self.params.keys().map(|name| format!("param {name}")));
        parts.join(", ")
    }
}

/// The decisions that lead from one way of steering a place to another.
pub fn steps(from: &Steering, to: &Steering) -> Vec<Decision> {
    let mut steps = Vec::new();
    let chosen = from.take != to.take;
    if chosen {
        steps.push(Decision::Chosen { take: to.take.clone() });
    }
    match &to.edit {
        // Who chooses a take does not want what was made by hand: it is put back after.
        Some(edit) if chosen || from.edit != to.edit => steps.push(Decision::Edited(edit.clone())),
        None if !chosen && from.edit.is_some() => steps.push(Decision::EditDropped),
        _ => {}
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Digest, HandEdit, Key};
    use serde_json::json;
    use studio_plugin_sdk::wire::Take;

    fn project(title: &str, params: &[(&str, &str)]) -> Project {
        Project {
            id: ProjectId::new("p"),
            title: title.into(),
            slug: Project::slug_of(title),
            script: "narrated".into(),
            params: params.iter().map(|(k, v)| ((*k).to_owned(), json!(v))).collect(),
            profile: None,
            brand: None,
            export_dir: None,
            created_ms: 1,
            updated_ms: 1,
            archived: false,
            removed_ms: None,
            former_slugs: Vec::new(),
        }
    }

    #[test]
    fn parts_lead_from_one_state_to_the_other_and_back() {
        let (one, two) = (project("A", &[("x", "1"), ("y", "2")]), project("B", &[("y", "3"), ("z", "4")]));
        let (before, after) = ProjectPart::pair(&one, &two);
        assert_eq!(before.what(&after), "the title, param x, param y, param z");
        let mut there = one.clone();
        after.put(&mut there);
        assert_eq!(there, Project { former_slugs: vec!["a".into()], ..two });
        before.put(&mut there);
        assert_eq!(there, Project { former_slugs: vec!["b".into()], ..one });
    }

    #[test]
    fn edits_of_one_thing_join() {
        let states = ["1", "12", "123"].map(|text| project("A", &[("text", text)]));
        let edit = |a: usize, b: usize| {
            let (before, after) = ProjectPart::pair(&states[a], &states[b]);
            Undoable::Project { before: Box::new(before), after: Box::new(after) }
        };
        assert_eq!(edit(0, 1).joined(&edit(1, 2)), Some(edit(0, 2)));
        let (before, after) = ProjectPart::pair(&states[0], &project("B", &[("text", "1")]));
        let another = Undoable::Project { before: Box::new(before), after: Box::new(after) };
        assert_eq!(edit(0, 1).joined(&another), None);
    }

    #[test]
    fn steps_lead_from_any_steering_to_any_other() {
        let edit = |text: &str| HandEdit { replaces: Key::new("k"), response: json!(text), digest: Digest::of(b"") };
        let takes = [1, 2].map(|n| Take { n, ..Take::default() });
        let edits = [None, Some(edit("a")), Some(edit("b"))];
        let all = || {
            takes.iter().flat_map(|take| edits.iter().map(|edit| Steering { take: take.clone(), edit: edit.clone() }))
        };
        for from in all() {
            for to in all() {
                let mut now = from.clone();
                for step in steps(&from, &to) {
                    match step {
                        Decision::Chosen { take } => now = Steering { take, edit: None },
                        Decision::Edited(edit) => now.edit = Some(edit),
                        Decision::EditDropped => now.edit = None,
                        other => panic!("{other:?}"),
                    }
                }
                assert_eq!(now, to, "from {from:?}");
            }
        }
    }
}
