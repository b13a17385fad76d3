//! `studio pack` and `studio unpack`

use std::path::PathBuf;

use super::out::{line, note};
use super::{fail::Failure, settings::Settings};
use crate::{
    engine::api::{pack, projects},
    remote::Mode,
};

#[derive(clap::Args)]
pub struct Pack {
    /// The project
    project: String,
    /// The file to write [default: PROJECT.studio]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(clap::Args)]
pub struct Unpack {
    /// The file that was packed
    file: PathBuf,
    /// The project's title [default: the one that it was packed with]
    #[arg(long = "as", value_name = "TITLE")]
    title: Option<String>,
}

pub async fn pack(settings: &Settings, args: Pack) -> Result<u8, Failure> {
    let client = settings.client(Mode::Own).await?;
    let project = client.call(projects::Get { limit: 1, ..projects::Get::whole(args.project) }).await?.project;
    let path = args.output.unwrap_or_else(|| PathBuf::from(format!("{}.studio", project.slug)));
    let packed = client.call(pack::Pack { project: project.id.to_string(), path: std::path::absolute(path)? }).await;
    client.close().await?;
    let packed = packed?;
    if settings.json {
        line(format_args!("{}", serde_json::to_string(&packed).unwrap_or_default()));
    } else {
        let size = indicatif::HumanBytes(packed.bytes);
        note(format_args!(
            "wrote {} ({size}): {} results, {} files",
            packed.path.display(),
            packed.results,
            packed.blobs
        ));
    }
    Ok(0)
}

pub async fn unpack(settings: &Settings, args: Unpack) -> Result<u8, Failure> {
    let client = settings.client(Mode::Own).await?;
    let project = client.call(pack::Unpack { path: std::path::absolute(args.file)?, title: args.title }).await;
    client.close().await?;
    let project = project?;
    if settings.json {
        line(format_args!("{}", serde_json::to_string(&project).unwrap_or_default()));
    } else {
        note(format_args!("made project {} ({})", project.slug, project.title));
        note(format_args!("what would run: studio plan {}", project.slug));
    }
    Ok(0)
}
