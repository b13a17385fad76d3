//! Ten thousand stages that wait for jobs of a service: what they take while nothing happens, how they end, and how
//! they are cancelled.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{Row, fixture::Home, service::Service, serving::Serving};

/// Stages that wait at once.
const STAGES: usize = 10_000;
/// How long they are watched: each is asked about at least twice.
const WATCHED: Duration = Duration::from_secs(70);

pub fn measure() -> Vec<Row> {
    let stages = std::env::var("STUDIO_BENCH_STAGES").ok().and_then(|n| n.parse().ok()).unwrap_or(STAGES);
    let service = Service::start();
    let home = Home::asking(&service);
    // The plugin is compiled once, and by another process.
    let mut first = Serving::start(&home.store());
    let run = start(&home, &mut first, &service, 1, 0);
    service.wait_for("waiting", 1);
    first.ask("run.cancel", &json!({ "target": run }));
    first.leave();
    service.ask("POST", "/begin");
    let mut studio = Serving::start(&home.store());
    let idle = studio.resident_mb();
    let began = Instant::now();
    let run = start(&home, &mut studio, &service, stages, 2);
    service.wait_for("waiting", stages);
    println!("{stages} stages wait after {:.1} s; {idle:.0} MB before", began.elapsed().as_secs_f64());
    let (from, cpu) = (service.ask("GET", "/seen"), studio.cpu_seconds());
    std::thread::sleep(WATCHED);
    let share = (studio.cpu_seconds() - cpu) / WATCHED.as_secs_f64() * 100.0;
    let (memory, seen) = (studio.resident_mb(), service.ask("GET", "/seen"));
    let polls = seen["polls"].as_u64().unwrap_or(0) - from["polls"].as_u64().unwrap_or(0);
    println!("{polls} polls meanwhile; {from}; {seen}");
    let began = Instant::now();
    service.ask("POST", "/end");
    let outcome = studio.ask("run.wait", &json!({ "run": run }))["outcome"].take();
    let ended = began.elapsed().as_secs_f64();
    assert!(outcome["done"].is_object(), "{outcome}");
    service.ask("POST", "/begin");
    let run = start(&home, &mut studio, &service, stages, 1);
    service.wait_for("waiting", stages);
    let began = Instant::now();
    studio.ask("run.cancel", &json!({ "target": run }));
    let outcome = studio.ask("run.wait", &json!({ "run": run }))["outcome"].take();
    let cancelled = began.elapsed().as_secs_f64();
    assert_eq!(outcome, "cancelled");
    let after = studio.resident_mb();
    println!("{after:.0} MB after all that; left in {:.2} s", studio.leave());
    vec![
        Row {
            what: "10,000 stages waiting on jobs polled every 30 s: memory",
            target: "≤ 200 MB",
            measured: format!("{memory:.0} MB"),
            holds: memory <= 200.0,
        },
        Row {
            what: "the same: share of one core over 70 s",
            target: "≤ 2 %",
            measured: format!("{share:.1} %"),
            holds: share <= 2.0,
        },
        Row {
            what: "the same: connections to the service at most",
            // 64 that make jobs, those that ask for them, and this program.
            target: "≤ 130",
            measured: seen["most"].to_string(),
            holds: seen["most"].as_u64().is_some_and(|most| most <= 130),
        },
        Row {
            what: "the same: from the last job's end to the run's",
            target: "≤ 60 s",
            measured: format!("{ended:.1} s"),
            holds: ended <= 60.0,
        },
        Row {
            what: "the same: cancelled, all of it told and kept",
            target: "≤ 2 s",
            measured: format!("{cancelled:.2} s"),
            holds: cancelled <= 2.0,
        },
    ]
}

/// Starts a run of stages that each make a job and wait for it: the run's id.
fn start(home: &Home, studio: &mut Serving, service: &Service, stages: usize, round: usize) -> serde_json::Value {
    let jobs = service.url("/jobs");
    let script = format!(
        r#"
return studio.pipeline {{
  title = "Waiting",
  run = function()
    local scenes = {{}}
    for n = 1, {stages} do scenes[n] = {{ id = "scene-" .. n }} end
    local all = map(scenes, function(scene)
      local job = "{jobs}/{round}-" .. scene.id
      local make = '{{"http":{{"method":"POST","url":"' .. job .. '","body":{{"json":{{"prompt":"a picture of ' .. scene.id .. '"}}}}}}}}'
      local poll = '{{"poll":{{"request":{{"method":"GET","url":"' .. job .. '"}},"every_ms":30000,"pointer":"/status","until":["done"],"give_up_s":86400}}}}'
      return llm {{ provider = "echo", text = '{{"seq":[' .. make .. "," .. poll .. "]}}" }}
    end)
    return #all
  end,
}}
"#
    );
    let path = home.script(&format!("waiting-{round}"), &script);
    let started = studio.ask("run.start", &json!({ "project": path }));
    started["run"].clone()
}
