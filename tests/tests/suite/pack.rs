//! A project as one file: it opens elsewhere with its results, and a file that is not right changes nothing.

use std::{fs, path::Path};

use serde_json::json;
use studio_tests::{
    Home,
    board::{does, project, run, scenes, slugs, to_run},
    control::serve,
    events::places,
    short, workspace,
};

fn packed(home: &Home) -> String {
    let file = home.path().join("rice.studio").to_string_lossy().into_owned();
    let told = home.json(&["pack", "rice", "-o", &file]);
    assert_eq!(told["path"], json!(file));
    assert_eq!(told["bytes"].as_u64(), fs::metadata(&file).ok().map(|m| m.len()));
    file
}

#[test]
fn a_film_opens_elsewhere_and_nothing_is_made_there() {
    let (here, there) = (Home::new(), Home::new());
    short::project(&here);
    short::run(&here);
    does(&here, &["scene", "rice", "edit", "work-1", "--on-screen", "Water"]);
    short::run(&here);
    let file = packed(&here);

    let made = there.json(&["unpack", &file]);
    assert_eq!((&made["slug"], &made["title"]), (&json!("rice"), &json!("Rice")));
    assert!(made["script"].as_str().is_some_and(|s| s.starts_with("store:")), "{made}");
    assert_eq!(to_run(&there, "rice"), [""; 0]);
    let out = there.path().join("out").to_string_lossy().into_owned();
    let ran = there.studio(&["run", "rice", "--out", &out, "--events", "json"]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert_eq!(places(&ran.events(), "running"), [""; 0]);
    assert!(short::files(&here) == short::files(&there), "the same film");
    assert_eq!(there.json(&["show", "rice"])["thumbnail"]["kind"], "poster");
    assert_eq!(there.json(&["scene", "rice"])["by_hand"], true);
    // It can be packed again from there.
    let again = there.json(&["pack", "rice", "-o", "again.studio"]);
    assert_eq!(there.json(&["unpack", "again.studio", "--as", "Tea"])["slug"], "tea");
    assert_eq!(to_run(&there, "tea"), [""; 0], "{again}");
}

#[test]
fn decisions_files_and_takes_go_with_it_and_secrets_do_not() {
    let (here, there) = (Home::new(), Home::new());
    project(&here);
    let logo = here.file("logos/ours.png", b"not looked at");
    assert_eq!(here.studio_fed(&["secret", "set", "openai"], b"sk-nobody-may-read-this").code, Some(0));
    does(&here, &["run", "rice", "--set", &format!("logo={logo}")]);
    does(&here, &["review", "rice", "work-1/image", "--approve"]);
    does(&here, &["review", "rice", "opening-1/image", "--regenerate", ""]);
    run(&here, "rice");
    does(&here, &["review", "rice", "opening-1/image", "--take", "1"]);
    does(&here, &["scene", "rice", "rm", "harvest-1"]);
    let file = packed(&here);
    assert_eq!(
        fs::metadata(&file).map(|m| std::os::unix::fs::PermissionsExt::mode(&m.permissions()) & 0o777).ok(),
        Some(0o600)
    );

    // Through another process that has the store.
    let _serving = serve(&there, &[]);
    does(&there, &["unpack", &file]);
    fs::remove_file(&logo).expect("it is elsewhere now");
    assert_eq!(scenes(&there, "rice"), ["opening-1", "work-1"]);
    assert_eq!(to_run(&there, "rice"), [""; 0]);
    assert_eq!(run(&there, "rice").0, 0);
    assert_eq!(there.json(&["review", "rice", "work-1/image"])["approval"], "approved");
    let place = there.json(&["review", "rice", "opening-1/image"]);
    assert_eq!(place["takes"].as_array().map(Vec::len), Some(2), "{place}");
    assert_eq!(place["takes_pending"], false);
    assert_eq!(there.json(&["secret", "ls"]), json!([]));
    // A copy lives on where what it came from is gone for good, and what came with both goes with the last.
    does(&there, &["duplicate", "rice", "Tea"]);
    does(&there, &["rm", "rice", "--for-good"]);
    assert_eq!(run(&there, "tea").0, 0);
    let came_with = || fs::read_dir(there.store().join("unpacked")).map_or(0, Iterator::count);
    assert_eq!(came_with(), 1);
    does(&there, &["archive", "tea"]);
    assert_eq!(there.json(&["unpack", &file, "--as", "Rice again"])["slug"], "rice-again");
}

#[test]
fn a_shipped_script_is_run_as_the_other_studio_ships_it() {
    let (here, there) = (Home::new(), Home::new());
    let text = here.file("text.md", short::TEXT);
    does(&here, &["new", "Rice", "--text", &text]);
    does(&there, &["unpack", &packed(&here)]);
    assert_eq!(there.json(&["show", "rice"])["script"], "narrated");
    // One that is another there comes along.
    let other = Home::new();
    let own = fs::read_to_string(workspace().join("tests/scripts/board.lua")).expect("a script");
    fs::create_dir_all(other.store().join("scripts")).expect("a folder");
    fs::write(other.store().join("scripts/narrated.lua"), own).expect("a script");
    does(&other, &["unpack", &packed(&here)]);
    assert!(other.json(&["show", "rice"])["script"].as_str().is_some_and(|s| s.starts_with("store:")));
}

#[test]
fn a_file_that_is_not_right_changes_nothing() {
    let (here, there) = (Home::new(), Home::new());
    project(&here);
    run(&here, "rice");
    let whole = fs::read(packed(&here)).expect("the file");
    does(&there, &["ls"]);
    let before = kept(&there.store());
    let cut = there.file("cut.studio", &whole[..whole.len() - 100]);
    there.fails(&["unpack", &cut]).is(1, "pack.damaged");
    let mut changed = whole.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    let changed = there.file("changed.studio", changed);
    there.fails(&["unpack", &changed]).is(1, "pack.damaged");
    let other = there.file("other.studio", "a text");
    there.fails(&["unpack", &other]).is(1, "pack.format").says("studio pack");
    there.fails(&["unpack", "nowhere.studio"]).is(1, "file.missing");
    let folder = there.path().to_string_lossy().into_owned();
    there.fails(&["unpack", &folder]).is(1, "pack.format");
    let good = there.file("good.studio", &whole);
    there.fails(&["unpack", &good, "--as", " "]).is(1, "invalid_input").says("title");
    assert_eq!(slugs(&there, &[]), [""; 0]);
    assert_eq!(kept(&there.store()), before);
    here.fails(&["pack", "rice", "-o", "/nowhere/at/all.studio"]).is(1, "file.missing");
}

/// The blobs of a store, and what came with projects.
fn kept(store: &Path) -> Vec<String> {
    fn walk(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { walk(&path, found) } else { found.push(path.to_string_lossy().into_owned()) }
        }
    }
    let mut found = Vec::new();
    walk(&store.join("blobs"), &mut found);
    walk(&store.join("unpacked"), &mut found);
    found.sort();
    found
}
