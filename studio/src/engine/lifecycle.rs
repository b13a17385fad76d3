//! What becomes of whole projects: another name, a copy, put aside, thrown away, brought back.

use std::{collections::BTreeMap, path::Path};

use serde_json::{Value, json};

use super::{
    open::{Engine, EngineError},
    projects::check_title,
    scripts,
};
use crate::model::{Project, ProjectId, Record};

impl Engine {
    /// Gives a project another title, and the slug that goes with it; the old slug still leads to it.
    pub async fn rename(&self, name: &str, title: &str) -> Result<Project, EngineError> {
        let _changing = self.core.changing.lock().await;
        let before = self.project(name)?;
        let title = check_title(title)?;
        let slug = self.free_slug(&Project::slug_of(&title), Some(&before.id))?;
        if (&title, &slug) == (&before.title, &before.slug) {
            self.commit(Vec::new(), before.id.as_str()).await?;
            return Ok(before);
        }
        // Its files are about to be in another folder.
        self.idle(&before)?;
        let updated_ms = self.core.now_ms().max(before.updated_ms + 1);
        let mut project = Project { title, updated_ms, ..before.clone() };
        project.set_slug(slug);
        let project = self.replace(&before, project, false).await?;
        self.move_exports(&before, &project);
        Ok(project)
    }

    /// Copies a project with its params, its edits and decisions, and its results: running the copy makes nothing that
    /// is there. Its files go to a folder of its own in the store.
    pub async fn duplicate(&self, name: &str, title: Option<String>) -> Result<Project, EngineError> {
        let _changing = self.core.changing.lock().await;
        let original = self.project(name)?;
        let title = check_title(&title.unwrap_or_else(|| format!("{} copy", original.title)))?;
        let id = ProjectId::generate(ulid::Ulid::generate());
        let slug = self.free_slug(&Project::slug_of(&title), None)?;
        let now = self.core.now_ms();
        let copy = Project {
            id: id.clone(),
            title,
            slug,
            export_dir: None,
            created_ms: now,
            updated_ms: now,
            archived: false,
            former_slugs: Vec::new(),
            ..original.clone()
        };
        let mut records = vec![Record::Project(copy.clone())];
        for place in self.core.store.places(&original.id)? {
            records.extend(place.records(&id));
        }
        records.extend(super::chat::copied(self.core.store.chat(&original.id)?, &id));
        self.commit(records, id.as_str()).await?;
        Ok(copy)
    }

    /// Puts a project aside, or takes it back from there.
    pub async fn archive(&self, name: &str, archived: bool) -> Result<Project, EngineError> {
        let _changing = self.core.changing.lock().await;
        let before = self.project(name)?;
        if archived {
            self.idle(&before)?;
        }
        self.mark(before, |project| project.archived = archived).await
    }

    /// Throws a project away; [`Engine::restore`] brings it back.
    pub async fn remove(&self, name: &str) -> Result<Project, EngineError> {
        let _changing = self.core.changing.lock().await;
        let before = self.project(name)?;
        self.idle(&before)?;
        let now = self.core.now_ms();
        self.mark(before, |project| project.removed_ms = Some(now)).await
    }

    /// Brings a project back that was thrown away.
    pub async fn restore(&self, name: &str) -> Result<Project, EngineError> {
        let _changing = self.core.changing.lock().await;
        let before = self.any_project(name)?;
        self.mark(before, |project| project.removed_ms = None).await
    }

    /// Forgets a project, its runs, its edits and its decisions. Results that other projects have, too, stay, and so do
    /// files in an export folder.
    pub async fn remove_for_good(&self, name: &str) -> Result<Project, EngineError> {
        let _changing = self.core.changing.lock().await;
        let project = self.any_project(name)?;
        // Nothing else remembers it.
        let told = json!(Project { params: BTreeMap::new(), ..project.clone() });
        self.forget(&project, told).await?;
        Ok(project)
    }

    async fn forget(&self, project: &Project, told: Value) -> Result<(), EngineError> {
        self.idle(project)?;
        self.chat_idle(project).await?;
        self.commit(vec![Record::ProjectRemoved { id: project.id.clone() }], told).await?;
        self.forget_unpacked(&project.id)
    }

    /// Removes for good what was thrown away so long before `now_ms` as the settings say: how many projects. One with a
    /// run under way stays.
    pub(super) async fn empty_trash(&self, now_ms: i64) -> Result<usize, EngineError> {
        let settings = &self.core.config.settings.store;
        let is_due =
            |removed_ms: Option<i64>| removed_ms.and_then(|at| settings.gone_ms(at)).is_some_and(|at| at <= now_ms);
        let mut removed = 0;
        for listed in self.core.store.listed()?.iter().filter(|listed| is_due(listed.removed_ms)) {
            let _changing = self.core.changing.lock().await;
            // Somebody may have brought it back meanwhile.
            let project = self.core.store.project(&listed.id)?.filter(|project| is_due(project.removed_ms));
            let is_idle =
                |project: &Project| self.active_of(project).is_empty() && self.core.chats.of(&project.id).is_none();
            let Some(project) = project.filter(is_idle) else { continue };
            self.forget(&project, Value::Null).await?;
            tracing::info!(project = %project.id, "a project that was thrown away is removed for good");
            removed += 1;
        }
        Ok(removed)
    }

    /// What came with a project that was unpacked goes with it, unless a copy of it uses that, too.
    fn forget_unpacked(&self, id: &ProjectId) -> Result<(), EngineError> {
        let folder = scripts::unpacked(&self.core, id);
        if !folder.exists() {
            return Ok(());
        }
        let mark = scripts::in_store(id, "");
        for listed in self.core.store.listed()? {
            let Some(other) = self.core.store.project(&listed.id)? else { continue };
            let values = other.params.values().filter_map(|value| value.as_str());
            if values.chain([other.script.as_str()]).any(|path| path.starts_with(&mark)) {
                return Ok(());
            }
        }
        std::fs::remove_dir_all(&folder).map_err(EngineError::io(format!("removing {}", folder.display())))
    }

    async fn mark(&self, before: Project, mark: impl FnOnce(&mut Project)) -> Result<Project, EngineError> {
        let (mut project, mut records) = (before.clone(), Vec::new());
        mark(&mut project);
        if project != before {
            project.updated_ms = self.core.now_ms().max(before.updated_ms + 1);
            records.push(Record::Project(project.clone()));
        }
        self.commit(records, project.id.as_str()).await?;
        Ok(project)
    }

    /// Refuses where a run is under way.
    pub(super) fn idle(&self, project: &Project) -> Result<(), EngineError> {
        if self.active_of(project).is_empty() {
            return Ok(());
        }
        let help = format!("wait for its end, or: studio cancel {}", project.slug);
        Err(EngineError::refused("project.running", format!("a run of {} is under way", project.title), help))
    }

    /// Refuses to run what is put aside or thrown away; the project as it is now.
    pub(super) fn runnable(&self, id: &ProjectId) -> Result<(), EngineError> {
        // One that was never kept is a plugin's, called by hand.
        let Some(now) = self.core.store.project(id)? else { return Ok(()) };
        if now.removed_ms.is_some() {
            let help = format!("studio restore {} brings it back", now.slug);
            return Err(EngineError::refused("project.removed", format!("{} was removed", now.title), help));
        }
        if now.archived {
            let help = format!("studio archive {} --undo", now.slug);
            return Err(EngineError::refused("project.archived", format!("{} is archived", now.title), help));
        }
        Ok(())
    }

    /// Files that a project has in the store go with its slug. Where they cannot, its next run puts them there.
    pub(super) fn move_exports(&self, before: &Project, after: &Project) {
        let (from, to) = (self.core.export_dir(before), self.core.export_dir(after));
        let both_here = before.export_dir.is_none() && after.export_dir.is_none();
        if both_here && from != to && from.is_dir() && !to.exists() {
            move_folder(&from, &to);
        }
    }
}

fn move_folder(from: &Path, to: &Path) {
    if let Err(e) = std::fs::rename(from, to) {
        tracing::warn!("{} could not become {}: {e}", from.display(), to.display());
    }
}
