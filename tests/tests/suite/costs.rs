//! Money: what calls cost is counted as the service counts it, budgets stop before the call that would pass them, and
//! what may have been billed is neither forgotten nor sent again.

use serde_json::{Value, json};
use studio_tests::{
    Home,
    control::serve,
    events::is_node,
    openai::{KEY, OpenAi},
    raw::{Act, Raw},
    serve::Server,
};

use super::openai::{grant, keep_secret, settings};

/// Every call costs ten cents.
const DIME: &str = "[[price]]\nplugin = \"openai\"\nper_request = \"0.10\"\n";

/// A store whose `openai` is the server, with these settings beside.
fn at(server: &OpenAi, more: &str) -> Home {
    let home = Home::new();
    settings(&home, server, &format!("secret = \"openai\"\n{more}"));
    keep_secret(&home, "openai", KEY);
    grant(&home);
    home
}

/// A script of a few model's answers, one after the other or at once.
fn asking(home: &Home, times: usize, at_once: bool) -> String {
    let wait = if at_once { "" } else { ":get()" };
    let text = format!(
        "return studio.pipeline {{ title = \"Ask\", run = function()\n\
         local said = {{}}\n\
         for n = 1, {times} do said[n] = llm {{ id = \"s\" .. n, provider = \"openai\", text = \"Say \" .. n, \
         max_tokens = 50 }}{wait} end\n\
         return #said\nend }}"
    );
    home.file("ask.lua", text)
}

fn stats(home: &Home) -> Value {
    home.json(&["stats"])["total"].clone()
}

fn calls(home: &Home) -> Vec<Value> {
    home.json(&["stats", "--calls"])["generations"].as_array().expect("generations").clone()
}

/// Millionths of a dollar of an exact decimal.
fn micros(amount: &Value) -> u64 {
    let text = amount.as_str().expect("an amount");
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    assert!(part.len() <= 6, "{text} is exact to the millionth");
    whole.parse::<u64>().expect("dollars") * 1_000_000 + format!("{part:0<6}").parse::<u64>().expect("a fraction")
}

#[test]
fn the_ledger_is_what_the_service_counted() {
    let server = OpenAi::start();
    let home = at(
        &server,
        "[[price]]\nplugin = \"openai\"\nmodel = \"gpt-5*\"\nper_million_tokens_in = \"1\"\nper_million_tokens_out = \"4\"\n\
         [[price]]\nplugin = \"openai\"\nmodel = \"gpt-4o-mini-tts\"\nper_million_characters = \"15\"\n\
         [[price]]\nplugin = \"openai\"\nmodel = \"gpt-image*\"\nper_million_tokens_in = \"5\"\nper_million_tokens_out = \"32\"\n",
    );
    let script = home.file(
        "film.lua",
        "return studio.pipeline { title = \"Film\", run = function()\n\
         local text = llm { provider = \"openai\", text = \"Write about tea.\", max_tokens = 500 }:get().text\n\
         local picture = image { provider = \"openai\", prompt = \"Tea\" }\n\
         local speech = tts { provider = \"openai\", text = text }\n\
         local again = llm { provider = \"openai\", text = \"Improve: \" .. text, max_tokens = 500 }\n\
         picture:get() speech:get() return again:get().text end }",
    );
    let planned = home.json(&["plan", &script]);
    assert!(micros(&planned["cost"]["high"]) > 0 && planned["complete"] == false, "{planned}");
    assert_eq!(server.asked(), 0, "a plan asks nobody");
    let ran = home.json(&["run", &script, "--budget", "5"]);
    let billed = server.ledger();
    let expected: u64 = billed
        .iter()
        .map(|entry| {
            let of = |name: &str| entry.usage[name].as_u64().unwrap_or_default();
            match entry.path.as_str() {
                "/chat/completions" => of("prompt_tokens") + of("completion_tokens") * 4,
                "/audio/speech" => of("characters") * 15,
                _ => of("input_tokens") * 5 + of("output_tokens") * 32,
            }
        })
        .sum();
    assert_eq!((billed.len(), micros(&ran["spent"]), &ran["reserved"]), (4, expected, &json!("0")), "{ran}");
    let total = stats(&home);
    assert_eq!((&total["calls"], &total["done"], micros(&total["cost"])), (&json!(4), &json!(4), expected), "{total}");
    assert_eq!(total["success"], 1.0);
    let shown = home.json(&["show", "film"]);
    let nodes: u64 = shown["nodes"].as_array().expect("nodes").iter().map(|n| micros(&n["cost"])).sum();
    assert_eq!((nodes, micros(&shown["spent"])), (expected, expected), "{shown}");
    // What is kept costs nothing again, and a plan says so.
    let again = home.json(&["run", &script, "--budget", "0"]);
    assert_eq!((&again["spent"], &again["kept"], server.asked()), (&json!("0"), &json!(4), 4), "{again}");
    assert_eq!(home.json(&["plan", &script])["cost"]["high"], "0");
    // What such calls cost is known by now: less than they might have.
    let other = home.file(
        "other.lua",
        "return studio.pipeline { title = \"Other\", run = function()\n\
         return llm { provider = \"openai\", text = \"Write about rice.\", max_tokens = 500 } end }",
    );
    let cost = home.json(&["plan", &other])["cost"].clone();
    let dollars = |name: &str| cost[name].as_str().and_then(|s| s.parse::<f64>().ok()).expect("an amount");
    assert!(
        0.0 < dollars("low") && dollars("low") <= dollars("likely") && dollars("likely") < dollars("high"),
        "{cost}"
    );
    // Each of them with what was asked and what came of it.
    let found = calls(&home);
    let kinds: Vec<_> = found.iter().filter_map(|g| g["role"].as_str()).collect();
    assert!(kinds.len() == 4 && kinds.contains(&"image"), "{kinds:?}");
    let first = found.last().and_then(|g| g["id"].as_str()).expect("the first");
    let detail = home.json(&["stats", "--call", first]);
    assert_eq!(detail["request"]["text"], "Write about tea.");
    assert!(detail["response"]["text"].as_str().is_some_and(|text| !text.is_empty()), "{detail}");
    assert!(!detail.to_string().contains(KEY));
}

#[test]
fn a_runs_budget_stops_before_the_call_that_would_pass_it() {
    let server = OpenAi::start();
    let home = at(&server, DIME);
    let script = asking(&home, 4, false);
    let refused = home.fails(&["run", &script, "--budget", "0.25"]);
    refused.is(4, "budget").says("the budget of this run is $0.25").says("$0.20 is spent").says("--budget");
    assert_eq!(server.asked(), 2, "the third was not sent");
    home.fails(&["run", &script, "--budget", "0.05"]).is(4, "budget");
    assert_eq!(server.asked(), 2, "what was kept costs nothing, and nothing else is sent");
    let ran = home.json(&["run", &script, "--budget", "0.20"]);
    assert_eq!((&ran["spent"], &ran["kept"], server.asked()), (&json!("0.2"), &json!(2), 4), "{ran}");
    assert_eq!(stats(&home)["cost"], "0.4");
}

#[test]
fn calls_at_once_do_not_pass_a_budget_together() {
    let server = OpenAi::start();
    let home = at(&server, DIME);
    let script = asking(&home, 12, true);
    home.fails(&["run", &script, "--budget", "0.55"]).is(4, "budget");
    assert_eq!((server.asked(), server.billed("/chat").len()), (5, 5));
    let total = stats(&home);
    assert_eq!((&total["cost"], &total["reserved"], &total["calls"]), (&json!("0.5"), &json!("0"), &json!(5)));
    assert_eq!((&total["asked"], &total["failed"]), (&json!(5), &json!(0)), "what was not sent was not asked: {total}");
}

#[test]
fn budgets_of_projects_and_months_and_limits_of_grants_hold() {
    let server = OpenAi::start();
    let home = at(&server, DIME);
    let script = asking(&home, 3, false);
    home.fails(&["run", &script, "--budget", "0"]).is(4, "budget");
    let set = home.json(&["budget", "ask", "--total", "0.15", "--run", "1"]);
    assert_eq!((&set["accounts"][0]["most"], &set["accounts"][0]["spent"]), (&json!("0.15"), &json!("0")), "{set}");
    home.json(&["budget", "ask", "--total", "0.05"]);
    let planned = home.json(&["plan", "ask"]);
    assert!(planned["limits"][0].as_str().is_some_and(|l| l.contains("the budget of ask")), "{planned}");
    home.json(&["budget", "ask", "--total", "0.15"]);
    home.fails(&["run", "ask"]).is(4, "budget").says("the budget of ask is $0.15").says("studio budget ask --total");
    home.json(&["budget", "ask", "--lift", "total", "--month", "0.10"]);
    home.fails(&["run", "ask"]).is(4, "budget").says("--month");
    home.json(&["budget", "ask", "--lift", "month"]);
    let ran = home.studio(&["plugin", "grant", "openai", "--limit", "0.15", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    home.fails(&["run", "ask"]).is(4, "budget.grant").says("studio plugin grant openai --limit");
    // Granted again without a word about money, the limit stays.
    assert_eq!(home.studio(&["plugin", "grant", "openai", "--yes"]).code, Some(0));
    assert_eq!(home.json(&["plugin", "inspect", "openai"])["limit"], "0.15");
    assert_eq!(home.studio(&["plugin", "grant", "openai", "--yes", "--no-limit"]).code, Some(0));
    settings(&home, &server, &format!("secret = \"openai\"\n[budget]\nmonth = \"0.10\"\n{DIME}"));
    home.fails(&["run", "ask"]).is(4, "budget").says("all projects").says("config.toml");
    let by_hand = ["plugin", "call", "openai", "llm", "{\"text\": \"Hi\"}"];
    home.fails(&by_hand).is(4, "budget").says("all projects");
    assert_eq!(server.asked(), 1);
    settings(&home, &server, &format!("secret = \"openai\"\n[budget]\nmonth = \"0.30\"\n{DIME}"));
    assert_eq!(home.json(&["run", "ask"])["spent"], "0.2");
    assert_eq!(home.studio(&["budget", "ask", "--total", "much"]).code, Some(2));
}

#[test]
fn what_has_no_price_is_not_sent_under_a_budget() {
    let server = OpenAi::start();
    let home = at(&server, "");
    let script = asking(&home, 1, false);
    let refused = home.fails(&["run", &script, "--budget", "5"]);
    refused.is(4, "budget.unpriced").says("gpt-5.4-mini").says(server.host()).says("[[price]]");
    assert_eq!(server.asked(), 0);
    let ran = home.json(&["run", &script]);
    assert_eq!((&ran["spent"], server.asked()), (&json!("0"), 1), "{ran}");
    assert_eq!(stats(&home)["unpriced"], 1);
    // A server of one's own is free where one says so.
    let free = "[[price]]\nplugin = \"openai\"\nper_request = \"0\"\n";
    settings(&home, &server, &format!("secret = \"openai\"\n{free}"));
    let script = asking(&home, 2, false);
    assert_eq!(home.json(&["run", &script, "--budget", "0"])["spent"], "0");
    assert_eq!(server.asked(), 2);
}

#[test]
fn local_work_is_never_refused() {
    let home = Home::new();
    let script = home.file(
        "one.lua",
        "return studio.pipeline { title = \"One\", run = function()\n\
         return image { text = { heading = \"Tea\" }, short_side = 240 }:get().width end }",
    );
    assert_eq!(home.json(&["run", &script, "--budget", "0"])["ran"], 1);
    let total = home.json(&["stats", "--by", "service"]);
    assert_eq!((&total["rows"][0]["name"], &total["rows"][0]["done"]), (&json!("cards"), &json!(1)), "{total}");
}

#[test]
fn a_kill_during_a_paid_call_leaves_it_possibly_billed_and_held_back() {
    let server = OpenAi::start();
    let home = at(&server, DIME);
    let script = asking(&home, 2, false);
    server.hold();
    let mut running = home.start(&["run", &script, "--budget", "0.25", "--events", "json"]);
    running.wait_for("the node runs", |e| is_node(e, "running"));
    server.wait_until_asked(1);
    running.kill();
    let found = calls(&home);
    assert_eq!((found.len(), &found[0]["state"]), (1, &json!("possibly_billed")), "{found:?}");
    let total = stats(&home);
    assert_eq!(
        (&total["cost"], &total["reserved"], &total["possibly_billed"]),
        (&json!("0"), &json!("0.1"), &json!(1))
    );
    server.release();
    server.wait_until_answered(1);
    home.fails(&["run", &script]).is(1, "possibly_billed");
    assert_eq!(server.asked(), 1, "nobody said to send it again");
    assert_eq!(stats(&home)["reserved"], "0.1", "it is held back until a person says");
    // The run's own budget counts what is held back.
    home.fails(&["retry", "ask", "--budget", "0.15", "--repeat"]).is(4, "budget");
    assert_eq!(server.asked(), 2, "the first was sent again, the second not");
    assert_eq!(home.json(&["run", &script])["outcome"]["done"]["value"], 2);
    let total = stats(&home);
    assert_eq!((&total["cost"], &total["reserved"], &total["calls"]), (&json!("0.2"), &json!("0"), &json!(2)));
    assert_eq!(server.billed("/chat").len(), 3, "one of them a person gave up");
    let lost = |g: &&Value| g["calls"].as_array().is_some_and(|calls| calls.iter().any(|c| c["state"] == "lost"));
    assert_eq!(calls(&home).iter().filter(lost).count(), 1, "which is on record");
}

#[test]
fn figures_come_as_csv_and_json() {
    let server = OpenAi::start();
    let home = at(&server, DIME);
    let script = asking(&home, 2, false);
    home.json(&["run", &script]);
    let csv = |args: &[&str]| -> Vec<Vec<String>> {
        let ran = home.studio(args);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.out.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
    };
    let rows = csv(&["stats", "--by", "project", "--format", "csv"]);
    let column = |name: &str| rows[0].iter().position(|c| c == name).unwrap_or_else(|| panic!("{rows:?}"));
    assert_eq!((rows.len(), rows[0][0].as_str(), rows[1][0].as_str()), (2, "project", "ask"));
    assert_eq!(rows[1][column("cost_usd")], "0.2");
    assert_eq!(rows[1][column("calls")], "2");
    let listed = csv(&["stats", "--calls", "--format", "csv"]);
    assert_eq!((listed.len(), listed[0][0].as_str()), (3, "id"));
    let page = home.json(&["stats", "--calls", "--limit", "1"]);
    assert_eq!(page["more"], true);
    let last = page["generations"][0]["id"].as_str().expect("an id");
    let next = home.json(&["stats", "--calls", "--limit", "1", "--before", last]);
    assert_eq!((&next["more"], next["generations"].as_array().map(Vec::len)), (&json!(false), Some(1)));
    assert_eq!(home.json(&["stats", "--since", "2999-01-01"])["rows"], json!([]));
    assert_eq!(home.json(&["stats", "--project", "ask", "--until", "2999-01-01"])["total"]["calls"], 2);
    home.fails(&["stats", "--since", "soon"]).is(1, "invalid_input").says("since");
    home.fails(&["stats", "--project", "nobody"]).is(1, "not_found");
    let table = home.studio(&["stats"]);
    assert!(table.out.contains("together") && table.out.contains("$0.20"), "{table:?}");
}

#[test]
fn a_mistake_in_prices_is_told_by_every_command() {
    let home = Home::new();
    for (text, says) in [
        ("[[price]]\nplugin = \"openai\"\nper_image = 0.04\n", "per_image"),
        ("[[price]]\nplugin = \"openai\"\n", "says no price"),
        ("[budget]\nmonth = \"much\"\n", "US dollars"),
        ("[budget]\nweek = \"1\"\n", "week"),
    ] {
        std::fs::write(home.store().join("config.toml"), text).expect("the settings");
        home.fails(&["ls"]).is(2, "usage").says(says);
    }
}

/// A module of a third party that makes one paid request and gives its outcome, at a revision.
fn install(home: &Home, server: &Server, rev: u32) {
    let effect = json!({ "id": 1, "effect": "http", "method": "POST", "url": server.url("/done") });
    let guest = Raw::new("asker", Act::asks(&[effect]), Act::Relay)
        .asks_for(json!({ "net": [{ "host": server.host(), "private": true }] }));
    home.module("asker", &Raw { rev, ..guest }.wasm());
    assert_eq!(home.studio(&["plugin", "grant", "asker", "--yes"]).code, Some(0));
}

#[test]
fn what_was_sent_beside_a_refused_call_is_waited_for_and_kept() {
    let server = Server::start();
    let home = Home::new();
    let call = |id: u32| {
        let at_most = json!({ "cost_usd": "0.1" });
        json!({ "id": id, "effect": "http", "method": "POST", "url": server.url("/done"), "at_most": at_most })
    };
    // It never ends: what it does after both answers is of no interest here.
    let guest = Raw::new("asker", Act::asks(&[call(1), call(2)]), Act::asks(&[]))
        .asks_for(json!({ "net": [{ "host": server.host(), "private": true }] }));
    home.module("asker", &guest.wasm());
    let granted = home.studio(&["plugin", "grant", "asker", "--yes", "--limit", "0.15"]);
    assert_eq!(granted.code, Some(0), "{granted:?}");
    let script = home.file(
        "ask.lua",
        "return studio.pipeline { title = \"Ask\", run = function()\n\
         return llm { provider = \"asker\", text = \"x\" }:get().text end }",
    );
    home.fails(&["run", &script]).is(4, "budget.grant").says("$0.10 is held back");
    assert_eq!(server.asked(), 1);
    assert_eq!(stats(&home)["reserved"], "0.1", "nobody has said yet what the first one cost");
    home.fails(&["run", &script]).is(4, "budget.grant");
    assert_eq!(server.asked(), 1, "its answer was kept");
    // The same plugin in other bytes is as limited as before.
    home.module("asker", &Raw { rev: 2, ..guest }.wasm());
    assert_eq!(home.studio(&["plugin", "grant", "asker", "--yes"]).code, Some(0));
    assert_eq!(home.json(&["plugin", "inspect", "asker"])["limit"], "0.15");
    home.fails(&["run", &script]).is(4, "budget.grant");
    assert_eq!(server.asked(), 1, "what the other bytes have spent counts");
}

#[test]
fn an_upgrade_spends_nothing_until_a_person_asks_for_it() {
    let server = Server::start();
    let home = Home::new();
    let script = home.file(
        "ask.lua",
        "return studio.pipeline { title = \"Ask\", params = { text = param.text { default = \"x\" } }, run = function(p)\n\
         return llm { provider = \"asker\", text = p.text }:get().text end }",
    );
    install(&home, &server, 1);
    let refused = home.fails(&["run", &script, "--budget", "1"]);
    refused.is(4, "budget.unpriced").says("asker");
    assert_eq!(server.asked(), 0, "a third party's word that it is free is not taken");
    home.json(&["run", &script]);
    assert_eq!(server.asked(), 1);
    install(&home, &server, 2);
    let planned = home.json(&["plan", "ask"]);
    let node = &planned["nodes"][0];
    assert_eq!((&node["verdict"], &node["older"]), (&json!("kept"), &json!(true)), "{planned}");
    let kept = home.studio(&["run", "ask", "--events", "json"]);
    let older = |e: &Value| is_node(e, "kept") && e["older"] == true;
    assert!(kept.events().iter().any(older), "{kept:?}");
    assert_eq!(server.asked(), 1, "the new revision asked nobody");
    home.fails(&["run", "ask", "--refresh", "cook"]).is(1, "invalid_input").says("refresh");
    assert_eq!(home.json(&["run", "ask", "--refresh", "tts"])["kept"], 1);
    assert_eq!(home.json(&["run", "ask", "--refresh"])["ran"], 1);
    assert_eq!(server.asked(), 2);
    let again = home.json(&["run", "ask", "--refresh"]);
    assert_eq!((&again["kept"], server.asked()), (&json!(1), 2), "what is current is not made again");
    // Another request is another result, whatever version there is.
    home.json(&["run", "ask", "--set", "text=y"]);
    assert_eq!(server.asked(), 3);
}

#[test]
fn a_budget_set_over_the_socket_holds_for_a_run_under_way() {
    let server = OpenAi::start();
    let home = at(&server, DIME);
    let script = asking(&home, 3, false);
    let serving = serve(&home, &[]);
    server.hold();
    let started = home.json(&["run", &script, "--detach"]);
    server.wait_until_asked(1);
    let set = home.json(&["budget", "ask", "--total", "0.15"]);
    assert_eq!(set["accounts"][0]["reserved"], "0.1", "{set}");
    server.release();
    home.fails(&["run", "ask", "--headless"]).is(4, "budget");
    assert_eq!(server.asked(), 1);
    assert!(started["run"].is_string());
    drop(serving);
}

#[test]
fn what_a_person_approved_outlives_an_upgrade_and_what_is_free_does_not() {
    let home = Home::new();
    let install = |rev: u32, says: &str| {
        let guest = Raw::new("sayer", Act::done(says), Act::Relay);
        home.module("sayer", &Raw { rev, ..guest }.wasm());
    };
    let script = |name: &str, expression: &str| {
        let text = format!(
            "return studio.pipeline {{ title = \"{name}\", run = function()\n\
             return {expression}:get().text end }}"
        );
        home.file(&format!("{name}.lua"), text)
    };
    let ask = "llm { provider = \"sayer\", text = \"x\" }";
    let (free, approved) = (script("free", ask), script("approved", &format!("review({ask})")));
    install(1, "old");
    assert_eq!(home.json(&["run", &free])["value"], "old");
    assert_eq!(home.studio(&["run", &approved]).code, Some(3));
    assert_eq!(home.studio(&["review", "approved", "llm", "--approve"]).code, Some(0));
    assert_eq!(home.json(&["run", &approved])["value"], "old");
    install(2, "new");
    assert_eq!(home.json(&["run", &free])["value"], "new");
    assert_eq!(home.json(&["run", &approved])["value"], "old", "a person found it good");
    assert_eq!(home.studio(&["run", &approved, "--refresh", "llm"]).code, Some(3), "what is new waits again");
}

#[test]
fn each_run_of_a_batch_is_held_to_what_it_may_spend() {
    let server = OpenAi::start();
    let home = at(&server, DIME);
    let script = home.file(
        "say.lua",
        "return studio.pipeline { title = \"Say\", params = { times = param.number { default = 1 } }, run = function(p)\n\
         for n = 1, p.times do llm { id = \"s\" .. n, provider = \"openai\", text = project.title .. n, \
         max_tokens = 50 }:get() end\nend }",
    );
    let items = home.file("say.csv", "title,times\nOnce,1\nThrice,3\n");
    let ran = home.studio(&["batch", &items, "--script", &script, "--budget-each", "0.25", "--json"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    let report: Value = serde_json::from_str(&ran.out).expect("a report");
    assert_eq!((&report["items"][0]["state"], &report["items"][1]["state"]), (&json!("done"), &json!("failed")));
    assert_eq!(report["items"][1]["error"]["code"], "budget", "{report}");
    assert_eq!(server.asked(), 3, "the third call of the second was not sent");
    let rest = home.json(&["run", "thrice", "--budget", "0.30"]);
    assert_eq!((&rest["ran"], server.asked()), (&json!(1), 4), "what was paid is kept: {rest}");
}

/// Items that ask once each, one after the other.
fn asking_batch(home: &Home, items: usize) -> (String, String) {
    let script = home.file(
        "say.lua",
        "return studio.pipeline { title = \"Say\", run = function()\n\
         return llm { provider = \"openai\", text = project.title, max_tokens = 50 }:get().model end }",
    );
    let lines: Vec<String> = (1..=items).map(|n| format!("Say {n}")).collect();
    (script, home.file("say.csv", format!("title\n{}\n", lines.join("\n"))))
}

fn item_states(report: &Value) -> Vec<&str> {
    report["items"].as_array().expect("items").iter().filter_map(|item| item["state"].as_str()).collect()
}

#[test]
fn all_of_a_batch_is_held_to_what_it_may_spend_and_what_is_left_says_so() {
    let server = OpenAi::start();
    let home = at(&server, DIME);
    let (script, items) = asking_batch(&home, 5);
    let begin = ["batch", &items, "--script", &script, "--at-once", "1", "--budget", "0.25", "--json"];
    let ran = home.studio(&begin);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    let report: Value = serde_json::from_str(&ran.out).expect("a report");
    assert_eq!(item_states(&report), ["done", "done", "failed", "pending", "pending"], "{report}");
    assert_eq!((&report["budget"], &report["spent"], server.asked()), (&json!("0.25"), &json!("0.2"), 2));
    let codes: Vec<_> = (2..5).map(|n| report["items"][n]["error"]["code"].clone()).collect();
    assert_eq!(codes, ["budget.batch", "budget.batch", "budget.batch"], "{report}");
    let help = report["items"][4]["error"]["help"].as_str().expect("what to do");
    assert!(help.contains("studio batch resume say --budget"), "{help}");
    assert_eq!(home.json(&["batch", "show", "say"])["items"], report["items"], "it is kept");
    // It holds in another process.
    let again = home.studio(&["batch", "resume", "say", "--json"]);
    assert_eq!((again.code, server.asked()), (Some(4), 2), "{again:?}");
    let more = home.studio(&["batch", "resume", "say", "--budget", "0.45"]);
    assert_eq!((more.code, server.asked()), (Some(4), 4), "{more:?}");
    assert!(more.err.contains("$0.40 of $0.45 is spent"), "{more:?}");
    let rest = home.json(&["batch", "resume", "say", "--budget", "0.50"]);
    assert_eq!((item_states(&rest), server.asked()), (vec!["done"; 5], 5), "{rest}");
}

#[test]
fn the_budget_of_a_batch_outlives_its_process() {
    let server = OpenAi::start();
    let home = at(&server, DIME);
    let (script, items) = asking_batch(&home, 4);
    server.hold();
    let mut first = home.start(&["batch", &items, "--script", &script, "--at-once", "1", "--budget", "0.15"]);
    server.wait_until_asked(1);
    first.kill();
    server.release();
    server.wait_until_answered(1);
    // The first call is possibly billed: it is held back, and no more of the batch is begun.
    let serving = serve(&home, &[]);
    let ended = || {
        let report = home.json(&["batch", "show", "say"]);
        (report["open"] == false).then_some(report)
    };
    let report = loop {
        if let Some(report) = ended() {
            break report;
        }
    };
    assert_eq!(item_states(&report)[1..], ["failed", "pending", "pending"], "{report}");
    assert_eq!((&report["reserved"], server.asked()), (&json!("0.1"), 1), "{report}");
    drop(serving);
}

#[test]
fn what_was_asked_to_be_made_anew_is_so_after_an_interruption() {
    let server = Server::start();
    let home = Home::new();
    let script = home.file(
        "ask.lua",
        "return studio.pipeline { title = \"Ask\", run = function()\n\
         local first = review(llm { provider = \"asker\", text = \"x\" })\n\
         return llm { provider = \"asker\", text = \"y\", system = first.text }:get().text end }",
    );
    install(&home, &server, 1);
    assert_eq!(home.studio(&["run", &script, "--yes"]).code, Some(0));
    assert_eq!(server.asked(), 2);
    install(&home, &server, 2);
    // It waits for a person with the first renewed, is left, and taken up without a word about that.
    assert_eq!(home.studio(&["run", "ask", "--refresh"]).code, Some(3));
    assert_eq!(server.asked(), 3);
    assert_eq!(home.json(&["show", "ask"])["last_run"]["refresh"], "all");
    assert_eq!(home.studio(&["review", "ask", "--approve"]).code, Some(0));
    assert_eq!(home.json(&["run", "ask"])["ran"], 1, "the second is made anew, too");
    assert_eq!(server.asked(), 4);
    // A run that has ended says nothing of the next.
    assert_eq!(home.studio(&["run", "ask"]).code, Some(0));
    assert_eq!(home.json(&["show", "ask"])["last_run"]["refresh"], Value::Null);
}

#[test]
fn a_run_that_waits_goes_on_without_a_person_where_that_is_said_and_is_taken_up_so() {
    let server = Server::start();
    let home = Home::new();
    let script = home.file(
        "ask.lua",
        "return studio.pipeline { title = \"Ask\", run = function()\n\
         return review(llm { provider = \"asker\", text = \"x\" }):get().text end }",
    );
    install(&home, &server, 1);
    assert_eq!(home.studio(&["run", &script]).code, Some(3));
    let run = home.json(&["show", "ask"])["last_run"]["id"].clone();
    home.json(&["run", "ask", "--yes"]);
    let last = home.json(&["show", "ask"])["last_run"].clone();
    assert_eq!((&last["id"], &last["unattended"]), (&run, &json!(true)), "{last}");
}
