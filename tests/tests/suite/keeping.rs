//! What a studio does by itself that runs for months: the trash of projects empties itself, dead messages to webhooks do
//! not pile up.

use std::{
    ffi::OsString,
    time::{Duration, Instant, SystemTime},
};

use serde_json::json;
use studio::{
    engine::{Config, Engine, Query},
    model::{HookEvent, HookMessage, HookTry, Project, Record, Settings},
    store::Store,
};
use studio_tests::{Home, control::slow_project};

const DAY_MS: i64 = 24 * 3_600_000;
/// After this long something is stuck.
const STUCK: Duration = Duration::from_mins(2);

fn now_ms() -> i64 {
    let now = SystemTime::UNIX_EPOCH.elapsed().expect("a clock");
    i64::try_from(now.as_millis()).expect("it fits")
}

fn config(home: &Home) -> Config {
    Config::new(home.store(), home.path().join("key"), OsString::new())
}

async fn wait_until(mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < STUCK, "it never came");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Projects that were thrown away so many days ago.
async fn thrown_away(home: &Home, days: &[(&str, i64)]) {
    for (title, _) in days {
        slow_project(home, title, 1);
    }
    let store = Store::open(&home.store()).expect("a store");
    for (title, days) in days {
        let project = store.project_by_slug(title).expect("the store").expect("the project");
        let removed = Project { removed_ms: Some(now_ms() - days * DAY_MS), ..project };
        store.commit(vec![Record::Project(removed)]).await.expect("committed");
    }
    store.close().await.expect("closed");
}

fn in_trash(engine: &Engine) -> Vec<(String, Option<i64>)> {
    let query = Query { removed: true, ..Query::default() };
    let listed = engine.list(&query).expect("a list");
    listed.into_iter().map(|entry| (entry.project.slug, entry.gone_ms)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trash_of_projects_empties_itself() {
    let home = Home::new();
    thrown_away(&home, &[("tea", 31), ("rice", 29), ("salt", 400)]).await;
    let mut config = config(&home);
    config.settings = Settings::parse("[store]\ntrash_days = 0").expect("settings");
    let engine = Engine::open(config.clone()).await.expect("an engine");
    assert!(in_trash(&engine).iter().all(|(_, gone)| gone.is_none()), "never");
    assert_eq!(in_trash(&engine).len(), 3);
    engine.close().await.expect("closed");

    config.settings = Settings::default();
    let engine = Engine::open(config).await.expect("an engine");
    wait_until(|| in_trash(&engine).len() == 1).await;
    let (slug, gone) = in_trash(&engine).remove(0);
    let left = gone.expect("a day") - now_ms();
    assert!(slug == "rice" && (DAY_MS / 2..=DAY_MS).contains(&left), "{slug} {left}");
    assert!(engine.any_project("tea").is_err() && engine.project("rice").is_err());
    engine.restore("rice").await.expect("brought back");
    engine.close().await.expect("closed");
    let listed = home.studio(&["ls", "--trash"]);
    assert!(listed.err.contains("no project is such a one"), "{listed:?}");
    home.studio(&["rm", "rice"]);
    let listed = home.studio(&["ls", "--trash"]);
    assert!(listed.out.contains("KEPT UNTIL") && listed.out.contains("rice"), "{listed:?}");
}

fn dead(n: i64, at_ms: i64) -> Record {
    let (id, hook, body) = (format!("msg_{n}"), "gone".to_owned(), json!({ "n": n }).to_string());
    let message = HookMessage { id, hook, event: HookEvent::JobCompleted, at_ms, body };
    let tried = HookTry { n: 6, next_ms: None, why: "it answered 503".into() };
    Record::HookDead { message: Box::new(message), tried }
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_messages_are_bounded() {
    let home = Home::new();
    let (store, now) = (Store::open(&home.store()).expect("a store"), now_ms());
    let old = (0..20).map(|n| dead(n, now - 31 * DAY_MS));
    let records = old.chain((20..1_200).map(|n| dead(n, now - 29 * DAY_MS)));
    store.commit(records.collect()).await.expect("committed");
    store.close().await.expect("closed");
    let engine = Engine::open(config(&home)).await.expect("an engine");
    let ids = || engine.dead_letters().expect("letters").into_iter().map(|letter| letter.id).collect::<Vec<_>>();
    wait_until(|| ids().len() == 1_000).await;
    assert_eq!((ids()[0].as_str(), ids()[999].as_str()), ("msg_200", "msg_1199"), "the latest stay");
    engine.close().await.expect("closed");
}
