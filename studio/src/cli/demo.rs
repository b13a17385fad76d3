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
    engine::{
        Edit,
        api::{projects, runs},
    },
    model::Project,
    remote::{Client, Mode},
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
    let client = settings.client(Mode::Serve).await?;
    let project = project(&client, if args.long { "Long demo" } else { "Demo" }, text, out).await?;
    let start = runs::Start {
        project: project.slug,
        repeat: false,
        yes: true,
        refresh: Vec::new(),
        budget: None,
        edit: Edit::default(),
    };
    go(settings, client, start, &args.how).await
}

async fn project(client: &Client, title: &str, text: &str, out: PathBuf) -> Result<Project, Failure> {
    let all = client.call(projects::List::default()).await?.into_iter().map(|detail| detail.project);
    let set = [("text".to_owned(), json!(text))].into();
    let Some(project) = all.into_iter().find(|p| p.title == title && p.script == "narrated") else {
        let (title, script) = (title.to_owned(), "narrated".to_owned());
        let export_dir = Some(out);
        let create =
            projects::Create { title, script, params: set, profile: None, brand: None, export_dir, folder: None };
        return Ok(client.call(create).await?);
    };
    let unset = project.params.into_keys().filter(|name| name != "text").collect();
    let edit = Edit { set, unset, export_dir: Some(out), ..Edit::default() };
    Ok(client.call(projects::Edit { project: project.id.to_string(), edit }).await?)
}
