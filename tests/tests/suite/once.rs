//! A command whose answer was lost with its owner: it is sent again to the next one, and its effect is there once.

use std::fs;

use rustix::process::Signal;
use serde_json::{Value, json};
use studio_tests::{
    Control, Home, Running, board,
    control::{serve, slow_project},
    openai::OpenAi,
    plugins,
    receiver::{Receiver, Reply},
};

use super::openai::{grant, keep_secret, settings};

/// Commands that were sent, with what was answered.
#[derive(Default)]
struct Sent(Vec<(String, Value, Value)>);

impl Sent {
    /// Sends a command of an id of its own.
    fn send(&mut self, control: &mut Control, method: &str, mut params: Value) -> Value {
        params["command"] = format!("command-{}", self.0.len()).into();
        let answer = control.patiently(method, &params).unwrap_or_else(|e| panic!("{method} {params}: {e}"));
        self.0.push((method.to_owned(), params, answer.clone()));
        answer
    }

    /// Sends all of them once more: they are answered, and `is_as_it_was`.
    fn again(&self, control: &mut Control, mut is_as_it_was: impl FnMut(&mut Control, &str)) {
        for (method, params, _) in &self.0 {
            let answer = control.patiently(method, params);
            assert!(answer.is_ok(), "{method} {params}: {answer:?}");
            is_as_it_was(control, method);
        }
    }
}

/// Kills an owner, and starts another one with the index made anew.
fn another_owner(home: &Home, mut serving: Running) -> (Running, Control) {
    serving.kill();
    fs::remove_dir_all(home.store().join("index")).expect("the index");
    let serving = serve(home, &["--rate", "1000"]);
    (serving, Control::connect(home))
}

fn leave(serving: Running) {
    serving.signal(Signal::TERM);
    assert_eq!(serving.finish().code, Some(0));
}

#[test]
fn edits_are_made_once_whoever_has_the_store() {
    let home = Home::new();
    board::project(&home);
    board::run(&home, "rice");
    slow_project(&home, "one", 1);
    home.json(&["duplicate", "one", "Gone"]);
    let serving = serve(&home, &["--rate", "1000"]);
    let (mut control, mut sent) = (Control::connect(&home), Sent::default());
    let one = |mut params: Value| {
        params["project"] = "one".into();
        params
    };
    let set = |name: &str, value: &str| one(json!({ "edit": { "set": { name: value } } }));

    // Edits that are taken back, and one that is done again.
    for n in 0..4 {
        sent.send(&mut control, "project.edit", set("c0", &n.to_string()));
    }
    for _ in 0..2 {
        sent.send(&mut control, "project.undo", one(json!({})));
    }
    let redone = sent.send(&mut control, "project.redo", one(json!({})));
    assert_eq!((&redone["project"]["params"]["c0"], &redone["redo"]), (&json!("2"), &json!(1)), "{redone}");
    // What somebody else has done since stays done.
    sent.send(&mut control, "project.edit", set("c1", "mine"));
    control.patiently("project.edit", &set("c1", "theirs")).expect("an edit");
    sent.send(&mut control, "project.archive", one(json!({})));
    control.patiently("project.archive", &one(json!({ "archived": false }))).expect("it is back");
    sent.send(&mut control, "budget.set", one(json!({ "budget": { "total": "1" } })));
    control.patiently("budget.set", &one(json!({ "budget": { "total": "2" } }))).expect("a budget");
    sent.send(&mut control, "secret.set", json!({ "name": "a", "secret": "the first one" }));
    control.patiently("secret.remove", &json!({ "name": "a" })).expect("it is gone");
    // What is made is made once; what is gone is gone once, though its name is another's by now.
    let made = sent.send(
        &mut control,
        "project.create",
        json!({ "title": "Made", "script": "narrated", "params": { "text": "x" } }),
    );
    let copy = sent.send(&mut control, "project.duplicate", one(json!({ "title": "Copy" })));
    sent.send(&mut control, "project.rename", json!({ "project": "made", "title": "Renamed" }));
    control.patiently("project.rename", &json!({ "project": "renamed", "title": "Made" })).expect("another name");
    let gone = sent.send(&mut control, "project.remove", json!({ "project": "gone", "for_good": true }));
    control
        .patiently("project.create", &json!({ "title": "Gone", "script": "narrated", "params": { "text": "x" } }))
        .expect("another one");
    // Brands: each save is one version, whatever was saved since.
    let kit = home.file("brand/brand.toml", "help = \"one\"\n");
    let save = |name: &str| json!({ "name": name, "path": kit });
    let saved = sent.send(&mut control, "brand.save", save("acme"));
    sent.send(&mut control, "brand.use", json!({ "project": "rice", "brand": "acme" }));
    control.patiently("brand.save", &save("lost")).expect("a brand");
    sent.send(&mut control, "brand.delete", json!({ "name": "lost" }));
    home.file("brand/brand.toml", "help = \"two\"\n");
    for name in ["acme", "lost"] {
        assert_eq!(control.patiently("brand.save", &save(name)).expect("a version")["version"], 2);
    }
    // Scenes and takes.
    let moved = json!({ "project": "rice", "change": { "what": "move", "id": "harvest-1", "to": 1 } });
    sent.send(&mut control, "scene.edit", moved);
    let text = json!({ "project": "rice", "change": { "what": "add", "scene": { "title": "Market", "narration": "Rice is sold." } } });
    let added = sent.send(&mut control, "scene.edit", text);
    let regenerate =
        json!({ "project": "rice", "place": "work-1/tts", "decision": { "what": "regenerate", "note": "slower" } });
    sent.send(&mut control, "review.decide", regenerate);

    let (serving, mut control) = another_owner(&home, serving);
    let everything = |control: &mut Control| -> Vec<Value> {
        let mut all = vec![
            control.patiently("project.list", &json!({})).expect("projects"),
            control.patiently("scene.list", &json!({ "project": "rice" })).expect("scenes"),
            control.patiently("secret.list", &json!({})).expect("secrets"),
            control.patiently("brand.list", &json!({})).expect("brands"),
        ];
        for project in ["one", "rice"] {
            all.push(control.patiently("project.get", &json!({ "project": project })).expect("it"));
            all.push(control.patiently("budget.get", &json!({ "project": project })).expect("it"));
        }
        all
    };
    let before = everything(&mut control);
    sent.again(&mut control, |control, method| {
        assert_eq!(everything(control), before, "{method} was done again");
    });
    let ask_again = |control: &mut Control, n: usize| {
        let (method, params, _) = &sent.0[n];
        control.patiently(method, params).expect("an answer")
    };
    let at = |method: &str, params: &Value| {
        sent.0.iter().position(|(m, _, answer)| m == method && answer == params).expect("it was sent")
    };
    // Answers say how things stand now.
    let undone = ask_again(&mut control, 4);
    assert_eq!((&undone["what"], &undone["redo"]), (&sent.0[4].2["what"], &json!(0)), "{undone}");
    assert_eq!(ask_again(&mut control, at("project.create", &made))["id"], made["id"]);
    assert_eq!(ask_again(&mut control, at("brand.save", &saved)), saved);
    assert_eq!(ask_again(&mut control, at("project.duplicate", &copy))["id"], copy["id"]);
    assert_eq!(ask_again(&mut control, at("project.remove", &gone))["id"], gone["id"]);
    assert_eq!(ask_again(&mut control, at("scene.edit", &added))["changed"], added["changed"]);
    let mut other = sent.0[0].1.clone();
    other["project"] = "rice".into();
    assert_eq!(control.patiently("project.edit", &other).expect_err("another")["code"], "command.reused");
    // A new command is one.
    let undone = control.patiently("project.undo", &one(json!({}))).expect("another edit taken back");
    assert_eq!(undone["project"]["params"]["c1"], "mine", "{undone}");
    leave(serving);
}

#[test]
fn a_run_is_cancelled_and_begun_once() {
    let home = Home::new();
    slow_project(&home, "one", 3_600_000);
    let serving = serve(&home, &["--rate", "1000"]);
    let (mut control, mut sent) = (Control::connect(&home), Sent::default());
    let first = sent.send(&mut control, "run.start", json!({ "project": "one" }))["run"].clone();
    sent.send(&mut control, "run.cancel", json!({ "target": "one" }));
    let second = control.patiently("run.start", &json!({ "project": "one" })).expect("another run")["run"].clone();
    assert_ne!(first, second);
    let (serving, mut control) = another_owner(&home, serving);
    sent.again(&mut control, |control, method| {
        let runs = control.patiently("run.list", &json!({})).expect("runs");
        let ids: Vec<&Value> = runs.as_array().expect("runs").iter().map(|run| &run["id"]).collect();
        assert_eq!(ids, [&second], "{method}");
    });
    assert_eq!(control.patiently("run.start", &sent.0[0].1).expect("the run")["run"], first);
    // Of one that goes on, the same command gives up what the owner who is gone could not.
    let cancel = json!({ "target": "one", "command": "once-more" });
    assert_eq!(control.patiently("run.cancel", &cancel).expect("cancelled")["cancelled"], json!([second]));
    leave(serving);
}

/// A run of a script that was killed while the service had not answered it, and still holds back all answers.
fn killed_while_it_asks() -> (OpenAi, Home, String) {
    let (server, home) = (OpenAi::start(), Home::new());
    settings(&home, &server, "secret = \"openai\"\n");
    keep_secret(&home, "openai", studio_tests::openai::KEY);
    grant(&home);
    let text = "return studio.pipeline { title = \"Ask\", run = function()\n\
                return llm { provider = \"openai\", text = \"Hi\" }:get().text end }";
    let script = home.file("ask.lua", text);
    server.hold();
    let mut running = home.start(&["run", &script, "--events", "json"]);
    server.wait_until_asked(1);
    running.kill();
    (server, home, script)
}

#[test]
fn what_may_have_been_billed_is_repeated_once() {
    let (server, home, script) = killed_while_it_asks();
    home.fails(&["run", &script]).is(1, "possibly_billed");

    let mut serving = serve(&home, &[]);
    let repeat = json!({ "project": "ask", "repeat": true, "command": "repeat" });
    let run = Control::connect(&home).patiently("run.start", &repeat).expect("a run")["run"].clone();
    server.wait_until_asked(2);
    serving.kill();
    // The answer to the command was lost, too: it is sent again, and says nothing about what was sent since.
    let serving = serve(&home, &[]);
    let mut control = Control::connect(&home);
    let again = control.patiently("run.start", &repeat).expect("the same run");
    assert_eq!(again["run"], run);
    let ended = control.patiently("run.wait", &json!({ "run": run })).expect("its end");
    assert_eq!(ended["outcome"]["failed"]["error"]["code"], "possibly_billed", "{ended}");
    assert_eq!(server.asked(), 2, "it was repeated once");
    server.release();
    let repeat = json!({ "project": "ask", "repeat": true, "command": "repeat-again" });
    let run = control.patiently("run.start", &repeat).expect("a run")["run"].clone();
    let ended = control.patiently("run.wait", &json!({ "run": run })).expect("its end");
    assert!(ended["outcome"]["done"].is_object(), "{ended}");
    assert_eq!(server.asked(), 3);
    leave(serving);
}

#[test]
fn a_batch_is_begun_and_given_up_once() {
    let home = Home::new();
    home.module("echo", &plugins::echo());
    assert_eq!(home.studio(&["plugin", "grant", "echo", "--yes"]).code, Some(0));
    let script = home.file(
        "say.lua",
        "return studio.pipeline { title = \"Say\", run = function()\n\
         return llm { provider = \"echo\", text = '{\"sleep\": 3600000}' }:get().data end }",
    );
    let serving = serve(&home, &["--rate", "1000"]);
    let (mut control, mut sent) = (Control::connect(&home), Sent::default());
    let start = json!({ "name": "Says", "script": script, "format": "csv", "items": "title\nOne\nTwo\n" });
    let begun = sent.send(&mut control, "batch.start", start);
    let id = begun["id"].clone();
    sent.send(&mut control, "batch.cancel", json!({ "batch": id }));
    control.patiently("batch.resume", &json!({ "batch": id })).expect("it goes on");
    let (serving, mut control) = another_owner(&home, serving);
    sent.again(&mut control, |control, method| {
        let report = control.patiently("batch.get", &json!({ "batch": id })).expect("the batch");
        assert_eq!(report["open"], true, "{method}: {report}");
        let batches = control.patiently("batch.list", &json!({})).expect("batches");
        assert_eq!(batches.as_array().map(Vec::len), Some(1), "{method}: {batches}");
    });
    assert_eq!(control.patiently("batch.cancel", &json!({ "batch": id })).expect("given up")["open"], false);
    leave(serving);
}

#[test]
fn what_is_granted_unpacked_and_brought_back_is_so_once() {
    let home = Home::new();
    home.module("echo", &plugins::echo());
    slow_project(&home, "one", 1);
    slow_project(&home, "gone", 1);
    home.json(&["rm", "gone"]);
    let packed = home.path().join("one.studio").display().to_string();
    home.json(&["pack", "one", "-o", &packed]);
    let serving = serve(&home, &["--rate", "1000"]);
    let (mut control, mut sent) = (Control::connect(&home), Sent::default());
    sent.send(&mut control, "project.restore", json!({ "project": "gone" }));
    control.patiently("project.remove", &json!({ "project": "gone" })).expect("it is thrown away again");
    let made = sent.send(&mut control, "project.unpack", json!({ "path": packed, "title": "Came" }));
    let mut project = control.patiently("project.get", &json!({ "project": "one" })).expect("it");
    project["title"] = "Mine".into();
    sent.send(&mut control, "project.save", json!({ "project": project }));
    control.patiently("project.rename", &json!({ "project": "one", "title": "Theirs" })).expect("another title");
    let digest = control.patiently("plugin.inspect", &json!({ "plugin": "echo" })).expect("it")["digest"].clone();
    let grant = |limit: &str| json!({ "plugin": "echo", "digest": digest, "limit": limit });
    sent.send(&mut control, "plugin.grant", grant("1"));
    control.patiently("plugin.grant", &grant("2")).expect("another limit");

    let (serving, mut control) = another_owner(&home, serving);
    let everything = |control: &mut Control| {
        ["project.list", "plugin.list"].map(|method| control.patiently(method, &json!({})).expect("all of them"))
    };
    let before = everything(&mut control);
    let titles: Vec<&Value> = before[0].as_array().expect("projects").iter().map(|p| &p["title"]).collect();
    assert!(titles.contains(&&json!("Theirs")) && titles.contains(&&json!("Came")), "{titles:?}");
    sent.again(&mut control, |control, method| {
        assert_eq!(everything(control), before, "{method} was done again");
    });
    let (method, params, _) = &sent.0[1];
    assert_eq!(control.patiently(method, params).expect("the project")["id"], made["id"]);
    leave(serving);
}

#[test]
fn messages_are_sent_again_and_forgotten_once() {
    let (receiver, home) = (Receiver::start(&[Reply::Status(400)]), Home::new());
    let settings = format!("[[webhooks]]\nname = \"ours\"\nurl = \"{}\"\nsecret = \"hook\"\n", receiver.url());
    fs::write(home.store().join("config.toml"), settings).expect("the settings");
    keep_secret(&home, "hook", "whsec_c3R1ZGlvLXRlc3RzLXN0dWRpby10ZXN0cw==");
    slow_project(&home, "one", 1);
    let dead_after_a_run = |messages: usize| {
        assert_eq!(home.studio(&["run", "one"]).code, Some(0));
        receiver.wait_for(messages);
    };
    dead_after_a_run(1);
    let serving = serve(&home, &["--rate", "1000"]);
    let (mut control, mut sent) = (Control::connect(&home), Sent::default());
    assert_eq!(sent.send(&mut control, "webhook.retry", json!({}))["count"], 1);
    receiver.wait_for(2);
    await_dead(&mut control, 1);
    let (serving, mut control) = another_owner(&home, serving);
    sent.again(&mut control, |control, method| {
        await_dead(control, 1);
        assert_eq!(receiver.received().len(), 2, "{method} was done again");
    });

    let drop = json!({ "command": "forget" });
    assert_eq!(control.patiently("webhook.drop", &drop).expect("it is gone")["count"], 1);
    leave(serving);
    dead_after_a_run(3);
    let serving = serve(&home, &["--rate", "1000"]);
    let mut control = Control::connect(&home);
    assert_eq!(control.patiently("webhook.drop", &drop).expect("the same answer")["count"], 1);
    await_dead(&mut control, 1);
    assert_eq!(control.patiently("webhook.drop", &json!({})).expect("gone")["count"], 1, "another one is another");
    leave(serving);
}

/// Waits until so many messages are not tried again.
fn await_dead(control: &mut Control, wanted: usize) {
    loop {
        let dead = control.patiently("webhook.dead", &json!({})).expect("dead letters");
        if dead.as_array().map(Vec::len) == Some(wanted) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn a_stage_is_tried_again_once() {
    let (server, home, _) = killed_while_it_asks();
    let mut serving = serve(&home, &[]);
    let retry = json!({ "project": "ask", "place": "llm", "repeat": true, "command": "retry" });
    let mut control = Control::connect(&home);
    std::thread::scope(|scope| {
        // Its owner is killed before it can answer.
        let asked = scope.spawn(|| control.try_patiently("node.retry", &retry));
        server.wait_until_asked(2);
        serving.kill();
        assert!(asked.join().expect("it does not panic").is_none());
    });
    let serving = serve(&home, &[]);
    let again = Control::connect(&home).patiently("node.retry", &retry).expect_err("nobody knows what was sent since");
    assert_eq!(again["code"], "possibly_billed", "{again}");
    assert_eq!(server.asked(), 2, "it was repeated once");
    server.release();
    let retry = json!({ "project": "ask", "place": "llm", "repeat": true, "command": "retry-again" });
    Control::connect(&home).patiently("node.retry", &retry).expect("it is made");
    assert_eq!(server.asked(), 3);
    leave(serving);
}
