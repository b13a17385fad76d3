//! `studio new`

use super::out::{line, note};
use std::path::PathBuf;

use super::{fail::Failure, params::ParamArgs, settings::Settings};
use crate::{engine::api::projects, remote::Mode};

#[derive(clap::Args)]
pub struct Args {
    /// The project's title
    title: String,
    /// The pipeline: a shipped script's name or the path of a .lua file
    #[arg(long, default_value = "narrated")]
    script: String,
    /// The template to begin with: `studio templates` lists them
    #[arg(long, value_name = "NAME", conflicts_with = "script")]
    template: Option<String>,
    #[command(flatten)]
    params: ParamArgs,
    /// Where finished files go [default: in the store]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub async fn run(settings: &Settings, args: Args) -> Result<u8, Failure> {
    let params = args.params.values()?;
    let export_dir = args.out.map(std::path::absolute).transpose()?;
    let client = settings.client(Mode::Own).await?;
    let (script, folder) = (script_of(args.template.unwrap_or(args.script))?, Some(std::env::current_dir()?));
    let profile = args.params.profile().filter(|name| !name.is_empty());
    let brand = args.params.brand();
    let create = projects::Create { title: args.title, script, params, profile, brand, export_dir, folder };
    let project = client.call(create).await?;
    client.close().await?;
    if settings.json {
        line(format_args!("{}", serde_json::to_string(&project).unwrap_or_default()));
    } else {
        note(format_args!("made project {} ({})", project.slug, project.title));
        note(format_args!("run it: studio run {}", project.slug));
    }
    Ok(0)
}

/// A script by name, or the whole path of one that is meant as a file.
pub fn script_of(script: String) -> Result<String, Failure> {
    if script.contains('/') || PathBuf::from(&script).extension().is_some_and(|e| e.eq_ignore_ascii_case("lua")) {
        return Ok(std::path::absolute(script)?.to_string_lossy().into_owned());
    }
    Ok(script)
}
