//! What is sent and what comes back, small, large and hostile.

use std::io::Write;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use studio_plugin_sdk::{
    blob::Blob,
    wire::{Body, Part},
};
use tokio::io::AsyncWriteExt;

use super::kit::*;

#[tokio::test]
async fn small_bodies_are_inline_and_large_ones_blobs() {
    let typed = "content-type: Audio/MPEG; x=y\r\nX-Cost: 7\r\n";
    let big = vec![b'z'; 1001];
    let server = Server::of(&[
        &answer(200, typed, "text €"),
        &answer(200, typed, [0xff, 0, 1]),
        &answer(204, "", ""),
        &answer(200, typed, &big),
        &answer(200, typed, &big[..1000]),
    ])
    .await;
    let k = kit_with(|o| o.inline_bytes = 1000);
    let who = caller(&[server.rule()]);
    let send = async |http| k.client.send(&who, &http, &k.context).await.unwrap();
    let first = send(get(server.url("/"))).await;
    assert_eq!(first.body, Body::Text("text €".into()));
    assert!(first.headers.contains(&("x-cost".into(), "7".into())));
    assert_eq!(send(get(server.url("/"))).await.body, Body::Base64(STANDARD.encode([0xff, 0, 1])));
    assert_eq!(send(get(server.url("/"))).await.body, Body::Empty);
    let blob = send(get(server.url("/"))).await.body;
    assert_eq!(k.blobs.read(&blob), big);
    assert!(matches!(blob, Body::Blob(b) if b.mime == "audio/mpeg"));
    assert!(matches!(send(get(server.url("/"))).await.body, Body::Text(_)));
    let mut http = get(server.url("/"));
    http.to_blob = true;
    assert_eq!(k.blobs.read(&send(http).await.body), &big[..1000]);
}

#[tokio::test]
async fn what_must_not_be_read_later_never_becomes_a_blob() {
    let (small, large) = (answer(200, "", vec![b'z'; 1000]), answer(200, "", vec![b'z'; 1001]));
    let server = Server::of(&[&small, &large]).await;
    let k = kit_with(|o| o.inline_bytes = 1000);
    let who = caller(&[server.rule()]);
    let mut http = get(server.url("/"));
    http.sensitive = true;
    assert!(matches!(k.client.send(&who, &http, &k.context).await.unwrap().body, Body::Text(_)));
    let refused = k.client.send(&who, &http, &k.context).await.unwrap_err();
    assert_eq!(refused.code, "http.too_large");
    http.to_blob = true;
    let refused = k.client.send(&who, &http, &k.context).await.unwrap_err();
    assert_eq!((refused.code.as_str(), refused.field.as_deref()), ("http.body", Some("to_blob")));
}

#[tokio::test]
async fn what_failed_is_text_even_where_a_blob_was_asked_for() {
    let server = Server::of(&[&answer(404, "", "no such voice")]).await;
    let k = kit();
    let mut http = get(server.url("/"));
    http.to_blob = true;
    let got = k.client.send(&caller(&[server.rule()]), &http, &k.context).await.unwrap();
    assert_eq!((got.status, got.body), (404, Body::Text("no such voice".into())));
}

#[tokio::test]
async fn too_much_is_refused_whether_announced_streamed_or_packed() {
    let packed = {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(&vec![0; 5_000_000]).unwrap();
        gzip.finish().unwrap()
    };
    assert!(packed.len() < 100_000);
    let long = [b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![0; 3_000_000]].concat();
    let bodies = [
        b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n".to_vec(),
        long,
        answer(200, "content-encoding: gzip\r\n", &packed),
    ];
    for body in bodies {
        let server = Server::of(&[&body]).await;
        let k = kit_with(|o| o.most_bytes = 2_000_000);
        let who = caller(&[server.rule()]);
        assert_eq!(k.client.send(&who, &get(server.url("/")), &k.context).await.unwrap_err().code, "http.too_large");
        assert_eq!(server.count(), 1);
        let e = k.client.send(&who, &post(server.url("/")), &k.context).await.unwrap_err();
        assert_eq!(e.code, "http.unanswered");
        assert_eq!(k.blobs.files(), 0, "nothing is left behind");
    }
}

#[tokio::test]
async fn a_gzip_answer_is_unpacked_before_it_is_searched_for_secrets() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(format!("key {KEY}").as_bytes()).unwrap();
    let server = Server::of(&[&answer(200, "content-encoding: gzip\r\n", gzip.finish().unwrap())]).await;
    let k = kit();
    let got = k.client.send(&caller(&[server.rule()]), &get(server.url("/")), &k.context).await.unwrap();
    assert_eq!(got.body, Body::Text("key [secret:key]".into()));
}

#[tokio::test]
async fn header_bombs_and_garbage_are_errors() {
    let many = "x: y\r\n".repeat(5000);
    let long = format!("x: {}\r\n", "y".repeat(2_000_000));
    for headers in [many, long] {
        let server = Server::of(&[&answer(200, &headers, "")]).await;
        let k = kit_with(|o| o.tries = 2);
        let e = k.client.send(&caller(&[server.rule()]), &get(server.url("/")), &k.context).await.unwrap_err();
        assert_eq!(e.code, "http.network");
    }
    for bytes in [&b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n"[..], b"\0\0\0\0", b"HTTP/9.9 1\r\n\r\n"] {
        let server = Server::of(&[bytes]).await;
        let k = kit_with(|o| o.tries = 2);
        assert!(k.client.send(&caller(&[server.rule()]), &get(server.url("/")), &k.context).await.is_err());
    }
}

#[tokio::test]
async fn every_kind_of_body_is_sent_with_type_and_length() {
    let server = Server::of(&[&answer(200, "", "")]).await;
    let k = kit();
    let who = caller(&[server.rule()]);
    let blob = Blob { blob: k.blobs.put(b"RIFFdata"), bytes: 8, mime: "audio/wav".into() };
    let large = "l".repeat(200_000);
    let table = [
        (Body::Text("hé".into()), "text/plain; charset=utf-8", 3, "hé"),
        (Body::Json(serde_json::json!({ "a": 1 })), "application/json", 7, r#"{"a":1}"#),
        (Body::Base64(STANDARD.encode("raw")), "application/octet-stream", 3, "raw"),
        (Body::Blob(blob.clone()), "audio/wav", 8, "RIFFdata"),
        (Body::Text(large.clone()), "text/plain; charset=utf-8", 200_000, large.as_str()),
    ];
    for (body, mime, length, text) in table {
        let mut http = post(server.url("/"));
        http.body = body;
        k.client.send(&who, &http, &k.context).await.unwrap();
        let seen = server.seen.lock().last().unwrap().clone();
        let (head, sent) = seen.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-type: {mime}\r\n")) || head.ends_with(mime), "{head}");
        assert_eq!(head.matches("content-length").count(), 1, "{head}");
        assert!(head.contains(&format!("content-length: {length}")) && !head.contains("chunked"), "{head}");
        assert_eq!(sent, text);
    }
    let mut http = post(server.url("/"));
    http.headers.push(("Content-Type".into(), "application/ssml+xml".into()));
    k.client.send(&who, &http, &k.context).await.unwrap();
    let seen = server.seen.lock().last().unwrap().clone();
    assert!(seen.contains("application/ssml+xml") && !seen.contains("text/plain"), "{seen}");
    let part = |name: &str, file: Option<&str>, body| Part { name: name.into(), file_name: file.map(Into::into), body };
    // The type that was set above is without a boundary, and goes.
    http.body = Body::Multipart(vec![
        part("model", None, Body::Text("whisper-1".into())),
        part("file", Some("my talk é.wav"), Body::Blob(blob)),
    ]);
    k.client.send(&who, &http, &k.context).await.unwrap();
    let seen = server.seen.lock().last().unwrap().clone();
    assert!(seen.contains("content-type: multipart/form-data; boundary=") && !seen.contains("ssml"), "{seen}");
    assert!(seen.contains("content-length: ") && !seen.contains("chunked"), "{seen}");
    assert!(seen.contains("form-data; name=\"model\"\r\n\r\nwhisper-1\r\n"), "{seen}");
    assert!(
        seen.contains("name=\"file\"; filename=\"my talk é.wav\"\r\nContent-Type: audio/wav\r\n\r\nRIFFdata\r\n"),
        "{seen}"
    );
    http.body = Body::Multipart(vec![part("a\"\r\nx: y", None, Body::Text("v".into()))]);
    assert_eq!(k.client.send(&who, &http, &k.context).await.unwrap_err().code, "http.body");
}

/// Serves that many bytes in pieces, and keeps none of them.
async fn flood(bytes: usize) -> Server {
    Server::with(move |_, _, mut stream| {
        Box::pin(async move {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\ncontent-length: {bytes}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            let piece: Vec<u8> = (0..1 << 20).map(|i: u32| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
            for _ in 0..bytes >> 20 {
                stream.write_all(&piece).await.unwrap();
            }
        })
    })
    .await
}

async fn take_flood(mib: usize) {
    let server = flood(mib << 20).await;
    let k = kit();
    let got = k.client.send(&caller(&[server.rule()]), &with_key(get(server.url("/"))), &k.context).await.unwrap();
    assert!(matches!(got.body, Body::Blob(b) if b.bytes == (mib as u64) << 20));
}

#[tokio::test]
async fn a_large_answer_streams_to_a_blob() {
    take_flood(32).await;
}

/// Run by hand, with `VmHWM` in view: memory stays where it was.
#[tokio::test]
#[ignore = "writes a gigabyte"]
async fn a_gigabyte_passes_through_little_memory() {
    take_flood(1024).await;
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    assert!(peak.unwrap() < 120 * 1024, "{peak:?} kB");
}
