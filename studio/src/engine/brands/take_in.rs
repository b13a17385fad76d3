//! A brand's folder read: its `brand.toml`, and the files that it names as blobs. What they are, their content says.

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use studio_plugin_sdk::roles::{
    render::Film,
    verify::{StreamFacts, VerifyRequest},
};
use ttf_parser::Face;

use super::{
    super::{
        by_file, captions, fonts,
        open::{Core, Engine, EngineError},
    },
    FILE, wrong,
};
use crate::model::{BrandFile, BrandFont, BrandKit, FileUse, NodeError};

/// Most bytes of a `brand.toml`.
const MOST_TOML: u64 = 256 << 10;
/// Most bytes of a picture, a film, music, a font.
const MOST: [(FileUse, u64); 4] =
    [(FileUse::Picture, 32 << 20), (FileUse::Clip, 1 << 30), (FileUse::Music, 512 << 20), (FileUse::Font, 16 << 20)];
/// Weights that are looked for where a font is named by its family.
const HEADING: u64 = 700;
const BODY: u64 = 400;

impl Engine {
    /// The kit that a folder holds, its files kept.
    pub(super) async fn taken_in_brand(&self, path: &Path) -> Result<BrandKit, EngineError> {
        if !path.is_absolute() {
            return Err(EngineError::Invalid { field: "path".into(), message: "give the whole path".into() });
        }
        let (core, path) = (std::sync::Arc::clone(&self.core), path.to_owned());
        let read = move || taken_in(&core, &path);
        let read = tokio::task::spawn_blocking(read).await;
        let lost = |e| EngineError::Io { doing: "reading a brand".into(), error: io::Error::other(e) };
        let mut kit = read.map_err(lost)??;
        for (field, clip) in [("intro.file", &mut kit.intro), ("outro.file", &mut kit.outro)] {
            let Some(clip) = clip.as_mut().filter(|clip| clip.file.width.is_none()) else { continue };
            let facts = self.measured(field, &clip.file).await?;
            if facts.video.is_none() || facts.seconds <= 0.0 {
                return Err(no(field, &clip.file.name, "has no picture that can be shown"));
            }
            clip.file.seconds = Some(facts.seconds);
        }
        // Sound alone is known by how its file begins.
        if let Some(music) = kit.music.as_ref().filter(|music| music.file.blob.mime.starts_with("video/"))
            && self.measured("music.file", &music.file).await?.audio.is_none()
        {
            return Err(no("music.file", &music.file.name, "has no sound in it"));
        }
        Ok(kit)
    }

    /// What a film or sound is.
    async fn measured(&self, field: &'static str, file: &BrandFile) -> Result<StreamFacts, EngineError> {
        let film = Film { video: file.blob.clone(), ..Film::default() };
        let looked_at = self.verify(VerifyRequest { film, ..VerifyRequest::default() }).await;
        Ok(looked_at.map_err(|e| no(field, &file.name, &format!("cannot be used: {e}")))?.facts)
    }
}

fn taken_in(core: &Core, path: &Path) -> Result<BrandKit, EngineError> {
    let path = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
    let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
    let mut kit = read(&path)?;
    kit.validate().map_err(|e| wrong("brand.kit", e))?;
    for (field, font, weight) in
        [("fonts.heading.family", &mut kit.fonts.heading, HEADING), ("fonts.body.family", &mut kit.fonts.body, BODY)]
    {
        if let Some(font) = font {
            found(core, field, font, weight)?;
        }
    }
    let kit = kit.with_files(|field, of, file| file_of(core, field, of, &folder.join(file)))?;
    // Styles are looked for once more when they are used; what is misspelt is told now.
    if let Some(look) = &kit.captions {
        captions::known(core, look)?;
    }
    Ok(kit.validate_kept().map(|()| kit).map_err(|e| wrong("brand.file", e))?)
}

/// What the file says.
fn read(path: &Path) -> Result<BrandKit<String>, EngineError> {
    let reading = || EngineError::io(format!("reading {}", path.display()));
    let mut text = String::new();
    fs::File::open(path).map_err(reading())?.take(MOST_TOML + 1).read_to_string(&mut text).map_err(reading())?;
    let broken = |why: String| {
        let mut error = NodeError::permanent("brand.kit", format!("{}: {why}", path.display()));
        error.field = Some(FILE.into());
        error.help("docs/brands.md has all that can stand in it")
    };
    if text.len() as u64 > MOST_TOML {
        return Err(broken(format!("more than {} KiB", MOST_TOML >> 10)).into());
    }
    Ok(toml::from_str(&text).map_err(|e| broken(e.to_string().trim_end().to_owned()))?)
}

/// A family of this box is kept as its file, so that it is the same elsewhere and later.
fn found(core: &Core, field: &str, font: &mut BrandFont<String>, weight: u64) -> Result<(), EngineError> {
    if font.file.is_some() || captions::BROUGHT.contains(&font.family.as_str()) {
        return Ok(());
    }
    let Some(path) = fonts::find(&core.config.home, &font.family, weight) else {
        let message =
            format!("there is no font {:?} on this box; inter, serif and mono are brought along", font.family);
        let mut error = NodeError::permanent("brand.font", message);
        error.field = Some(field.to_owned());
        return Err(error
            .help("install it, put its file into the folder fonts/ of the store, or name the file")
            .into());
    };
    font.file = Some(path.to_string_lossy().into_owned());
    Ok(())
}

/// A file of a kit as it is kept.
fn file_of(core: &Core, field: &'static str, of: FileUse, path: &Path) -> Result<BrandFile, EngineError> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    let shown = path.display().to_string();
    let not_read = |e: EngineError| match e {
        EngineError::Io { error, .. } => no(field, &shown, &format!("cannot be read: {error}")),
        other => other,
    };
    let opened = by_file::opened(path).map_err(not_read)?;
    let mut opened = opened.ok_or_else(|| no(field, &shown, "is no file"))?;
    let most = MOST.iter().find(|(is, _)| *is == of).map_or(0, |(_, most)| *most);
    if opened.bytes > most {
        return Err(no(field, &shown, &format!("is over {} MB", most >> 20)));
    }
    let mime = opened.mime.unwrap_or("application/octet-stream");
    let is_picture = matches!(mime, "image/png" | "image/jpeg" | "image/webp");
    let mut kept = BrandFile { name, ..BrandFile::default() };
    match of {
        FileUse::Picture if !is_picture => return Err(no(field, &shown, "is no picture; give PNG, JPEG or WebP")),
        FileUse::Picture | FileUse::Clip if is_picture => {
            let size = imagesize::size(path).map_err(|e| no(field, &shown, &format!("is a damaged picture: {e}")))?;
            let side = |side: usize| u32::try_from(side).ok().filter(|side| *side > 0);
            (kept.width, kept.height) = (side(size.width), side(size.height));
            if kept.width.is_none() || kept.height.is_none() {
                return Err(no(field, &shown, "is a picture without a size"));
            }
        }
        FileUse::Clip if !mime.starts_with("video/") => {
            return Err(no(field, &shown, "is neither a picture (PNG, JPEG, WebP) nor a film (MP4, MOV, WebM)"));
        }
        FileUse::Music if !mime.starts_with("audio/") && !mime.starts_with("video/") => {
            return Err(no(field, &shown, "is no sound; give WAV, MP3, M4A, FLAC or OGG"));
        }
        FileUse::Font => {
            let data = fs::read(path).map_err(|e| no(field, &shown, &format!("cannot be read: {e}")))?;
            if Face::parse(&data, 0).is_err() {
                return Err(no(field, &shown, "is no font; give a TrueType or OpenType file"));
            }
        }
        FileUse::Picture | FileUse::Clip | FileUse::Music => {}
    }
    let mime = if of == FileUse::Font { "font/sfnt" } else { mime };
    kept.blob = by_file::taken_in(&core.store, path, &mut opened.file, mime)?;
    Ok(kept)
}

fn no(field: &str, path: &str, what: &str) -> EngineError {
    let mut error = NodeError::permanent("brand.file", format!("{path} {what}"));
    error.field = Some(field.to_owned());
    error.into()
}
