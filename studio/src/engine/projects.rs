//! Projects: made, found, shown.

use std::{collections::BTreeMap, path::PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::{
    open::{Engine, EngineError},
    scripts,
};
use crate::{
    model::{NodeChange, Project, ProjectId, Record, Run},
    script::{self, Pipeline},
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
    /// Where finished files go; none: in the store.
    pub export_dir: Option<PathBuf>,
}

/// A project with what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct ProjectDetail {
    /// The project.
    #[serde(flatten)]
    pub project: Project,
    /// Where finished files go.
    pub exports: PathBuf,
    /// Its latest run.
    pub last_run: Option<Run>,
    /// The nodes of that run, as they stand.
    pub nodes: Vec<NodeChange>,
}

impl Engine {
    /// Makes a project. Its params are checked against the script.
    pub async fn create(&self, new: NewProject) -> Result<Project, EngineError> {
        let project = self.draft(new)?;
        self.save(&project).await?;
        Ok(project)
    }

    /// A project as it would be made; nothing is kept.
    pub fn draft(&self, new: NewProject) -> Result<Project, EngineError> {
        let title = new.title.trim().to_owned();
        if title.is_empty() || title.chars().count() > 200 {
            return Err(EngineError::Invalid { field: "title".into(), message: "1 to 200 characters".into() });
        }
        let script = if scripts::is_path(&new.script) {
            let path = std::path::absolute(&new.script).map_err(EngineError::io("finding the script"))?;
            path.to_string_lossy().into_owned()
        } else {
            new.script
        };
        let pipeline = self.pipeline(&script)?;
        let params = script::check_params(&pipeline.params, new.params)?;
        let now = self.core.now_ms();
        Ok(Project {
            id: ProjectId::generate(ulid::Ulid::generate()),
            slug: self.free_slug(&Project::slug_of(&title))?,
            title,
            script,
            params,
            export_dir: new.export_dir,
            created_ms: now,
            updated_ms: now,
        })
    }

    /// Keeps a project as it is now. Its params are checked first.
    pub async fn save(&self, project: &Project) -> Result<(), EngineError> {
        let pipeline = self.pipeline(&project.script)?;
        script::check_params(&pipeline.params, project.params.clone())?;
        self.core.store.commit(vec![Record::Project(project.clone())]).await?;
        Ok(())
    }

    /// All projects, the latest changed first.
    pub fn projects(&self) -> Result<Vec<Project>, EngineError> {
        let mut projects = self.core.store.projects()?;
        projects.sort_by_key(|p| std::cmp::Reverse(p.updated_ms));
        Ok(projects)
    }

    /// A project by slug, id or title.
    pub fn project(&self, name: &str) -> Result<Project, EngineError> {
        if let Some(project) = self.core.store.project_by_slug(name)? {
            return Ok(project);
        }
        let all = self.core.store.projects()?;
        let found = all.into_iter().find(|p| p.id.as_str() == name || p.title == name);
        found.ok_or_else(|| EngineError::NotFound(format!("there is no project {name:?}")))
    }

    /// A project with what became of it.
    pub fn detail(&self, project: Project) -> Result<ProjectDetail, EngineError> {
        let last_run = self.core.store.runs_of(&project.id)?.into_iter().max_by(|a, b| a.id.cmp(&b.id));
        let nodes = match &last_run {
            Some(run) => self.core.store.last_nodes(&run.id)?,
            None => Vec::new(),
        };
        Ok(ProjectDetail { exports: self.core.export_dir(&project), project, last_run, nodes })
    }

    /// What a script declares.
    pub fn pipeline(&self, script: &str) -> Result<Pipeline, EngineError> {
        Ok(script::load(&scripts::find(&self.core, script)?)?)
    }

    fn free_slug(&self, wished: &str) -> Result<String, EngineError> {
        let mut slug = wished.to_owned();
        let mut n = 2;
        while self.core.store.project_by_slug(&slug)?.is_some() {
            slug = format!("{wished}-{n}");
            n += 1;
        }
        Ok(slug)
    }
}
