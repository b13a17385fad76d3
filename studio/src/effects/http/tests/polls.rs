//! Requests repeated until they say so.

use std::{sync::Arc, time::Duration};

use parking_lot::Mutex;
use studio_plugin_sdk::{
    error::{ErrorKind, StageError},
    wire::{Body, Http, HttpAnswer, Poll},
};
use tokio::{io::AsyncReadExt, sync::mpsc};

use super::{
    super::{Polling, SystemClock},
    kit::*,
};
use crate::effects::Caller;

fn poll(request: Http) -> Poll {
    Poll {
        request,
        every_ms: 3000,
        backoff: 1.0,
        pointer: "/status".into(),
        until: vec!["done".into(), "failed".into()],
        progress: Some("/progress".into()),
        give_up_s: 60,
    }
}

async fn asked(k: &Kit, who: Caller, poll: Poll) -> Result<HttpAnswer, StageError> {
    k.client.poll(who, poll, k.context.clone(), Box::new(|_| ()))?.await
}

#[tokio::test]
async fn it_goes_on_through_failures_and_nonsense_until_the_value_comes() {
    let server = Server::of(&[
        &answer(200, "", r#"{"status":"queued","progress":0}"#),
        &answer(503, "", "busy"),
        b"",
        &answer(200, "", "not json"),
        &answer(200, "", r#"{"other":1}"#),
        &answer(200, "retry-after: 9\r\n", r#"{"status":"running","progress":40}"#),
        &answer(200, "", r#"{"status":"done","progress":100}"#),
    ])
    .await;
    let k = kit();
    let progress = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&progress);
    let on_progress = Box::new(move |share| seen.lock().push(share));
    let who = caller(&[server.rule()]);
    let polling = k.client.poll(who, poll(get(server.url("/"))), k.context.clone(), on_progress).unwrap();
    let got = polling.await.unwrap();
    assert_eq!(got.body, Body::Text(r#"{"status":"done","progress":100}"#.into()));
    assert_eq!(*progress.lock(), [0.0, 0.4]);
    let slept = k.clock.seconds();
    assert_eq!(slept.len(), 6);
    // Up to a tick longer, so that many end together.
    assert!(slept[..5].iter().all(|s| (2.7..=3.4).contains(s)), "{slept:?}");
    assert!((9.0..=9.101).contains(&slept[5]), "{slept:?}");
}

#[tokio::test]
async fn an_answer_that_will_not_change_ends_it_and_a_pause_is_kept() {
    let server = Server::of(&[&answer(429, "retry-after: 20\r\n", ""), &answer(404, "", "no such job")]).await;
    let k = kit();
    let who = caller(&[server.rule()]);
    let got = asked(&k, who, poll(get(server.url("/")))).await.unwrap();
    assert_eq!((got.status, server.count()), (404, 2));
    assert!(k.clock.seconds().iter().sum::<f64>() >= 20.0);
}

#[tokio::test]
async fn it_gives_up_in_time_and_asks_once_more_at_the_end() {
    let server = Server::of(&[&answer(200, "", r#"{"status":"running"}"#)]).await;
    let k = kit();
    let who = caller(&[server.rule()]);
    let e = asked(&k, who, poll(get(server.url("/")))).await.unwrap_err();
    assert_eq!((e.code.as_str(), e.kind), ("poll.gave_up", ErrorKind::Transient));
    assert!((k.clock.seconds().iter().sum::<f64>() - 60.0).abs() < 0.001);
}

#[tokio::test]
async fn a_final_answer_that_became_a_blob_is_still_read() {
    let long = format!(r#"{{"status":"done","words":"{}"}}"#, "w".repeat(5000));
    let server = Server::of(&[&answer(200, "", r#"{"status":"queued"}"#), &answer(200, "", &long)]).await;
    let k = kit_with(|o| o.inline_bytes = 1000);
    let who = caller(&[server.rule()]);
    let got = asked(&k, who, poll(get(server.url("/")))).await.unwrap();
    assert_eq!(k.blobs.read(&got.body), long.as_bytes());
}

#[tokio::test]
async fn what_can_never_work_is_said_at_once() {
    let server = Server::of(&[&answer(200, "", "{}")]).await;
    let k = kit();
    let mut wrong = poll(get(server.url("/")));
    wrong.pointer = "status".into();
    let e = asked(&k, caller(&[server.rule()]), wrong).await.unwrap_err();
    assert_eq!((e.kind, e.field.as_deref()), (ErrorKind::InvalidInput, Some("pointer")));
    let e = asked(&k, caller(&[]), poll(get(server.url("/")))).await.unwrap_err();
    assert_eq!((e.code.as_str(), server.count()), ("grant.host", 0));
}

#[tokio::test]
async fn thousands_at_once_are_small_and_open_few_connections() {
    const MANY: usize = 3000;
    let server = wiremock::MockServer::start().await;
    let running = wiremock::ResponseTemplate::new(200).set_body_string(r#"{"status":"running"}"#);
    let done = wiremock::ResponseTemplate::new(200).set_body_string(r#"{"status":"done"}"#);
    let any = || wiremock::Mock::given(wiremock::matchers::any());
    any().respond_with(running).up_to_n_times(MANY as u64).mount(&server).await;
    any().respond_with(done).mount(&server).await;
    let k = kit();
    let who = caller(&[rule(&server.address().to_string())]);
    let mut one = poll(get(server.uri()));
    one.give_up_s = 100_000_000;
    let begin = |_| k.client.poll(who.clone(), one.clone(), k.context.clone(), Box::new(|_| ())).unwrap();
    let polls: Vec<_> = (0..MANY).map(begin).collect();
    assert!(size_of::<Polling>() <= 32);
    let answers = futures::future::join_all(polls).await;
    assert!(answers.iter().all(|a| a.as_ref().is_ok_and(|a| a.status == 200)));
    let asked = server.received_requests().await.unwrap().len();
    assert!(asked >= 2 * MANY - 1, "{asked}");
}

#[tokio::test]
async fn what_is_given_up_is_not_asked_for_again_and_its_request_ends() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let server = Server::with(move |_, _, mut stream| {
        let tell = tell.clone();
        Box::pin(async move {
            let _ = tell.send("asked");
            let _ = stream.read(&mut [0]).await;
            let _ = tell.send("left");
        })
    })
    .await;
    let k = kit();
    let who = caller(&[server.rule()]);
    let polling = k.client.poll(who, poll(get(server.url("/"))), k.context.clone(), Box::new(|_| ())).unwrap();
    assert_eq!(told.recv().await, Some("asked"));
    drop(polling);
    assert_eq!(told.recv().await, Some("left"));
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn what_is_given_up_while_its_answer_is_looked_at_leaves_nothing_behind() {
    let server = Server::of(&[&answer(200, "", r#"{"status":"running","progress":40}"#)]).await;
    let k = kit_with(|o| o.clock = Arc::new(SystemClock::new()));
    let mut one = poll(get(server.url("/")));
    one.every_ms = 3_600_000;
    let (held, polling) = (Arc::new(()), Arc::new(Mutex::new(None::<Polling>)));
    let (holding, given_up) = (Arc::clone(&held), Arc::clone(&polling));
    let on_progress = Box::new(move |_| {
        let _ = &holding;
        drop(given_up.lock().take());
    });
    let who = caller(&[server.rule()]);
    *polling.lock() = Some(k.client.poll(who, one, k.context.clone(), on_progress).unwrap());
    let gone = async {
        while Arc::strong_count(&held) > 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.expect("it does not wait for an hour");
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn however_long_it_may_take_it_is_a_time() {
    let server = Server::of(&[&answer(200, "", r#"{"status":"done"}"#)]).await;
    let k = kit();
    let mut one = poll(get(server.url("/")));
    (one.give_up_s, one.every_ms, one.backoff) = (u64::MAX, u64::MAX, f64::MAX);
    assert_eq!(asked(&k, caller(&[server.rule()]), one).await.unwrap().status, 200);
}
