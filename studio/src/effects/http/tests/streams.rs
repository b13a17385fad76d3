//! Answers in chunks.

use studio_plugin_sdk::wire::{Body, Http};
use tokio::io::AsyncWriteExt;

use super::kit::*;

fn text(body: &Body) -> &str {
    match body {
        Body::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn small_pieces_are_gathered_and_the_head_comes_last() {
    let server = Server::with(|_, _, mut stream| {
        Box::pin(async move {
            stream.write_all(b"HTTP/1.1 200 OK\r\nx-id: 7\r\n\r\n").await.unwrap();
            for i in 0..500 {
                stream.write_all(format!("data: {i} €\n\n").as_bytes()).await.unwrap();
            }
        })
    })
    .await;
    let k = kit();
    let mut chunks = Vec::new();
    let head = k
        .client
        .stream(&caller(&[server.rule()]), &post(server.url("/")), &k.context, &mut |b| chunks.push(b))
        .await
        .unwrap();
    let all: String = chunks.iter().map(text).collect();
    assert!(all.starts_with("data: 0 €\n\n") && all.ends_with("data: 499 €\n\n"));
    assert!(chunks.len() < 100, "{}", chunks.len());
    assert_eq!((head.status, &head.body), (200, &Body::Empty));
    assert!(head.headers.contains(&("x-id".into(), "7".into())));
}

#[tokio::test]
async fn what_has_come_is_shown_while_more_is_waited_for() {
    let (go, wait) = tokio::sync::oneshot::channel::<()>();
    let wait = parking_lot::Mutex::new(Some(wait));
    let server = Server::with(move |_, _, mut stream| {
        let wait = wait.lock().take().unwrap();
        Box::pin(async move {
            // The first byte of a euro sign stays behind until the rest has come.
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nfirst \xe2").await.unwrap();
            wait.await.unwrap();
            stream.write_all(b"\x82\xac last").await.unwrap();
        })
    })
    .await;
    let k = kit();
    let (mut chunks, mut go) = (Vec::new(), Some(go));
    let mut on_chunk = |body: Body| {
        chunks.push(text(&body).to_owned());
        // The server goes on only once this chunk was seen.
        if let Some(go) = go.take() {
            go.send(()).unwrap();
        }
    };
    k.client.stream(&caller(&[server.rule()]), &get(server.url("/")), &k.context, &mut on_chunk).await.unwrap();
    assert_eq!(chunks.first().map(String::as_str), Some("first "));
    assert_eq!(chunks.concat(), "first € last");
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_not_begun_again() {
    let half = [&b"HTTP/1.1 200 OK\r\ncontent-length: 200000\r\n\r\n"[..], &vec![b'x'; 150_000]].concat();
    for (http, code) in [(get(""), "http.network"), (post(""), "http.unanswered")] {
        let server = Server::of(&[&half]).await;
        let k = kit();
        let http = Http { url: server.url("/"), ..http };
        let (who, mut seen) = (caller(&[server.rule()]), 0);
        let e = k.client.stream(&who, &http, &k.context, &mut |_| seen += 1).await.unwrap_err();
        assert_eq!((e.code.as_str(), server.count()), (code, 1));
        assert!(seen >= 1);
    }
}

#[tokio::test]
async fn before_the_first_chunk_it_is_retried_and_a_refusal_is_a_chunk() {
    let server = Server::of(&[&answer(429, "", ""), &answer(400, "", "bad model")]).await;
    let k = kit();
    let mut chunks = Vec::new();
    let head = k
        .client
        .stream(&caller(&[server.rule()]), &post(server.url("/")), &k.context, &mut |b| chunks.push(b))
        .await
        .unwrap();
    assert_eq!((head.status, head.body), (400, Body::Empty));
    assert_eq!(chunks, [Body::Text("bad model".into())]);
    assert_eq!(server.count(), 2);
}
