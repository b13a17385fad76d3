//! `studio scene`

use studio_plugin_sdk::{
    card::{CardText, Layout},
    roles::llm::SceneDraft,
};

use super::{
    editor,
    fail::Failure,
    lifecycle,
    out::{line, note},
    settings::Settings,
    table,
};
use crate::{
    engine::{Board, SceneView, api::scenes},
    model::{SceneChange, SceneText},
    remote::{Client, Mode},
};

#[derive(clap::Args)]
pub struct Args {
    /// The project
    project: String,
    /// Which storyboard, as `studio show` names it [default: the latest]
    #[arg(long, value_name = "NODE")]
    board: Option<String>,
    /// What is done; without it the scenes are listed
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Put a scene elsewhere in the order
    Move {
        /// The scene
        id: String,
        /// Its new number, from 1
        #[arg(long, value_name = "N")]
        to: usize,
    },
    /// Add a scene
    Add {
        /// The scene that it comes after [default: it is the last]
        #[arg(long, value_name = "ID", conflicts_with = "first")]
        after: Option<String>,
        /// It is the first
        #[arg(long)]
        first: bool,
        #[command(flatten)]
        text: TextArgs,
    },
    /// Remove a scene
    Rm {
        /// The scene
        id: String,
    },
    /// Edit a scene: what is named, or all of it in $EDITOR
    Edit {
        /// The scene
        id: String,
        #[command(flatten)]
        text: TextArgs,
    },
    /// Take the project's latest edit back, as `studio undo` does
    Undo,
    /// Do the edit again that was taken back last
    Redo,
}

#[derive(clap::Args)]
struct TextArgs {
    /// The heading it stands under
    #[arg(long)]
    title: Option<String>,
    /// What is said
    #[arg(long, value_name = "TEXT")]
    narration: Option<String>,
    /// What is shown in words: a heading, more lines below it; or a card as JSON
    #[arg(long, value_name = "TEXT")]
    on_screen: Option<String>,
    /// What a picture of it shows, for a model
    #[arg(long, value_name = "TEXT")]
    prompt: Option<String>,
    /// How long it lasts at least; 0: as long as its narration
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    seconds: Option<f64>,
}

impl TextArgs {
    fn text(self) -> Result<SceneText, Failure> {
        let on_screen = self.on_screen.map(|text| card(&text)).transpose()?;
        let Self { title, narration, prompt, seconds, .. } = self;
        Ok(SceneText { title, narration, on_screen, prompt, seconds })
    }
}

pub async fn run(settings: &Settings, args: Args) -> Result<u8, Failure> {
    let Args { project, board: place, verb } = args;
    match verb {
        Some(Verb::Undo) => return lifecycle::undo(settings, project).await,
        Some(Verb::Redo) => return lifecycle::redo(settings, project).await,
        _ => {}
    }
    let client = settings.client(Mode::Own).await?;
    let done = go(settings, &client, project, place, verb).await;
    client.close().await?;
    done.map(|()| 0)
}

async fn go(
    settings: &Settings,
    client: &Client,
    project: String,
    place: Option<String>,
    verb: Option<Verb>,
) -> Result<(), Failure> {
    let list = scenes::List { project: project.clone(), place: place.clone() };
    let change = match verb {
        None | Some(Verb::Undo | Verb::Redo) => {
            show(settings, &client.call(list).await?);
            return Ok(());
        }
        Some(Verb::Move { id, to }) => SceneChange::Move { id, to },
        Some(Verb::Add { after, first, text }) => {
            let after = if first { Some(String::new()) } else { after };
            SceneChange::Add { after, scene: text.text()? }
        }
        Some(Verb::Rm { id }) => SceneChange::Remove { id },
        Some(Verb::Edit { id, text }) => {
            let mut scene = text.text()?;
            if scene == SceneText::default() {
                let board = client.call(list).await?;
                let found = board.scenes.into_iter().find(|view| view.scene.id == id);
                let none = || Failure::new("invalid_input", format!("there is no scene {id:?}"), "");
                scene = in_editor(&found.ok_or_else(none)?.scene)?;
            }
            SceneChange::Edit { id, scene }
        }
    };
    let board = client.call(scenes::Edit { project, place, change, joins: false }).await?;
    if settings.json {
        line(format_args!("{}", serde_json::to_string(&board).unwrap_or_default()));
    } else {
        note(format_args!("kept: {}", board.changed.as_deref().unwrap_or_default()));
    }
    Ok(())
}

/// A heading and lines, or a card as JSON.
fn card(text: &str) -> Result<CardText, Failure> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|e| Failure::usage("--on-screen", format!("is no card: {e}")));
    }
    let mut lines = text.lines().map(|line| line.trim().trim_start_matches("- ").to_owned()).filter(|l| !l.is_empty());
    let heading = lines.next().unwrap_or_default();
    let lines: Vec<_> = lines.collect();
    let layout = if lines.len() > 1 { Layout::Bullets } else { Layout::Title };
    Ok(CardText { layout, heading, lines, ..CardText::default() })
}

/// A scene as the person leaves it: what they changed.
fn in_editor(before: &SceneDraft) -> Result<SceneText, Failure> {
    let text = |scene: &SceneDraft| SceneText {
        title: Some(scene.title.clone()),
        narration: Some(scene.narration.clone()),
        on_screen: Some(scene.on_screen.clone()),
        prompt: Some(scene.prompt.clone()),
        seconds: Some(scene.seconds.unwrap_or(0.0)),
    };
    let before = text(before);
    let toml = toml::to_string_pretty(&before).map_err(|e| Failure::new("edit.text", e.to_string(), ""))?;
    let after = editor::edited(&toml, ".toml")?;
    let after: SceneText =
        toml::from_str(&after).map_err(|e| Failure::usage("edit", format!("cannot be read: {e}")))?;
    Ok(SceneText {
        title: after.title.filter(|title| before.title.as_ref() != Some(title)),
        narration: after.narration.filter(|narration| before.narration.as_ref() != Some(narration)),
        on_screen: after.on_screen.filter(|on_screen| before.on_screen.as_ref() != Some(on_screen)),
        prompt: after.prompt.filter(|prompt| before.prompt.as_ref() != Some(prompt)),
        seconds: after.seconds.filter(|seconds| before.seconds != Some(*seconds)),
    })
}

fn show(settings: &Settings, board: &Board) {
    if settings.json {
        line(format_args!("{}", serde_json::to_string(board).unwrap_or_default()));
        return;
    }
    let row = |view: &SceneView| {
        let seconds = match (view.scene.seconds, view.spoken) {
            (Some(wished), _) => format!("≥ {wished:.1} s"),
            (None, Some(spoken)) => format!("{spoken:.1} s"),
            (None, None) => String::new(),
        };
        let mark = if view.edited { format!("{}, edited", view.state.name()) } else { view.state.name().to_owned() };
        let said = shortened(&view.scene.narration);
        vec![view.number.to_string(), view.scene.id.clone(), mark, seconds, view.scene.title.clone(), said]
    };
    let rows: Vec<_> = board.scenes.iter().map(row).collect();
    table::print(&["", "SCENE", "STATE", "SECONDS", "TITLE", "NARRATION"], &rows);
    if board.stale_edit {
        note(format_args!("edited by hand for an older storyboard: that edit is not used"));
    }
}

fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_a_card() {
        let one = card("Rice\nIt grows in water.").unwrap();
        assert_eq!((one.layout, one.heading.as_str(), one.lines.len()), (Layout::Title, "Rice", 1));
        let more = card("Rice\n- one\n\n- two\n").unwrap();
        assert_eq!((more.layout, more.lines), (Layout::Bullets, vec!["one".to_owned(), "two".to_owned()]));
        assert_eq!(card(r#"{"layout":"quote","heading":"x"}"#).unwrap().layout, Layout::Quote);
        assert!(card("{").is_err());
    }
}
