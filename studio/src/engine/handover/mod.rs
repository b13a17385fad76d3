//! A project's film for an editor: its timeline as OpenTimelineIO, CMX 3600 or FCPXML, and the files that it names. The
//! formats are pure functions of a [`Cut`]; called by `handover.get`.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use studio_plugin_sdk::{
    blob::Blob,
    json::typed,
    roles::render::{RenderRequest, TimelineInput},
    timeline::{Timeline, Track},
};

use super::{
    open::{Engine, EngineError},
    timeline::{RATE, rate},
};
use crate::model::{BlobStore as _, Digest, NodeError, Project};

mod edl;
mod fcpxml;
mod media;
mod otio;
mod time;

use media::Media;

/// How a timeline is written for an editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// OpenTimelineIO's JSON: everything; what other programs have no word for is in its metadata.
    Otio,
    /// CMX 3600: the picture's track and up to four tracks of sound.
    Edl,
    /// Final Cut Pro's XML, version 1.8: all tracks, with speeds, crops, places and markers.
    Fcpxml,
}

/// A timeline for an editor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HandOver {
    /// The timeline's file.
    pub text: String,
    /// The files that it names.
    pub media: Vec<MediaFile>,
    /// What the format has no words for, in a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// The latest film is as the scenes are now; else it shows less or more than this timeline.
    pub current: bool,
}

/// A file that a timeline names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MediaFile {
    /// Its name in the folder of media.
    pub name: String,
    /// Its bytes.
    pub blob: Blob,
}

/// What is handed over.
struct Cut<'a> {
    title: &'a str,
    timeline: &'a Timeline,
    /// Pixels of the frame.
    size: (u32, u32),
    media: &'a Media,
}

impl Engine {
    /// A project's film for an editor, as its scenes are now. The timeline names its files as if they lay in `folder`, a
    /// whole path.
    pub async fn hand_over(&self, project: &Project, format: Format, folder: &Path) -> Result<HandOver, EngineError> {
        let _lease = self.core.store.blobs().lease();
        let film = self.film(project)?;
        let (_, request) = self.film_asked(project).await?;
        let request: RenderRequest = typed(request).map_err(NodeError::from)?;
        let mut timeline = request.laid_out(rate(&film).unwrap_or(RATE)).map_err(NodeError::from)?;
        let mut media = Media::of(&timeline, folder)?;
        for file in media.files() {
            let missing = || {
                let message = format!("{} is not kept any more: studio run {}", file.name, project.slug);
                EngineError::NotFound(message)
            };
            let digest: Digest = file.blob.blob.parse().map_err(|_| missing())?;
            let mut opened = self.core.store.blobs().open(&digest).map_err(|_| missing())?;
            media.measure(&file.blob, &mut opened);
        }
        media::trimmed(&mut timeline, &media);
        let cut = Cut { title: &project.title, timeline: &timeline, size: (film.width, film.height), media: &media };
        let (text, mut left_out) = match format {
            Format::Otio => (otio::write(&cut), Vec::new()),
            Format::Edl => edl::write(&cut),
            Format::Fcpxml => fcpxml::write(&cut)?,
        };
        left_out.extend(untrimmed(&request.timeline).map(Into::into));
        let current = film.frames == timeline.frames() && film.chapters == timeline.chapters;
        Ok(HandOver { text, media: media.files(), left_out, current })
    }
}

/// What is to be known where silence was trimmed: files are handed over as they are.
fn untrimmed(timeline: &TimelineInput) -> Option<&'static str> {
    let is_trimmed = |track: &Track| track.clips().any(|(_, clip)| clip.hearing.trim);
    match timeline {
        TimelineInput::Scenes(scenes) => scenes
            .iter()
            .any(|scene| scene.trim)
            .then_some("trimmed silence: narrations are whole, and so the film is longer than it was rendered"),
        TimelineInput::Timeline(timeline) => {
            timeline.tracks.iter().any(is_trimmed).then_some("trimmed silence: sounds are whole")
        }
    }
}

#[cfg(test)]
mod tests;
