//! A storyboard edited scene by scene: what is kept, what is made, what is taken back.

use serde_json::json;
use studio_tests::{
    Control, Home,
    board::{does, project, run, scenes, to_run},
    control::serve,
    events::places,
    media, short, workspace,
};

#[test]
fn scenes_are_listed_moved_added_edited_and_removed() {
    let home = Home::new();
    project(&home);
    home.fails(&["scene", "rice"]).is(1, "not_found").says("studio run rice");
    run(&home, "rice");
    assert_eq!(scenes(&home, "rice"), ["opening-1", "work-1", "harvest-1"]);
    let first = home.json(&["scene", "rice"])["scenes"][0].clone();
    assert_eq!((&first["state"], &first["number"]), (&json!("made"), &json!(1)));
    assert!(first["spoken"].as_f64().is_some_and(|s| s > 0.5) && first["picture"]["path"].is_string(), "{first}");

    does(&home, &["scene", "rice", "move", "harvest-1", "--to", "1"]);
    assert_eq!(scenes(&home, "rice"), ["harvest-1", "opening-1", "work-1"]);
    assert_eq!(to_run(&home, "rice"), [""; 0], "an order is nothing to make");

    let added = ["--title", "Market", "--narration", "Rice is sold.", "--on-screen", "Market\nSold"];
    let added = home.json(&[&["scene", "rice", "add", "--after", "opening-1"], &added[..]].concat());
    assert_eq!(added["changed"], "market-1");
    assert_eq!(scenes(&home, "rice"), ["harvest-1", "opening-1", "market-1", "work-1"]);
    assert_eq!(added["scenes"][2]["state"], "new");
    assert_eq!(to_run(&home, "rice"), ["market-1/image", "market-1/tts"]);

    does(&home, &["scene", "rice", "edit", "work-1", "--narration", "Every terrace holds water."]);
    assert_eq!(to_run(&home, "rice"), ["market-1/image", "market-1/tts", "work-1/tts"]);
    does(&home, &["scene", "rice", "rm", "opening-1"]);
    assert_eq!(run(&home, "rice").0, 3);
    let board = home.json(&["scene", "rice"]);
    assert_eq!((&board["by_hand"], &board["place"]), (&json!(true), &json!("llm")));
    assert_eq!(board["scenes"][1]["state"], "made");

    for (args, field) in [
        (&["rm", "nowhere"][..], "id"),
        (&["move", "work-1", "--to", "0"], "to"),
        (&["edit", "work-1", "--seconds", "-2"], "seconds"),
        (&["add", "--title", "Empty"], "scene"),
    ] {
        home.fails(&[&["scene", "rice"], args].concat()).is(1, "invalid_input").says(field);
    }
}

#[test]
fn edits_of_scenes_are_taken_back_and_done_again() {
    let home = Home::new();
    project(&home);
    run(&home, "rice");
    does(&home, &["scene", "rice", "rm", "work-1"]);
    does(&home, &["scene", "rice", "edit", "harvest-1", "--narration", "The rice is cut."]);
    does(&home, &["scene", "rice", "undo"]);
    assert_eq!(to_run(&home, "rice"), [""; 0]);
    let undone = home.json(&["undo", "rice"]);
    assert_eq!(undone["what"], "scene work-1: removed");
    assert_eq!(scenes(&home, "rice").len(), 3);
    assert_eq!(home.json(&["scene", "rice"])["by_hand"], false, "as it was made");
    does(&home, &["scene", "rice", "redo"]);
    does(&home, &["redo", "rice"]);
    assert_eq!(to_run(&home, "rice"), ["harvest-1/tts"]);
    // Who asks for another storyboard does not want the edits; taken back, they are there again.
    does(&home, &["review", "rice", "llm", "--regenerate", ""]);
    assert_eq!(home.json(&["scene", "rice"])["by_hand"], false);
    does(&home, &["undo", "rice"]);
    assert_eq!(scenes(&home, "rice"), ["opening-1", "harvest-1"]);
    assert_eq!(to_run(&home, "rice"), ["harvest-1/tts"]);
}

#[test]
fn a_scene_is_edited_in_the_persons_editor() {
    let mut home = Home::new();
    project(&home);
    run(&home, "rice");
    let editor = home.file("editor.sh", "sed -i 's/by hand/with care/; s/^seconds = .*/seconds = 7.5/' \"$1\"\n");
    home.set("EDITOR", format!("sh {editor}"));
    does(&home, &["scene", "rice", "edit", "harvest-1"]);
    let scene = home.json(&["scene", "rice"])["scenes"][2].clone();
    assert_eq!(scene["seconds"], json!(7.5), "{scene}");
    assert!(scene["narration"].as_str().is_some_and(|n| n.contains("cut the rice with care")), "{scene}");
    home.set("EDITOR", "true");
    home.fails(&["scene", "rice", "edit", "harvest-1"]).is(1, "edit.same");
    let broken = home.file("broken.sh", "echo '[[[' > \"$1\"\n");
    home.set("EDITOR", format!("sh {broken}"));
    home.fails(&["scene", "rice", "edit", "harvest-1"]).is(2, "usage");
    assert_eq!(home.json(&["scene", "rice"])["scenes"][2], scene);
}

#[test]
fn edits_for_an_older_storyboard_are_neither_used_nor_dropped() {
    let home = Home::new();
    project(&home);
    run(&home, "rice");
    does(&home, &["scene", "rice", "rm", "work-1"]);
    let text = home.file("other.md", short::TEXT.replace("Nothing is pumped.", "Nothing is lost."));
    does(&home, &["run", "rice", "--text", &text]);
    let board = home.json(&["scene", "rice"]);
    assert_eq!((&board["stale_edit"], board["scenes"].as_array().map(Vec::len)), (&json!(true), Some(3)), "{board}");
    home.fails(&["scene", "rice", "rm", "opening-1"]).is(1, "scene.stale").says("studio review rice llm --drop-edit");
    does(&home, &["review", "rice", "llm", "--drop-edit"]);
    does(&home, &["scene", "rice", "rm", "opening-1"]);
    assert_eq!(scenes(&home, "rice"), ["work-1", "harvest-1"]);
}

#[test]
fn two_who_edit_scenes_at_once_lose_nothing() {
    let home = Home::new();
    project(&home);
    run(&home, "rice");
    let _serving = serve(&home, &[]);
    std::thread::scope(|threads| {
        for name in ["a", "b"] {
            let home = &home;
            threads.spawn(move || {
                let mut control = Control::connect(home);
                for n in 0..5 {
                    let scene = json!({"title": format!("{name}{n}"), "narration": "Hello."});
                    let change = json!({"what": "add", "scene": scene});
                    let edited = control.request("scene.edit", json!({"project": "rice", "change": change}));
                    edited.expect("an edit");
                }
            });
        }
    });
    assert_eq!(scenes(&home, "rice").len(), 13);
}

#[test]
fn a_film_follows_its_scenes() {
    let home = Home::new();
    let script = workspace().join("tests/scripts/film.lua");
    let text = home.file("text.md", short::TEXT.to_owned() + "\n## Market\n\nIn winter the rice is sold.\n");
    let out = home.path().join("out").to_string_lossy().into_owned();
    does(&home, &["new", "Rice", "--script", &script.to_string_lossy(), "--text", &text, "--out", &out]);
    short::run(&home);
    let before = media::probe(&short::delivered(&home, "mp4"));
    let poster = home.json(&["show", "rice"])["thumbnail"].clone();
    assert_eq!(poster["kind"], "poster", "{poster}");

    // Two neighbours change places: no speech, no card, no scene is made again.
    does(&home, &["scene", "rice", "move", "work-1", "--to", "3"]);
    let moved = places(&short::run(&home).events(), "running");
    let joins = ["publish", "render", "render/mux", "render/sound"];
    let others: Vec<_> =
        moved.iter().filter(|p| !joins.contains(&p.as_str()) && !p.starts_with("render/cut-")).collect();
    assert!(others.is_empty(), "{moved:?}");
    assert_eq!(moved.iter().filter(|p| p.starts_with("render/cut-")).count(), 3, "{moved:?}");
    assert_eq!(media::probe(&short::delivered(&home, "mp4")).frames, before.frames);

    // A scene that is to last longer does.
    let lasted = *short::lasting(&home, short::TEXT).last().expect("a scene");
    does(&home, &["scene", "rice", "edit", "harvest-1", "--seconds", "9"]);
    let longer = places(&short::run(&home).events(), "running");
    assert!(longer.iter().all(|p| !p.ends_with("/tts") && !p.ends_with("/image")), "{longer:?}");
    let frames = media::probe(&short::delivered(&home, "mp4")).frames;
    assert_eq!(frames as i64 - before.frames as i64, 270 - lasted as i64);

    // All of it taken back: what was there is there.
    does(&home, &["undo", "rice"]);
    does(&home, &["undo", "rice"]);
    assert_eq!(places(&short::run(&home).events(), "running"), [""; 0]);
}
