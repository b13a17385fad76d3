//! Killed at any instant and started again, a run ends with the same film, does nothing twice, and leaves nothing
//! behind. Ten rounds on the short film; `STUDIO_SOAK=1`: fifty on the demo's text.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use studio_tests::{
    Home, Ran,
    events::{events, is_node, place, places},
    procs, short, soak,
};

use super::seeded;

/// Kills of one round; after that it is left alone.
const KILLS: usize = 3;

struct Work {
    prepare: fn(&Home),
    run: &'static [&'static str],
}

const SHORT: Work = Work { prepare: |home| _ = short::project(home), run: &["run", "rice", "--events", "json"] };
const DEMO: Work = Work { prepare: |_| (), run: &["demo", "--out", "out", "--events", "json"] };

#[test]
fn killed_at_any_instant_it_ends_the_same() {
    let (work, rounds) = if soak() { (DEMO, 50) } else { (SHORT, 10) };
    let (seed, mut random) = seeded();

    let undisturbed = Home::new();
    (work.prepare)(&undisturbed);
    let ran = undisturbed.studio(work.run);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let (film, lines) = (short::files(&undisturbed), ran.events().len());
    for round in 0..rounds {
        let home = Home::new();
        (work.prepare)(&home);
        let attempts = run_through_kills(&home, &work, lines, &mut random);
        check(&home, &attempts).unwrap_or_else(|e| panic!("seed {seed}, round {round}: {e}\n{attempts:#?}"));
        let made = short::files(&home);
        let names =
            |files: &[(String, Vec<u8>)]| files.iter().map(|(n, b)| format!("{n} {}", b.len())).collect::<Vec<_>>();
        assert_eq!(names(&film), names(&made), "seed {seed}, round {round}");
        assert!(film == made, "seed {seed}, round {round}: other bytes");
        eprintln!("round {} of {rounds}: {KILLS} kills, the same film", round + 1);
    }
}

/// The events of every attempt: killed ones, then the one that ended.
fn run_through_kills(home: &Home, work: &Work, lines: usize, random: &mut fastrand::Rng) -> Vec<Vec<Value>> {
    let mut attempts = Vec::new();
    let mut started = Vec::new();
    for _ in 0..KILLS {
        let mut running = home.start(work.run);
        // Some events, then a moment that no event tells.
        let after = random.usize(..lines);
        let spin = random.u32(..2_000_000);
        while running.seen().len() < after && running.line("an event to kill at").is_some() {}
        for n in 0..spin {
            std::hint::black_box(n);
        }
        started.extend(procs::below(running.pid()));
        running.kill();
        while running.line("what it still said").is_some() {}
        attempts.push(events(running.seen().iter().map(String::as_str)));
    }
    let ran: Ran = home.studio(work.run);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    attempts.push(ran.events());
    let left = procs::wait_until_gone(|| {
        let mut left: Vec<_> = started.iter().filter(|p| procs::lives(p)).cloned().collect();
        left.extend(procs::touching(home.path()));
        left
    });
    assert!(left.is_empty(), "left running: {left:?}");
    attempts
}

/// What was announced as done is never made again, and nothing is left in the store.
fn check(home: &Home, attempts: &[Vec<Value>]) -> Result<(), String> {
    let mut done: BTreeSet<(String, String)> = BTreeSet::new();
    for events in attempts {
        for event in events {
            let made = (place(event), event["key"].as_str().unwrap_or_default().to_owned());
            if is_node(event, "running") && done.contains(&made) {
                return Err(format!("{} was done and ran again", made.0));
            }
            if is_node(event, "done") {
                done.insert(made);
            }
            if is_node(event, "failed") {
                return Err(format!("{event}"));
            }
        }
    }
    let mut times = BTreeMap::new();
    for events in attempts {
        for place in places(events, "done") {
            *times.entry(place).or_insert(0) += 1;
        }
    }
    if let Some((place, n)) = times.iter().find(|(_, n)| **n > 1) {
        return Err(format!("{place} was done {n} times"));
    }
    let left = procs::left_over(&home.store());
    if left.is_empty() { Ok(()) } else { Err(format!("left behind: {left:?}")) }
}
