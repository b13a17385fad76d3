//! Projects: made, found, shown.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    brands,
    ledger::{Account, Sum},
    open::{Engine, EngineError},
    profiles, scripts,
};
use crate::{
    model::{
        BrandUse, BrandVersion, Money, NodeChange, Project, ProjectId, ProjectPart, ProjectState, Record, Run, Slot,
        Undoable,
    },
    script::{self, ParamKind, Pipeline},
};

/// What a new project is made of.
#[derive(Clone, Debug, Default)]
pub struct NewProject {
    /// Its title.
    pub title: String,
    /// A shipped script's name, or a path.
    pub script: String,
    /// Values of the script's params.
    pub params: BTreeMap<String, Value>,
    /// The profile that its runs take; none: the script alone says.
    pub profile: Option<String>,
    /// The brand that its films have: `acme` (its newest version), `acme@2`; none or empty: none.
    pub brand: Option<String>,
    /// Where finished files go; none: in the store.
    pub export_dir: Option<PathBuf>,
    /// The folder that paths of files in `params` are below, where they are not absolute.
    pub folder: Option<PathBuf>,
}

/// A change of a project: what is not named stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Edit {
    /// Values of params.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, Value>,
    /// Params that go back to their defaults.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unset: Vec<String>,
    /// Another title; the slug stays (`project.rename` changes both).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The profile that its runs take; empty: the script alone says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The brand that its films have: `acme` (its newest version), `acme@2`; empty: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// Where finished files go: an absolute path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub export_dir: Option<PathBuf>,
    /// The folder that paths of files in `set` are below, where they are not absolute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// It goes on with the edit before it, as somebody types: where that was of the same thing, both are taken back as
    /// one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub joins: bool,
}

impl Edit {
    fn apply(self, project: &mut Project) {
        project.params.extend(self.set);
        project.params.retain(|name, _| !self.unset.contains(name));
        project.title = self.title.unwrap_or_else(|| std::mem::take(&mut project.title));
        if let Some(profile) = self.profile {
            project.profile = Some(profile).filter(|name| !name.is_empty());
        }
        project.export_dir = self.export_dir.or_else(|| project.export_dir.take());
    }
}

/// A project with what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProjectDetail {
    /// The project.
    #[serde(flatten)]
    pub project: Project,
    /// Where finished files go.
    pub exports: PathBuf,
    /// The newest version of its brand, where that is newer than the one that it uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newer_brand: Option<u32>,
    /// How it stands.
    pub state: ProjectState,
    /// Its latest run.
    pub last_run: Option<Run>,
    /// The nodes of that run, as they stand, in the order of their places.
    pub nodes: Vec<NodeChange>,
    /// There are more of them: ask for those after the last of these.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// What its calls cost, in all its runs.
    #[serde(default)]
    pub spent: Money,
    /// What is held back for calls without a known cost.
    #[serde(default)]
    pub reserved: Money,
}

impl Engine {
    /// Makes a project. Its params are checked against the script.
    pub async fn create(&self, new: NewProject) -> Result<Project, EngineError> {
        let _changing = self.core.changing.lock().await;
        let project = self.draft(new)?;
        self.check(&project)?;
        self.commit(vec![Record::Project(project.clone())], project.id.as_str()).await?;
        Ok(project)
    }

    /// Changes a project as it is now (it is made where it is a script's first): nobody's change in between is lost.
    pub async fn edit(&self, target: &str, edit: Edit) -> Result<Project, EngineError> {
        let _changing = self.core.changing.lock().await;
        let before = self.target(target, &edit)?;
        let is_new = self.core.store.project(&before.id)?.is_none();
        let (mut project, joins) = (before.clone(), edit.joins);
        self.apply(edit, &mut project)?;
        if project == before && !is_new {
            self.commit(Vec::new(), project.id.as_str()).await?;
            return Ok(project);
        }
        self.check(&project)?;
        project.updated_ms = self.core.now_ms().max(before.updated_ms + 1);
        if is_new {
            self.commit(vec![Record::Project(project.clone())], project.id.as_str()).await?;
            return Ok(project);
        }
        self.replace(&before, project, joins).await
    }

    /// Puts a project in the place of what it was before, so that it can be taken back.
    pub(super) async fn replace(
        &self,
        before: &Project,
        project: Project,
        joins: bool,
    ) -> Result<Project, EngineError> {
        let mut records = vec![Record::Project(project.clone())];
        let (was, is) = ProjectPart::pair(before, &project);
        let what = was.what(&is);
        if !what.is_empty() {
            let edit = Undoable::Project { before: Box::new(was), after: Box::new(is) };
            records.push(self.change(&project.id, what, edit, joins)?);
        }
        self.commit(records, project.id.as_str()).await?;
        Ok(project)
    }

    /// Puts a project in the place of the one that it was made from; where that was changed meanwhile, gives it as
    /// it is now.
    pub async fn save(&self, mut project: Project) -> Result<Result<Project, Project>, EngineError> {
        let _changing = self.core.changing.lock().await;
        let none = || EngineError::NotFound(format!("there is no project {:?}", project.slug));
        let now = self.core.store.project(&project.id)?.ok_or_else(none)?;
        if now.updated_ms != project.updated_ms {
            return Ok(Err(now));
        }
        // What it is called in commands and when it was made stay.
        project.slug.clone_from(&now.slug);
        project.created_ms = now.created_ms;
        (project.archived, project.removed_ms) = (now.archived, now.removed_ms);
        project.former_slugs.clone_from(&now.former_slugs);
        self.check(&project)?;
        project.updated_ms = self.core.now_ms().max(now.updated_ms + 1);
        self.replace(&now, project, false).await.map(Ok)
    }

    /// A project as it would be after a change; nothing is kept.
    pub fn edited(&self, target: &str, edit: Edit) -> Result<Project, EngineError> {
        let mut project = self.target(target, &edit)?;
        self.apply(edit, &mut project)?;
        Ok(project)
    }

    fn apply(&self, mut edit: Edit, project: &mut Project) -> Result<(), EngineError> {
        if !edit.set.is_empty() {
            whole_paths(&self.pipeline(&project.script)?, &mut edit.set, edit.folder.as_deref())?;
        }
        if let Some(brand) = edit.brand.take() {
            project.brand = self.brand_use(&brand)?;
        }
        edit.apply(project);
        Ok(())
    }

    /// The project meant: by name, or the one that belongs to a script file (a draft if there is none).
    fn target(&self, target: &str, edit: &Edit) -> Result<Project, EngineError> {
        let path = Path::new(target);
        if path.extension().is_none_or(|e| e != "lua") {
            return self.project(target);
        }
        if !path.is_absolute() {
            let message = format!("{target}: give the whole path of a script");
            return Err(EngineError::Invalid { field: "target".into(), message });
        }
        let of_script = self.core.store.listed()?.into_iter().find(|p| p.script == target && p.removed_ms.is_none());
        if let Some(project) = of_script.and_then(|p| self.core.store.project(&p.id).transpose()) {
            return Ok(project?);
        }
        let title = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let (params, export_dir, folder) = (edit.set.clone(), edit.export_dir.clone(), edit.folder.clone());
        self.draft(NewProject { title, script: target.to_owned(), params, export_dir, folder, ..NewProject::default() })
    }

    /// A project as it would be made; nothing is kept.
    pub fn draft(&self, new: NewProject) -> Result<Project, EngineError> {
        let pipeline = self.pipeline(&new.script)?;
        self.draft_of(new, &pipeline)
    }

    /// A project as it would be made, of a script that declares this.
    pub(super) fn draft_of(&self, mut new: NewProject, pipeline: &Pipeline) -> Result<Project, EngineError> {
        let title = check_title(&new.title)?;
        let script = if scripts::is_path(&new.script) {
            let path = std::path::absolute(&new.script).map_err(EngineError::io("finding the script"))?;
            path.to_string_lossy().into_owned()
        } else {
            new.script
        };
        whole_paths(pipeline, &mut new.params, new.folder.as_deref())?;
        let given: BTreeSet<String> = new.params.keys().cloned().collect();
        let mut params = script::check_params(&pipeline.params, new.params)?;
        // What is left open follows the script's defaults and the profile, whatever they are when it runs.
        params.retain(|name, _| given.contains(name));
        let (now, brand) = (self.core.now_ms(), self.brand_use(new.brand.as_deref().unwrap_or_default())?);
        Ok(Project {
            id: ProjectId::generate(ulid::Ulid::generate()),
            slug: self.free_slug(&Project::slug_of(&title), None)?,
            title,
            script,
            params,
            profile: new.profile,
            brand,
            export_dir: new.export_dir,
            created_ms: now,
            updated_ms: now,
            archived: false,
            removed_ms: None,
            former_slugs: Vec::new(),
        })
    }

    /// Is it one that can be?
    pub(super) fn check(&self, project: &Project) -> Result<(), EngineError> {
        if let Some(brand) = &project.brand {
            brands::used(&self.core, brand)?;
        }
        self.check_all_but_brand(project)
    }

    /// The same for one whose brand is about to be kept together with it.
    pub(super) fn check_all_but_brand(&self, project: &Project) -> Result<(), EngineError> {
        check_title(&project.title)?;
        if project.export_dir.as_ref().is_some_and(|dir| !dir.is_absolute()) {
            return Err(EngineError::Invalid { field: "export_dir".into(), message: "give the whole path".into() });
        }
        if let Some(name) = &project.profile {
            profiles::named(&self.core, name)?;
        }
        let pipeline = self.pipeline(&project.script)?;
        script::check_params(&pipeline.params, project.params.clone())?;
        Ok(())
    }

    /// The brand and version that a person names; none: nothing is named.
    fn brand_use(&self, name: &str) -> Result<Option<BrandUse>, EngineError> {
        if name.is_empty() {
            return Ok(None);
        }
        let BrandVersion { name, version, .. } = brands::named(&self.core, name)?;
        Ok(Some(BrandUse { name, version }))
    }

    /// A project with what became of it: of its nodes those after a place, so many at most.
    pub fn detail(&self, project: Project, after: Option<&str>, most: usize) -> Result<ProjectDetail, EngineError> {
        let last_run = self.core.store.latest_run(&project.id)?;
        let after = after.map(|place| Slot::within(&project.id, place));
        let mut nodes = match &last_run {
            Some(run) => self.core.store.nodes_where(&run.id, after.as_ref(), most.saturating_add(1), |_| true)?,
            None => Vec::new(),
        };
        let more = nodes.len() > most;
        nodes.truncate(most);
        let state = self.state_of(&project.id)?;
        let Sum { spent, reserved } = self.core.ledger.sum(&Account::Project(project.id.clone()))?;
        let exports = self.core.export_dir(&project);
        let newer_brand = brands::newer(&self.core, project.brand.as_ref())?;
        Ok(ProjectDetail { project, exports, newer_brand, state, last_run, nodes, more, spent, reserved })
    }

    /// What a script declares.
    pub fn pipeline(&self, script: &str) -> Result<Pipeline, EngineError> {
        Ok(script::load(&scripts::find(&self.core, script)?)?)
    }
}

/// Files among the params by their whole paths: whoever runs the project stands in another folder.
fn whole_paths(
    pipeline: &Pipeline,
    params: &mut BTreeMap<String, Value>,
    folder: Option<&Path>,
) -> Result<(), EngineError> {
    for declared in pipeline.params.iter().filter(|p| p.kind.names_files()) {
        let Some(value) = params.get_mut(&declared.name) else { continue };
        if declared.kind == ParamKind::Files
            && let Some(files) = script::listed(value)
        {
            *value = Value::Array(files);
        }
        match value {
            Value::Array(files) => {
                for file in files {
                    whole_path(file, &declared.name, folder)?;
                }
            }
            file => whole_path(file, &declared.name, folder)?,
        }
    }
    Ok(())
}

fn whole_path(file: &mut Value, param: &str, folder: Option<&Path>) -> Result<(), EngineError> {
    let Value::String(path) = file else { return Ok(()) };
    if scripts::is_whole(path) || path.is_empty() {
        return Ok(());
    }
    let none = || EngineError::Invalid { field: param.into(), message: "give the whole path of a file".into() };
    *path = folder.ok_or_else(none)?.join(&*path).to_string_lossy().into_owned();
    Ok(())
}

/// A title without blanks around it.
pub(super) fn check_title(title: &str) -> Result<String, EngineError> {
    let title = title.trim();
    if title.is_empty() || title.chars().count() > 200 {
        return Err(EngineError::Invalid { field: "title".into(), message: "1 to 200 characters".into() });
    }
    Ok(title.to_owned())
}
