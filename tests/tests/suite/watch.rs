//! Watching Studio at work: the log file, the metrics, the spans; and that none of them says what it must not.

#![allow(clippy::float_cmp, reason = "counters are whole numbers")]

use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use rustix::process::Signal;
use serde_json::{Value, json};
use studio_tests::{
    Control, Home, Running,
    collector::Collector,
    control::serve,
    openai::{KEY, Mood, OpenAi},
};

/// Words of a user's, and of a model's: nothing that is written down for whoever watches may hold them.
const PROMPT: &str = "zanzibar-of-the-user";
const SAID: &str = "quetzal-of-the-model";

/// A store whose `openai` is the server, and a project that asks it for a text.
fn asking(server: &OpenAi) -> Home {
    let home = Home::new();
    let settings = format!("[plugins.openai]\nurl = \"{}\"\nsecret = \"openai\"\n", server.url());
    fs::write(home.store().join("config.toml"), settings).expect("the settings");
    assert_eq!(home.studio_fed(&["secret", "set", "openai"], KEY.as_bytes()).code, Some(0));
    assert_eq!(home.studio(&["plugin", "grant", "openai", "--yes"]).code, Some(0));
    let script = home.file(
        "ask.lua",
        "return studio.pipeline { title = \"Ask\", params = { prompt = param.text { default = \"\" } },\n\
         run = function(p) return llm { provider = \"openai\", text = p.prompt }:get().text end }",
    );
    assert_eq!(home.json(&["new", "Ask", "--script", &script, "--set", &format!("prompt={PROMPT}")])["slug"], "ask");
    home
}

/// Where a server is: `127.0.0.1:PORT`.
fn host(server: &OpenAi) -> String {
    let url = server.url();
    url.trim_start_matches("http://").split('/').next().expect("a host").to_owned()
}

/// The lines of a log in a folder. Every one of them must be an object with what all have.
fn lines(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("studio.jsonl")).expect("a log");
    let line = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        for field in ["timestamp", "level", "target", "message"] {
            assert!(line[field].is_string(), "no {field} in {line}");
        }
        line
    };
    text.lines().map(line).collect()
}

fn find<'a>(lines: &'a [Value], message: &str) -> &'a Value {
    lines.iter().find(|l| l["message"] == message).unwrap_or_else(|| panic!("nobody said {message:?}: {lines:#?}"))
}

fn spans(line: &Value) -> Vec<&str> {
    line["spans"].as_array().map(|spans| spans.iter().filter_map(|s| s["name"].as_str()).collect()).unwrap_or_default()
}

#[track_caller]
fn says_nothing_private(what: &str, bytes: &[u8]) {
    for private in [KEY, PROMPT, SAID] {
        assert!(!bytes.windows(private.len()).any(|w| w == private.as_bytes()), "{private} is in {what}");
    }
}

fn end(serving: Running) {
    serving.signal(Signal::TERM);
    let left = serving.finish();
    assert_eq!(left.code, Some(0), "{left:?}");
}

#[test]
fn the_log_tells_of_runs_and_never_what_they_are_about() {
    let server = OpenAi::start();
    // What is said on standard error is the user's choice; the file's level is not moved by it.
    let home = asking(&server).with("STUDIO_LOG", "debug");
    let serving = serve(&home, &[]);
    server.next("/chat", Mood::RateLimited(Some(("retry-after-ms", "20"))));
    server.says(SAID);
    let done = home.json(&["run", "ask"]);
    assert_eq!(done["value"], SAID);
    server.next("/chat", Mood::Quota);
    let again = format!("prompt={PROMPT} again");
    home.fails(&["run", "ask", "--set", &again]).is(1, "openai.quota");
    let mut stranger = Control::silent(&studio_tests::control::socket(&home));
    assert!(stranger.request("hello", json!({ "protocol": 0, "client": "old" })).is_err());
    drop(stranger);
    end(serving);

    let logs = home.store().join("logs");
    let lines = lines(&logs);
    let run = &done["run"];
    assert!(run.is_string(), "{done}");
    assert!(find(&lines, "store opened")["seq"].is_u64());
    assert!(find(&lines, "client connected")["client"].as_str().is_some_and(|c| c.starts_with("studio ")));
    assert_eq!(find(&lines, "a client was refused")["code"], "protocol.unknown");
    let started = find(&lines, "run started");
    assert_eq!((&started["run"], spans(started)), (run, vec!["run"]));
    let waits = find(&lines, "a request waits");
    assert_eq!((spans(waits), &waits["attempt"]), (vec!["run", "node"], &json!(2)), "{waits}");
    assert_eq!((&waits["spans"][0]["id"], &waits["spans"][1]["plugin"]), (run, &json!("openai")));
    let ended: Vec<_> = lines.iter().filter(|l| l["message"] == "run ended").collect();
    assert_eq!((&ended[0]["run"], &ended[0]["outcome"], &ended[0]["ran"]), (run, &json!("done"), &json!(1)));
    assert!(ended[0]["seconds"].is_f64(), "{}", ended[0]);
    assert_eq!((&ended[1]["outcome"], &ended[1]["code"]), (&json!("failed"), &json!("openai.quota")));
    let failed = find(&lines, "node failed");
    assert_eq!(
        (&failed["code"], &failed["plugin"], &failed["run"]),
        (&json!("openai.quota"), &json!("openai"), &ended[1]["run"])
    );
    assert!(failed["slot"].as_str().is_some_and(|slot| slot.ends_with("/llm")), "{failed}");
    assert_eq!(lines.last().expect("lines")["message"], "store closed");
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&logs), mode(&logs.join("studio.jsonl"))), (0o700, 0o600));
    says_nothing_private("the log", &fs::read(logs.join("studio.jsonl")).expect("the log"));
}

#[test]
fn commands_of_a_moment_write_a_log_only_where_it_is_asked_for() {
    let mut home = Home::new();
    home.json(&["ls"]);
    assert!(!home.store().join("logs").exists());
    fs::write(home.store().join("config.toml"), "[log]\nfile = true\n").expect("the settings");
    home.json(&["ls"]);
    assert_eq!(lines(&home.store().join("logs")).len(), 2, "opened and closed");

    let elsewhere = home.path().join("a/b");
    home.set("STUDIO_LOG_FILE", &elsewhere);
    home.json(&["ls"]);
    home.json(&["ls"]);
    assert_eq!(lines(&elsewhere).len(), 4, "one file of all that write on a day");
    assert_eq!(lines(&home.store().join("logs")).len(), 2);
    home.set("STUDIO_LOG_FILE", home.file("no-folder", ""));
    home.fails(&["ls"]).is(2, "usage").says("STUDIO_LOG_FILE");
}

/// Asks over HTTP: the status and the body; none: nobody answers.
fn ask(address: &str, method: &str, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    write!(stream, "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

/// Starts `serve` with metrics at any port: where they are.
fn serve_metrics(home: &Home) -> (Running, String) {
    let mut serving = home.start(&["serve", "--json", "--metrics", "127.0.0.1:0"]);
    let line = serving.line("the address").unwrap_or_else(|| panic!("it does not serve: {:?}", serving.seen()));
    let told: Value = serde_json::from_str(&line).expect("JSON");
    let url = told["metrics"].as_str().expect("an address");
    let address = url.strip_prefix("http://").and_then(|url| url.strip_suffix("/metrics")).expect("an address");
    (serving, address.to_owned())
}

/// The samples by name with labels, of a text that must be whole.
fn samples(address: &str) -> BTreeMap<String, f64> {
    let (status, text) = ask(address, "GET", "/metrics").expect("an answer");
    assert!(status == 200 && text.ends_with("# EOF\n"), "{status}: {text}");
    says_nothing_private("the metrics", text.as_bytes());
    let sample = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no sample: {line}"));
        (name.to_owned(), value.parse().unwrap_or_else(|e| panic!("{e}: {line}")))
    };
    text.lines().filter(|line| !line.starts_with('#')).map(sample).collect()
}

#[test]
fn metrics_rise_by_what_ran() {
    let server = OpenAi::start();
    let home = asking(&server);
    let (serving, address) = serve_metrics(&home);
    let before = samples(&address);
    server.next("/chat", Mood::RateLimited(Some(("retry-after-ms", "20"))));
    server.says(SAID);
    home.json(&["run", "ask"]);
    home.json(&["run", "ask"]);
    server.next("/chat", Mood::Quota);
    home.fails(&["run", "ask", "--set", "prompt=Other"]).is(1, "openai.quota");
    let after = samples(&address);
    let rise = |name: &str| {
        let at = |samples: &BTreeMap<String, f64>| samples.get(name).copied().unwrap_or(0.0);
        at(&after) - at(&before)
    };
    let node = |state: &str| rise(&format!("studio_nodes_total{{plugin=\"openai\",role=\"llm\",state=\"{state}\"}}"));
    assert_eq!([node("done"), node("kept"), node("failed")], [1.0; 3], "{after:#?}");
    let run = |outcome: &str| rise(&format!("studio_runs_total{{outcome=\"{outcome}\"}}"));
    assert_eq!([run("done"), run("failed"), run("cancelled")], [2.0, 1.0, 0.0]);
    let host = host(&server);
    let requests = |class: &str| rise(&format!("studio_http_requests_total{{host=\"{host}\",status=\"{class}\"}}"));
    assert_eq!([requests("2xx"), requests("4xx")], [1.0, 2.0], "{after:#?}");
    assert_eq!((rise("studio_http_retries_total"), rise("studio_stage_retries_total")), (1.0, 0.0));
    let seconds = |part: &str| rise(&format!("studio_node_duration_seconds_{part}{{plugin=\"openai\",role=\"llm\"}}"));
    assert!(seconds("count") == 1.0 && seconds("sum") > 0.0, "{after:#?}");
    assert!(rise("studio_tokens_total{plugin=\"openai\",kind=\"out\"}") > 0.0);
    assert_eq!(rise("studio_metered_calls_total{plugin=\"openai\"}"), 1.0);
    assert!(
        rise("studio_journal_bytes") > 0.0
            && rise("studio_journal_last_seq") > 0.0
            && after["studio_blobs_bytes"] > 0.0
    );
    for state in ["waiting", "ready", "running"] {
        assert_eq!(after[&format!("studio_nodes_open{{state=\"{state}\"}}")], 0.0);
    }
    assert_eq!(ask(&address, "POST", "/metrics").map(|(status, _)| status), Some(405));
    assert_eq!(ask(&address, "GET", "/").map(|(status, _)| status), Some(404));
    end(serving);
    assert_eq!(ask(&address, "GET", "/metrics"), None, "gone with its process");
}

#[test]
fn metrics_show_what_is_under_way() {
    let server = OpenAi::start();
    let home = asking(&server);
    let (serving, address) = serve_metrics(&home);
    server.hold();
    let running = home.start(&["run", "ask", "--events", "json"]);
    server.wait_until_asked(1);
    let now = samples(&address);
    assert_eq!((now["studio_runs_active"], now["studio_nodes_open{state=\"running\"}"]), (1.0, 1.0), "{now:#?}");
    assert_eq!(now["studio_permits_in_use{resource=\"net\"}"], 1.0, "{now:#?}");
    assert!(now["studio_clients"] >= 1.0, "{now:#?}");
    assert_eq!(home.studio(&["cancel", "ask"]).code, Some(0));
    assert_eq!(running.finish().code, Some(130), "it ends when the run is over and counted");
    let then = samples(&address);
    assert_eq!((then["studio_runs_active"], then["studio_nodes_open{state=\"running\"}"]), (0.0, 0.0), "{then:#?}");
    assert_eq!(then["studio_runs_total{outcome=\"cancelled\"}"], 1.0);
    assert_eq!(then["studio_nodes_total{plugin=\"openai\",role=\"llm\",state=\"cancelled\"}"], 1.0);
    end(serving);
}

/// The addresses at which a process waits for connections over TCP.
fn listening(pid: i32) -> Vec<String> {
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).expect("its descriptors");
    let targets = descriptors.flatten().filter_map(|fd| fs::read_link(fd.path()).ok());
    let sockets: Vec<_> = targets.map(|target| target.to_string_lossy().into_owned()).collect();
    let mut found = Vec::new();
    for table in ["tcp", "tcp6"] {
        let table = fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default();
        for line in table.lines().skip(1) {
            let fields: Vec<_> = line.split_whitespace().collect();
            let (local, state, inode) = (fields[1], fields[3], fields[9]);
            if state == "0A" && sockets.contains(&format!("socket:[{inode}]")) {
                found.push(local.to_owned());
            }
        }
    }
    found
}

#[test]
fn nothing_is_listened_on_unless_asked_and_only_this_box_may_ask() {
    let home = Home::new();
    home.fails(&["serve", "--metrics", "0.0.0.0:0"]).is(2, "usage").says("--metrics-any");
    home.fails(&["serve", "--metrics", "[::]:0"]).is(2, "usage").says("metrics");
    home.fails(&["serve", "--metrics", "192.0.2.1:9464"]).is(2, "usage").says("127.0.0.1");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let taken = taken.local_addr().map(|address| (taken, address)).expect("its address");
    home.fails(&["serve", "--metrics", &taken.1.to_string()]).is(1, "metrics.address").says("another port");

    let serving = serve(&home, &[]);
    assert_eq!(listening(serving.pid()), Vec::<String>::new());
    end(serving);
    let (serving, address) = serve_metrics(&home);
    let port = address.parse::<SocketAddr>().expect("an address").port();
    assert_eq!(listening(serving.pid()), [format!("0100007F:{port:04X}")]);
    end(serving);
    // Said twice, it is the user's will.
    let mut open = home.start(&["serve", "--json", "--metrics", "0.0.0.0:0", "--metrics-any"]);
    let line = open.line("the address").expect("it serves");
    assert!(line.contains("http://0.0.0.0:"), "{line}");
    end(open);
}

#[test]
fn spans_go_to_a_collector_and_hang_together() {
    let (server, collector) = (OpenAi::start(), Collector::start());
    let home = asking(&server).with("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url());
    server.says(SAID);
    let done = home.json(&["run", "ask"]);
    assert_eq!(done["value"], SAID);
    let sent = collector.sent();
    assert!(!sent.is_empty(), "what is done is sent before the command ends");
    let mut all = Vec::new();
    for sent in &sent {
        assert_eq!((sent.path.as_str(), sent.mime.as_str()), ("/v1/traces", "application/x-protobuf"));
        all.extend_from_slice(&sent.body);
    }
    says_nothing_private("the spans", &all);
    let spans = collector.spans();
    let within = |name: &str, parent: &[u8]| {
        let found = spans.iter().find(|span| span.name == name && span.id.1 == parent);
        found.unwrap_or_else(|| panic!("no {name} there: {spans:#?}"))
    };
    let run = within("run", &[]);
    assert_eq!(run.attributes["id"], done["run"]);
    assert_eq!(run.told, ["run started", "run ended"]);
    let node = within("node", &run.id.0);
    assert_eq!((node.attributes["plugin"].as_str(), node.attributes["role"].as_str()), ("openai", "llm"));
    assert_eq!(within("turn", &node.id.0).trace, run.trace);
    let http = within("http", &node.id.0);
    let attribute = |name: &str| http.attributes[name].as_str();
    assert_eq!((attribute("host"), attribute("method"), attribute("status")), (host(&server).as_str(), "POST", "200"));

    // A collector that is not there holds up nothing, and is no failure.
    drop(collector);
    assert_eq!(home.json(&["run", "ask"])["kept"], 1);
    let home = home.with("OTEL_EXPORTER_OTLP_ENDPOINT", "not an address");
    home.fails(&["ls"]).is(2, "usage").says("OTEL_EXPORTER_OTLP_ENDPOINT");
}
