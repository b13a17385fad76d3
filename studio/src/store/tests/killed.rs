//! A process that is killed while it writes.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Command, Stdio},
};

use super::{Home, Options, facts::*, small};
use crate::{
    model::Record,
    store::{Store, compact::Policy},
};

const CHILD: &str = "STUDIO_TEST_STORE";

#[test]
fn whatever_was_answered_before_a_kill_is_there_and_groups_are_whole() {
    let home = Home::new();
    let mut answered = 0;
    for lines in [1, 7, 40, 150] {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "store::tests::killed::writes_until_killed", "--ignored", "--nocapture"]);
        let mut child = child.env(CHILD, home.path()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        for _ in 0..lines * 2 + 3 {
            output.read_line(&mut text).unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        output.read_to_string(&mut text).unwrap();
        let whole = &text[..=text.rfind('\n').unwrap()];
        answered = whole.lines().filter_map(|l| l.strip_prefix("seq ")?.parse().ok()).max().unwrap_or(answered);
        let store = home.open();
        assert!(store.last_seq() >= answered, "{} of {answered}", store.last_seq());
        assert_eq!(store.last_seq() % 3, 0, "a group is whole or not there");
        let seqs: Vec<_> = store.entries_since(0, usize::MAX).unwrap().iter().map(|e| e.seq).collect();
        assert_eq!(seqs, (1..=store.last_seq()).collect::<Vec<_>>());
    }
    assert!(answered >= 3 * 150, "{answered}");
}

/// Compacts all the time, and says what was answered: that a project has a title.
#[test]
fn whatever_was_answered_before_a_kill_while_it_is_compacted_is_there() {
    let home = Home::new();
    let (mut generation, mut answered) = (0, 0);
    for lines in [3, 11, 40, 97, 150] {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "store::tests::killed::writes_and_compacts_until_killed", "--ignored", "--nocapture"]);
        let mut child = child.env(CHILD, home.path()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        while text.lines().filter(|l| l.starts_with("title ")).count() < lines {
            output.read_line(&mut text).unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        output.read_to_string(&mut text).unwrap();
        let whole = &text[..=text.rfind('\n').unwrap()];
        answered = whole.lines().filter_map(|l| l.strip_prefix("title ")?.parse().ok()).max().unwrap_or(answered);
        let store = Store::open_with(&home.path(), unlimited()).unwrap();
        let title: u32 = store.project(&project_id(1)).unwrap().unwrap().title.parse().unwrap();
        assert!(title >= answered, "{title} of {answered}");
        assert!(store.check(true, false).unwrap().is_good());
        generation = store.extent().unwrap().manifest.generation;
    }
    assert!(answered >= 300 && generation > 5, "{answered} {generation}");
}

/// Nothing is compacted when it is opened.
fn unlimited() -> Options {
    Options { policy: Policy { from_bytes: u64::MAX, ..small().policy }, ..small() }
}

#[tokio::test]
#[ignore = "run by the test above in a process of its own"]
#[allow(clippy::print_stdout)]
async fn writes_and_compacts_until_killed() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let store = Store::open_with(Path::new(&dir), small()).unwrap();
    let compacting = store.clone();
    std::thread::spawn(move || while compacting.compact().is_ok() {});
    let before = store.project(&project_id(1)).unwrap().map_or(0, |project| project.title.parse().unwrap());
    for n in before + 1.. {
        store.commit(vec![project(1, &n.to_string(), 500)]).await.unwrap();
        println!("\ntitle {n}");
    }
}

#[tokio::test]
#[ignore = "run by the test above in a process of its own"]
#[allow(clippy::print_stdout)]
async fn writes_until_killed() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let store = Store::open(Path::new(&dir)).unwrap();
    let group = || -> Vec<Record> { (0..3).map(|n| log(1, &"x".repeat(n * 900))).collect() };
    loop {
        let seq = store.append(group()).await.unwrap();
        let later = futures::future::join_all((0..4).map(|_| store.commit(group()))).await;
        for seq in later.into_iter().map(Result::unwrap).chain([seq]) {
            println!("\nseq {seq}");
        }
    }
}
