//! Plugins that mean harm, or are broken: each fails alone, with an error that says what it did, and the rest of
//! the same run goes on.

use std::{collections::BTreeMap, fmt::Write, path::Path};

use serde_json::{Value, json};
use studio_tests::{
    Home,
    events::{is_node, place},
    raw::{Act, Raw},
    serve::Server,
    short,
};

/// A guest and the code of the error that its node must end with.
struct Case {
    guest: Raw,
    code: &'static str,
}

fn case(code: &'static str, id: &str, start: Act, resume: Act) -> Case {
    Case { guest: Raw::new(id, start, resume), code }
}

fn get(id: u32, url: &str) -> Value {
    json!({ "id": id, "effect": "http", "method": "GET", "url": url })
}

/// Asks for one effect: it ends well unless the host answers with an error.
fn asks(code: &'static str, id: &str, effect: Value, capabilities: Value) -> Case {
    let mut case = case(code, id, Act::asks(&[effect]), Act::Relay);
    case.guest.capabilities = capabilities;
    case
}

fn asks_nothing(code: &'static str, id: &str, effect: Value) -> Case {
    asks(code, id, effect, json!({}))
}

fn greedy() -> Vec<Case> {
    let ever = || Act::done("never");
    vec![
        case("plugin.fuel", "loop-start", Act::Loop, ever()),
        case("plugin.fuel", "loop-later", Act::asks(&[json!({ "id": 1, "effect": "sleep", "ms": 1 })]), Act::Loop),
        case("plugin.memory", "grow", Act::Grow, ever()),
        case("plugin.memory", "alloc", Act::Alloc, ever()),
        case("plugin.crash", "panic", Act::Panic("the plugin panicked: oh no".into()), ever()),
    ]
}

fn malformed() -> Vec<Case> {
    let say = |id: &str, text: &str| case("plugin.protocol", id, Act::Say(text.into()), Act::done("never"));
    let sleep = |id: u32| json!({ "id": id, "effect": "sleep", "ms": 1 });
    let ids = |name: &str, ids: &[u32]| {
        let effects: Vec<_> = ids.iter().map(|id| sleep(*id)).collect();
        case("plugin.protocol", name, Act::asks(&effects), Act::done("never"))
    };
    let many: Vec<_> = (1..=10_001).map(sleep).collect();
    let bad_response = json!({ "outcome": { "done": { "response": { "scenes": "many" } } } });
    vec![
        say("no-json", "certainly, here is your turn"),
        say("no-turn", r#"{"effects": "all of them"}"#),
        say("unknown-field", r#"{"effects": [], "outcome": "none", "sudo": true}"#),
        say("unknown-effect", r#"{"effects": [{"id": 1, "effect": "format_disk"}], "outcome": "none"}"#),
        say("waits-for-nothing", r#"{"effects": [], "outcome": "none"}"#),
        ids("ids-from-seven", &[7]),
        ids("ids-twice", &[1, 1]),
        case("plugin.journal", "effects-without-end", Act::asks(&many), Act::done("never")),
        case("plugin.response", "bad-response", Act::turn(&bad_response), Act::done("never")),
    ]
}

fn ungranted(server: &Server) -> Vec<Case> {
    let exec = json!({ "id": 1, "effect": "exec", "program": "sh", "args": ["-c", "touch /tmp/owned"] });
    let with_secret = json!({
        "id": 1, "effect": "http", "method": "GET", "url": server.url("/echo/secret"),
        "headers": [["authorization", "Bearer {{secret:openai}}"]],
    });
    let here = json!({ "net": [{ "host": server.host(), "private": true }] });
    let call = json!({ "id": 1, "effect": "stage", "role": "tts", "slot": "s", "request": { "text": "hello" } });
    let deliver = json!({ "id": 1, "effect": "deliver", "files": { "owned.txt": { "text": "owned" } } });
    vec![
        asks_nothing("grant.host", "net", get(1, &server.url("/echo/net"))),
        asks_nothing("grant.program", "program", exec),
        asks("grant.secret", "secret", with_secret, here.clone()),
        asks_nothing("grant.call", "call", call),
        asks_nothing("grant.deliver", "deliver", deliver),
        asks_nothing("grant.program", "probe", json!({ "id": 1, "effect": "probe", "program": "sh" })),
        asks("grant.host", "redirect", get(1, &server.url("/to/https://example.com/stolen")), here),
        asks(
            "http.address",
            "private",
            get(1, &server.url("/echo/private")),
            json!({ "net": [{ "host": server.host() }] }),
        ),
        asks(
            "http.address",
            "link-local",
            get(1, "https://169.254.169.254/latest/meta-data"),
            json!({ "net": [{ "host": "169.254.169.254" }] }),
        ),
    ]
}

/// Answers larger than what is taken.
fn floods(server: &Server) -> Vec<Case> {
    let here = json!({ "net": [{ "host": server.host(), "private": true }] });
    let texts: Vec<_> = (1..=6).map(|id| get(id, &server.url("/text/900000"))).collect();
    let mut pieces = get(1, &server.url("/zeros/1000000000"));
    pieces["stream"] = true.into();
    let mut five_megabytes = case("plugin.journal", "answers", Act::asks(&texts), Act::asks(&[]));
    five_megabytes.guest.capabilities = here.clone();
    let mut gigabyte = case("plugin.journal", "gigabyte", Act::asks(&[pieces]), Act::asks(&[]));
    gigabyte.guest.capabilities = here.clone();
    let claims = asks("http.too_large", "claims", get(1, &server.url("/claims/3000000000")), here);
    vec![five_megabytes, gigabyte, claims]
}

/// Attempts on a picture that another project has.
fn thieves(picture: &Value) -> Vec<Case> {
    let digest = picture["blob"].as_str().expect("a digest").to_owned();
    let fails = |code: &str| {
        let error = json!({ "kind": "permanent", "message": "the host refused", "code": code });
        json!({ "outcome": { "failed": { "error": error } } }).to_string()
    };
    let got = json!({ "outcome": { "done": { "response": { "text": "read it" } } } }).to_string();
    let response = json!({ "outcome": { "done": { "response": { "data": { "stolen": picture } } } } });
    let input = json!({
        "id": 1, "effect": "exec", "program": "cat", "args": ["{in}/x"], "inputs": { "x": { "blob": picture } },
    });
    let partial = json!({ "id": 1, "effect": "partial", "preview": picture });
    let mut program = case("plugin.protocol", "blob-as-input", Act::asks(&[input]), Act::done("never"));
    program.guest.capabilities = json!({ "programs": [{ "name": "cat", "kind": "tool", "key": "none" }] });
    vec![
        case("blob.refused", "blob-read", Act::Open(digest, fails("blob.refused"), got), Act::done("never")),
        case("plugin.response", "blob-in-response", Act::turn(&response), Act::done("never")),
        case("plugin.protocol", "blob-as-preview", Act::asks(&[partial]), Act::done("never")),
        program,
    ]
}

/// A script that runs all guests beside each other, and two honest stages among them.
fn script(cases: &[Case]) -> String {
    let mut nodes = String::new();
    for case in cases {
        let id = &case.guest.id;
        let _ = writeln!(nodes, "    llm {{ provider = \"{id}\", text = \"x\" }}");
    }
    format!(
        "return studio.pipeline {{ title = \"Hostile\", params = {{}}, run = function()\n{nodes}\
             local board = llm {{ provider = \"outline\", task = \"storyboard\", text = \"# Hi\\n\\nAll is well.\" }}\n\
             tts {{ text = \"All is well.\" }}\n\
             return board:get().title\nend }}"
    )
}

fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry"));
    entries.map(|e| if e.path().is_dir() { size(&e.path()) } else { e.metadata().map_or(0, |m| m.len()) }).sum()
}

#[test]
fn each_fails_alone() {
    let server = Server::start();
    let home = Home::new();
    let card = json!({ "text": { "heading": "Private" }, "short_side": 240 });
    let picture = short::call(&home, "cards", "image", &card)["image"].clone();
    assert_eq!(home.studio_fed(&["secret", "set", "openai"], b"sk-not-for-you").code, Some(0));

    let mut cases = greedy();
    cases.extend(malformed());
    cases.extend(ungranted(&server));
    cases.extend(floods(&server));
    cases.extend(thieves(&picture));
    for case in &cases {
        home.module(&case.guest.id, &case.guest.wasm());
    }
    for case in cases.iter().filter(|c| c.guest.capabilities != json!({})) {
        let ran = home.studio(&["plugin", "grant", &case.guest.id, "--yes"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    let script = home.file("hostile.lua", script(&cases));
    let ran = home.studio(&["run", &script, "--events", "json"]);
    let events = ran.events();
    assert_ne!(ran.code, Some(0), "{ran:#?}");
    assert!(ran.code.is_some(), "it was killed: {ran:#?}");

    let failed: BTreeMap<String, Value> = events
        .iter()
        .filter(|e| is_node(e, "failed"))
        .map(|e| (e["plugin"].as_str().unwrap_or_default().to_owned(), e["error"].clone()))
        .collect();
    let mut wrong = String::new();
    for case in &cases {
        let code = failed.get(&case.guest.id).map_or("none", |e| e["code"].as_str().unwrap_or_default());
        if code != case.code {
            let _ = writeln!(wrong, "{}: {} expected, got {:?}", case.guest.id, case.code, failed.get(&case.guest.id));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    let done: Vec<_> = events.iter().filter(|e| is_node(e, "done")).map(place).collect();
    assert!(done.iter().any(|p| p.starts_with("llm")) && done.contains(&"tts".to_owned()), "{done:?}");
    assert!(!home.store().join("exports").join("hostile/owned.txt").exists());
    let bytes = size(&home.store().join("blobs"));
    assert!(bytes < 64 << 20, "they left {bytes} bytes in the store");
    assert!(!Path::new("/tmp/owned").exists());
}

#[test]
fn a_module_that_cannot_be_loaded_holds_nobody_up() {
    let home = Home::new();
    let mut endless = Raw::new("endless", Act::done(""), Act::done(""));
    endless.describe = Some(Act::Loop);
    let mut nonsense = Raw::new("nonsense", Act::done(""), Act::done(""));
    nonsense.describe = Some(Act::Say("I am a plugin".into()));
    let mut imports = Raw::new("imports", Act::done(""), Act::done(""));
    imports.more = r#"(import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))"#.into();
    let shadow = Raw::new("espeak", Act::done(""), Act::done(""));
    let mut huge = Raw::new("huge", Act::done(""), Act::done("")).wasm();
    // A custom section of 20 MB.
    huge.push(0);
    huge.extend_from_slice(&[0x80, 0x80, 0x80, 0x0a]);
    huge.resize(huge.len() + (20 << 20), 0);

    let modules = [
        ("endless", endless.wasm(), "plugin.fuel"),
        ("nonsense", nonsense.wasm(), "plugin.manifest"),
        ("imports", imports.wasm(), "plugin.load"),
        ("huge", huge, "plugin.load"),
        ("text", b"not a module at all".to_vec(), "plugin.load"),
    ];
    home.module("espeak", &shadow.wasm());
    for (name, wasm, code) in &modules {
        home.module(name, wasm);
        let path = home.store().join("plugins").join(format!("{name}.wasm"));
        home.fails(&["plugin", "inspect", &path.to_string_lossy()]).is(1, code).says(name);
    }
    let plugins = home.json(&["plugin", "ls"]);
    let ids: Vec<_> = plugins.as_array().expect("a list").iter().filter_map(|p| p["id"].as_str()).collect();
    assert_eq!(ids, ["cards", "espeak", "ffmpeg", "folder", "openai", "outline"]);
    assert_eq!(home.json(&["plugin", "inspect", "espeak"])["stages"][0]["role"], "tts");
}

#[test]
fn what_was_not_granted_is_named_with_the_command() {
    let server = Server::start();
    let home = Home::new();
    let wants = json!({ "net": [{ "host": server.host(), "private": true }] });
    let effect = get(1, &server.url("/echo/x"));
    let guest = Raw::new("honest", Act::asks(&[effect]), Act::Relay).asks_for(wants.clone());
    home.module("honest", &guest.wasm());
    let run = ["plugin", "call", "honest", "llm", r#"{"text": "x"}"#];
    home.fails(&run).is(77, "grant.host").says("studio plugin grant honest");
    assert_eq!(server.asked(), 0, "it was asked all the same");
    assert_eq!(home.studio(&["plugin", "grant", "honest", "--yes"]).code, Some(0));
    assert_eq!(home.json(&run)["text"], "it got away with it");
    assert_eq!(server.asked(), 1);

    // A grant is for these very bytes.
    let other = Raw::new("honest", Act::asks(&[get(1, &server.url("/echo/y"))]), Act::Relay).asks_for(wants);
    home.module("honest", &other.wasm());
    home.fails(&["plugin", "call", "honest", "llm", r#"{"text": "y"}"#]).is(77, "grant.host");
}
