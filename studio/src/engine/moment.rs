//! What a film shows at a moment, before it is rendered: the request that a project's script would make of the renderer,
//! for one small frame.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use studio_plugin_sdk::{
    blob::Blob,
    json::typed,
    roles::{
        Role,
        render::{Film, FilmMoment},
    },
};

use super::{
    open::{Engine, EngineError},
    thumbnail::of,
};
use crate::{
    host::Serving,
    model::{NodeError, Project},
};

/// A frame of a film.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Frame {
    /// The picture: JPEG.
    pub image: Blob,
    /// Its file on the box that has the store.
    pub path: PathBuf,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

impl Engine {
    /// The frame that a project's film shows at a moment, as its scenes are now. What is free and quick is made for it,
    /// nothing else.
    pub async fn moment(&self, project: &Project, moment: FilmMoment) -> Result<Frame, EngineError> {
        let _lease = self.core.store.blobs().lease();
        let (serving, mut request) = self.film_asked(project).await?;
        request["moment"] = json!(moment);
        let response = self.ask_stage(serving, request, PathBuf::new()).await?;
        let film: Film = typed(response).map_err(NodeError::from)?;
        let none = || EngineError::NotFound("the renderer of this project shows no single frames".into());
        let image = film.poster.ok_or_else(none)?;
        let path = self.file_of(&image).ok_or_else(none)?;
        Ok(Frame { image, path, width: film.width, height: film.height })
    }

    /// What a project's script asks the renderer for, of the place that gave the latest film, and who would be asked.
    pub(super) async fn film_asked(&self, project: &Project) -> Result<(Serving, Value), EngineError> {
        let place = self.latest(project, of(Role::Render), |slot, _| Some(slot.clone()))?;
        let mut asked = self.asked_of(Role::Render, project).await?;
        let at = asked.iter().position(|asked| Some(&asked.slot) == place.as_ref()).unwrap_or(0);
        let not_known = || {
            let message = format!("scenes of {} are not made yet: studio run {}", project.title, project.slug);
            EngineError::NotFound(message)
        };
        if at >= asked.len() {
            return Err(not_known());
        }
        let asked = asked.swap_remove(at);
        asked.request.filter(|_| !asked.tainted).ok_or_else(not_known)
    }
}
