//! Films that play in the terminal, and the film in time.

use serde_json::{Value, json};
use studio_tests::{
    Control, Home,
    control::serve,
    media, procs, short,
    terminal::{FakeTerminal, options},
};

/// The short film, made.
fn film() -> Home {
    let home = Home::new();
    short::run(short::project(&home));
    home
}

/// The interface on it, with the film open; `still`: nothing moves.
fn open(home: &Home, still: bool, width: u16, height: u16) -> FakeTerminal {
    let options = studio::tui::Options { project: Some("rice".into()), still, ..options(home) };
    let terminal = FakeTerminal::with(options, width, height);
    terminal.wait_for("scene 1").wait_for("✓ done").wait_for("space play");
    terminal
}

fn decoders(home: &Home) -> Vec<procs::Proc> {
    procs::touching(home.path()).into_iter().filter(|process| process.name == "ffmpeg").collect()
}

fn has_picture(shown: &str) -> bool {
    shown.contains('▀') || shown.contains('▄')
}

#[test]
fn a_film_plays_is_sought_and_leaves_nothing_behind() {
    let home = film();
    let terminal = open(&home, false, 80, 24);
    terminal.press("F").wait_for("film · Rice").wait_for("‖ 0:00").wait_until("a still is shown", has_picture);
    terminal.press(". .").wait_for("‖ 0:02").press(",").wait_for("‖ 0:01").picture("film-80x24");
    terminal.press("space").wait_for("▶ 0:03").picture("film-plays");
    terminal.press("space").wait_for("‖ 0:0");
    assert_eq!(procs::wait_until_gone(|| decoders(&home)), [], "it was stopped");
    // A click on the line goes there.
    terminal.click("━━━").wait_for("‖ 0:00");
    // To its end, by itself.
    terminal.press(&". ".repeat(60)).press(", space").wait_for("▶ 0:").wait_for("‖ 0:");
    terminal.press("esc").wait_for("preview · scene 1").press("right").wait_for("preview · scene 2");
    // A scene's own moment.
    terminal.press("space").wait_for("▶ 0:0").picture("moment").press("q");
    assert_eq!(terminal.ended(), 0);
    assert_eq!(procs::wait_until_gone(|| decoders(&home)), [], "it was left");
}

#[test]
fn an_edited_scene_is_seen_in_the_film_before_it_is_rendered() {
    let home = film();
    let edited = home.studio(&["scene", "rice", "edit", "work-1", "--on-screen", "Terraces", "--seconds", "9.5"]);
    assert_eq!(edited.code, Some(0), "{edited:#?}");
    let terminal = open(&home, true, 120, 40);
    terminal.press("3").wait_for("the film is older than its scenes").wait_for("before it is rendered");
    terminal
        .press("right")
        .wait_for("scene 2 of 3")
        .wait_until("it is drawn", |shown| shown.contains("before it is rendered") && has_picture(shown));
    terminal.settle().picture("timeline-before").press("q");
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn nothing_moves_where_nothing_may() {
    let home = film();
    let terminal = open(&home, true, 100, 30);
    terminal.press("F").wait_for("‖ 0:00").wait_until("a still is shown", has_picture);
    terminal.press("space").wait_for("nothing moves").press(".").wait_for("‖ 0:01").press("q");
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn the_film_in_time_is_seen_and_edited() {
    let home = film();
    let terminal = open(&home, false, 120, 40);
    terminal.press("3").wait_for("scene 1 of 3").wait_for("speech").wait_until("a still is shown", has_picture);
    terminal.wait_without("…").wait_for("Farmers").wait_for("goes over for").picture("timeline");
    terminal.press("right").wait_for("scene 2 of 3").press("+").wait_for("1.5 times").picture("timeline-zoomed");
    // The play head takes the selection with it.
    terminal.press("left space").wait_for("▶ 0:0").wait_for("scene 2 of 3").press("space");
    for (width, height) in [(80, 24), (200, 50), (40, 12), (20, 6), (1, 1), (3, 40), (120, 40)] {
        terminal.resize(width, height);
        if width >= 80 {
            let last = usize::from(height) - 1;
            let drawn =
                |shown: &str| shown.lines().nth(last).is_some_and(|foot| foot.contains("zoom")) && has_picture(shown);
            terminal.wait_until("it is drawn at its new size", drawn).picture(&format!("timeline-{width}x{height}"));
        }
    }
    terminal.press("s").wait_for("how long it lasts").type_text("9.5").press("enter");
    terminal.wait_for("9.5 s").wait_for("the film is older").picture("timeline-edited");
    terminal.press("u").wait_without("the film is older").press("> s").wait_for("how long it lasts").press("esc");
    terminal.wait_for("scene 3 of 3").wait_for("the film is older").press("q");
    assert_eq!(terminal.ended(), 0);
    let board = home.json(&["scene", "rice"]);
    assert_eq!(board["scenes"][2]["title"], "Work", "{board}");
}

#[test]
fn a_timeline_is_as_the_film_is_cut() {
    let home = film();
    let _serving = serve(&home, &[]);
    let mut control = Control::connect(&home);
    let timeline = control.request("timeline.get", json!({ "project": "rice" })).expect("a timeline");
    let film = media::probe(&short::delivered(&home, "mp4"));
    let seconds = |of: &Value| of.as_f64().expect("seconds");
    assert_eq!(timeline["current"], true, "{timeline}");
    assert!((seconds(&timeline["seconds"]) - film.frames as f64 / 30.0).abs() < 1e-6, "{timeline}");
    assert!(std::path::Path::new(timeline["film"]["path"].as_str().expect("a path")).is_file());
    let scenes = timeline["scenes"].as_array().expect("scenes");
    assert_eq!(scenes.len(), 3);
    let spoken = short::spoken(&home, short::TEXT);
    let mut start = 0.0;
    for (scene, spoken) in scenes.iter().zip(spoken) {
        assert!((seconds(&scene["start"]) - start).abs() < 1e-6, "{scene}");
        start += seconds(&scene["seconds"]);
        assert!((seconds(&scene["speech"]["seconds"]) - spoken).abs() < 1e-6, "{scene}");
        let words = scene["words"].as_array().expect("words");
        let within =
            |word: &Value| seconds(&word["start"]) >= seconds(&scene["start"]) && seconds(&word["end"]) <= start;
        assert!(words.len() >= 4 && words.iter().all(within), "{scene}");
    }
    assert!(seconds(&scenes[0]["transition"]) > 0.3, "it goes over: {}", scenes[0]);
    control
        .request("scene.edit", json!({ "project": "rice", "change": { "what": "remove", "id": scenes[0]["id"] } }))
        .expect("an edit");
    let edited = control.request("timeline.get", json!({ "project": "rice" })).expect("a timeline");
    assert_eq!((edited["current"].as_bool(), edited["scenes"].as_array().map(Vec::len)), (Some(false), Some(2)));
}
