//! Twenty clients on one socket, each editing, running and cancelling: no update is lost, nobody is stuck, and the
//! owner grows no fatter. A few rounds each; `STUDIO_SOAK=1`: a minute.

use std::{
    fs,
    time::{Duration, Instant},
};

use rustix::process::Signal;
use serde_json::{Value, json};
use studio_tests::{
    Control, Home,
    control::{serve, slow_script},
    soak,
};

const CLIENTS: usize = 20;
/// All edit these.
const SHARED: usize = 4;

/// What the owner may take more at the end than a third of the way on, in KiB.
const MORE: u64 = 32 << 10;

#[test]
fn twenty_clients_edit_run_and_cancel_at_once() {
    let home = Home::new();
    let script = slow_script(&home, 1);
    let serving = serve(&home, &[]);
    let mut control = Control::connect(&home);
    let shared = (0..SHARED).map(|n| format!("shared-{n}"));
    for title in shared.chain((0..CLIENTS).map(|n| format!("own-{n}"))) {
        let new = json!({ "title": title, "script": script });
        assert_eq!(control.patiently("project.create", &new).expect("a project")["slug"], title);
    }
    let pid = serving.pid();
    let (began, lasts) = (Instant::now(), Duration::from_mins(1));
    let goes_on = |round: u64| if soak() { began.elapsed() < lasts } else { round < 6 };
    let (sizes, written) = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|n| (n, &home)).collect();
        let threads: Vec<_> =
            clients.into_iter().map(|(n, home)| scope.spawn(move || client(home, n, &goes_on))).collect();
        let mut sizes = Vec::new();
        while threads.iter().any(|t| !t.is_finished()) {
            sizes.push((began.elapsed(), resident(pid)));
            std::thread::sleep(Duration::from_millis(200));
        }
        let written: Vec<u64> =
            threads.into_iter().map(|t| t.join().expect("a client is stuck or was refused")).collect();
        (sizes, written)
    });
    for shared in 0..SHARED {
        let project = json!({ "project": format!("shared-{shared}") });
        let project = control.patiently("project.get", &project).expect("the project");
        for (n, last) in written.iter().enumerate() {
            assert_eq!(project["params"][format!("c{n}")], json!(last.to_string()), "client {n}: {project}");
        }
    }
    assert_eq!(control.patiently("run.list", &json!({})), Ok(json!([])));
    let (first, last) = (sizes[sizes.len() / 3].1, sizes.last().expect("a size").1);
    eprintln!("{} rounds; the owner had {first} KiB after a third, {last} at the end", written.iter().sum::<u64>());
    assert!(last < first + MORE, "the owner grows: {sizes:?}");
    serving.signal(Signal::TERM);
    let left = serving.finish();
    assert_eq!(left.code, Some(0), "{left:?}");
}

/// Edits what all share, and starts, follows or cancels a run of its own, round after round: how many there were.
fn client(home: &Home, n: usize, goes_on: &dyn Fn(u64) -> bool) -> u64 {
    let mut control = Control::connect(home);
    // Clients of Studio's own call each command something: its answer is remembered, and that it was applied.
    let command = |what: &str, round: u64| format!("client-{n}-{what}-{round}");
    let mut round = 0;
    while goes_on(round) {
        round += 1;
        for shared in 0..SHARED {
            let edit = json!({ "set": { format!("c{n}"): round.to_string() } });
            let id = command(&format!("edit-{shared}"), round);
            let edit = json!({ "project": format!("shared-{shared}"), "edit": edit, "command": id });
            let edited = control.patiently("project.edit", &edit).expect("it is kept");
            assert_eq!(edited["params"][format!("c{n}")], json!(round.to_string()));
        }
        let edit = json!({ "set": { "text": format!("{n} {round}") } });
        let start = json!({ "project": format!("own-{n}"), "edit": edit, "command": command("start", round) });
        let run = control.patiently("run.start", &start).expect("a run")["run"].clone();
        let ended = if round % 2 == 0 {
            let cancel = json!({ "target": run, "command": command("cancel", round) });
            control.patiently("run.cancel", &cancel).expect("it is cancelled, or has ended");
            control.patiently("run.wait", &json!({ "run": run })).expect("its end")
        } else {
            control.patiently("run.wait", &json!({ "run": run })).expect("its end")
        };
        let outcome = &ended["outcome"];
        let fits = if round % 2 == 0 { true } else { outcome["done"]["value"] == "slept" };
        assert!(fits && *outcome != Value::Null, "{ended}");
    }
    round
}

/// Resident memory of a process, in KiB.
fn resident(pid: i32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
