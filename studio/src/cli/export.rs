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
    engine::{api, handover::Format},
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
    /// The file to write; with otio, edl and fcpxml its media go into a folder beside it
    #[arg(short, long, value_name = "PATH")]
    output: PathBuf,
    /// With jpg: which moment, in seconds from the start
    #[arg(long, value_name = "S", default_value_t = 0.0)]
    at: f64,
    /// With jpg: how high the picture is, in pixels
    #[arg(long, value_name = "PIXELS", default_value_t = 720)]
    height: u32,
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
    /// What it shows at a moment (--at), as its scenes are now: also before it is rendered
    Jpg,
    /// Its timeline as OpenTimelineIO, with its media
    Otio,
    /// Its timeline as a CMX 3600 edit decision list, with its media
    Edl,
    /// Its timeline as Final Cut Pro XML, with its media
    Fcpxml,
}

pub async fn run(settings: &Settings, args: Args) -> Result<u8, Failure> {
    let client = settings.client(Mode::Own).await?;
    let to = &args.output;
    let film = || client.call(api::FilmGet { project: args.project.clone() });
    let none = || Failure::new("not_found", "this film has no captions", "render it with captions");
    let plain = || {
        let message = "this film has no captions of a style";
        Failure::new("not_found", message, "render it with a caption_style, or with soft captions")
    };
    let mut media = None;
    match args.kind {
        Kind::Mp4 => {
            let video = film().await?.video;
            if video.mime != "video/mp4" {
                return Err(no_mp4(&video));
            }
            write(&client, &video, to).await?;
        }
        Kind::Srt => write(&client, film().await?.srt.as_ref().ok_or_else(none)?, to).await?,
        Kind::Vtt => write(&client, film().await?.vtt.as_ref().ok_or_else(none)?, to).await?,
        Kind::Ass => write(&client, film().await?.ass.as_ref().ok_or_else(plain)?, to).await?,
        Kind::Words => write(&client, film().await?.words.as_ref().ok_or_else(plain)?, to).await?,
        Kind::Json => std::fs::write(to, serde_json::to_vec_pretty(&film().await?).unwrap_or_default())?,
        Kind::Jpg => {
            let (project, seconds, height) = (args.project.clone(), args.at, args.height);
            let frame = client.call(api::timeline::Moment { project, seconds, height }).await?;
            write(&client, &frame.image, to).await?;
        }
        Kind::Otio => media = Some(hand_over(&client, &args, Format::Otio).await?),
        Kind::Edl => media = Some(hand_over(&client, &args, Format::Edl).await?),
        Kind::Fcpxml => media = Some(hand_over(&client, &args, Format::Fcpxml).await?),
    }
    client.close().await?;
    match media {
        Some(media) if settings.json => line(format_args!("{}", serde_json::json!({ "path": to, "media": media }))),
        Some(media) => note(format_args!("wrote {}, its media are in {}", to.display(), media.display())),
        None if settings.json => line(format_args!("{}", serde_json::json!({ "path": to }))),
        None => note(format_args!("wrote {}", to.display())),
    }
    Ok(0)
}

/// Writes the media first, so that the timeline never names what is not there. The folder of the media.
async fn hand_over(client: &Client, args: &Args, format: Format) -> Result<PathBuf, Failure> {
    let output = std::path::absolute(&args.output)?;
    let stem = output.file_stem().unwrap_or_default().to_string_lossy();
    let folder = output.with_file_name(format!("{stem} media"));
    let handed =
        client.call(api::handover::Get { project: args.project.clone(), format, folder: folder.clone() }).await?;
    std::fs::create_dir_all(&folder)?;
    for file in &handed.media {
        write(client, &file.blob, &folder.join(&file.name)).await?;
    }
    std::fs::write(&output, &handed.text)?;
    if !handed.current {
        note(format_args!("the film is older than its scenes: the timeline is as they are now"));
    }
    for left_out in &handed.left_out {
        note(format_args!("left out: {left_out}"));
    }
    Ok(folder)
}

fn no_mp4(film: &Blob) -> Failure {
    let message = format!("this film is no MP4 but {}", film.mime);
    Failure::new("export.kind", message, "take it from the folder that it was published into")
}

/// Writes a blob to a file, whole or not at all.
pub async fn write(client: &Client, blob: &Blob, path: &Path) -> Result<(), Failure> {
    let digest: Digest =
        blob.blob.parse().map_err(|_| Failure::new("store.corrupt", "a file's name is damaged", ""))?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Whole or not at all: a full disk leaves no half file behind.
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
