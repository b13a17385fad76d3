//! Killed at any instant and started again, a run ends with the same film, does nothing twice, and leaves nothing
//! behind. Ten rounds on the short film; `STUDIO_SOAK=1`: fifty on the demo's text.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use studio_tests::{
    Home, Ran,
    events::{events, is_node, place, places},
    openai::{KEY, OpenAi},
    procs, short, soak,
};

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
    let (seed, rounds, mut random) = seeded(rounds);

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

/// The seed, the rounds, and what is random by that seed.
fn seeded(rounds: u64) -> (u64, u64, fastrand::Rng) {
    let given = |name: &str| std::env::var(name).ok().and_then(|s| s.parse().ok());
    let seed = given("STUDIO_SEED").unwrap_or_else(|| fastrand::u64(..));
    eprintln!("STUDIO_SEED={seed} repeats these kills");
    (seed, given("STUDIO_ROUNDS").unwrap_or(rounds), fastrand::Rng::with_seed(seed))
}

/// How many paid calls a run of the test below makes, each for ten cents.
const CALLS: u64 = 6;

/// Killed at any instant, with calls under way or not: the ledger never knows of less than the service has counted, and
/// never of more that was answered; what was answered is not asked again.
#[test]
fn what_is_paid_is_counted_through_kills() {
    let (seed, rounds, mut random) = seeded(if soak() { 100 } else { 6 });
    for round in 0..rounds {
        let (server, home) = (OpenAi::start(), Home::new());
        let at = format!("seed {seed}, round {round}");
        paid_project(&home, &server);
        let again = ["retry", "ask", "--repeat", "--budget", "5", "--events", "json"];
        for _ in 0..KILLS {
            let held = random.bool() && Counted::of(&home).answered < CALLS;
            if held {
                server.hold();
            }
            let before = server.asked();
            let mut running = home.start(&again);
            if held {
                server.wait_until_asked(before + 1);
            } else {
                let after = random.usize(..20);
                while running.seen().len() < after && running.line("an event to kill at").is_some() {}
            }
            (0..random.u32(..2_000_000)).for_each(|n| _ = std::hint::black_box(n));
            running.kill();
            server.release();
            let counted = Counted::of(&home);
            assert!(counted.fits(server.billed("/chat").len() as u64), "{at}: {counted:?}, {:?}", server.ledger());
        }
        let ended = home.studio(&again);
        assert_eq!(ended.code, Some(0), "{at}: {ended:#?}");
        let counted = Counted::of(&home);
        assert!(counted.fits(server.billed("/chat").len() as u64), "{at}: {counted:?}, {:?}", server.ledger());
        let total = home.json(&["stats"])["total"].clone();
        assert_eq!((counted.answered, counted.open), (CALLS, 0), "{at}: {counted:?}");
        assert_eq!((&total["cost"], &total["reserved"]), (&json!("0.6"), &json!("0")), "{at}: {total}");
        eprintln!("round {} of {rounds}: {counted:?}, {} billed", round + 1, server.billed("/chat").len());
    }
}

fn paid_project(home: &Home, server: &OpenAi) {
    let price = "[[price]]\nplugin = \"openai\"\nper_request = \"0.10\"\n";
    let settings = format!("[plugins.openai]\nurl = \"{}\"\nsecret = \"openai\"\n{price}", server.url());
    std::fs::write(home.store().join("config.toml"), settings).expect("the settings");
    assert_eq!(home.studio_fed(&["secret", "set", "openai"], KEY.as_bytes()).code, Some(0));
    assert_eq!(home.studio(&["plugin", "grant", "openai", "--yes"]).code, Some(0));
    let text = format!(
        "return studio.pipeline {{ title = \"Ask\", run = function()\n\
         for n = 1, {CALLS} do local said = llm {{ id = \"s\" .. n, provider = \"openai\", text = \"Say \" .. n }}\n\
         if n % 3 == 0 then said:get() end end end }}"
    );
    let script = home.file("ask.lua", text);
    assert_eq!(home.studio(&["new", "Ask", "--script", &script]).code, Some(0));
}

/// Calls in the ledger, by how they stand.
#[derive(Debug)]
struct Counted {
    answered: u64,
    /// Without an answer.
    open: u64,
    /// Given up by a person.
    lost: u64,
}

impl Counted {
    fn of(home: &Home) -> Self {
        let page = home.json(&["stats", "--calls", "--limit", "1000"]);
        let generations = page["generations"].as_array().cloned().unwrap_or_default();
        let states: Vec<String> = generations
            .iter()
            .flat_map(|g| g["calls"].as_array().cloned().unwrap_or_default())
            .filter_map(|call| call["state"].as_str().map(str::to_owned))
            .collect();
        let of = |names: &[&str]| states.iter().filter(|state| names.contains(&state.as_str())).count() as u64;
        Self { answered: of(&["answered"]), open: of(&["sent", "unknown"]), lost: of(&["lost"]) }
    }

    /// Can the service have counted so many?
    fn fits(&self, billed: u64) -> bool {
        (self.answered..=self.answered + self.open + self.lost).contains(&billed)
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
