//! The first service over the network, against a server that speaks as it does: what is asked, what comes of every
//! way in which it may answer, what is paid for twice (nothing), and where keys may go.

use std::fs;

use serde_json::{Value, json};
use studio_tests::{
    Home, Ran,
    events::is_node,
    files, media,
    openai::{KEY, Mood, OpenAi, full_spec},
    short,
};

/// Settings for a server, and whatever else they should say.
pub fn settings(home: &Home, server: &OpenAi, more: &str) {
    let text = format!("[plugins.openai]\nurl = \"{}\"\n{more}", server.url());
    fs::write(home.store().join("config.toml"), text).expect("the settings");
}

pub fn keep_secret(home: &Home, name: &str, secret: &str) {
    assert_eq!(home.studio_fed(&["secret", "set", name], secret.as_bytes()).code, Some(0));
    fs::remove_file(home.path().join("stdin")).expect("what was typed");
}

pub fn grant(home: &Home) {
    let ran = home.studio(&["plugin", "grant", "openai", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

/// A store whose `openai` is the server, with its key, granted.
fn at(server: &OpenAi) -> Home {
    let home = Home::new();
    settings(&home, server, "secret = \"openai\"\n");
    keep_secret(&home, "openai", KEY);
    grant(&home);
    home
}

/// A script of one expression, which is what the run gives.
fn script(home: &Home, expression: &str) -> String {
    let text = format!(
        "return studio.pipeline {{ title = \"Ask\", params = {{ prompt = param.text {{ default = \"Hi\" }} }},\n\
         run = function(p) return {expression} end }}"
    );
    home.file("ask.lua", text)
}

const WRITE: &str = "llm { provider = \"openai\", text = p.prompt }:get().text";

fn call(home: &Home, role: &str, request: &Value) -> Value {
    short::call(home, "openai", role, request)
}

/// A call that fails: its exit code and its error.
fn refused(home: &Home, role: &str, request: &Value) -> studio_tests::home::Failed {
    let file = home.file("request.json", request.to_string());
    home.fails(&["plugin", "call", "openai", role, &format!("@{file}")])
}

fn blob(home: &Home, blob: &Value) -> Vec<u8> {
    let digest = blob["blob"].as_str().expect("a blob");
    let found = files::below(&home.store().join("blobs"));
    let path = found.iter().find(|path| path.to_string_lossy().replace('/', "").ends_with(digest));
    fs::read(path.expect("the blob's file")).expect("its bytes")
}

#[test]
fn a_person_sees_what_is_written_while_it_comes() {
    let server = OpenAi::start();
    let home = at(&server);
    let said = "Rice grows in water. Farmers flood the fields in spring, and drain them in summer.";
    server.says(said);
    let script = script(&home, WRITE);
    let ran = home.studio(&["run", &script, "--events", "json"]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let events = ran.events();
    let shown: String = events.iter().filter(|e| e["type"] == "partial").filter_map(|e| e["text"].as_str()).collect();
    assert_eq!(shown, said);
    let ended = events.iter().find(|e| e["type"] == "run_ended").expect("an end");
    assert_eq!(ended["outcome"]["done"]["value"], said);
    let again = home.json(&["run", &script]);
    assert_eq!((&again["ran"], &again["kept"]), (&json!(0), &json!(1)));
    assert_eq!((server.asked(), server.billed("/chat").len()), (1, 1));
    let asked = &server.ledger()[0].request;
    assert_eq!((&asked["stream"], &asked["messages"]), (&json!(true), &json!([{ "role": "user", "content": "Hi" }])));
    server.assert_asked_well();
}

#[test]
fn what_the_service_failed_at_is_asked_for_again_with_the_next_run() {
    let server = OpenAi::start();
    let home = at(&server);
    let script = script(&home, WRITE);
    server.next("/chat", Mood::Status(500));
    home.fails(&["run", &script]).is(1, "openai.transient");
    assert_eq!(home.json(&["run", &script])["ran"], 1);
    assert_eq!((server.asked(), server.billed("/chat").len()), (2, 1));
}

#[test]
fn data_fits_the_schema_or_is_refused() {
    let server = OpenAi::start();
    let home = at(&server);
    let schema = json!({
        "title": "plan", "type": "object", "additionalProperties": false, "required": ["name", "scenes"],
        "properties": { "name": { "type": "string" }, "scenes": { "type": "integer" } },
    });
    let request = json!({ "text": "Plan a film.", "schema": schema });
    let answer = call(&home, "llm", &request);
    assert_eq!(answer["data"], json!({ "name": "some words", "scenes": 3 }));
    assert_eq!(server.ledger()[0].request["response_format"]["json_schema"]["strict"], true);
    for (said, says) in [("{\"name\": 1, \"scenes\": 2}", ".name is not string"), ("{\"name\": ", "whole JSON")] {
        server.says(said);
        let request = json!({ "text": format!("Plan a film: {said}"), "schema": schema });
        refused(&home, "llm", &request).is(1, "openai.answer").says(says);
    }
    server.next("/chat", Mood::Length);
    let request = json!({ "text": "Plan a long film.", "schema": schema, "max_tokens": 20 });
    refused(&home, "llm", &request).is(1, "openai.length").says("max_tokens");
    server.assert_asked_well();
}

#[test]
fn storyboards_come_of_texts_and_pictures_are_looked_at() {
    let server = OpenAi::start();
    let home = at(&server);
    let board = call(&home, "llm", &json!({ "task": "storyboard", "text": short::TEXT }));
    let ids: Vec<&str> = board["scenes"].as_array().expect("scenes").iter().filter_map(|s| s["id"].as_str()).collect();
    assert_eq!(ids, ["rice-1", "work-1", "harvest-1"]);
    assert_eq!(board["scenes"][1]["prompt"], "A wide view of Work");
    let card = short::call(&home, "cards", "image", &json!({ "text": { "heading": "Tea" }, "short_side": 240 }));
    let script = script(
        &home,
        "llm { provider = \"openai\", text = \"What is this?\", images = { image { text = { heading = \"Tea\" }, \
         short_side = 240 }.image } }:get().text",
    );
    let value = home.json(&["run", &script])["value"].clone();
    assert!(value.as_str().is_some_and(|text| text.contains("What is this?")), "{value}");
    let content = server.ledger()[1].request["messages"][0]["content"].clone();
    let url = content[1]["image_url"]["url"].as_str().expect("a picture").to_owned();
    assert!(
        url.starts_with("data:image/png;base64,") && url.len() as u64 > card["image"]["bytes"].as_u64().unwrap_or(0)
    );
    server.assert_asked_well();
}

#[test]
fn speech_has_its_true_length_and_word_times() {
    let server = OpenAi::start();
    let home = at(&server);
    let request = json!({ "text": "Every terrace holds a hand of water.", "voice": "coral", "style": "Calm." });
    let speech = call(&home, "tts", &request);
    assert!((speech["seconds"].as_f64().expect("seconds") - 2.1).abs() < 1e-6, "{speech}");
    assert_eq!((&speech["sample_rate"], &speech["voice"]), (&json!(24000), &json!("coral")));
    assert_eq!(speech["words"].as_array().map(Vec::len), Some(7));
    let wav = blob(&home, &speech["audio"]);
    let header = studio_plugin_sdk::wav::header(&wav, wav.len() as u64).expect("a WAV file");
    assert!(header.whole, "the header tells the true length");
    assert_eq!(server.asked(), 1);

    let exact = json!({ "text": "Every terrace holds a hand of water.", "exact_times": true });
    let speech = call(&home, "tts", &exact);
    let words = speech["words"].as_array().expect("words");
    assert_eq!((&words[6]["text"], words.len()), (&json!("water."), 7));
    assert_eq!((&words[1]["start"], &words[1]["end"]), (&json!(0.3), &json!(0.6)));
    assert_eq!((server.billed("/audio/speech").len(), server.billed("/audio/transcriptions").len()), (2, 1));
    assert_eq!(call(&home, "tts", &exact), speech);
    assert_eq!(server.asked(), 3, "what is kept is not asked for again");
    server.next("/audio/speech", Mood::Empty);
    refused(&home, "tts", &json!({ "text": "Nothing." })).is(1, "openai.answer").says("sound");
    server.next("/audio/speech", Mood::Nonsense);
    refused(&home, "tts", &json!({ "text": "Nonsense." })).is(1, "openai.answer");
    server.assert_asked_well();
}

#[test]
fn pictures_are_blobs_however_they_come() {
    let server = OpenAi::start();
    let home = at(&server);
    let picture = call(&home, "image", &json!({ "prompt": "A rice field", "aspect": "9:16", "avoid": "people" }));
    assert_eq!((&picture["width"], &picture["height"]), (&json!(1024), &json!(1536)));
    assert_eq!(picture["image"]["mime"], "image/png");
    assert!(blob(&home, &picture["image"]).starts_with(b"\x89PNG"));
    server.next("/images", Mood::ByUrl);
    let by_url = call(&home, "image", &json!({ "prompt": "A terrace", "model": "dall-e-3" }));
    assert_eq!((&by_url["width"], &by_url["description"]), (&json!(1792), &json!("A terrace, in detail")));
    server.next("/images", Mood::Expired);
    refused(&home, "image", &json!({ "prompt": "A wall" })).is(1, "openai.expired").says("another take");
    server.next("/images", Mood::Empty);
    refused(&home, "image", &json!({ "prompt": "Nothing" })).is(1, "openai.answer");
    server.next("/images", Mood::Refuses);
    refused(&home, "image", &json!({ "prompt": "A crime" })).is(1, "openai.content_refused");
    let script = script(
        &home,
        "image { provider = \"openai\", prompt = \"The same at night\", references = { image { text = { heading = \"Tea\" }, \
         short_side = 240 }.image } }:get().width",
    );
    assert_eq!(home.json(&["run", &script])["value"], 1536);
    let entry = server.ledger().last().cloned().expect("an entry");
    assert_eq!((entry.path.as_str(), &entry.request["image"]), ("/images/edits", &json!(["image.png"])));
    server.assert_asked_well();
}

#[test]
fn recordings_are_transcribed_word_by_word() {
    let server = OpenAi::start();
    let home = at(&server);
    let script = script(
        &home,
        "asr { provider = \"openai\", media = tts { text = \"Hello there, good people.\" }.audio, language = \"en-GB\", \
         vocabulary = { \"Hello there, good people.\" } }:get()",
    );
    let value = home.json(&["run", &script])["value"].clone();
    assert_eq!((&value["text"], &value["language"]), (&json!("Hello there, good people."), &json!("en-GB")));
    let texts: Vec<&str> =
        value["words"].as_array().expect("words").iter().filter_map(|w| w["text"].as_str()).collect();
    assert_eq!(texts, ["Hello", "there,", "good", "people."]);
    let entry = server.ledger()[0].clone();
    assert_eq!((&entry.request["file"], &entry.request["language"]), (&json!("audio.wav"), &json!("en")));
    server.assert_asked_well();
}

#[test]
fn what_passes_is_waited_for_and_what_does_not_is_told() {
    let server = OpenAi::start();
    let home = at(&server);
    let ask = |n: u32| json!({ "text": format!("Question {n}") });
    server.next("/chat", Mood::RateLimited(Some(("retry-after-ms", "20"))));
    call(&home, "llm", &ask(1));
    assert_eq!((server.asked(), server.billed("/chat").len()), (2, 1));
    server.next("/chat", Mood::RateLimited(None));
    call(&home, "llm", &ask(2));
    assert_eq!((server.asked(), server.billed("/chat").len()), (4, 2));

    server.next("/chat", Mood::Quota);
    refused(&home, "llm", &ask(3)).is(1, "openai.quota").says("billing");
    server.next("/chat", Mood::Status(500));
    refused(&home, "llm", &ask(4)).is(1, "openai.transient");
    server.next("/chat", Mood::Status(503));
    refused(&home, "llm", &ask(5)).is(1, "openai.transient");
    server.next("/chat", Mood::ModelRefuses);
    refused(&home, "llm", &ask(6)).is(1, "openai.content_refused").says("I can't help with that.");
    server.next("/chat", Mood::Nonsense);
    refused(&home, "llm", &ask(7)).is(1, "openai.answer");
    server.next("/chat", Mood::Empty);
    refused(&home, "llm", &ask(8)).is(1, "openai.cut");
    server.next("/chat", Mood::BreaksStream);
    refused(&home, "llm", &ask(9)).is(1, "openai.transient");
    assert_eq!(server.asked(), 11, "each was sent once");
    server.next("/chat", Mood::NoUsage);
    call(&home, "llm", &ask(10));
    server.assert_asked_well();
}

#[test]
fn a_chain_goes_on_where_an_account_is_empty() {
    let server = OpenAi::start();
    let home = at(&server);
    server.next("/audio/speech", Mood::Quota);
    let script = script(&home, "tts { provider = { \"openai\", \"espeak\" }, text = p.prompt }:get().sample_rate");
    assert_eq!(home.json(&["run", &script])["value"], 22050);
}

#[test]
fn an_answer_that_breaks_off_is_not_paid_for_twice() {
    let server = OpenAi::start();
    let home = at(&server);
    let script = script(&home, WRITE);
    server.next("/chat", Mood::Cuts);
    home.fails(&["run", &script]).is(1, "http.unanswered");
    home.fails(&["run", &script]).is(1, "possibly_billed").says("--repeat");
    assert_eq!((server.asked(), server.billed("/chat").len()), (1, 1));
    assert_eq!(home.studio(&["retry", "ask", "--repeat"]).code, Some(0));
    assert_eq!(server.billed("/chat").len(), 2);
    server.next("/images", Mood::Cuts);
    refused(&home, "image", &json!({ "prompt": "A field" })).is(1, "http.unanswered");
}

#[test]
fn a_kill_while_it_is_answered_is_not_paid_for_twice() {
    let server = OpenAi::start();
    let home = at(&server);
    let script = script(&home, WRITE);
    server.hold();
    let mut running = home.start(&["run", &script, "--events", "json"]);
    running.wait_for("the node runs", |e| is_node(e, "running"));
    server.wait_until_asked(1);
    running.kill();
    server.release();
    server.wait_until_answered(1);
    home.fails(&["run", &script]).is(1, "possibly_billed");
    assert_eq!((server.asked(), server.billed("/chat").len()), (1, 1), "the service went on, and nobody asked again");
}

/// Everything that a test's program has written or said.
fn traces(home: &Home, ran: &[&Ran]) -> Vec<(String, Vec<u8>)> {
    let paths = files::below(home.path());
    let mut found: Vec<_> = paths.iter().map(|p| (p.display().to_string(), fs::read(p).expect("a file"))).collect();
    for ran in ran {
        found.push(("output".into(), format!("{}\n{}", ran.out, ran.err).into_bytes()));
    }
    found
}

#[test]
fn a_key_leaves_no_trace() {
    let server = OpenAi::start();
    let home = at(&server).with("STUDIO_LOG", "debug,hyper=trace,reqwest=trace");
    let wrong = "sk-wrong-Zq8Lw3Nf6Tb1";
    let script = script(&home, WRITE);
    let good = home.studio(&["run", &script, "--events", "json"]);
    assert_eq!(good.code, Some(0), "{good:#?}");
    keep_secret(&home, "openai", wrong);
    // Its body says the whole key again.
    let bad = home.studio(&["run", &script, "--set", "prompt=Other", "--events", "json"]);
    assert_eq!(bad.code, Some(1), "{bad:#?}");
    let failed = bad.events().into_iter().find(|e| is_node(e, "failed")).expect("a failed node");
    assert_eq!(
        (&failed["error"]["code"], &failed["error"]["kind"]),
        (&json!("openai.unauthorized"), &json!("unauthorized"))
    );
    assert!(failed["error"]["message"].as_str().is_some_and(|m| m.contains("studio secret set openai")), "{failed}");
    assert_eq!(server.ledger()[1].authorization, format!("Bearer {wrong}"), "the server got it");
    for secret in [KEY, wrong] {
        for (place, bytes) in traces(&home, &[&good, &bad]) {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} is in {place}");
        }
    }
    home.studio(&["secret", "rm", "openai"]);
    refused(&home, "llm", &json!({ "text": "No key" })).is(1, "secret.missing").says("studio secret set openai");
}

#[test]
fn odd_input_is_refused_before_anything_is_sent() {
    let server = OpenAi::start();
    let home = at(&server);
    let wav = json!({ "blob": "0".repeat(64), "bytes": 30_000_000, "mime": "audio/wav" });
    let text = json!({ "blob": "0".repeat(64), "bytes": 30, "mime": "text/plain" });
    for (role, request, field) in [
        ("llm", json!({ "text": " " }), "text"),
        ("llm", json!({ "text": "a\u{0}b" }), "text"),
        ("llm", json!({ "text": "word ".repeat(100_000) }), "text"),
        ("llm", json!({ "text": "a", "temperature": 3 }), "temperature"),
        ("llm", json!({ "text": "a", "max_tokens": 0 }), "max_tokens"),
        ("llm", json!({ "text": "a", "model": "a\nb" }), "model"),
        ("llm", json!({ "text": "a", "schema": "string" }), "schema"),
        ("llm", json!({ "text": "a", "messages": [{ "role": "user", "text": "" }] }), "messages[0].text"),
        ("tts", json!({ "text": "…" }), "text"),
        ("tts", json!({ "text": "word ".repeat(1_000) }), "text"),
        ("tts", json!({ "text": "a", "speed": 9 }), "speed"),
        ("tts", json!({ "text": "a", "pitch": 2 }), "pitch"),
        ("tts", json!({ "text": "a", "style": "calm", "model": "tts-1" }), "style"),
        ("image", json!({ "prompt": "" }), "prompt"),
        ("image", json!({ "text": { "heading": "Hi" } }), "text"),
        ("image", json!({ "prompt": "a", "seed": 1 }), "seed"),
        ("image", json!({ "prompt": "x".repeat(5_000), "model": "dall-e-3" }), "prompt"),
        ("image", json!({ "prompt": "a", "short_side": 9_000 }), "short_side"),
        ("asr", json!({ "media": wav }), "media"),
        ("asr", json!({ "media": text }), "media"),
    ] {
        let failed = refused(&home, role, &request);
        assert_eq!(
            (failed.code.as_str(), failed.field.as_str()),
            ("openai.invalid_input", field),
            "{role}: {failed:?}"
        );
    }
    assert_eq!(server.asked(), 0);
}

#[test]
fn settings_give_defaults_and_a_server_of_ones_own_needs_no_key() {
    let server = OpenAi::with_key(None);
    let home = Home::new();
    settings(&home, &server, "[plugins.openai.llm]\nmodel = \"qwen3-8b\"\ntemperature = 0.5\n");
    keep_secret(&home, "openai", KEY);
    grant(&home);
    call(&home, "llm", &json!({ "text": "Hi" }));
    let entry = server.ledger()[0].clone();
    assert_eq!(entry.authorization, "", "a key does not follow an address");
    assert_eq!((&entry.request["model"], &entry.request["temperature"]), (&json!("qwen3-8b"), &json!(0.5)));
    assert!(entry.request["max_tokens"].is_u64() && entry.request["max_completion_tokens"].is_null());
    call(&home, "llm", &json!({ "text": "Hi", "model": "other" }));
    assert_eq!(server.ledger()[1].request["model"], "other");
    // Other settings, another result; the old settings, the old one.
    settings(&home, &server, "");
    call(&home, "llm", &json!({ "text": "Hi" }));
    settings(&home, &server, "[plugins.openai.llm]\nmodel = \"qwen3-8b\"\ntemperature = 0.5\n");
    call(&home, "llm", &json!({ "text": "Hi" }));
    assert_eq!(server.asked(), 3);
    settings(&home, &server, "[plugins.openai.llm]\nmodle = \"x\"\n");
    refused(&home, "llm", &json!({ "text": "Hi" })).is(1, "invalid_input").says("modle");
}

#[test]
fn settings_open_nothing_by_themselves() {
    let server = OpenAi::start();
    let home = Home::new();
    keep_secret(&home, "openai", KEY);
    keep_secret(&home, "bank", "the-bank's-own-secret");
    settings(&home, &server, "secret = \"openai\"\n");
    let ask = json!({ "text": "Hi" });
    refused(&home, "llm", &ask).is(77, "grant.host").says("studio plugin grant openai");
    let script = script(&home, WRITE);
    home.fails(&["run", &script]).is(77, "grant.host").says("studio plugin grant openai");
    let shown = home.studio(&["plugin", "inspect", "openai"]).out;
    assert!(shown.contains(&format!("network  {}: not granted", server.host())), "{shown}");
    assert!(shown.contains(&format!("secret   openai (for {}): not granted", server.host())), "{shown}");
    grant(&home);
    call(&home, "llm", &ask);
    assert_eq!((server.asked(), server.ledger()[0].authorization.clone()), (1, format!("Bearer {KEY}")));

    // What was granted was this host and this secret, no other.
    settings(&home, &server, "secret = \"bank\"\n");
    refused(&home, "llm", &json!({ "text": "Other" })).is(77, "grant.secret");
    let elsewhere = OpenAi::start();
    settings(&home, &elsewhere, "secret = \"openai\"\n");
    refused(&home, "llm", &ask).is(77, "grant.host");
    assert_eq!((server.asked(), elsewhere.asked()), (1, 0));

    // A module of somebody else's gets nothing of it, whatever it calls itself.
    let thief = json!({ "service": { "url": format!("http://{}/v1", elsewhere.host()), "secret": "openai" } });
    let effect = json!({
        "id": 1, "effect": "http", "method": "POST", "url": format!("{}/chat/completions", elsewhere.url()),
        "headers": [["authorization", "Bearer {{secret:openai}}"]],
    });
    let guest =
        studio_tests::raw::Raw::new("thief", studio_tests::raw::Act::asks(&[effect]), studio_tests::raw::Act::Relay);
    home.module("thief", &guest.asks_for(thief).wasm());
    home.fails(&["plugin", "call", "thief", "llm", &ask.to_string()]).is(77, "grant.host");
    assert_eq!(elsewhere.asked(), 0);

    for (text, says) in [
        ("[plugins.openai]\nurl = \"http://example.com/v1\"", "https"),
        ("[plugins.openai]\nurl = \"https://*.example.com/v1\"", "one host"),
        ("[plugins.openai]\nsecret = \"sk-ABCDEFGH\"", "never the secret itself"),
        ("[plugins.openai]\nnet = \"evil.org\"", "net"),
        ("nonsense", "config.toml"),
    ] {
        fs::write(home.store().join("config.toml"), text).expect("the settings");
        refused(&home, "llm", &ask).is(2, "usage").says(says);
    }
}

/// The key goes with no redirect to another place.
#[test]
fn a_service_cannot_send_a_key_on() {
    let (server, thief) = (studio_tests::serve::Server::start(), OpenAi::start());
    let home = Home::new();
    let url = format!("http://{}/to/http://{}/v1", server.host(), thief.host());
    let text = format!("[plugins.openai]\nurl = \"{url}\"\nsecret = \"openai\"\n");
    fs::write(home.store().join("config.toml"), text).expect("the settings");
    keep_secret(&home, "openai", KEY);
    grant(&home);
    let failed = refused(&home, "llm", &json!({ "text": "Hi" }));
    assert!(["grant.host", "http.unanswered"].contains(&failed.code.as_str()), "{failed:?}");
    assert_eq!((server.asked(), thief.asked()), (1, 0));
}

#[test]
fn a_text_becomes_a_film_without_a_service() {
    let home = Home::new();
    let out = home.path().join("out").to_string_lossy().into_owned();
    let text = home.file("tea.md", "# Tea\n\nTea is a leaf.\n\n## Water\n\nIt wants water that has just boiled.\n");
    let new = ["new", "Tea", "--script", "topic", "--text", &text, "--set", "draft=true", "--out", &out];
    assert_eq!(home.studio(&new).code, Some(0));
    let done = home.json(&["run", "tea"]);
    assert_eq!(done["value"]["url"], "tea.mp4", "{done}");
    media::decodes(&home.path().join("out/tea.mp4")).expect("it decodes");
    let none = home.studio(&["new", "None", "--script", "topic"]);
    assert_eq!(none.code, Some(0), "{none:?}");
    home.fails(&["run", "none"]).is(1, "script.runtime").says("topic");
}

#[test]
fn a_topic_becomes_a_film_with_a_service() {
    let server = OpenAi::start();
    let home = at(&server);
    let out = home.path().join("out").to_string_lossy().into_owned();
    server.says("# Tea\n\nTea is a leaf that people have carried over mountains for two thousand years or so.");
    server.says(json!({ "hook": 2, "problems": ["Say where it grows."] }).to_string());
    server.says("# Tea\n\nA leaf moved armies.\n\n## Hills\n\nIt grows where mornings are wet.\n");
    let sets = ["writer=openai", "speaker=openai", "painter=openai", "exact_times=true", "draft=true", "minutes=0.1"];
    let mut new = vec!["new", "Tea", "--script", "topic", "--set", "topic=Tea", "--out", &out];
    sets.iter().for_each(|set| new.extend(["--set", set]));
    assert_eq!(home.studio(&new).code, Some(0));
    // The script, then the pictures, wait for a person.
    for (asked, waits) in [(3, 1), (10, 2)] {
        let ran = home.studio(&["run", "tea", "--events", "json"]);
        assert_eq!((ran.code, server.asked()), (Some(3), asked), "{ran:#?}");
        let approved = home.json(&["review", "tea", "--approve"]);
        assert_eq!(approved.as_array().map(Vec::len), Some(waits), "{approved}");
    }
    let ran = home.studio(&["run", "tea", "--events", "json"]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let improved = server.billed("/chat")[2].request["messages"][1]["content"].clone();
    let improved = improved.as_str().expect("the editor's notes");
    assert!(improved.contains("Say where it grows.") && improved.contains("opening does not hold"), "{improved}");
    let counts = ["/chat", "/audio/speech", "/audio/transcriptions", "/images"].map(|path| server.billed(path).len());
    assert_eq!(counts, [4, 2, 2, 2]);
    let film = media::probe(&home.path().join("out/tea.mp4"));
    assert_eq!((&film.video["width"], &film.video["height"]), (&854.into(), &480.into()));
    // 4 and 6 words of 0.3 s each, and the pads around each scene.
    assert!((film.seconds.0 - (3.0 + 2.0 * 0.6)).abs() < 0.2, "{:?}", film.seconds);
    media::decodes(&home.path().join("out/tea.mp4")).expect("it decodes");
    let srt = fs::read_to_string(home.path().join("out/tea.srt")).expect("captions");
    assert!(srt.contains("A leaf moved armies."), "{srt}");
    let again = home.json(&["run", "tea"]);
    assert_eq!(again["ran"], 0, "{again}");
    assert_eq!(server.asked(), 10, "nothing is paid for twice");
    server.assert_asked_well();
}

/// What the plugin sends is what the published description allows: that of the committed shapes, and the whole one
/// where this box has it.
#[test]
fn requests_fit_the_published_description() {
    let Some(spec) = full_spec() else {
        eprintln!("skipped: no openai.slim.json beside the project or in STUDIO_SPECS");
        return;
    };
    let server = OpenAi::start();
    let home = at(&server);
    let speech =
        call(&home, "tts", &json!({ "text": "All of it.", "speed": 1.25, "style": "Calm.", "exact_times": true }));
    call(&home, "llm", &json!({ "text": "Hi", "system": "Be brief.", "temperature": 0.2, "max_tokens": 100 }));
    call(&home, "llm", &json!({ "text": "Hi", "max_tokens": 20_000 }));
    call(&home, "llm", &json!({ "text": "Hi", "messages": [{ "role": "assistant", "text": "Yes?" }] }));
    call(&home, "llm", &json!({ "text": "Rice.", "task": "storyboard" }));
    for model in ["gpt-image-1.5", "gpt-image-2", "dall-e-3", "dall-e-2"] {
        call(&home, "image", &json!({ "prompt": "A field", "model": model }));
    }
    let script = script(
        &home,
        "{ asr { provider = \"openai\", media = tts { text = \"Hello there.\" }.audio, speakers = true }:get(), \
         asr { provider = \"openai\", media = tts { text = \"Hello there.\" }.audio, model = \"gpt-4o-transcribe\" }:get() }",
    );
    assert_eq!(home.studio(&["run", &script]).code, Some(0));
    assert!(speech["words"].is_array());
    let mut faults = Vec::new();
    for mut entry in server.ledger() {
        // OpenAI's own takes the newer name of the limit, which is what it is sent.
        if let Some(limit) = entry.request.as_object_mut().and_then(|r| r.remove("max_tokens")) {
            entry.request["max_completion_tokens"] = limit;
        }
        faults.extend(spec.faults(&entry.path, &entry.request));
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(server.ledger().len() >= 12);
    server.assert_asked_well();
}
