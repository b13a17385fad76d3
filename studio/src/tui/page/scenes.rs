//! What is done with a scene of the storyboard, on whatever page it is selected.

use super::projects::manage;
use crate::{
    engine::{
        SceneView, TakenBack,
        api::{ApiError, lifecycle, scenes as api},
    },
    model::{SceneChange, SceneText},
    tui::{
        App,
        action::Action,
        desk::{Command, Cx, Tone},
        overlay::Prompt,
        page::studio::scenes,
        terminal::Outside,
    },
};

/// Acts on a scene, or on the storyboard; false: it is another action.
pub fn perform(action: Action, selected: Option<&SceneView>, cx: &mut Cx) -> bool {
    if cx.model.open.is_none() {
        return false;
    }
    match action {
        Action::Edit | Action::EditOutside => edit(selected, action == Action::EditOutside, cx),
        Action::AddScene => add(selected, cx),
        Action::RemoveScene => remove(selected, cx),
        Action::MoveEarlier => shift(selected, -1, cx),
        Action::MoveLater => shift(selected, 1, cx),
        Action::Seconds => seconds(selected, cx),
        Action::Undo | Action::Redo => {
            if let Some(project) = id(cx) {
                undo(action == Action::Redo, project, cx);
            }
        }
        Action::Run => run(cx),
        _ => return false,
    }
    true
}

fn run(cx: &mut Cx) {
    if let Some(project) = cx.model.open.as_ref().map(|open| open.project.clone()) {
        manage::run(cx, &project);
    }
}

fn edit(selected: Option<&SceneView>, outside: bool, cx: &mut Cx) {
    let Some(scene) = selected else {
        return cx.tell(Tone::Plain, "there are no scenes yet: r runs the script, p changes its params");
    };
    let (scene_id, text) = (scene.scene.id.clone(), scene.scene.narration.clone());
    let title = format!("what scene {} says", scene.number);
    let Some(project) = id(cx) else { return };
    let done = move |cx: &mut Cx, text: String| {
        let scene = SceneText { narration: Some(text), ..SceneText::default() };
        change(cx, project, SceneChange::Edit { id: scene_id, scene });
    };
    if outside {
        let then = Box::new(move |app: &mut App, text| done(&mut app.cx(), text));
        cx.command(Command::Outside(Outside::Edit { text, kind: "md", then }));
    } else {
        cx.push(Prompt::text(&title, &text, done));
    }
}

fn add(selected: Option<&SceneView>, cx: &mut Cx) {
    let after = selected.map(|scene| scene.scene.id.clone());
    let Some(project) = id(cx) else { return };
    cx.push(Prompt::text("what the new scene says", "", move |cx, text| {
        let scene = SceneText { narration: Some(text), ..SceneText::default() };
        change(cx, project, SceneChange::Add { after, scene });
    }));
}

fn remove(selected: Option<&SceneView>, cx: &mut Cx) {
    let Some((scene, project)) = selected.map(|scene| scene.scene.id.clone()).zip(id(cx)) else { return };
    cx.tell(Tone::Plain, "the scene is gone: u brings it back");
    change(cx, project, SceneChange::Remove { id: scene });
}

fn shift(selected: Option<&SceneView>, by: isize, cx: &mut Cx) {
    let Some((scene, project)) = selected.zip(id(cx)) else { return };
    let to = scene.number.saturating_add_signed(by);
    if to == 0 || to > scenes(cx.model).len() {
        return;
    }
    change(cx, project, SceneChange::Move { id: scene.scene.id.clone(), to });
}

fn seconds(selected: Option<&SceneView>, cx: &mut Cx) {
    let Some((scene, project)) = selected.zip(id(cx)) else { return };
    let scene_id = scene.scene.id.clone();
    let now = scene.scene.seconds.map(|seconds| seconds.to_string()).unwrap_or_default();
    let prompt = Prompt::line("how long it lasts at least, in seconds", &now, move |cx, text| {
        let seconds = text.trim().parse().unwrap_or_default();
        let scene = SceneText { seconds: Some(seconds), ..SceneText::default() };
        change(cx, project, SceneChange::Edit { id: scene_id, scene });
    });
    cx.push(prompt.hint("0: as long as what it says").check(|text| match text.trim() {
        "" => Ok(()),
        text => match text.parse::<f64>() {
            Ok(seconds) if (0.0..=3600.0).contains(&seconds) => Ok(()),
            _ => Err("a number of seconds, up to 3600".into()),
        },
    }));
}

/// The id of the project that is open.
fn id(cx: &Cx) -> Option<String> {
    cx.model.open.as_ref().map(|open| open.project.id.to_string())
}

/// Changes the storyboard; what comes back is shown at once, and what was changed is selected.
pub fn change(cx: &mut Cx, project: String, change: SceneChange) {
    let edit = api::Edit { project, place: None, change, joins: false };
    cx.ask(edit, |app, reply| match reply {
        Ok(board) => {
            let (pages, cx) = app.pages();
            if let Some(changed) = &board.changed
                && let Some(at) = board.scenes.iter().position(|scene| scene.scene.id == *changed)
            {
                pages.studio.scene.to(at, board.scenes.len());
                pages.timeline.scene.to(at, board.scenes.len());
            }
            if let Some(open) = &mut cx.model.open {
                open.board = Some(board);
                open.stale.timeline = true;
            }
        }
        Err(e) => app.tell_error(&e),
    });
}

/// Takes a project's latest edit back, or does it again.
pub fn undo(again: bool, project: String, cx: &mut Cx) {
    let said = if again { "done again" } else { "taken back" };
    let then = move |app: &mut App, reply: Result<TakenBack, ApiError>| match reply {
        Ok(taken) => {
            app.tell(Tone::Plain, format!("{said}: {}", taken.what));
            if let Some(open) = &mut app.model.open {
                open.stale.board = true;
                open.stale.detail = true;
            }
        }
        Err(e) => app.tell_error(&e),
    };
    if again {
        cx.ask(lifecycle::Redo { project }, then);
    } else {
        cx.ask(lifecycle::Undo { project }, then);
    }
}
