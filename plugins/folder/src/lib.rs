//! Publishes a film into a folder: the file, its captions, its poster, and what is known of it as JSON.

mod metadata;
mod name;

use std::collections::BTreeMap;

use studio_plugin_sdk::prelude::*;

/// Puts the finished files below the project's export folder, over older ones of the same title.
#[stage(publish, rev = 1)]
async fn publish(cx: Cx, req: PublishRequest) -> Result<Publication> {
    if req.video.video.blob.is_empty() {
        return Err(StageError::invalid("video", "there is no film: give it what `render` makes"));
    }
    let folder = name::folder(&req.place)?;
    let stem = name::stem(&req.title);
    let media = media(&req, &stem)?;
    let described = metadata::describe(&req, &media)?;

    let mut files: BTreeMap<String, Body> =
        media.values().map(|(name, blob)| (name.clone(), Body::Blob((*blob).clone()))).collect();
    files.insert(format!("{stem}.json"), Body::Text(described));
    let paths = cx.deliver(&folder, files).await?;

    let film = &media["video"].0;
    let url = paths
        .get(film)
        .cloned()
        .ok_or_else(|| StageError::permanent(format!("{film} was not delivered")).code("folder.deliver"))?;
    let id = if folder.is_empty() { stem } else { format!("{folder}/{stem}") };
    Ok(Publication { id, url, files: paths })
}

/// A film's files by what they are, with their names.
type Media<'a> = BTreeMap<&'static str, (String, &'a Blob)>;

fn media<'a>(req: &'a PublishRequest, stem: &str) -> Result<Media<'a>> {
    let film = &req.video;
    let poster = req.thumbnail.as_ref().map(|blob| ("thumbnail", blob));
    let poster = poster.or(film.poster.as_ref().map(|blob| ("video.poster", blob)));
    let mut media = Media::from([("video", (file(stem, "video.video", &film.video)?, &film.video))]);
    let captions = [("srt", "srt", &film.srt), ("vtt", "vtt", &film.vtt), ("ass", "ass", &film.ass)];
    for (what, extension, blob) in captions.into_iter().chain([("words", "words.json", &film.words)]) {
        if let Some(blob) = blob {
            media.insert(what, (format!("{stem}.{extension}"), blob));
        }
    }
    if let Some(second) = &film.translation {
        let language = if second.language.is_empty() { "translation" } else { &second.language };
        media.insert("translation_srt", (format!("{stem}.{language}.srt"), &second.srt));
        media.insert("translation_vtt", (format!("{stem}.{language}.vtt"), &second.vtt));
    }
    if let Some(sheet) = &film.contact_sheet {
        media.insert("contact_sheet", (file(&format!("{stem}-sheet"), "video.contact_sheet", sheet)?, sheet));
    }
    // A preview stands for itself; a poster of the same type would take its place.
    let poster = poster.filter(|_| !film.video.mime.starts_with("image/"));
    if let Some((field, blob)) = poster {
        media.insert("poster", (file(stem, field, blob)?, blob));
    }
    Ok(media)
}

fn file(stem: &str, field: &str, blob: &Blob) -> Result<String> {
    let extension = match blob.mime.as_str() {
        "video/mp4" => "mp4",
        "video/quicktime" => "mov",
        "video/webm" => "webm",
        "audio/mp4" => "m4a",
        "audio/mpeg" => "mp3",
        "image/gif" => "gif",
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/webp" => "webp",
        other => {
            let message = format!(
                "a file of the type {other:?} has no name here: give it MP4, MOV, WebM, M4A, MP3, PNG, JPEG, WebP or GIF"
            );
            return Err(StageError::invalid(field, message).code("folder.type"));
        }
    };
    Ok(format!("{stem}.{extension}"))
}

plugin! {
    id: "folder",
    description: "Puts a finished film with its captions, poster and metadata into a folder.",
    stages: [publish],
    capabilities: Capabilities { deliver: true, ..Capabilities::default() },
}
