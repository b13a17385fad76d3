//! What is sent again, when, and what never is.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use studio_plugin_sdk::{
    error::{ErrorKind, StageError},
    wire::Body,
};
use tokio::io::AsyncReadExt;

use super::{super::is_idempotent, kit::*};

#[tokio::test]
async fn a_get_is_repeated_until_it_works_and_says_so() {
    let server = Server::of(&[&answer(503, "", ""), &answer(500, "", ""), b"", &answer(200, "", "ok")]).await;
    let k = kit();
    let got = k.client.send(&caller(&[server.rule()]), &get(server.url("/")), &k.context).await.unwrap();
    assert_eq!((got.status, server.count()), (200, 4));
    let slept = k.clock.seconds();
    assert!(slept.len() == 3 && slept[0] <= 1.0 && slept[1] <= 2.0 && slept[2] <= 4.0, "{slept:?}");
    let notice = k.notices.lock()[0].to_string();
    assert!(notice.contains("answered 503") && notice.ends_with("(try 2 of 5)"), "{notice}");
}

#[tokio::test]
async fn the_last_bad_answer_is_the_answer() {
    let server = Server::of(&[&answer(503, "", "busy")]).await;
    let k = kit();
    let got = k.client.send(&caller(&[server.rule()]), &get(server.url("/")), &k.context).await.unwrap();
    assert_eq!((got.status, got.body, server.count()), (503, Body::Text("busy".into()), 5));
}

#[tokio::test]
async fn a_post_is_sent_once_whatever_becomes_of_it() {
    let bad: [(&[u8], &str); 5] = [
        (b"", "closed"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf", "cut"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "garbage"),
        (b"garbage", "no http"),
        (b"HTTP/1.1 303 See\r\nlocation: https://evil.example/\r\ncontent-length: 0\r\n\r\n", "acted, then sent away"),
    ];
    for (bytes, what) in bad {
        let server = Server::of(&[bytes]).await;
        let k = kit();
        let e = k.client.send(&caller(&[server.rule()]), &post(server.url("/")), &k.context).await.unwrap_err();
        assert_eq!((e.code.as_str(), e.kind), ("http.unanswered", ErrorKind::Permanent), "{what}");
        assert_eq!(server.count(), 1, "{what}");
    }
    let server = Server::of(&[&answer(500, "", "oops"), &answer(200, "", "")]).await;
    let k = kit();
    let got = k.client.send(&caller(&[server.rule()]), &post(server.url("/")), &k.context).await.unwrap();
    assert_eq!((got.status, server.count()), (500, 1));
}

#[tokio::test]
async fn after_the_post_acted_its_answer_is_fetched_again_but_the_post_is_not() {
    let server =
        Server::of(&[&answer(303, "location: /result\r\n", ""), &answer(503, "", ""), b"", &answer(200, "", "result")])
            .await;
    let k = kit();
    let got = k.client.send(&caller(&[server.rule()]), &post(server.url("/")), &k.context).await.unwrap();
    assert_eq!(got.body, Body::Text("result".into()));
    let seen = server.seen.lock().clone();
    assert_eq!(seen.iter().filter(|r| r.starts_with("POST")).count(), 1);
    assert_eq!(seen.len(), 4);
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_sent_and_it_is_tried_again() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let k = kit();
    let host = format!("127.0.0.1:{port}");
    let e = k.client.send(&caller(&[rule(&host)]), &post(format!("http://{host}/")), &k.context).await.unwrap_err();
    assert_eq!((e.code.as_str(), e.kind), ("http.unsent", ErrorKind::Transient));
    assert_eq!(k.clock.slept.lock().len(), 4);
}

#[tokio::test]
async fn a_refused_post_is_sent_again_when_the_server_says() {
    let server = Server::of(&[
        &answer(429, "retry-after: 7\r\n", ""),
        &answer(429, "retry-after-ms: 2500\r\n", ""),
        &answer(503, "retry-after: 0.5\r\n", ""),
        &answer(429, "", r#"{"details":[{"retryDelay":"34s"}]}"#),
        &answer(200, "", "ok"),
    ])
    .await;
    let k = kit();
    let got = k.client.send(&caller(&[server.rule()]), &post(server.url("/")), &k.context).await.unwrap();
    assert_eq!(got.status, 200);
    let slept = k.clock.seconds();
    for (slept, asked) in slept.iter().zip([7.0, 2.5, 0.5, 34.0]) {
        assert!((asked..=asked * 1.1 + 0.001).contains(slept), "{slept} {asked}");
    }
    assert_eq!(slept.len(), 4);
}

#[tokio::test]
async fn what_waiting_does_not_heal_is_not_waited_for() {
    for (headers, body) in [("", r#"{"error":{"code":"insufficient_quota"}}"#), ("retry-after: 86400\r\n", "")] {
        let server = Server::of(&[&answer(429, headers, body)]).await;
        let k = kit();
        let got = k.client.send(&caller(&[server.rule()]), &get(server.url("/")), &k.context).await.unwrap();
        assert_eq!((got.status, server.count()), (429, 1));
        assert!(k.clock.slept.lock().is_empty());
    }
}

#[tokio::test]
async fn a_pause_one_caller_was_told_of_holds_for_all() {
    let server = Server::of(&[&answer(429, "retry-after: 400\r\n", ""), &answer(200, "", "")]).await;
    let k = kit();
    let who = caller(&[server.rule()]);
    k.client.send(&who, &get(server.url("/")), &k.context).await.unwrap();
    k.client.send(&who, &get(server.url("/")), &k.context).await.unwrap();
    let slept = k.clock.seconds();
    assert!(slept.len() == 1 && (300.0..331.0).contains(&slept[0]), "{slept:?}");
    assert!(k.notices.lock()[0].why.contains("asked for a pause"));
}

#[tokio::test]
async fn a_rule_holds_callers_to_its_requests_a_minute() {
    let server = Server::of(&[&answer(200, "", "")]).await;
    let k = kit();
    let mut slow = server.rule();
    slow.per_minute = Some(2);
    let who = caller(&[slow]);
    for _ in 0..5 {
        k.client.send(&who, &get(server.url("/")), &k.context).await.unwrap();
    }
    assert_eq!(k.clock.seconds(), [60.0, 60.0]);
}

#[tokio::test]
async fn the_idempotency_key_is_the_hosts_and_makes_a_post_repeatable() {
    let server = Server::of(&[b"", &answer(500, "", ""), &answer(200, "", "")]).await;
    let k = kit();
    let mut http = post(server.url("/"));
    http.idempotency_header = Some("Idempotency-Key".into());
    http.headers.push(("idempotency-key".into(), "the guest's own".into()));
    assert!(is_idempotent(&http) && !is_idempotent(&post("")) && is_idempotent(&get("")));
    k.client.send(&caller(&[server.rule()]), &http, &k.context).await.unwrap();
    let seen = server.seen.lock().clone();
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|r| r.contains("idempotency-key: node-1\r\n") && !r.contains("guest")), "{seen:?}");
}

#[tokio::test]
async fn the_intent_is_made_durable_before_each_harmful_send_only() {
    let server = Server::of(&[&answer(429, "", ""), &answer(200, "", "")]).await;
    let mut k = kit();
    let who = caller(&[server.rule()]);
    let called = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&called);
    k.context.before_send = Some(Arc::new(move || {
        count.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Ok(()) })
    }));
    k.client.send(&who, &post(server.url("/")), &k.context).await.unwrap();
    assert_eq!(called.load(Ordering::SeqCst), 2);
    k.client.send(&who, &get(server.url("/")), &k.context).await.unwrap();
    assert_eq!(called.load(Ordering::SeqCst), 2);
    let sent = server.count();
    k.context.before_send =
        Some(Arc::new(|| Box::pin(async { Err(StageError::new(ErrorKind::Quota, "over budget").code("budget")) })));
    let e = k.client.send(&who, &post(server.url("/")), &k.context).await.unwrap_err();
    assert_eq!((e.code.as_str(), e.kind, server.count()), ("budget", ErrorKind::Quota, sent));
}

#[tokio::test]
async fn silence_ends_a_request() {
    let server = Server::with(|n, _, mut stream| {
        Box::pin(async move {
            if n == 1 {
                let half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf";
                tokio::io::AsyncWriteExt::write_all(&mut stream, half).await.unwrap();
            }
            let _ = stream.read(&mut [0; 10]).await;
        })
    })
    .await;
    let k = kit_with(|o| o.tries = 1);
    let who = caller(&[server.rule()]);
    for _ in 0..2 {
        let mut http = get(server.url("/"));
        http.timeout_s = Some(1);
        let e = k.client.send(&who, &http, &k.context).await.unwrap_err();
        assert_eq!((e.code.as_str(), e.kind), ("http.timeout", ErrorKind::Transient));
    }
    let mut http = post(server.url("/"));
    http.timeout_s = Some(1);
    assert_eq!(k.client.send(&who, &http, &k.context).await.unwrap_err().code, "http.unanswered");
}

#[tokio::test]
async fn dropping_the_request_drops_the_connection() {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let server = Server::with(move |_, _, mut stream| {
        let tell = tell.clone();
        Box::pin(async move {
            tell.send("asked").unwrap();
            let end = stream.read(&mut [0; 10]).await;
            assert!(matches!(end, Ok(0) | Err(_)));
            tell.send("gone").unwrap();
        })
    })
    .await;
    let k = kit();
    let (who, http) = (caller(&[server.rule()]), get(server.url("/")));
    tokio::select! {
        _ = k.client.send(&who, &http, &k.context) => panic!("there was no answer"),
        first = told.recv() => assert_eq!(first, Some("asked")),
    }
    assert_eq!(told.recv().await, Some("gone"));
}
