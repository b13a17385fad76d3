//! Nothing outlives a cancellation, a program's own end, or a studio that is killed.

use std::{process::Command, time::Duration};

use super::*;
use crate::effects::sandbox::{Swept, clean};

/// Starts children that leave their session by every way there is, all marked by the time that they sleep.
fn scatter(mark: &str) -> String {
    format!(
        "(setsid sleep {mark} &) ; setsid -f sleep {mark}; nohup sleep {mark} >/dev/null 2>&1 </dev/null &
         perl -e 'use POSIX; if (!fork) {{ POSIX::setsid(); if (!fork) {{ %ENV = (); $SIG{{$_}} = \"IGNORE\" for qw(TERM HUP INT); chdir \"/\"; exec \"sleep\", \"{mark}\" }} exit }} wait'
         sleep {mark} & disown"
    )
}

fn mark() -> String {
    format!("7{}", ulid::Ulid::generate().0 % 1_000_000_007)
}

#[tokio::test]
async fn a_cancelled_program_leaves_nothing() {
    for rig in Rig::each(CONFINED) {
        let mark = mark();
        let exec = bash(&format!("{}; touch {{out}}/ready; sleep {mark}", scatter(&mark)));
        let mut future = Box::pin(rig.run(&exec));
        tokio::select! {
            end = &mut future => panic!("ended early: {end:?}"),
            () = until("they run", || running(&mark).len() > 2) => {}
        }
        drop(future);
        until("all are dead", || running(&mark).is_empty()).await;
        tokio::time::timeout(Duration::from_secs(10), rig.runner.drained()).await.unwrap();
        assert_eq!(rig.scratches(), 0, "{}", rig.level);
    }
}

#[tokio::test]
async fn a_finished_program_leaves_nothing() {
    for rig in Rig::each(CONFINED) {
        let mark = mark();
        rig.run(&bash(&format!("{}; exit 0", scatter(&mark)))).await.unwrap();
        assert_eq!(running(&mark), Vec::<i32>::new(), "{}", rig.level);
    }
}

#[tokio::test]
async fn without_confinement_the_group_dies_and_marked_ones_too() {
    let rig = Rig::new(Level::None).unwrap();
    let mark = mark();
    rig.run(&bash(&format!("sleep {mark} & setsid sleep {mark} & disown; exit 0"))).await.unwrap();
    assert_eq!(running(&mark), Vec::<i32>::new());
}

/// Not a test by itself: a studio that is killed while its program runs.
#[tokio::test]
async fn victim() {
    let (Ok(level), Ok(mark), Ok(root)) =
        (std::env::var("STUDIO_TEST_LEVEL"), std::env::var("STUDIO_TEST_MARK"), std::env::var("STUDIO_TEST_ROOT"))
    else {
        return;
    };
    let sandbox = Sandbox::new(root.into(), LevelChoice::forced(level.parse().unwrap()));
    let programs = Programs::new(&"/usr/bin:/bin".into(), sandbox.clone());
    let runner = Runner::new(Arc::new(NoBlobs), sandbox, programs);
    // Where nothing confines them, those that hide all their traces cannot be told from a person's own.
    let some = format!("sleep {mark} & setsid -f sleep {mark}; nohup sleep {mark} & (sleep {mark} &)");
    let children = if level == "none" { some } else { scatter(&mark) };
    let exec = bash(&format!("{children}; sleep {mark}"));
    runner.run(&Rig::caller(ProgramKind::Tool), &exec, &mut |_| ()).await.unwrap();
}

#[tokio::test]
async fn a_killed_studio_leaves_nothing_once_the_next_has_started() {
    for rig in Rig::each(ALL) {
        let (mark, root) = (mark(), rig.home.path().join("scratch"));
        let mut studio = Command::new(std::env::current_exe().unwrap())
            .args(["effects::exec::tests::strays::victim", "--exact", "--test-threads", "1"])
            .env("STUDIO_TEST_LEVEL", rig.level.to_string())
            .env("STUDIO_TEST_MARK", &mark)
            .env("STUDIO_TEST_ROOT", &root)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        until("they run", || running(&mark).len() > 3).await;
        assert_eq!(clean(&root).unwrap().folders, 0, "a living studio's folders are left alone");
        studio.kill().unwrap();
        studio.wait().unwrap();
        if rig.level == Level::Full {
            until("the namespace dies by itself", || running(&mark).is_empty()).await;
        }
        let swept = clean(&root).unwrap();
        assert_eq!(swept.folders, 1, "{}", rig.level);
        until("all are dead", || running(&mark).is_empty()).await;
        assert_eq!(rig.scratches(), 0);
        assert_eq!(clean(&root).unwrap(), Swept::default());
    }
}
