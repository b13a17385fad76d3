//! `studio export`

use super::out::{line, note};
use std::{
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use studio_plugin_sdk::blob::Blob;

use super::{fail::Failure, settings::Settings};
use crate::{
    engine::api,
    model::Digest,
    remote::{Client, Mode},
};

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
    /// Its captions as they are drawn, of films whose captions have a style
    Ass,
    /// Its captions with the time of every word, as JSON, of the same
    Words,
    /// Its data: length, chapters, loudness
    Json,
}

pub async fn run(settings: &Settings, args: Args) -> Result<u8, Failure> {
    let client = settings.client(Mode::Own).await?;
    let film = client.call(api::FilmGet { project: args.project }).await?;
    let none = || Failure::new("not_found", "this film has no captions", "render it with captions");
    let plain = || {
        let message = "this film has no captions of a style";
        Failure::new("not_found", message, "render it with a caption_style, or with soft captions")
    };
    match args.kind {
        Kind::Mp4 => write(&client, &film.video, &args.output).await?,
        Kind::Srt => write(&client, film.srt.as_ref().ok_or_else(none)?, &args.output).await?,
        Kind::Vtt => write(&client, film.vtt.as_ref().ok_or_else(none)?, &args.output).await?,
        Kind::Ass => write(&client, film.ass.as_ref().ok_or_else(plain)?, &args.output).await?,
        Kind::Words => write(&client, film.words.as_ref().ok_or_else(plain)?, &args.output).await?,
        Kind::Json => std::fs::write(&args.output, serde_json::to_vec_pretty(&film).unwrap_or_default())?,
    }
    client.close().await?;
    if settings.json {
        line(format_args!("{}", serde_json::json!({ "path": args.output })));
    } else {
        note(format_args!("wrote {}", args.output.display()));
    }
    Ok(0)
}

async fn write(client: &Client, blob: &Blob, path: &Path) -> Result<(), Failure> {
    let digest: Digest =
        blob.blob.parse().map_err(|_| Failure::new("store.corrupt", "the film's name is damaged", ""))?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Whole or not at all: a full disk leaves no half film behind.
    let mut to = tempfile::NamedTempFile::new_in(folder)?;
    let mut offset = 0;
    loop {
        let window = client.call(api::BlobRead { blob: digest, offset, bytes: 0 }).await?;
        let bytes = window.decoded()?;
        to.write_all(&bytes)?;
        offset += bytes.len() as u64;
        if bytes.is_empty() || offset >= window.total {
            break;
        }
    }
    to.as_file().set_permissions(PermissionsExt::from_mode(0o644))?;
    to.persist(path).map_err(|e| Failure::from(e.error))?;
    Ok(())
}
