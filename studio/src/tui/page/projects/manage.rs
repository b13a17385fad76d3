//! What is done to projects: run, renamed, copied, put aside, thrown away; several at once where they are marked.

use super::{ProjectsPage, create};
use crate::{
    engine::{
        BrandEntry, Edit,
        api::{Exports, brands, lifecycle, projects, runs},
    },
    model::Project,
    tui::{
        action::Action,
        desk::{Command, Cx, Tone},
        model::Model,
        overlay::{Choice, Choose, Confirm, Prompt},
        widget::text,
    },
};

impl ProjectsPage {
    pub(super) fn manage(&mut self, action: Action, cx: &mut Cx) -> bool {
        match action {
            Action::New => create::choose_script(cx),
            Action::Demo => create::demo(cx),
            Action::Run => self.each(cx, |cx, project| run(cx, &project)),
            Action::Cancel => self.each(cx, |cx, project| {
                cx.change(runs::Cancel { target: project.id.to_string() }, format!("{}: cancelled", project.title));
            }),
            Action::Rename => self.one(cx, rename),
            Action::Duplicate => self.one(cx, |cx, project| {
                let copy = lifecycle::Duplicate { project: project.id.to_string(), title: None };
                cx.change(copy, format!("{} was copied with its results", project.title));
            }),
            Action::Archive => self.each(cx, |cx, project| {
                let said = if project.archived { "is back among the projects" } else { "is put aside" };
                let archive = lifecycle::Archive { project: project.id.to_string(), archived: !project.archived };
                cx.change(archive, format!("{} {said}", project.title));
            }),
            Action::Remove => self.remove(cx),
            Action::Restore => restore(cx),
            Action::Plan => self.one(cx, |cx, project| plan(cx, &project)),
            Action::Params => self.one(cx, |cx, project| create::edit(cx, &project)),
            Action::Profile => self.one(cx, |cx, project| profile(cx, &project)),
            Action::Brand => self.one(cx, |cx, project| brand(cx, &project)),
            Action::CopyPath => self.one(cx, |cx, project| copy_path(cx, &project)),
            _ => return false,
        }
        true
    }

    /// The marked ones; where none is marked, the selected one.
    fn chosen(&self, model: &Model) -> Vec<Project> {
        let entries = &model.projects.entries;
        if self.marked.is_empty() {
            return self.selected(model).map(|entry| entry.project.clone()).into_iter().collect();
        }
        entries.iter().filter(|e| self.marked.contains(&e.project.id)).map(|e| e.project.clone()).collect()
    }

    fn each(&mut self, cx: &mut Cx, act: impl Fn(&mut Cx, Project)) {
        for project in self.chosen(cx.model) {
            act(cx, project);
        }
        self.marked.clear();
    }

    fn one(&self, cx: &mut Cx, act: impl FnOnce(&mut Cx, Project)) {
        if let Some(project) = self.selected(cx.model).map(|entry| entry.project.clone()) {
            act(cx, project);
        }
    }

    fn remove(&mut self, cx: &mut Cx) {
        let chosen = self.chosen(cx.model);
        let Some(first) = chosen.first() else { return };
        let for_good = cx.model.projects.query.removed;
        if !for_good {
            for project in &chosen {
                let remove = lifecycle::Remove { project: project.id.to_string(), for_good: false };
                cx.change(remove, format!("{} is in the trash: u brings it back", project.title));
            }
            self.marked.clear();
            return;
        }
        let what = if chosen.len() == 1 { first.title.clone() } else { format!("{} projects", chosen.len()) };
        let question = format!("Remove {what} for good, with all runs, edits and decisions? Nothing brings them back.");
        cx.push(Confirm::new("remove for good", question).answer('y', "remove for good", move |cx| {
            for project in &chosen {
                let remove = lifecycle::Remove { project: project.id.to_string(), for_good: true };
                cx.change(remove, format!("{} is gone", project.title));
            }
        }));
        self.marked.clear();
    }
}

fn rename(cx: &mut Cx, project: Project) {
    let id = project.id.to_string();
    cx.push(Prompt::line("another title", &project.title, move |cx, title| {
        cx.change(lifecycle::Rename { project: id, title }, "");
    }));
}

/// Brings back what is selected in the trash, else what was thrown away last.
fn restore(cx: &mut Cx) {
    let mut query = crate::engine::Query { removed: true, ..crate::engine::Query::default() };
    query.limit = 0;
    cx.ask(projects::List(query), |app, reply| {
        let last = match reply {
            Ok(removed) => removed.into_iter().max_by_key(|entry| entry.project.removed_ms),
            Err(e) => return app.tell_error(&e),
        };
        let (pages, mut cx) = app.pages();
        let page = &mut pages.projects;
        let in_trash = cx.model.projects.query.removed;
        let chosen = page.selected(cx.model).filter(|_| in_trash).map(|entry| entry.project.clone());
        match chosen.or(last.map(|entry| entry.project)) {
            Some(project) => {
                let said = format!("{} is back", project.title);
                cx.change(lifecycle::Restore { project: project.id.to_string() }, said);
            }
            None => cx.tell(Tone::Plain, "the trash is empty"),
        }
    });
}

/// A run of a project as it is.
pub fn start(project: String) -> runs::Start {
    runs::Start { project, repeat: false, yes: false, refresh: Vec::new(), budget: None, edit: Edit::default() }
}

/// Runs a project: what is kept is not made again.
pub fn run(cx: &mut Cx, project: &Project) {
    cx.change(start(project.id.to_string()), "");
}

/// Puts the path of what was published on the clipboard.
pub fn copy_path(cx: &mut Cx, project: &Project) {
    cx.ask(Exports { project: project.id.to_string() }, |app, reply| match reply {
        Ok(published) if published.files.is_empty() => app.tell(Tone::Plain, "nothing is published yet"),
        Ok(published) => {
            let path = published.folder.to_string_lossy().into_owned();
            // Not every terminal takes it: it is to be read, too.
            app.tell(Tone::Good, format!("copied: {path}"));
            app.cx().command(Command::Copy(path));
        }
        Err(e) => app.tell_error(&e),
    });
}

/// Chooses the profile that a project's runs take.
pub fn profile(cx: &mut Cx, project: &Project) {
    let (id, now) = (project.id.to_string(), project.profile.clone());
    cx.ask(projects::Profiles {}, move |app, reply| {
        let profiles = match reply {
            Ok(profiles) => profiles,
            Err(e) => return app.tell_error(&e),
        };
        let none = Choice { value: String::new(), name: "none".into(), note: "the script alone says".into() };
        let named = profiles.into_iter().map(|(name, profile)| Choice {
            value: name.clone(),
            name,
            note: profile.help.clone(),
        });
        let choices: Vec<Choice> = std::iter::once(none).chain(named).collect();
        let at = now.and_then(|now| choices.iter().position(|choice| choice.value == now)).unwrap_or(0);
        app.cx().push(Choose::new("profile", choices, at, move |cx, name| {
            let said = if name.is_empty() { "the script alone says".to_owned() } else { format!("profile: {name}") };
            let edit = Edit { profile: Some(name), ..Edit::default() };
            cx.change(projects::Edit { project: id, edit }, said);
        }));
    });
}

/// Chooses the brand that a project's films have, and which version of it.
pub fn brand(cx: &mut Cx, project: &Project) {
    let (id, now) = (project.id.to_string(), project.brand.as_ref().map(ToString::to_string));
    cx.ask(brands::List {}, move |app, reply| {
        let all = match reply {
            Ok(all) if all.is_empty() => return app.tell(Tone::Plain, "no brands yet: studio brand save NAME FOLDER"),
            Ok(all) => all,
            Err(e) => return app.tell_error(&e),
        };
        let choices = choices_of(&all, now.as_deref(), app.look.now_ms);
        let at = now.and_then(|now| choices.iter().position(|choice| choice.value == now)).unwrap_or(0);
        app.cx().push(Choose::new("brand", choices, at, move |cx, brand| {
            let with = if brand.is_empty() { "no brand".to_owned() } else { format!("the brand {brand}") };
            cx.change(brands::Use { project: id, brand }, format!("{with}: the next run makes what that changes"));
        }));
    });
}

/// None, then each brand with its newest version first.
fn choices_of(all: &[BrandEntry], used: Option<&str>, now_ms: i64) -> Vec<Choice> {
    let none = Choice { value: String::new(), name: "none".into(), note: "films have no brand".into() };
    let versions = all.iter().flat_map(|brand| {
        brand.versions.iter().enumerate().map(move |(n, saved)| {
            let name = format!("{}@{}", brand.name, saved.version);
            let ago = text::ago(saved.at_ms, now_ms);
            let used = if used == Some(name.as_str()) { "in use" } else { "" };
            let (newest, help) = if n == 0 { ("newest", brand.help.as_str()) } else { ("", "") };
            let notes = [used, newest, &ago, help].into_iter().filter(|note| !note.is_empty());
            Choice { value: name.clone(), name, note: notes.collect::<Vec<_>>().join(" · ") }
        })
    });
    std::iter::once(none).chain(versions).collect()
}

/// Says what a run would do and cost.
pub fn plan(cx: &mut Cx, project: &Project) {
    let (id, title) = (project.id.to_string(), project.title.clone());
    cx.tell(Tone::Plain, format!("planning {title} …"));
    cx.ask(projects::Plan { project: id.clone(), edit: Edit::default() }, move |app, reply| match reply {
        Ok(plan) => {
            let said = said(&plan);
            app.cx().push(Confirm::new(format!("plan of {title}"), said).answer('r', "run it", move |cx| {
                cx.change(start(id), "");
            }));
        }
        Err(e) => app.tell_error(&e),
    });
}

fn said(plan: &crate::engine::Plan) -> String {
    use crate::engine::Verdict;
    let kept = plan.nodes.iter().filter(|node| node.verdict == Verdict::Kept).count();
    let run = plan.nodes.len() - kept;
    let mut lines = vec![
        format!("{kept} kept, {run} to run"),
        format!("time: {}", crate::tui::widget::text::seconds(plan.seconds)),
        format!("cost: {} (up to {})", plan.cost.likely, plan.cost.high),
    ];
    if !plan.complete {
        lines.push("more comes after values that are not known yet".into());
    }
    lines.extend(plan.limits.iter().cloned());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::BrandSaved;

    #[test]
    fn every_version_of_every_brand_can_be_chosen() {
        let saved = |version| BrandSaved { version, at_ms: 0 };
        let brand = |name: &str, versions: &[u32]| BrandEntry {
            name: name.into(),
            help: "Cold brew".into(),
            versions: versions.iter().map(|n| saved(*n)).collect(),
            projects: Vec::new(),
        };
        let choices = choices_of(&[brand("acme", &[2, 1]), brand("zeta", &[7])], Some("acme@1"), 60_000);
        let values: Vec<_> = choices.iter().map(|choice| choice.value.as_str()).collect();
        assert_eq!(values, ["", "acme@2", "acme@1", "zeta@7"]);
        assert!(choices[1].note.starts_with("newest") && choices[1].note.ends_with("Cold brew"), "{choices:?}");
        assert!(choices[2].note.starts_with("in use") && !choices[2].note.contains("newest"), "{choices:?}");
    }
}
