//! `studio export`

use super::out::{line, note};
use std::{os::unix::fs::PermissionsExt, path::PathBuf};

use clap::ValueEnum;

use super::{fail::Failure, settings::Settings};
use crate::engine::Engine;

#[derive(clap::Args)]
pub struct Args {
    /// The project
    project: String,
    /// What to write
    #[arg(long = "as", value_name = "KIND")]
    kind: Kind,
    /// The file to write
    #[arg(short, long, value_name = "PATH")]
    output: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// The film
    Mp4,
    /// Its captions as SubRip
    Srt,
    /// Its captions as WebVTT
    Vtt,
    /// Its data: length, chapters, loudness
    Json,
}

pub async fn run(settings: &Settings, args: Args) -> Result<u8, Failure> {
    let engine = settings.engine().await?;
    let project = engine.project(&args.project)?;
    let film = engine.film(&project)?;
    let none = || Failure::new("not_found", "this film has no captions", "render it with captions");
    match args.kind {
        Kind::Mp4 => write(&engine, &film.video, &args.output)?,
        Kind::Srt => write(&engine, film.srt.as_ref().ok_or_else(none)?, &args.output)?,
        Kind::Vtt => write(&engine, film.vtt.as_ref().ok_or_else(none)?, &args.output)?,
        Kind::Json => std::fs::write(&args.output, serde_json::to_vec_pretty(&film).unwrap_or_default())?,
    }
    engine.close().await?;
    if settings.json {
        line(format_args!("{}", serde_json::json!({ "path": args.output })));
    } else {
        note(format_args!("wrote {}", args.output.display()));
    }
    Ok(0)
}

fn write(engine: &Engine, blob: &studio_plugin_sdk::blob::Blob, path: &std::path::Path) -> Result<(), Failure> {
    let digest = blob.blob.parse().map_err(|_| Failure::new("store.corrupt", "the film's name is damaged", ""))?;
    let mut from = engine.blobs().open(&digest)?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(std::path::Path::new("."));
    // Whole or not at all: a full disk leaves no half film behind.
    let mut to = tempfile::NamedTempFile::new_in(folder)?;
    std::io::copy(&mut from, to.as_file_mut())?;
    to.as_file().set_permissions(PermissionsExt::from_mode(0o644))?;
    to.persist(path).map_err(|e| Failure::from(e.error))?;
    Ok(())
}
