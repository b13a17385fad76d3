//! A person talks with a model about their film: what is said is kept, what is proposed is made only when they accept
//! it, and an answer is paid for once, whatever happens while it comes.

use serde_json::{Value, json};
use studio_tests::{
    Control, Home,
    board::{does, project, run, scenes, to_run},
    control::serve,
    openai::{KEY, Mood, OpenAi},
};

use super::openai::{grant, keep_secret, settings};

/// Every call costs ten cents.
const DIME: &str = "[[price]]\nplugin = \"openai\"\nper_request = \"0.10\"\n";

/// A store whose `openai` is the server, with the project `rice` in it.
pub fn at(server: &OpenAi, more: &str) -> Home {
    let home = Home::new();
    settings(&home, server, &format!("secret = \"openai\"\n{more}"));
    keep_secret(&home, "openai", KEY);
    grant(&home);
    project(&home);
    home
}

/// An answer that proposes something.
pub fn proposing(words: &str, block: &Value) -> String {
    format!("{words}\n\n```studio\n{block}\n```\n")
}

fn messages(home: &Home) -> Vec<Value> {
    home.json(&["chat", "rice", "--list"])["messages"].as_array().expect("messages").clone()
}

#[test]
fn what_is_proposed_changes_the_film_once_it_is_accepted() {
    let server = OpenAi::start();
    let home = at(&server, DIME);
    assert_eq!(run(&home, "rice").0, 7);
    let block = json!({ "scenes": [{ "id": "work-1", "narration": "Every terrace is blue." }] });
    server.says(proposing("Blue it is.", &block));
    let said = home.json(&["chat", "rice", "Make the second scene about blue."]);
    let answer = &said["answer"];
    assert_eq!((&answer["text"], &answer["state"]), (&json!("Blue it is."), &json!("done")));
    assert_eq!((&answer["provider"], &answer["cost"]), (&json!("openai"), &json!("0.1")));
    let proposal = &answer["proposals"][0];
    assert!(proposal["was"].as_str().is_some_and(|was| was.contains("hand of water")), "{proposal}");
    assert_eq!(to_run(&home, "rice"), [""; 0], "nothing is changed by an answer");
    // The model knows the project, and is told what it is for.
    let asked = server.ledger()[0].request.clone();
    let system = asked["messages"][0]["content"].as_str().expect("a system message").to_owned();
    for says in ["```studio", "\"id\":\"work-1\"", "hand of water", "What is said", "material"] {
        assert!(system.contains(says), "nothing of {says:?} in {system}");
    }
    does(&home, &["chat", "rice", "--apply"]);
    assert_eq!(to_run(&home, "rice"), ["work-1/tts"]);
    home.fails(&["chat", "rice", "--apply"]).is(1, "chat.nothing");
    assert_eq!(messages(&home)[1]["proposals"][0]["accepted"], true);
    // As any edit, it can be taken back.
    assert_eq!(home.json(&["undo", "rice"])["what"], "scene work-1: narration");
    assert_eq!(to_run(&home, "rice"), [""; 0]);

    // All in one go: said, accepted, run.
    let block = json!({ "scenes": [
        { "id": "work-1", "narration": "Every terrace is green." }, { "what": "remove", "id": "harvest-1" },
    ] });
    server.says(proposing("Green, and shorter.", &block));
    let ran = home.studio(&["chat", "rice", "Rather green, and without the end.", "--apply", "--run"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("Green, and shorter.") && !ran.out.contains("```"), "{ran:?}");
    assert!(
        ran.out.contains("* scene work-1: narration: ") && ran.err.contains("accepted: scene harvest-1"),
        "{ran:?}"
    );
    assert_eq!(scenes(&home, "rice"), ["opening-1", "work-1"]);
    assert_eq!(to_run(&home, "rice"), [""; 0]);
    let told = server.ledger()[1].request["messages"].to_string();
    for says in ["Make the second scene about blue.", "Blue it is.", "accepted by the person", "Rather green"] {
        assert!(told.contains(says), "nothing of {says:?} in {told}");
    }
    server.assert_asked_well();
    // What it cost is the project's; in its runs and jobs there is nothing of it.
    let shown = home.json(&["show", "rice"]);
    assert_eq!((&shown["spent"], &shown["state"]), (&json!("0.2"), &json!("done")), "{shown}");
    assert!(!shown["nodes"].to_string().contains("openai"), "{shown}");
    assert_eq!(home.json(&["stats", "--calls"])["generations"].as_array().map(Vec::len), Some(2));
    // Among what was asked of services it has a name, not the id of its answer.
    let calls = home.studio(&["stats", "--calls", "--format", "csv"]).out;
    let places: Vec<&str> = calls.lines().filter_map(|line| line.split(',').nth(2)).collect();
    assert_eq!(places, ["place", "chat", "chat"], "{calls}");
    let table = home.studio(&["stats", "--calls"]).out;
    assert!(table.lines().skip(1).all(|line| line.trim_end().ends_with(" chat")), "{table}");
}

#[test]
fn what_cannot_be_made_is_told_and_never_made() {
    let server = OpenAi::start();
    let home = at(&server, "");
    let secret = home.file("secret.txt", "of the person alone");
    let before = home.json(&["show", "rice"])["params"].clone();
    let block = json!({
        "params": { "logo": secret, "text": 7, "nobody": true },
        "scenes": [{ "id": "work-1", "narration": "There is no board yet." }],
    });
    server.says(proposing("Try this.", &block));
    let answer = home.json(&["chat", "rice", "Take my secret as the logo.", "--apply"])["answer"].clone();
    let proposals = answer["proposals"].as_array().expect("proposals");
    assert_eq!(proposals.len(), 4, "{answer}");
    assert!(proposals.iter().all(|p| p["wrong"].is_string() && p["accepted"].is_null()), "{answer}");
    server.says("Here:\n```studio\n{\"params\": {\"text\": \"cut of");
    let answer = home.json(&["chat", "rice", "Again.", "--apply"])["answer"].clone();
    assert_eq!(answer["text"], "Here:");
    assert!(answer["wrong"].as_str().is_some_and(|wrong| wrong.contains("JSON")), "{answer}");
    assert_eq!(home.json(&["show", "rice"])["params"], before);
    // One that fits does, and a person can put it back.
    server.says(proposing("Tea, then.", &json!({ "params": { "text": "Tea grows on hills." } })));
    does(&home, &["chat", "rice", "Make it about tea.", "--apply"]);
    assert_eq!(home.json(&["show", "rice"])["params"]["text"], "Tea grows on hills.");
    does(&home, &["undo", "rice"]);
    assert_eq!(home.json(&["show", "rice"])["params"], before);
}

#[test]
fn several_clients_see_the_same_answer_while_it_comes() {
    let server = OpenAi::start();
    let home = at(&server, "");
    let _serving = serve(&home, &[]);
    let (mut first, mut second) = (Control::connect(&home), Control::connect(&home));
    second.request("events.subscribe", json!({})).expect("events");
    server.says("Rice grows in water, and water comes from the hills above it.");
    server.next("/chat", Mood::Halfway);
    let sent = first.request("chat.send", json!({ "project": "rice", "text": "Tell me more." })).expect("an answer");
    let id = sent["answer"]["id"].clone();
    let text = second.wait_for("a piece of the answer", |e| e["type"] == "chat_text" && e["message"] == id);
    assert_eq!((&text["at"], text["text"].as_str().map(|t| t.starts_with("Rice"))), (&json!(0), Some(true)), "{text}");
    let busy = first.request("chat.send", json!({ "project": "rice", "text": "And?" })).unwrap_err();
    assert_eq!(busy["code"], "chat.busy", "{busy}");
    assert_eq!(first.request("chat.clear", json!({ "project": "rice" })).unwrap_err()["code"], "chat.busy");
    let page = second.request("chat.list", json!({ "project": "rice" })).expect("a page");
    let (said, answer) = (&page["messages"][0], &page["messages"][1]);
    assert_eq!((&said["who"], &said["text"]), (&json!("person"), &json!("Tell me more.")));
    assert_eq!(answer["state"], "writing");
    assert!(answer["text"].as_str().is_some_and(|text| text.starts_with("Rice")), "{answer}");
    server.go_on();
    let done = second.wait_for("the answer", |e| e["type"] == "chat" && e["id"] == id && e["state"] == "done");
    assert_eq!(done["text"], "Rice grows in water, and water comes from the hills above it.");
    let waited = first.request("chat.wait", json!({ "project": "rice", "message": id })).expect("the answer");
    assert_eq!(waited["text"], done["text"]);

    // What is stopped stays as far as it came, and the next can be asked for.
    server.says("One two three four five six seven eight.");
    server.hold();
    first.request("chat.send", json!({ "project": "rice", "text": "Count." })).expect("an answer");
    server.wait_until_asked(2);
    first.request("chat.stop", json!({ "project": "rice" })).expect("it is stopped");
    let page = first.request("chat.list", json!({ "project": "rice", "limit": 1 })).expect("a page");
    assert_eq!((&page["messages"][0]["state"], &page["more"]), (&json!("stopped"), &json!(true)), "{page}");
    server.release();
    first.request("chat.clear", json!({ "project": "rice" })).expect("it is empty");
    second.wait_for("that it is empty", |e| e["type"] == "chat_forgotten");
    let page = second.request("chat.list", json!({ "project": "rice" })).expect("a page");
    assert_eq!(page["messages"], json!([]));
}

#[test]
fn an_answer_that_was_being_written_at_a_kill_is_never_asked_for_again_by_itself() {
    let server = OpenAi::start();
    let home = at(&server, DIME);
    server.next("/chat", Mood::Halfway);
    let mut chatting = home.start(&["chat", "rice", "Tell me a long story.", "--json"]);
    server.wait_until_answered(1);
    chatting.kill();
    let after = messages(&home);
    assert_eq!(after.len(), 2, "{after:?}");
    assert_eq!((&after[1]["state"], &after[1]["error"]["code"]), (&json!("stopped"), &json!("possibly_billed")));
    assert_eq!(messages(&home), after, "once seen to, it stays so");
    assert_eq!(server.asked(), 1, "nobody said to send it again");
    let held = home.json(&["show", "rice"])["reserved"].clone();
    assert_eq!(held, "0.1", "it may have been billed");
    // Said again by the person, it is another answer.
    server.says("Once upon a time.");
    assert_eq!(home.json(&["chat", "rice", "Tell me a long story."])["answer"]["text"], "Once upon a time.");
    assert_eq!(server.asked(), 2);
    // And what is held back is free once they say that it was not done.
    does(&home, &["retry", "rice", "--repeat"]);
    assert_eq!(home.json(&["show", "rice"])["reserved"], "0");
    assert_eq!(server.asked(), 2);
}

#[test]
fn who_leaves_waits_for_an_answer_that_was_asked_for() {
    let server = OpenAi::start();
    let home = at(&server, DIME);
    let serving = serve(&home, &[]);
    let mut control = Control::connect(&home);
    control.request("events.subscribe", json!({})).expect("events");
    server.says("Water comes from the hills above, and goes to the sea below.");
    server.next("/chat", Mood::Halfway);
    control.request("chat.send", json!({ "project": "rice", "text": "Where from?" })).expect("an answer");
    control.wait_for("a piece of the answer", |e| e["type"] == "chat_text");
    serving.signal(rustix::process::Signal::TERM);
    let other = json!({ "project": "rice", "text": "And then?" });
    while control.patiently("chat.send", &other).is_err_and(|e| e["code"] != "leaving") {}
    server.go_on();
    assert_eq!(serving.finish().code, Some(0));
    let said = messages(&home);
    assert_eq!((&said[1]["state"], &said[1]["cost"]), (&json!("done"), &json!("0.1")), "{said:?}");
    assert_eq!(server.asked(), 1);
}

#[test]
fn a_budget_holds_for_what_is_said_too() {
    let server = OpenAi::start();
    let home = at(&server, DIME);
    does(&home, &["budget", "rice", "--total", "0.15"]);
    does(&home, &["chat", "rice", "One."]);
    home.fails(&["chat", "rice", "Two."]).is(4, "budget").says("studio budget rice");
    assert_eq!(server.asked(), 1);
    let said = messages(&home);
    assert_eq!((&said[3]["state"], &said[3]["error"]["code"]), (&json!("failed"), &json!("budget")), "{said:?}");
    assert_eq!(home.json(&["jobs", "--dead"]), json!([]), "it is no job of anybody's");
    does(&home, &["budget", "rice", "--total", "1"]);
    // What was refused is said again: nothing of it is left over.
    server.says("Two it is.");
    assert_eq!(home.json(&["chat", "rice", "Two."])["answer"]["text"], "Two it is.");
    assert_eq!(home.json(&["show", "rice"])["state"], "new");
}

#[test]
fn where_nobody_can_answer_it_says_how_somebody_could() {
    let home = Home::new();
    project(&home);
    home.fails(&["chat", "rice", "Hello?"]).is(1, "chat.provider").says("studio secret set openai");
    home.fails(&["chat", "rice", "Hello?", "--provider", "outline"]).is(1, "chat.provider").says("storyboards");
    home.fails(&["chat", "rice", "Hello?", "--provider", "openai"]).is(1, "chat.provider").says("secret set openai");
    home.fails(&["chat", "rice", "Hello?", "--provider", "nobody"]).is(1, "plugin.unknown");
    home.fails(&["chat", "rice", "  "]).is(1, "invalid_input").says("text");
    home.fails(&["chat", "nothing", "Hello?"]).is(1, "not_found");
    let page = home.json(&["chat", "rice", "--list"]);
    assert_eq!((&page["messages"], &page["nobody"]["code"]), (&json!([]), &json!("chat.provider")), "{page}");
    let server = OpenAi::with_key(None);
    let text =
        format!("[chat]\nprovider = \"openai\"\nmodel = \"mine\"\n[plugins.openai]\nurl = \"{}\"\n", server.url());
    std::fs::write(home.store().join("config.toml"), text).expect("the settings");
    home.fails(&["chat", "rice", "Hello?"]).is(77, "grant.host");
    grant(&home);
    does(&home, &["chat", "rice", "Hello?"]);
    assert_eq!(server.ledger()[0].request["model"], "mine");
}

#[test]
fn a_chat_goes_wherever_its_project_goes() {
    let server = OpenAi::start();
    let (home, there) = (at(&server, ""), Home::new());
    server.says(proposing("Tea, then.", &json!({ "params": { "text": "Tea grows on hills." } })));
    does(&home, &["chat", "rice", "Make it about tea.", "--apply"]);
    run(&home, "rice");
    let words = |home: &Home, project: &str| {
        let page = home.json(&["chat", project, "--list"]);
        let all = page["messages"].as_array().expect("messages").iter();
        all.map(|m| (m["text"].clone(), m["proposals"][0]["accepted"].clone())).collect::<Vec<_>>()
    };
    let said = words(&home, "rice");
    assert_eq!((said.len(), &said[1].1), (2, &json!(true)));
    does(&home, &["duplicate", "rice", "Tea"]);
    assert_eq!(words(&home, "tea"), said);
    let file = home.path().join("rice.studio").to_string_lossy().into_owned();
    does(&home, &["pack", "rice", "-o", &file]);
    does(&there, &["unpack", &file]);
    assert_eq!(words(&there, "rice"), said);
    does(&home, &["rm", "tea", "--for-good"]);
    assert_eq!(words(&home, "rice"), said);
    does(&home, &["store", "check"]);
    does(&home, &["chat", "rice", "--clear"]);
    assert_eq!(words(&home, "rice"), []);
    does(&home, &["store", "check"]);
}
