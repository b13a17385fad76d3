//! `studio new`

use super::out::{line, note};
use std::path::PathBuf;

use super::{fail::Failure, params::ParamArgs, settings::Settings};
use crate::engine::NewProject;

#[derive(clap::Args)]
pub struct Args {
    /// The project's title
    title: String,
    /// The pipeline: a shipped script's name or the path of a .lua file
    #[arg(long, default_value = "narrated")]
    script: String,
    #[command(flatten)]
    params: ParamArgs,
    /// Where finished files go [default: in the store]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub async fn run(settings: &Settings, args: Args) -> Result<u8, Failure> {
    let params = args.params.values()?;
    let export_dir = args.out.map(std::path::absolute).transpose()?;
    let engine = settings.engine().await?;
    let project = engine.create(NewProject { title: args.title, script: args.script, params, export_dir }).await?;
    if settings.json {
        line(format_args!("{}", serde_json::to_string(&project).unwrap_or_default()));
    } else {
        note(format_args!("made project {} ({})", project.slug, project.title));
        note(format_args!("run it: studio run {}", project.slug));
    }
    engine.close().await?;
    Ok(0)
}
