//! A process that is killed while it writes.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Command, Stdio},
};

use super::{Home, facts::*};
use crate::{model::Record, store::Store};

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
