//! Whole projects: listed, renamed, copied, put aside, thrown away and brought back, edits taken back.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use studio_tests::{
    Control, Home,
    board::{does, project, run, slugs, to_run},
    control::{serve, slow_project},
    events::is_node,
    plugins,
};

/// A script that does nothing, for projects that are only there.
const NOTHING: &str = r#"return studio.pipeline {
  title = "Nothing",
  params = { a = param.text { default = "" }, b = param.text { default = "" } },
  run = function(p) if p.a == "fail" then error("as asked", 0) end end,
}"#;

fn with_projects(titles: &[&str]) -> Home {
    let home = Home::new();
    let script = home.file("nothing.lua", NOTHING);
    for title in titles {
        does(&home, &["new", title, "--script", &script]);
    }
    home
}

#[test]
fn a_renamed_project_is_found_by_both_names_and_no_other_takes_them() {
    let home = with_projects(&["Rice"]);
    assert_eq!(home.json(&["rename", "rice", "Rice, upright"])["slug"], "rice-upright");
    assert_eq!(home.json(&["show", "rice"])["slug"], "rice-upright", "its old name leads to it");
    let script = home.path().join("nothing.lua").to_string_lossy().into_owned();
    assert_eq!(home.json(&["new", "Rice", "--script", &script])["slug"], "rice-2");
    assert_eq!(home.json(&["show", "rice"])["slug"], "rice-upright");
    // Back to a name of its own.
    assert_eq!(home.json(&["rename", "rice-upright", "Rice"])["slug"], "rice");
    assert_eq!(home.json(&["undo", "rice"])["project"]["slug"], "rice-upright");
    assert_eq!(home.json(&["redo", "rice"])["project"]["title"], "Rice");
    home.fails(&["rename", "rice", "  "]).is(1, "invalid_input").says("title");
    home.fails(&["rename", "tea", "x"]).is(1, "not_found");
}

#[test]
fn files_in_the_store_go_with_the_name() {
    let home = with_projects(&["Rice"]);
    let folder = home.store().join("exports");
    std::fs::create_dir_all(folder.join("rice")).expect("a folder");
    std::fs::write(folder.join("rice/film.mp4"), "film").expect("a file");
    assert_eq!(home.json(&["rename", "rice", "Tea"])["slug"], "tea");
    assert!(folder.join("tea/film.mp4").exists() && !folder.join("rice").exists());
    does(&home, &["undo", "tea"]);
    assert!(folder.join("rice/film.mp4").exists());
}

#[test]
fn a_copy_has_all_that_was_made_and_goes_its_own_way() {
    let home = Home::new();
    project(&home);
    assert_eq!(run(&home, "rice"), (7, 0));
    does(&home, &["review", "rice", "work-1/image", "--approve"]);
    does(&home, &["review", "rice", "harvest-1/image", "--regenerate", ""]);
    assert_eq!(run(&home, "rice").0, 1);
    does(&home, &["scene", "rice", "edit", "opening-1", "--narration", "Rice grows in water."]);
    assert_eq!(run(&home, "rice").0, 1);
    let copy = home.json(&["duplicate", "rice", "Tea"]);
    assert_eq!((&copy["slug"], &copy["params"]), (&json!("tea"), &home.json(&["show", "rice"])["params"]));
    assert_eq!(to_run(&home, "tea"), [""; 0]);
    assert_eq!(run(&home, "tea"), (0, 7));
    assert_eq!(home.json(&["review", "tea", "work-1/image"])["approval"], "approved");
    let place = home.json(&["review", "tea", "harvest-1/image"]);
    assert_eq!(place["takes"].as_array().map(Vec::len), Some(2), "{place}");
    // An edit of one is none of the other.
    does(&home, &["scene", "tea", "rm", "work-1"]);
    assert_eq!(home.json(&["scene", "rice"])["scenes"].as_array().map(Vec::len), Some(3));
    assert_eq!(home.json(&["duplicate", "rice"])["slug"], "rice-copy");
}

#[test]
fn an_archived_project_is_out_of_the_way_and_not_run() {
    let home = with_projects(&["Rice", "Tea"]);
    does(&home, &["archive", "rice"]);
    assert_eq!(slugs(&home, &[]), ["tea"]);
    assert_eq!(slugs(&home, &["--archived"]), ["rice"]);
    home.fails(&["run", "rice"]).is(1, "project.archived").says("studio archive rice --undo");
    assert_eq!(home.json(&["show", "rice"])["archived"], true);
    does(&home, &["archive", "rice", "--undo"]);
    does(&home, &["run", "rice"]);
    assert_eq!(slugs(&home, &["--archived"]), [""; 0]);
}

#[test]
fn a_removed_project_can_be_restored_until_it_is_gone_for_good() {
    let home = Home::new();
    project(&home);
    run(&home, "rice");
    does(&home, &["rm", "rice"]);
    assert_eq!(slugs(&home, &[]), [""; 0]);
    assert_eq!(slugs(&home, &["--removed"]), ["rice"]);
    for args in [&["show", "rice"][..], &["run", "rice"], &["scene", "rice"], &["rm", "rice"], &["pack", "rice"]] {
        home.fails(args).is(1, "project.removed").says("studio restore rice");
    }
    does(&home, &["restore", "rice"]);
    assert_eq!(run(&home, "rice"), (0, 7));
    does(&home, &["rm", "rice"]);
    does(&home, &["rm", "rice", "--for-good"]);
    home.fails(&["restore", "rice"]).is(1, "not_found");
    assert_eq!(slugs(&home, &["--removed"]), [""; 0]);
    // Its name is free again, and results are nobody's alone.
    project(&home);
    assert_eq!(run(&home, "rice"), (0, 7));
}

#[test]
fn what_is_under_way_is_not_taken_away() {
    let home = Home::new();
    slow_project(&home, "slow", 600_000);
    let mut running = home.start(&["run", "slow", "--events", "json"]);
    running.wait_for("its node", |e| is_node(e, "running"));
    assert_eq!(home.json(&["ls"])[0]["state"], "running");
    for args in [&["rm", "slow"][..], &["rm", "slow", "--for-good"], &["archive", "slow"], &["rename", "slow", "x"]] {
        home.fails(args).is(1, "project.running").says("studio cancel slow");
    }
    running.kill();
    assert_eq!(home.json(&["ls", "--state", "interrupted"])[0]["slug"], "slow");
    does(&home, &["archive", "slow"]);
    // Nobody takes it up.
    let _serving = serve(&home, &[]);
    assert_eq!(Control::connect(&home).request("run.list", json!({})).expect("runs"), json!([]));
}

#[test]
fn lists_come_in_pages_in_every_order() {
    let home = with_projects(&["delta", "Alpha", "charlie", "Bravo", "echo"]);
    does(&home, &["run", "charlie"]);
    assert_eq!(home.studio(&["run", "echo", "--set", "a=fail"]).code, Some(1));
    assert_eq!(slugs(&home, &[])[0], "echo", "it was changed last");
    assert_eq!(slugs(&home, &["--sort", "created"]), ["echo", "bravo", "charlie", "alpha", "delta"]);
    assert_eq!(slugs(&home, &["--sort", "title"]), ["alpha", "bravo", "charlie", "delta", "echo"]);
    let by_state = slugs(&home, &["--sort", "state"]);
    assert_eq!((by_state[0].as_str(), by_state[4].as_str()), ("echo", "charlie"), "failed first, done last");
    assert_eq!(slugs(&home, &["--filter", "LPH"]), ["alpha"]);
    assert_eq!(slugs(&home, &["--state", "failed,done", "--sort", "title"]), ["charlie", "echo"]);
    for sort in ["changed", "created", "title", "state"] {
        for reverse in [&[][..], &["--reverse"]] {
            let order = [&["--sort", sort], reverse].concat();
            let whole = slugs(&home, &order);
            assert_eq!(paged(&home, &order), whole, "{order:?}");
            assert_eq!(whole.iter().collect::<BTreeSet<_>>().len(), 5, "{order:?}");
        }
    }
    // What goes and comes between two pages moves nothing of the rest.
    let page = home.json(&["ls", "--limit", "2", "--sort", "title"]);
    let after = page[1]["cursor"].as_str().expect("a cursor").to_owned();
    does(&home, &["rm", "bravo"]);
    does(&home, &["rename", "alpha", "zulu"]);
    assert_eq!(slugs(&home, &["--sort", "title", "--after", &after]), ["charlie", "delta", "echo", "zulu"]);
    let cursor = home.json(&["ls"])[0]["cursor"].as_str().expect("a cursor").to_owned();
    home.fails(&["ls", "--sort", "title", "--after", &cursor]).is(1, "invalid_input").says("after");
    home.fails(&["ls", "--after", "nonsense"]).is(1, "invalid_input").says("after");
    assert_eq!(home.studio(&["ls", "--sort", "colour"]).code, Some(2));
}

/// All pages of two, one after the other.
fn paged(home: &Home, order: &[&str]) -> Vec<String> {
    let (mut all, mut after) = (Vec::new(), None::<String>);
    loop {
        let mut args = [&["ls", "--limit", "2"], order].concat();
        args.extend(after.iter().flat_map(|after| ["--after", after.as_str()]));
        let page = home.json(&args);
        let page = page.as_array().expect("a list");
        all.extend(page.iter().map(|p| p["slug"].as_str().expect("a slug").to_owned()));
        if page.len() < 2 {
            return all;
        }
        after = page.last().and_then(|p| p["cursor"].as_str()).map(ToOwned::to_owned);
    }
}

#[test]
fn a_run_that_waits_for_a_person_is_listed_as_waiting() {
    let home = Home::new();
    home.module("echo", &plugins::echo());
    does(&home, &["plugin", "grant", "echo", "--yes"]);
    let script = home.file(
        "ask.lua",
        r#"return studio.pipeline { title = "Ask", run = function()
          return review(llm { provider = "echo", text = '{"value":"a"}' }):get().text
        end }"#,
    );
    does(&home, &["new", "Ask", "--script", &script]);
    assert_eq!(home.json(&["ls"])[0]["state"], "new");
    assert_eq!(home.studio(&["run", "ask"]).code, Some(3));
    assert_eq!(home.json(&["ls"])[0]["state"], "waiting");
    assert_eq!(slugs(&home, &["--state", "waiting"]), ["ask"]);
    assert!(does(&home, &["ls"]).out.contains("waiting"));
    does(&home, &["review", "ask", "llm", "--approve"]);
    does(&home, &["run", "ask"]);
    assert_eq!(home.json(&["ls"])[0]["state"], "done");
}

#[test]
fn edits_are_taken_back_one_by_one_and_done_again() {
    let home = with_projects(&["Rice"]);
    let _serving = serve(&home, &[]);
    let mut control = Control::connect(&home);
    let mut set = |name: &str, value: &str, joins: bool| {
        let edit = json!({"set": {name: value}, "joins": joins});
        control.request("project.edit", json!({"project": "rice", "edit": edit})).expect("an edit")
    };
    set("a", "1", false);
    for typed in ["h", "he", "hel"] {
        set("b", typed, true);
    }
    set("a", "2", true);
    let params = |home: &Home| home.json(&["show", "rice"])["params"].clone();
    let undo = home.json(&["undo", "rice"]);
    assert_eq!((&undo["what"], &undo["undo"], &undo["redo"]), (&json!("param a"), &json!(2), &json!(1)));
    assert_eq!(params(&home), json!({"a": "1", "b": "hel"}));
    does(&home, &["undo", "rice"]);
    assert_eq!(params(&home), json!({"a": "1"}), "what was typed in one go is taken back in one");
    does(&home, &["redo", "rice"]);
    assert_eq!(params(&home), json!({"a": "1", "b": "hel"}));
    set("b", "other", false);
    home.fails(&["redo", "rice"]).is(1, "redo.none");
    for _ in 0..3 {
        does(&home, &["undo", "rice"]);
    }
    assert_eq!(params(&home), json!({}), "both were open at first");
    home.fails(&["undo", "rice"]).is(1, "undo.none");
}

#[test]
fn the_history_of_edits_outlives_its_process_and_has_an_end() {
    let home = with_projects(&["Rice"]);
    let mut serving = serve(&home, &[]);
    let mut control = Control::connect(&home);
    for n in 1..=103 {
        let params = json!({"project": "rice", "edit": {"set": {"a": n.to_string()}}});
        while let Err(busy) = control.request("project.edit", params.clone()) {
            assert_eq!(busy["code"], "busy", "{busy}");
        }
    }
    serving.kill();
    let undo = home.json(&["undo", "rice"]);
    assert_eq!((&undo["undo"], &undo["project"]["params"]["a"]), (&json!(99), &json!("102")));
}

#[test]
fn a_command_that_comes_twice_copies_once() {
    let home = with_projects(&["Rice"]);
    let mut serving = serve(&home, &[]);
    let id = "01K00000000000000000000000";
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_millis();
    let command = format!("{}{}", ulid_time(now as u64), &id[10..]);
    let params = json!({"project": "rice", "command": command});
    let copy = |home: &Home| {
        Control::connect(home).request("project.duplicate", params.clone()).expect("a copy")["id"].clone()
    };
    let first = copy(&home);
    assert_eq!(copy(&home), first);
    serving.kill();
    let _again = serve(&home, &[]);
    assert_eq!(copy(&home), first, "also where another process is asked");
    assert_eq!(slugs(&home, &[]).len(), 2);
}

/// The first ten letters of a ULID.
fn ulid_time(mut ms: u64) -> String {
    const LETTERS: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut text = Vec::new();
    for _ in 0..10 {
        text.insert(0, LETTERS[(ms % 32) as usize]);
        ms /= 32;
    }
    String::from_utf8(text).expect("letters")
}

#[test]
fn a_project_has_a_picture_as_soon_as_one_of_its_scenes_has() {
    let home = Home::new();
    project(&home);
    assert_eq!(home.json(&["show", "rice"])["thumbnail"], Value::Null);
    run(&home, "rice");
    let thumbnail = home.json(&["show", "rice"])["thumbnail"].clone();
    assert_eq!(thumbnail["kind"], "scene", "{thumbnail}");
    let bytes = std::fs::read(thumbnail["path"].as_str().expect("a path")).expect("the picture");
    assert!(bytes.starts_with(b"\x89PNG"));
    let first = home.json(&["review", "rice", "opening-1/image"])["response"]["image"].clone();
    assert_eq!(thumbnail["image"], first, "the first scene's");
    does(&home, &["scene", "rice", "move", "harvest-1", "--to", "1"]);
    let now = home.json(&["show", "rice"])["thumbnail"]["image"].clone();
    assert_eq!(now, home.json(&["review", "rice", "harvest-1/image"])["response"]["image"]);
}
