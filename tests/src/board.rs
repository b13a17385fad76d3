//! A small project of three scenes without a film: storyboard, speech, cards.

use serde_json::Value;

use crate::{Home, Ran, short::TEXT, workspace};

/// Makes the project `rice` of that script.
pub fn project(home: &Home) -> &Home {
    let script = workspace().join("tests/scripts/board.lua");
    let text = home.file("text.md", TEXT);
    let made = home.json(&["new", "Rice", "--script", &script.to_string_lossy(), "--text", &text]);
    assert_eq!(made["slug"], "rice");
    home
}

/// Runs a project: how many nodes were made, and how many kept.
pub fn run(home: &Home, project: &str) -> (u64, u64) {
    let ran = home.json(&["run", project]);
    (ran["ran"].as_u64().expect("a number"), ran["kept"].as_u64().expect("a number"))
}

/// The nodes of a plan that are not kept.
pub fn to_run(home: &Home, project: &str) -> Vec<String> {
    let plan = home.json(&["plan", project]);
    assert_eq!(plan["complete"], true, "{plan}");
    let nodes = plan["nodes"].as_array().expect("nodes");
    nodes.iter().filter(|n| n["verdict"] != "kept").map(|n| n["slot"].as_str().expect("a slot").to_owned()).collect()
}

/// The ids of a project's scenes, in order.
pub fn scenes(home: &Home, project: &str) -> Vec<String> {
    let board = home.json(&["scene", project]);
    let scenes = board["scenes"].as_array().expect("scenes");
    scenes.iter().map(|scene| scene["id"].as_str().expect("an id").to_owned()).collect()
}

/// Does something that must succeed.
pub fn does(home: &Home, args: &[&str]) -> Ran {
    let ran = home.studio(args);
    assert_eq!(ran.code, Some(0), "{args:?}: {ran:?}");
    ran
}

/// The slugs of a list.
pub fn slugs(home: &Home, args: &[&str]) -> Vec<String> {
    let mut all = vec!["ls"];
    all.extend(args);
    let list: Value = home.json(&all);
    list.as_array().expect("a list").iter().map(|p| p["slug"].as_str().expect("a slug").to_owned()).collect()
}
