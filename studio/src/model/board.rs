//! A storyboard edited scene by scene: the rules of it, without any store.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use studio_plugin_sdk::{
    card::CardText,
    roles::llm::{LlmResponse, SceneDraft},
};

use super::project::Project;

/// Most scenes of a storyboard.
const MOST_SCENES: usize = 10_000;
/// Most characters of a scene's narration, of its title, of its prompt.
const MOST_NARRATION: usize = 20_000;
const MOST_TITLE: usize = 300;
const MOST_PROMPT: usize = 4_000;
/// The longest that a scene may be wished, in seconds.
const MOST_SECONDS: f64 = 3_600.0;

/// What a scene is to say and show; what is not named stays (of a new scene: is empty).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SceneText {
    /// The heading it stands under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub narration: Option<String>,
    /// What is shown in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_screen: Option<CardText>,
    /// What a picture of it shows, for a model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// How long it lasts at least, in seconds; 0: as long as its narration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
}

/// An edit of a storyboard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum SceneChange {
    /// Another place in the order.
    Move {
        /// The scene.
        id: String,
        /// Its new number, from 1; one beyond the last is the last.
        to: usize,
    },
    /// A new scene.
    Add {
        /// The scene that it comes after; none: it is the last. Empty: it is the first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
        /// What it says and shows.
        #[serde(default)]
        scene: SceneText,
    },
    /// A scene goes.
    Remove {
        /// The scene.
        id: String,
    },
    /// A scene says or shows something else, or lasts longer.
    Edit {
        /// The scene.
        id: String,
        /// What changes.
        scene: SceneText,
    },
}

/// Why a storyboard cannot be edited so: the field to blame, and what is wrong with it.
#[derive(Debug, PartialEq)]
pub struct Unfit {
    /// The field.
    pub field: &'static str,
    /// Why.
    pub message: String,
}

fn unfit<T>(field: &'static str, message: impl Into<String>) -> Result<T, Unfit> {
    Err(Unfit { field, message: message.into() })
}

impl SceneChange {
    /// What it is, for people.
    pub fn what(&self) -> String {
        match self {
            Self::Move { id, to } => format!("scene {id}: moved to {to}"),
            Self::Add { .. } => "a scene added".into(),
            Self::Remove { id } => format!("scene {id}: removed"),
            Self::Edit { id, scene } => format!("scene {id}: {}", scene.names().join(", ")),
        }
    }

    /// Edits `board`: the id of the scene that it is about. A new scene gets an id that `taken` knows nothing of.
    pub fn apply(self, board: &mut LlmResponse, mut taken: impl FnMut(&str) -> bool) -> Result<String, Unfit> {
        match self {
            Self::Move { id, to } => {
                let from = position(board, "id", &id)?;
                if to == 0 {
                    return unfit("to", "scenes are counted from 1");
                }
                let scene = board.scenes.remove(from);
                let to = (to - 1).min(board.scenes.len());
                board.scenes.insert(to, scene);
                Ok(id)
            }
            Self::Add { after, scene } => {
                if board.scenes.len() >= MOST_SCENES {
                    return unfit("scene", format!("a storyboard has at most {MOST_SCENES} scenes"));
                }
                let at = match after.as_deref() {
                    None => board.scenes.len(),
                    Some("") => 0,
                    Some(id) => position(board, "after", id)? + 1,
                };
                let id = free_id(board, scene.title.as_deref().unwrap_or_default(), &mut taken);
                let mut new = SceneDraft { id: id.clone(), ..SceneDraft::default() };
                scene.put(&mut new)?;
                if new.narration.is_empty() && new.on_screen == CardText::default() && new.prompt.is_empty() {
                    return unfit("scene", "a scene says something, or shows something: give narration or on_screen");
                }
                board.scenes.insert(at, new);
                Ok(id)
            }
            Self::Remove { id } => {
                let at = position(board, "id", &id)?;
                if board.scenes.len() == 1 {
                    return unfit("id", "the last scene of a film cannot be removed");
                }
                board.scenes.remove(at);
                Ok(id)
            }
            Self::Edit { id, scene } => {
                let at = position(board, "id", &id)?;
                scene.put(&mut board.scenes[at])?;
                Ok(id)
            }
        }
    }
}

impl SceneText {
    /// What stands in a scene where this changes it, for people.
    pub fn replaced(&self, scene: &SceneDraft) -> String {
        let now = Self {
            title: self.title.as_ref().map(|_| scene.title.clone()),
            narration: self.narration.as_ref().map(|_| scene.narration.clone()),
            on_screen: self.on_screen.as_ref().map(|_| scene.on_screen.clone()),
            prompt: self.prompt.as_ref().map(|_| scene.prompt.clone()),
            seconds: self.seconds.map(|_| scene.seconds.unwrap_or_default()),
        };
        now.for_people()
    }

    /// All that it says, for people.
    pub fn for_people(&self) -> String {
        let fields = serde_json::to_value(self).unwrap_or_default();
        let fields = fields.as_object().into_iter().flatten();
        fields.map(|(_, value)| super::chat::for_people(value)).collect::<Vec<_>>().join(" / ")
    }

    fn names(&self) -> Vec<&'static str> {
        let named = [
            ("title", self.title.is_some()),
            ("narration", self.narration.is_some()),
            ("on screen", self.on_screen.is_some()),
            ("prompt", self.prompt.is_some()),
            ("seconds", self.seconds.is_some()),
        ];
        named.into_iter().filter_map(|(name, there)| there.then_some(name)).collect()
    }

    fn put(self, scene: &mut SceneDraft) -> Result<(), Unfit> {
        if let Some(title) = self.title {
            scene.title = text("title", title, MOST_TITLE)?;
        }
        if let Some(narration) = self.narration {
            scene.narration = text("narration", narration, MOST_NARRATION)?;
        }
        if let Some(prompt) = self.prompt {
            scene.prompt = text("prompt", prompt, MOST_PROMPT)?;
        }
        if let Some(on_screen) = self.on_screen {
            scene.on_screen = on_screen;
        }
        match self.seconds {
            None => {}
            Some(0.0) => scene.seconds = None,
            Some(seconds) if seconds > 0.0 && seconds <= MOST_SECONDS => scene.seconds = Some(seconds),
            Some(_) => return unfit("seconds", format!("a scene lasts more than 0 and up to {MOST_SECONDS} seconds")),
        }
        Ok(())
    }
}

fn text(field: &'static str, text: String, most: usize) -> Result<String, Unfit> {
    let text = text.trim().to_owned();
    if text.chars().count() > most {
        return unfit(field, format!("has more than {most} characters"));
    }
    if text.contains('\0') {
        return unfit(field, "is no text");
    }
    Ok(text)
}

fn position(board: &LlmResponse, field: &'static str, id: &str) -> Result<usize, Unfit> {
    let found = board.scenes.iter().position(|scene| scene.id == id);
    found.map_or_else(|| unfit(field, format!("there is no scene {id:?}")), Ok)
}

/// The id of a new scene: never one that a scene has or had, whose takes and approvals would become its own.
fn free_id(board: &LlmResponse, title: &str, mut taken: impl FnMut(&str) -> bool) -> String {
    let words = if title.trim().is_empty() { "scene".to_owned() } else { Project::slug_of(title) };
    let words = words.chars().take(40).collect::<String>();
    let words = words.trim_end_matches('-');
    let mut n = 1_u32;
    loop {
        let id = format!("{words}-{n}");
        if !board.scenes.iter().any(|scene| scene.id == id) && !taken(&id) {
            return id;
        }
        n += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn board(n: usize) -> LlmResponse {
        let scene =
            |n: usize| SceneDraft { id: format!("s-{n}"), narration: format!("Say {n}."), ..SceneDraft::default() };
        LlmResponse { scenes: (1..=n).map(scene).collect(), ..LlmResponse::default() }
    }

    fn ids(board: &LlmResponse) -> Vec<&str> {
        board.scenes.iter().map(|scene| scene.id.as_str()).collect()
    }

    fn narrated(title: &str) -> SceneText {
        SceneText { title: Some(title.into()), narration: Some("Hello.".into()), ..SceneText::default() }
    }

    #[test]
    fn scenes_move_come_and_go() {
        let mut board = board(3);
        let mut apply = |change: SceneChange| change.apply(&mut board, |id| id == "s-4");
        apply(SceneChange::Move { id: "s-1".into(), to: 99 }).unwrap();
        let after = Some("s-2".to_owned());
        assert_eq!(apply(SceneChange::Add { after, scene: narrated("S") }), Ok("s-5".into()), "s-4 was somebody's");
        assert_eq!(apply(SceneChange::Add { after: Some(String::new()), scene: narrated("") }), Ok("scene-1".into()));
        apply(SceneChange::Remove { id: "s-3".into() }).unwrap();
        assert_eq!(ids(&board), ["scene-1", "s-2", "s-5", "s-1"]);
    }

    #[test]
    fn what_does_not_fit_is_named_and_changes_nothing() {
        let before = board(1);
        let edit = |scene: SceneText| SceneChange::Edit { id: "s-1".into(), scene };
        let seconds = |seconds: f64| edit(SceneText { seconds: Some(seconds), ..SceneText::default() });
        let long = edit(SceneText { title: Some("x".repeat(301)), ..SceneText::default() });
        for (change, field) in [
            (SceneChange::Remove { id: "s-1".into() }, "id"),
            (SceneChange::Move { id: "s-1".into(), to: 0 }, "to"),
            (SceneChange::Move { id: "s-9".into(), to: 1 }, "id"),
            (SceneChange::Add { after: Some("s-9".into()), scene: narrated("x") }, "after"),
            (SceneChange::Add { after: None, scene: SceneText::default() }, "scene"),
            (seconds(-1.0), "seconds"),
            (seconds(f64::NAN), "seconds"),
            (seconds(1e9), "seconds"),
            (long, "title"),
        ] {
            let mut board = before.clone();
            assert_eq!(change.clone().apply(&mut board, |_| false).unwrap_err().field, field, "{change:?}");
            assert_eq!(board, before, "{change:?}");
        }
    }

    #[test]
    fn a_length_of_nothing_is_no_wish() {
        let mut board = board(1);
        for (seconds, is) in [(5.5, Some(5.5)), (0.0, None)] {
            let scene = SceneText { seconds: Some(seconds), ..SceneText::default() };
            SceneChange::Edit { id: "s-1".into(), scene }.apply(&mut board, |_| false).unwrap();
            assert_eq!(board.scenes[0].seconds, is);
        }
    }

    proptest! {
        /// Whatever is done, each scene stays one, with an id of its own.
        #[test]
        fn ids_stay_unique(steps in prop::collection::vec((0_u8..3, 0_usize..6, 0_usize..6), 0..30)) {
            let mut board = board(3);
            for (what, a, b) in steps {
                let id = board.scenes.get(a).map_or("none".to_owned(), |scene| scene.id.clone());
                let change = match what {
                    0 => SceneChange::Move { id, to: b },
                    1 => SceneChange::Add { after: Some(id), scene: narrated(["", "S", "a b"][b % 3]) },
                    _ => SceneChange::Remove { id },
                };
                let _ = change.apply(&mut board, |_| false);
            }
            let unique: std::collections::BTreeSet<_> = ids(&board).into_iter().collect();
            prop_assert_eq!(unique.len(), board.scenes.len());
            prop_assert!(!board.scenes.is_empty());
        }
    }
}
