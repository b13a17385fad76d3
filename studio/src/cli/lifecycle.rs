//! `studio rename`, `duplicate`, `archive`, `rm`, `restore`, `undo`, `redo`: what becomes of whole projects.

use super::out::{line, note};
use super::{fail::Failure, settings::Settings};
use crate::{
    engine::{
        TakenBack,
        api::{Method, lifecycle},
    },
    model::Project,
    remote::Mode,
};

#[derive(clap::Args)]
pub struct Rename {
    /// The project
    project: String,
    /// Its new title; its name in commands goes with it, and the old one still leads to it
    title: String,
}

#[derive(clap::Args)]
pub struct Duplicate {
    /// The project
    project: String,
    /// The copy's title [default: the same with "copy" behind it]
    title: Option<String>,
}

#[derive(clap::Args)]
pub struct Archive {
    /// The project
    project: String,
    /// Take it back from there
    #[arg(long)]
    undo: bool,
}

#[derive(clap::Args)]
pub struct Remove {
    /// The project
    project: String,
    /// Forget it: it cannot be restored. Also one that was removed before
    #[arg(long)]
    for_good: bool,
}

#[derive(clap::Args)]
pub struct OfProject {
    /// The project
    pub project: String,
}

pub async fn rename(settings: &Settings, args: Rename) -> Result<u8, Failure> {
    let project = call(settings, lifecycle::Rename { project: args.project, title: args.title }).await?;
    told(settings, &project, &format!("it is {} ({}) now", project.slug, project.title));
    Ok(0)
}

pub async fn duplicate(settings: &Settings, args: Duplicate) -> Result<u8, Failure> {
    let copy = call(settings, lifecycle::Duplicate { project: args.project, title: args.title }).await?;
    told(settings, &copy, &format!("made project {} ({}), with all that is made already", copy.slug, copy.title));
    Ok(0)
}

pub async fn archive(settings: &Settings, args: Archive) -> Result<u8, Failure> {
    let archived = !args.undo;
    let project = call(settings, lifecycle::Archive { project: args.project, archived }).await?;
    let slug = &project.slug;
    let words = if archived {
        format!("{slug} is archived: studio archive {slug} --undo takes it back")
    } else {
        format!("{slug} is back")
    };
    told(settings, &project, &words);
    Ok(0)
}

pub async fn remove(settings: &Settings, args: Remove) -> Result<u8, Failure> {
    let for_good = args.for_good;
    let project = call(settings, lifecycle::Remove { project: args.project, for_good }).await?;
    let slug = &project.slug;
    let words = if for_good {
        format!("{slug} is gone")
    } else {
        format!("{slug} is removed: studio restore {slug} brings it back")
    };
    told(settings, &project, &words);
    Ok(0)
}

pub async fn restore(settings: &Settings, args: OfProject) -> Result<u8, Failure> {
    let project = call(settings, lifecycle::Restore { project: args.project }).await?;
    told(settings, &project, &format!("{} is back", project.slug));
    Ok(0)
}

pub async fn undo(settings: &Settings, project: String) -> Result<u8, Failure> {
    taken_back(settings, &call(settings, lifecycle::Undo { project }).await?, "taken back");
    Ok(0)
}

pub async fn redo(settings: &Settings, project: String) -> Result<u8, Failure> {
    taken_back(settings, &call(settings, lifecycle::Redo { project }).await?, "done again");
    Ok(0)
}

fn taken_back(settings: &Settings, done: &TakenBack, how: &str) {
    if settings.json {
        line(format_args!("{}", serde_json::to_string(done).unwrap_or_default()));
    } else {
        note(format_args!("{how}: {} ({} to take back, {} to do again)", done.what, done.undo, done.redo));
    }
}

fn told(settings: &Settings, project: &Project, words: &str) {
    if settings.json {
        line(format_args!("{}", serde_json::to_string(project).unwrap_or_default()));
    } else {
        note(format_args!("{words}"));
    }
}

async fn call<M: Method>(settings: &Settings, method: M) -> Result<M::Reply, Failure> {
    let client = settings.client(Mode::Own).await?;
    let reply = client.call(method).await;
    client.close().await?;
    Ok(reply?)
}
