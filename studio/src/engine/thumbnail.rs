//! A picture that stands for a project, found among its results: nothing is rendered for it.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use studio_plugin_sdk::{blob::Blob, roles::Role};

use super::open::{Engine, EngineError};
use crate::model::{BlobStore as _, Digest, Key, Project, Slot};

/// Of what a picture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ThumbnailKind {
    /// The latest film's poster.
    Poster,
    /// The picture of a scene: there is no film yet.
    Scene,
}

/// A picture that stands for something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Thumbnail {
    /// Of what it is.
    pub kind: ThumbnailKind,
    /// The picture.
    pub image: Blob,
    /// Its file on the box that has the store.
    pub path: PathBuf,
}

impl Engine {
    /// The poster of a project's latest film, else the picture of its first scene that has one; none: nothing is
    /// made yet.
    pub fn thumbnail(&self, project: &Project) -> Result<Option<Thumbnail>, EngineError> {
        let film = self.latest_film(project, |film| {
            serde_json::from_value(film["poster"].clone()).ok().filter(|poster: &Blob| !poster.blob.is_empty())
        })?;
        if let Some(poster) = film.and_then(|image| self.shown(ThumbnailKind::Poster, image)) {
            return Ok(Some(poster));
        }
        let scenes = self.latest(project, of(Role::Llm), |_, board| scene_ids(board))?.unwrap_or_default();
        for scene in scenes {
            if let Some(image) = self.scene_picture(project, &scene)? {
                return Ok(Some(image));
            }
        }
        let any = self.latest(project, of(Role::Image), |_, image| picture(image))?;
        Ok(any.and_then(|image| self.shown(ThumbnailKind::Scene, image)))
    }

    /// The picture of a scene, as it is used now.
    pub(super) fn scene_picture(&self, project: &Project, scene: &str) -> Result<Option<Thumbnail>, EngineError> {
        let slot = Slot::new(&project.id, &[scene.to_owned()], Role::Image, 1);
        let Some(key) = self.core.store.slot(&slot)? else { return Ok(None) };
        let image = self.used(&slot, &key)?.as_ref().and_then(picture);
        Ok(image.and_then(|image| self.shown(ThumbnailKind::Scene, image)))
    }

    /// Of the places that the script itself made (no stage's piece) and that are `of` a kind: what `pick` finds in the
    /// newest result that it finds something in, as it is used now.
    pub(super) fn latest<T>(
        &self,
        project: &Project,
        of: impl Fn(&Slot) -> bool,
        pick: impl Fn(&Slot, &Value) -> Option<T>,
    ) -> Result<Option<T>, EngineError> {
        let mut found: Option<(i64, T)> = None;
        for (slot, key) in self.core.store.slots_where(project.id.as_str(), of)? {
            let Some(kept) = self.core.store.kept(&key)? else { continue };
            let at = kept.provenance.at_ms;
            if found.as_ref().is_some_and(|(newest, _)| *newest > at) {
                continue;
            }
            let used = self.core.store.steering(&slot)?.edit_of(&key).map(|edit| edit.response.clone());
            found = pick(&slot, &used.unwrap_or(kept.response)).map(|picked| (at, picked)).or(found);
        }
        Ok(found.map(|(_, picked)| picked))
    }

    /// What `pick` finds in the newest film: of those outside of any scope, where there is any.
    pub(super) fn latest_film<T>(
        &self,
        project: &Project,
        pick: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<T>, EngineError> {
        let outermost = |slot: &Slot| slot.role() == Some(Role::Render) && !slot.local().contains('/');
        match self.latest(project, outermost, |_, film| pick(film))? {
            Some(picked) => Ok(Some(picked)),
            None => self.latest(project, of(Role::Render), |_, film| pick(film)),
        }
    }

    /// What a place gives: what was made by hand where that stands in its result's place.
    pub(super) fn used(&self, slot: &Slot, key: &Key) -> Result<Option<Value>, EngineError> {
        if let Some(edit) = self.core.store.steering(slot)?.edit_of(key) {
            return Ok(Some(edit.response.clone()));
        }
        Ok(self.core.store.kept(key)?.map(|kept| kept.response))
    }

    fn shown(&self, kind: ThumbnailKind, image: Blob) -> Option<Thumbnail> {
        let digest: Digest = image.blob.parse().ok()?;
        let blobs = self.core.store.blobs();
        blobs.contains(&digest).then(|| Thumbnail { kind, image, path: blobs.path(&digest) })
    }
}

/// The places of a role.
pub(super) fn of(role: Role) -> impl Fn(&Slot) -> bool {
    move |slot| slot.role() == Some(role)
}

fn picture(image: &Value) -> Option<Blob> {
    serde_json::from_value(image["image"].clone()).ok()
}

fn scene_ids(board: &Value) -> Option<Vec<String>> {
    let scenes = board["scenes"].as_array()?.iter().filter_map(|scene| scene["id"].as_str());
    let ids: Vec<_> = scenes.map(ToOwned::to_owned).collect();
    (!ids.is_empty()).then_some(ids)
}
