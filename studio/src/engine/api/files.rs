//! What came of projects: films, exported files, and the bytes of blobs.

use std::{
    io::{Read, Seek, SeekFrom},
    path::PathBuf,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use studio_plugin_sdk::roles::render::Film;

use super::{ApiError, Cx, Method};
use crate::{engine::EngineError, model::Digest};

/// Most bytes of one window of a blob.
const MOST: u64 = 1 << 20;

/// The project's latest film.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilmGet {
    /// Slug, id or title.
    pub project: String,
}

impl Method for FilmGet {
    const NAME: &'static str = "film.get";
    type Reply = Film;

    async fn handle(self, cx: &Cx) -> Result<Film, ApiError> {
        Ok(cx.engine.film(&cx.engine.project(&self.project)?)?)
    }
}

/// The files that the project's latest delivery put into its export folder.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exports {
    /// Slug, id or title.
    pub project: String,
}

/// Finished files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Exported {
    /// The export folder.
    pub folder: PathBuf,
    /// Whole paths.
    pub files: Vec<PathBuf>,
}

impl Method for Exports {
    const NAME: &'static str = "exports";
    type Reply = Exported;

    async fn handle(self, cx: &Cx) -> Result<Exported, ApiError> {
        let project = cx.engine.project(&self.project)?;
        Ok(Exported { folder: cx.engine.exports(&project), files: cx.engine.delivered(&project)? })
    }
}

/// Some bytes of a blob.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlobRead {
    /// Which, by its digest.
    pub blob: Digest,
    /// From which byte on.
    #[serde(default)]
    pub offset: u64,
    /// Most bytes to give: up to 1048576, which is also what 0 means.
    #[serde(default)]
    pub bytes: u64,
}

/// Some bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Window {
    /// In base64; empty: the blob ends before.
    pub data: String,
    /// How many bytes the blob has.
    pub total: u64,
}

impl Window {
    /// The bytes.
    pub fn decoded(&self) -> Result<Vec<u8>, ApiError> {
        STANDARD.decode(&self.data).map_err(|e| ApiError::new("blob.encoding", e.to_string()))
    }
}

impl Method for BlobRead {
    const NAME: &'static str = "blob.read";
    // Its size limits it.
    const COST: u32 = 0;
    type Reply = Window;

    async fn handle(self, cx: &Cx) -> Result<Window, ApiError> {
        let blobs = cx.engine.blobs();
        let read = move || {
            let mut file = blobs.open(&self.blob)?;
            let total = file.metadata()?.len();
            file.seek(SeekFrom::Start(self.offset))?;
            let most = if self.bytes == 0 { MOST } else { self.bytes.min(MOST) };
            let mut bytes = Vec::new();
            file.take(most).read_to_end(&mut bytes)?;
            Ok(Window { data: STANDARD.encode(bytes), total })
        };
        let read = tokio::task::spawn_blocking(read).await;
        let window: std::io::Result<Window> = read.map_err(|e| ApiError::new("engine.lost", e.to_string()))?;
        Ok(window.map_err(EngineError::io(format!("reading blob {}", self.blob)))?)
    }
}
