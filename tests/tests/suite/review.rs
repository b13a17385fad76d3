//! Results before a person: approved, made again, edited by hand; with nobody there; and what goes stale.

use serde_json::{Value, json};
use studio_tests::{Home, control::serve};

use super::sdk;

/// A script whose answer waits for a person before something is made of it.
const SCRIPT: &str = r#"return studio.pipeline {
  title = "Ask",
  params = { what = param.text { default = "a" } },
  run = function(p)
    local first = review(llm { provider = "echo", text = '{"value":"' .. p.what .. '"}' })
    return llm { provider = "echo", text = '{"value":"last"}', system = first.model }:get().data
  end,
}"#;

fn waiting() -> Home {
    let home = Home::new();
    home.module("echo", &sdk::echo());
    assert_eq!(home.studio(&["plugin", "grant", "echo", "--yes"]).code, Some(0));
    let script = home.file("ask.lua", SCRIPT);
    assert_eq!(home.studio(&["new", "Ask", "--script", &script]).code, Some(0));
    runs(&home, 3);
    home
}

fn runs(home: &Home, code: i32) {
    let ran = home.studio(&["run", "ask"]);
    assert_eq!(ran.code, Some(code), "{ran:?}");
    if code == 3 {
        assert!(ran.err.contains("studio review ask"), "{ran:?}");
    }
}

fn listed(home: &Home) -> Vec<Value> {
    home.json(&["review", "ask"]).as_array().expect("a list").clone()
}

#[test]
fn a_run_waits_for_a_person_and_goes_on_when_it_is_approved() {
    let home = waiting();
    let places = listed(&home);
    assert_eq!(places.len(), 1, "{places:?}");
    assert_eq!((&places[0]["slot"], &places[0]["waits"]), (&json!("llm"), &json!(true)));
    assert_eq!(home.json(&["ls"])[0]["last_run"]["outcome"], Value::Null, "it has not ended");
    runs(&home, 3);
    assert_eq!(home.studio(&["review", "ask", "llm", "--approve"]).code, Some(0));
    assert!(listed(&home).is_empty());
    runs(&home, 0);
    let nodes = home.json(&["show", "ask"])["nodes"].clone();
    assert!(nodes.as_array().expect("nodes").iter().all(|n| n["state"] != "review"), "{nodes}");
    let again = home.json(&["run", "ask"]);
    assert_eq!((&again["ran"], &again["kept"]), (&json!(0), &json!(2)), "{again}");
}

#[test]
fn another_take_is_made_with_a_note_and_an_earlier_one_can_be_chosen_again() {
    let home = waiting();
    assert_eq!(home.studio(&["review", "ask", "llm", "--regenerate", "shorter"]).code, Some(0));
    assert_eq!(listed(&home), [] as [Value; 0], "it is decided, and to be made");
    runs(&home, 3);
    let place = home.json(&["review", "ask", "llm"]);
    assert_eq!(place["response"]["model"], "take 2");
    let takes: Vec<_> = place["takes"].as_array().expect("takes").iter().map(|t| &t["take"]).collect();
    assert_eq!(takes, [1, 2], "{place}");
    assert_eq!(place["takes"][1]["note"], "shorter");
    assert_eq!(home.studio(&["review", "ask", "llm", "--take", "1"]).code, Some(0));
    home.fails(&["review", "ask", "llm", "--take", "9"]).is(1, "invalid_input").says("take 9");
    runs(&home, 3);
    assert_eq!(home.json(&["review", "ask", "llm"])["response"]["model"], "take 1");
    assert_eq!(home.studio(&["review", "ask", "--approve"]).code, Some(0));
    runs(&home, 0);
}

#[test]
fn a_result_made_by_hand_is_used_and_said_to_be_stale_once_it_no_longer_fits() {
    let home = waiting();
    let edit = home.file("edit.json", r#"{"text":"mine","model":"by hand"}"#);
    assert_eq!(home.studio(&["review", "ask", "llm", "--edit", &edit]).code, Some(0));
    runs(&home, 3);
    let place = home.json(&["review", "ask", "llm"]);
    assert_eq!((&place["by_hand"], &place["response"]["model"]), (&json!(true), &json!("by hand")));
    assert_eq!(home.studio(&["review", "ask", "llm", "--approve"]).code, Some(0));
    runs(&home, 0);
    // Its input changes: neither the edit nor the approval are for what comes now.
    let changed = home.studio(&["run", "ask", "--set", "what=b"]);
    assert_eq!(changed.code, Some(3), "{changed:?}");
    let place = home.json(&["review", "ask", "llm"]);
    assert_eq!((&place["stale_edit"], &place["by_hand"]), (&json!(true), &json!(false)), "{place}");
    assert_eq!(place["approval"], "stale");
    assert_eq!(listed(&home).len(), 1);
    assert_eq!(home.studio(&["review", "ask", "llm", "--drop-edit"]).code, Some(0));
    assert_eq!(home.json(&["review", "ask", "llm"])["stale_edit"], json!(false));
    let wrong = home.file("wrong.json", r#"{"no":"field"}"#);
    home.fails(&["review", "ask", "llm", "--edit", &wrong]).is(1, "invalid_input").says("no llm result");
    home.fails(&["review", "ask", "nowhere", "--approve"]).is(1, "not_found");
}

#[test]
fn an_editor_changes_the_text_and_nobody_there_means_what_is_made_will_do() {
    let mut home = waiting();
    let editor = home.file("editor.sh", "sed -i s/value/changed/ \"$1\"\n");
    home.set("EDITOR", format!("sh {editor}"));
    let edit = home.file("edit.json", r#"{"text":"my value"}"#);
    assert_eq!(home.studio(&["review", "ask", "llm", "--edit", &edit]).code, Some(0));
    let edited = home.studio(&["review", "ask", "llm", "--edit"]);
    assert_eq!(edited.code, Some(0), "{edited:?}");
    assert_eq!(home.json(&["review", "ask", "llm"])["response"]["text"], "my changed");
    home.set("EDITOR", "true");
    home.fails(&["review", "ask", "llm", "--edit"]).is(1, "edit.same");
    assert_eq!(home.studio(&["run", "ask", "--yes"]).code, Some(0));
}

#[test]
fn a_decision_lets_a_run_that_is_under_way_elsewhere_go_on() {
    let home = waiting();
    let _serving = serve(&home, &[]);
    let decided = home.studio(&["review", "ask", "llm", "--approve"]);
    assert_eq!(decided.code, Some(0), "{decided:?}");
    let ended = home.json(&["run", "ask"]);
    assert!(ended["outcome"]["done"].is_object(), "{ended}");
}

#[test]
fn what_was_made_anew_meanwhile_is_not_approved_by_who_saw_the_old() {
    let home = waiting();
    let seen = listed(&home)[0]["digest"].as_str().expect("a digest").to_owned();
    let shown = home.studio(&["review", "ask", "llm"]);
    assert!(shown.out.contains(&format!("digest {seen}")), "{shown:?}");
    assert_eq!(home.studio(&["review", "ask", "llm", "--regenerate", "shorter"]).code, Some(0));
    runs(&home, 3);
    let now = home.json(&["review", "ask", "llm"])["digest"].as_str().expect("a digest").to_owned();
    assert_ne!(now, seen);
    let stale = home.fails(&["review", "ask", "llm", "--approve", "--digest", &seen]);
    stale.is(1, "review.stale").says("studio review ask llm");
    runs(&home, 3);
    let serving = serve(&home, &[]);
    let mut control = studio_tests::Control::connect(&home);
    let decide =
        |digest: &str| json!({ "project": "ask", "place": "llm", "decision": { "what": "approve" }, "digest": digest });
    let refused = control.request("review.decide", decide(&seen)).expect_err("it is stale");
    assert_eq!(refused["code"], "review.stale");
    let place = control.request("review.decide", decide(&now)).expect("it is what is there");
    assert_eq!(place["approval"], "approved");
    drop(serving);
}
