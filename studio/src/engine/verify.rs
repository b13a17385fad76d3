//! Finished films looked at by hand: any file, or a project's latest film against what its scenes say.

use std::path::{Path, PathBuf};

use serde_json::json;
use studio_plugin_sdk::{
    blob::Blob,
    json::typed,
    roles::{
        Role,
        rank::Span,
        render::Film,
        verify::{Expected, Platform, Report, VerifyRequest},
    },
};

use super::{
    by_file,
    open::{Engine, EngineError},
};
use crate::model::{NodeError, Project};

/// Largest caption file.
const MOST_CAPTIONS: u64 = 16 << 20;

/// What a film is to be, as far as a person says it.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// What stands here counts before what the project says.
    pub expected: Expected,
    /// Where it is to be shown.
    pub platform: Option<Platform>,
}

impl Engine {
    /// Checks a file. One that is some project's latest film is checked as that.
    pub async fn verify_file(
        &self,
        path: &Path,
        captions: Option<&Path>,
        wanted: Wanted,
    ) -> Result<Report, EngineError> {
        let _lease = self.core.store.blobs().lease();
        let video = self.taken_in(path, "file").await?;
        let mut film = Film { video, ..Film::default() };
        let mut expected = wanted.expected;
        if let Some((project, known)) = self.film_of(&film.video)? {
            expected = self.expected(&project, expected)?;
            film = known;
        }
        if let Some(path) = captions {
            (film.srt, film.vtt) = (Some(self.captions(path).await?), None);
        }
        self.verify(VerifyRequest { film, expected, platform: wanted.platform, ..VerifyRequest::default() }).await
    }

    /// Checks a project's latest film.
    pub async fn verify_film(&self, project: &Project, wanted: Wanted) -> Result<Report, EngineError> {
        let film = self.film(project)?;
        let expected = self.expected(project, wanted.expected)?;
        self.verify(VerifyRequest { film, expected, platform: wanted.platform, ..VerifyRequest::default() }).await
    }

    pub(super) async fn verify(&self, request: VerifyRequest) -> Result<Report, EngineError> {
        let serving = self.plugins().serving(Role::Verify, None)?;
        let response = self.ask_stage(serving, json!(request), PathBuf::new()).await?;
        Ok(typed(response).map_err(NodeError::from)?)
    }

    /// What a project says of its film, under what a person says. Scenes that were edited since say nothing.
    fn expected(&self, project: &Project, given: Expected) -> Result<Expected, EngineError> {
        let timeline = self.timeline(project)?;
        if !timeline.current {
            return Ok(given);
        }
        let spoken = |sound: &super::TimedSound| Span { start: sound.start, end: sound.start + sound.seconds };
        let scenes = &timeline.scenes;
        let or = |given: Vec<Span>, known: Vec<Span>| if given.is_empty() { known } else { given };
        Ok(Expected {
            seconds: given.seconds.or(Some(timeline.seconds)),
            speech: or(given.speech, scenes.iter().filter_map(|s| s.speech.as_ref()).map(spoken).collect()),
            words: if given.words.is_empty() {
                scenes.iter().flat_map(|scene| scene.words.clone()).collect()
            } else {
                given.words
            },
            ..given
        })
    }

    /// The project whose latest film this file is.
    fn film_of(&self, video: &Blob) -> Result<Option<(Project, Film)>, EngineError> {
        for listed in self.core.store.listed()?.into_iter().filter(|listed| listed.removed_ms.is_none()) {
            if let Some(project) = self.core.store.project(&listed.id)?
                && let Ok(film) = self.film(&project)
                && film.video.blob == video.blob
            {
                return Ok(Some((project, film)));
            }
        }
        Ok(None)
    }

    async fn captions(&self, path: &Path) -> Result<Blob, EngineError> {
        let blob = self.taken_in(path, "captions").await?;
        if blob.bytes > MOST_CAPTIONS {
            return Err(wrong("captions", path, &format!("is over {} MB", MOST_CAPTIONS >> 20)));
        }
        Ok(Blob { mime: "text/plain".into(), ..blob })
    }

    /// Keeps a file's bytes for as long as they are looked at: no result names them.
    async fn taken_in(&self, path: &Path, field: &'static str) -> Result<Blob, EngineError> {
        let (store, path) = (self.core.store.clone(), path.to_owned());
        let take_in = move || {
            let mut opened = by_file::opened(&path)?.ok_or_else(|| wrong(field, &path, "is no file"))?;
            by_file::taken_in(&store, &path, &mut opened.file, opened.mime.unwrap_or("application/octet-stream"))
        };
        tokio::task::spawn_blocking(take_in).await.map_err(|e| NodeError::permanent("engine.lost", e.to_string()))?
    }
}

fn wrong(field: &str, path: &Path, what: &str) -> EngineError {
    EngineError::Invalid { field: field.into(), message: format!("{} {what}", path.display()) }
}
