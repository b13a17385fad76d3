//! `studio demo`

use std::path::PathBuf;

use serde_json::json;

use super::{
    fail::Failure,
    run::{How, go},
    settings::Settings,
};
use crate::{
    embedded,
    engine::{Engine, NewProject, RunOptions},
    model::Project,
};

/// The example that is about a minute long, and the one of about five.
const SHORT: &str = "stairs-of-water.md";
const LONG: &str = "what-time-is-it.md";

#[derive(clap::Args)]
pub struct Args {
    /// Where the film goes
    #[arg(long, value_name = "DIR", default_value = "studio-demo")]
    out: PathBuf,
    /// Make the five-minute film instead of the one-minute one
    #[arg(long)]
    long: bool,
    #[command(flatten)]
    how: How,
}

pub async fn run(settings: &Settings, args: Args) -> Result<u8, Failure> {
    let wanted = if args.long { LONG } else { SHORT };
    let text = embedded::EXAMPLES.iter().find(|(name, _)| *name == wanted).map(|(_, text)| *text);
    let text = text.ok_or_else(|| Failure::new("not_found", "this build carries no examples", "build it again"))?;
    let out = std::path::absolute(&args.out)?;
    let engine = settings.engine().await?;
    let project = project(&engine, if args.long { "Long demo" } else { "Demo" }, text, out).await?;
    let code = go(settings, &engine, &project, RunOptions::default(), &args.how).await;
    engine.close().await?;
    code
}

async fn project(engine: &Engine, title: &str, text: &str, out: PathBuf) -> Result<Project, Failure> {
    let existing = engine.projects()?.into_iter().find(|p| p.title == title && p.script == "narrated");
    let params = [("text".to_owned(), json!(text))].into();
    let Some(mut project) = existing else {
        let new = NewProject { title: title.into(), script: "narrated".into(), params, export_dir: Some(out) };
        return Ok(engine.create(new).await?);
    };
    project.params = params;
    project.export_dir = Some(out);
    engine.save(&project).await?;
    Ok(project)
}
