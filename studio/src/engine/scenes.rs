//! The scenes of a project: its storyboard, edited scene by scene. An edit is a result made by hand in the place of the
//! storyboard, so that all that holds for those holds here: running again makes only what hangs on the change.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use studio_plugin_sdk::{
    json::typed,
    roles::{Role, llm::LlmResponse, llm::SceneDraft},
};

use super::{
    open::{Engine, EngineError},
    review::Standing,
    thumbnail::{Thumbnail, of},
};
use crate::model::{Decision, NodeError, NodeState, Project, SceneChange, Slot, Steering, Unfit};

/// How the work on a scene stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SceneState {
    /// A part of it failed.
    Failed,
    /// A part of it is under way.
    Running,
    /// A part of it waits for a person.
    Review,
    /// A part of it was given up, or its process is gone.
    Stopped,
    /// Nothing of it was made yet.
    New,
    /// It is made.
    Made,
}

impl SceneState {
    /// Its name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Running => "running",
            Self::Review => "review",
            Self::Stopped => "stopped",
            Self::New => "new",
            Self::Made => "made",
        }
    }
}

/// A scene of a storyboard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SceneView {
    /// Its number, from 1.
    pub number: usize,
    /// What it says and shows.
    #[serde(flatten)]
    pub scene: SceneDraft,
    /// How the work on it stands.
    pub state: SceneState,
    /// It is not as the storyboard's stage gave it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub edited: bool,
    /// How long its speech takes, in seconds, as last made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spoken: Option<f64>,
    /// Its picture, as last made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Thumbnail>,
}

/// A project's storyboard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Board {
    /// The place whose result it is, as nodes are named.
    pub place: String,
    /// The film's title.
    pub title: String,
    /// It was edited by hand.
    pub by_hand: bool,
    /// It was edited by hand for an older result, which is not used.
    pub stale_edit: bool,
    /// The scenes, in order.
    pub scenes: Vec<SceneView>,
    /// The scene that an edit was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<String>,
}

impl Engine {
    /// A project's storyboard: the one at `place`, else the latest that was made.
    pub fn board(&self, project: &Project, place: Option<&str>) -> Result<Board, EngineError> {
        let (slot, standing) = self.board_at(project, place)?;
        self.view(project, &slot, &standing)
    }

    /// Edits a project's storyboard. With `joins` it goes on with the edit before it.
    pub async fn edit_scene(
        &self,
        project: &Project,
        place: Option<&str>,
        change: SceneChange,
        joins: bool,
    ) -> Result<Board, EngineError> {
        let _changing = self.core.changing.lock().await;
        let (slot, standing) = self.board_at(project, place)?;
        if standing.steering.has_stale_edit(&standing.key) {
            let message = "its scenes were edited by hand for an older storyboard, and that edit is not used";
            let help = format!("let it go first: studio review {} {} --drop-edit", project.slug, slot.local());
            return Err(EngineError::refused("scene.stale", message, help));
        }
        let mut board: LlmResponse = read(&standing)?;
        let what = change.what();
        let mut taken = Ok(());
        let changed = change.apply(&mut board, |id| match self.had(project, id) {
            Ok(had) => had,
            Err(e) => {
                taken = Err(e);
                false
            }
        });
        taken?;
        let changed =
            changed.map_err(|Unfit { field, message }| EngineError::Invalid { field: field.into(), message })?;
        let response =
            serde_json::to_value(&board).map_err(|e| NodeError::permanent("engine.encode", e.to_string()))?;
        let Decision::Edited(edit) = standing.edited(response)? else { return self.view(project, &slot, &standing) };
        // What is as it was made needs no hand.
        let edit = (edit.digest != standing.kept.digest).then_some(edit);
        let after = Steering { edit, ..standing.steering.clone() };
        let records = self.steer(&project.id, &slot, what, after, joins)?;
        self.commit(records, changed.as_str()).await?;
        self.core.tell_decision();
        let standing = self.standing(&slot)?;
        Ok(Board { changed: Some(changed), ..self.view(project, &slot, &standing)? })
    }

    /// What an edit of the storyboard would replace, for people; the error says why it cannot be made.
    pub(super) fn would_edit(&self, project: &Project, change: &SceneChange) -> Result<String, EngineError> {
        let (_, standing) = self.board_at(project, None)?;
        let mut board: LlmResponse = read(&standing)?;
        let before = match change {
            SceneChange::Edit { id, scene } => board.scenes.iter().find(|s| s.id == *id).map(|now| scene.replaced(now)),
            _ => None,
        };
        let unfit = |Unfit { field, message }| EngineError::Invalid { field: field.into(), message };
        change.clone().apply(&mut board, |_| false).map_err(unfit)?;
        Ok(before.unwrap_or_default())
    }

    /// Was anything ever made for a scene of that id?
    fn had(&self, project: &Project, id: &str) -> Result<bool, EngineError> {
        let of_scene = Slot::new(&project.id, &[id.to_owned()], Role::Tts, 1);
        let path = of_scene.as_str().rsplit_once('/').map_or("", |(path, _)| path);
        Ok(self.core.store.is_any_slot_below(path)?)
    }

    /// How the work on each scope stands in the last run: what a person looks at first counts.
    fn worked(&self, project: &Project) -> Result<BTreeMap<String, SceneState>, EngineError> {
        let active = !self.active_of(project).is_empty();
        let mut worked = BTreeMap::new();
        let Some(run) = self.core.store.latest_run(&project.id)? else { return Ok(worked) };
        for (slot, state) in self.core.store.node_states(&run.id)? {
            let state = of_node(state, active);
            let first = worked.entry(scope(&slot).to_owned()).or_insert(state);
            *first = state.min(*first);
        }
        Ok(worked)
    }

    /// The place of the latest storyboard: of those that are no scene's, where there is any.
    fn latest_board(&self, project: &Project) -> Result<Option<Slot>, EngineError> {
        let has_scenes = |slot: &Slot, board: &serde_json::Value| {
            board["scenes"].as_array().is_some_and(|scenes| !scenes.is_empty()).then(|| slot.clone())
        };
        let outermost = |slot: &Slot| slot.role() == Some(Role::Llm) && !slot.local().contains('/');
        match self.latest(project, outermost, has_scenes)? {
            Some(slot) => Ok(Some(slot)),
            // A model may have written something for each of a thousand scenes.
            None => self.latest(project, of(Role::Llm), has_scenes),
        }
    }

    fn board_at(&self, project: &Project, place: Option<&str>) -> Result<(Slot, Standing), EngineError> {
        let slot = match place {
            Some(place) => Some(Slot::within(&project.id, place)),
            None => self.latest_board(project)?,
        };
        let none = || {
            let message = format!("{} has no storyboard yet: studio run {}", project.title, project.slug);
            EngineError::NotFound(message)
        };
        let slot = slot.ok_or_else(none)?;
        let standing = self.standing(&slot)?;
        if standing.kept.provenance.role != Role::Llm || read(&standing)?.scenes.is_empty() {
            let message = format!("{} is no storyboard", slot.local());
            return Err(EngineError::Invalid { field: "place".into(), message });
        }
        Ok((slot, standing))
    }

    fn view(&self, project: &Project, slot: &Slot, standing: &Standing) -> Result<Board, EngineError> {
        let board = read(standing)?;
        let made: LlmResponse = typed(standing.kept.response.clone()).map_err(NodeError::from)?;
        let made: BTreeMap<&str, &SceneDraft> = made.scenes.iter().map(|scene| (scene.id.as_str(), scene)).collect();
        let worked = self.worked(project)?;
        let mut scenes = Vec::new();
        for (n, scene) in board.scenes.into_iter().enumerate() {
            let tts = Slot::new(&project.id, std::slice::from_ref(&scene.id), Role::Tts, 1);
            let edited = made.get(scene.id.as_str()).is_none_or(|made| **made != scene);
            let state = worked.get(scope(&tts)).copied().unwrap_or(SceneState::Made);
            let state = match state {
                SceneState::Made if !self.had(project, &scene.id)? => SceneState::New,
                state => state,
            };
            let spoken = match self.core.store.slot(&tts)? {
                Some(key) => self.core.store.kept(&key)?.and_then(|kept| kept.response["seconds"].as_f64()),
                None => None,
            };
            let picture = self.scene_picture(project, &scene.id)?;
            scenes.push(SceneView { number: n + 1, scene, state, edited, spoken, picture });
        }
        Ok(Board {
            place: slot.local().to_owned(),
            title: board.title,
            by_hand: standing.steering.edit_of(&standing.key).is_some(),
            stale_edit: standing.steering.has_stale_edit(&standing.key),
            scenes,
            changed: None,
        })
    }
}

fn read(standing: &Standing) -> Result<LlmResponse, EngineError> {
    Ok(typed(standing.response().clone()).map_err(NodeError::from)?)
}

/// The outermost scope of a place: of what `map` makes of a storyboard, the scene.
fn scope(slot: &Slot) -> &str {
    slot.local().split('/').next().unwrap_or_default()
}

fn of_node(state: NodeState, active: bool) -> SceneState {
    match state {
        NodeState::Failed => SceneState::Failed,
        NodeState::Review => SceneState::Review,
        NodeState::Waiting | NodeState::Ready | NodeState::Running if active => SceneState::Running,
        NodeState::Waiting | NodeState::Ready | NodeState::Running | NodeState::Cancelled => SceneState::Stopped,
        NodeState::Kept | NodeState::Done => SceneState::Made,
    }
}
