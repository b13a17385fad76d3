//! The engine at size: replaying a finished project, what a node costs, cancelling.

use std::time::{Duration, Instant};

use studio::{
    engine::{Engine, Live, Query, RunOptions, Sort},
    model::{NodeState, Project, Record, RunOutcome},
};

use super::{Row, fixture::Home, median};

/// Five nodes a scene.
const SCENES: usize = 1_000;

pub fn measure() -> Vec<Row> {
    let home = Home::new();
    let engine = home.engine();
    // Another script of one scene first: whatever is made once is made.
    let warm = home.project(&engine, "warm", &script_of("warm", 1, 0));
    run(&home, &engine, &warm);
    let large = home.project(&engine, "large", &script(SCENES, 0));
    let first = run(&home, &engine, &large);
    let replays = median((0..3).map(|_| run(&home, &engine, &large)).collect());
    let double = home.project(&engine, "double", &script_of("other", SCENES * 2, 0));
    run(&home, &engine, &double);
    let replays_of_double = median((0..3).map(|_| run(&home, &engine, &double)).collect());
    let nodes = (SCENES * 5) as f64;
    let micros = first / nodes * 1e6;
    let replayed = replays_of_double / replays;
    // One after the other, as the box is faster at one time than at another.
    let made = median((0..5).map(|_| made(SCENES * 2) / made(SCENES)).collect());
    // Most runs of a film find everything kept, some make a scene anew.
    for n in 0..96 {
        if n % 8 == 0 {
            home.script("large", &script(SCENES, n + 1));
        }
        run(&home, &engine, &large);
    }
    let index = files_mb(&home.store().join("index"));
    let cancels = median((0..5).map(|n| cancel(&home, &engine, n)).collect());
    let listed = list(&home, &engine);
    vec![
        Row {
            what: "a page of 1,000 projects in any order, the slowest of 20",
            target: "≤ 50 ms",
            measured: format!("{listed:.1} ms"),
            holds: listed <= 50.0,
        },
        Row {
            what: "scheduler overhead a node, durable, grouped commits",
            target: "≤ 200 µs",
            measured: format!("{micros:.0} µs"),
            holds: micros <= 200.0,
        },
        Row {
            what: "replay of a finished 1,000-scene project (5,000 nodes)",
            target: "≤ 1 s",
            measured: format!("{replays:.2} s"),
            holds: replays <= 1.0,
        },
        Row {
            what: "10,000 nodes against 5,000: made",
            target: "≤ 2.2 ×",
            measured: format!("{made:.2} ×"),
            holds: made <= 2.2,
        },
        Row {
            what: "10,000 nodes against 5,000: replayed",
            target: "≤ 2.2 ×",
            measured: format!("{replayed:.2} ×"),
            holds: replayed <= 2.2,
        },
        Row {
            what: "cancel until `cancelled` is told",
            target: "≤ 5 ms",
            measured: format!("{cancels:.1} ms"),
            holds: cancels <= 5.0,
        },
        Row {
            what: "index (sled) after 100 runs of that project",
            target: "≤ 50 MB",
            measured: format!("{index} MB"),
            holds: index <= 50,
        },
    ]
}

/// Milliseconds that a page of projects takes at most, where a thousand have been run.
fn list(home: &Home, engine: &Engine) -> f64 {
    let script = r#"return studio.pipeline { title = "Small", run = function() return 1 end }"#;
    for n in 0..1_000 {
        let project = home.project(engine, &format!("listed-{n}"), script);
        run(home, engine, &project);
    }
    let page = |n: usize| {
        let sort = [Sort::Changed, Sort::Created, Sort::Title, Sort::State][n % 4];
        let query = Query { limit: 50, sort, reverse: n % 8 > 3, ..Query::default() };
        let began = Instant::now();
        let page = engine.list(&query).expect("a page");
        assert_eq!(page.len(), 50);
        began.elapsed().as_secs_f64() * 1e3
    };
    (0..20).map(page).fold(0.0, f64::max)
}

/// Scenes of five small nodes, of which the last hangs on the others. Another `edit` changes ten of them.
pub fn script(scenes: usize, edit: usize) -> String {
    script_of("scene", scenes, edit)
}

/// The same with scenes of other names: nothing of them is kept from others.
fn script_of(name: &str, scenes: usize, edit: usize) -> String {
    format!(
        r#"
local function value(text) return llm {{ provider = "echo", text = '{{"value":"' .. text .. '"}}' }} end
return studio.pipeline {{
  title = "Large",
  run = function()
    local scenes = {{}}
    for n = 1, {scenes} do scenes[n] = {{ id = "{name}-" .. n, edit = n <= 10 and "{edit}" or "" }} end
    local all = map(scenes, function(scene)
      local a, b, c = value(scene.id .. "a" .. scene.edit), value(scene.id .. "b"), value(scene.id .. "c")
      local d = llm {{ provider = "echo", text = '{{"value":"d"}}', system = a.model, model = b.model }}
      return llm {{ provider = "echo", text = '{{"value":"' .. scene.id .. '"}}', system = d.model, model = c.model }}
    end)
    return #all
  end,
}}
"#
    )
}

fn run(home: &Home, engine: &Engine, project: &Project) -> f64 {
    let began = Instant::now();
    let report = home.runtime.block_on(async {
        engine.run(project, RunOptions::default()).await.expect("it starts").wait().await.expect("it ends")
    });
    assert!(matches!(report.outcome, Some(RunOutcome::Done { .. })), "{:?}", report.outcome);
    began.elapsed().as_secs_f64()
}

/// Seconds in which a film is made in a store that has nothing else.
fn made(scenes: usize) -> f64 {
    let home = Home::new();
    let engine = home.engine();
    let warm = home.project(&engine, "warm", &script_of("warm", 1, 0));
    run(&home, &engine, &warm);
    let film = home.project(&engine, "film", &script(scenes, 0));
    run(&home, &engine, &film)
}

/// Milliseconds from the wish to the word, with a node under way.
fn cancel(home: &Home, engine: &Engine, n: usize) -> f64 {
    let script = format!(
        r#"return studio.pipeline {{ title = "Slow", run = function() return llm {{ provider = "echo", text = '{{"seq":[{{"value":{n}}},{{"sleep":60000}}]}}' }} end }}"#
    );
    let project = home.project(engine, &format!("slow-{n}"), &script);
    home.runtime.block_on(async {
        let mut events = engine.subscribe();
        let handle = engine.run(&project, RunOptions::default()).await.expect("it starts");
        let mut until = async |state: NodeState| loop {
            let event = tokio::time::timeout(Duration::from_secs(30), events.recv()).await;
            if let Ok(Ok(Live::Recorded(entry))) = event
                && let Record::Node(change) = &entry.record
                && change.state == state
            {
                return;
            }
        };
        until(NodeState::Running).await;
        let began = Instant::now();
        handle.canceller().cancel();
        until(NodeState::Cancelled).await;
        let took = began.elapsed().as_secs_f64() * 1e3;
        handle.wait().await.expect("it ends");
        took
    })
}

fn files_mb(folder: &std::path::Path) -> u64 {
    fn bytes(folder: &std::path::Path) -> u64 {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|e| if e.path().is_dir() { bytes(&e.path()) } else { e.metadata().map_or(0, |m| m.len()) }).sum()
    }
    bytes(folder) >> 20
}
