//! Servers that give secrets back, or pass them on.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use studio_plugin_sdk::wire::{Body, HttpAnswer, SecretDecl};

use super::kit::*;

/// Is the secret nowhere in it, in any form we know of?
fn clean(text: &str) {
    assert!(!text.contains(KEY), "{text}");
    assert!(!text.contains("0123456789"), "{text}");
    assert!(!text.contains(&STANDARD.encode(KEY)[..16]), "{text}");
}

fn clean_answer(answer: &HttpAnswer) {
    clean(&format!("{answer:?}"));
}

#[tokio::test]
async fn an_echo_of_headers_query_and_body_comes_back_without_the_secret() {
    let server = Server::answering(|_, request| {
        let line = request.lines().next().unwrap().to_owned();
        let auth = request.lines().find(|l| l.starts_with("authorization")).unwrap().to_owned();
        let body =
            format!("{request}\n{}\n{}", STANDARD.encode(&auth), auth.replace('/', "\\/").replace('+', "\\u002b"));
        answer(401, &format!("x-echo: {auth}\r\nx-line: {line}\r\nwww-authenticate: {KEY}\r\n"), body)
    })
    .await;
    let k = kit();
    let mut http = with_key(get(server.url("/?a=1")));
    http.query.push(("key".into(), "{{secret:key}}".into()));
    let got = k.client.send(&caller(&[server.rule()]), &http, &k.context).await.unwrap();
    let request = server.seen.lock()[0].clone();
    assert!(request.contains(&format!("authorization: Bearer {KEY}")), "{request}");
    assert!(request.starts_with("GET /?a=1&key=sk-Live%2F0123456789%2Babc "), "{request}");
    clean_answer(&got);
    assert!(format!("{got:?}").contains("[secret:key]"));
}

#[tokio::test]
async fn an_echo_into_a_blob_or_across_pieces_is_cleaned_too() {
    let server = Server::with(|_, _, mut stream| {
        Box::pin(async move {
            use tokio::io::AsyncWriteExt as _;
            let text = format!("{}{KEY}{}", "x".repeat(5000), "y".repeat(5000));
            stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await.unwrap();
            for piece in text.as_bytes().chunks(7) {
                stream.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await.unwrap();
                stream.write_all(&[piece, b"\r\n"].concat()).await.unwrap();
                stream.flush().await.unwrap();
            }
            stream.write_all(b"0\r\n\r\n").await.unwrap();
        })
    })
    .await;
    let k = kit();
    let who = caller(&[server.rule()]);
    let mut http = with_key(get(server.url("/")));
    let want = format!("{}[secret:key]{}", "x".repeat(5000), "y".repeat(5000));
    http.to_blob = true;
    let got = k.client.send(&who, &http, &k.context).await.unwrap();
    assert_eq!(String::from_utf8(k.blobs.read(&got.body)).unwrap(), want);
    let mut streamed = String::new();
    let mut on_chunk = |body| match body {
        Body::Text(text) => streamed += &text,
        other => panic!("{other:?}"),
    };
    k.client.stream(&who, &http, &k.context, &mut on_chunk).await.unwrap();
    assert_eq!(streamed, want);
}

#[tokio::test]
async fn an_earlier_requests_secret_is_cleaned_from_a_later_answer() {
    let server = Server::of(&[&answer(200, "", format!("last key used: {KEY}"))]).await;
    let k = kit();
    let got = k.client.send(&caller(&[server.rule()]), &get(server.url("/log")), &k.context).await.unwrap();
    assert_eq!(got.body, Body::Text("last key used: [secret:key]".into()));
}

#[tokio::test]
async fn a_secret_does_not_follow_a_redirect_to_another_host() {
    let other = Server::of(&[&answer(200, "", "other")]).await;
    let first = Server::of(&[&answer(307, &format!("location: {}\r\n", other.url("/x")), "")]).await;
    let k = kit();
    let mut http = with_key(post(first.url("/")));
    http.query.push(("key".into(), "{{secret:key}}".into()));
    http.headers.push(("X-Key".into(), "{{secret:key}}".into()));
    http.headers.push(("Cookie".into(), "session=1".into()));
    http.headers.push(("Accept".into(), "text/plain".into()));
    let got = k.client.send(&caller(&[first.rule(), other.rule()]), &http, &k.context).await.unwrap();
    assert_eq!(got.body, Body::Text("other".into()));
    let request = other.seen.lock()[0].to_ascii_lowercase();
    clean(&request);
    assert!(
        !request.contains("authorization") && !request.contains("cookie") && !request.contains("x-key"),
        "{request}"
    );
    assert!(request.contains("accept: text/plain") && request.ends_with("hello") && !request.contains("referer"));
}

#[tokio::test]
async fn a_redirect_that_carries_the_secret_in_its_address_is_refused() {
    let other = Server::of(&[&answer(200, "", "other")]).await;
    let to = other.url("/?stolen=sk-Live%2F0123456789%2Babc");
    let first = Server::of(&[&answer(302, &format!("location: {to}\r\n"), "")]).await;
    let k = kit();
    let who = caller(&[first.rule(), other.rule()]);
    let e = k.client.send(&who, &with_key(get(first.url("/"))), &k.context).await.unwrap_err();
    assert_eq!(e.code, "http.redirect");
    clean(&e.to_string());
    assert_eq!(other.count(), 0);
}

#[tokio::test]
async fn a_host_name_made_of_the_secret_is_not_told() {
    let first = Server::of(&[&answer(302, &format!("location: https://{KEY}.evil.example/\r\n"), "")]).await;
    let k = kit();
    let e = k.client.send(&caller(&[first.rule()]), &with_key(get(first.url("/"))), &k.context).await.unwrap_err();
    clean(&format!("{e:?}").replace("sk-live", KEY));
}

#[tokio::test]
async fn a_secret_of_another_host_or_of_nobody_is_refused() {
    let server = Server::of(&[&answer(200, "", "")]).await;
    let k = kit();
    let mut who = caller(&[server.rule()]);
    let mut allowed = (*who.allowed).clone();
    allowed.secrets = vec![SecretDecl { name: "key".into(), host: "api.example.com".into(), help: String::new() }];
    who.allowed = allowed.into();
    let e = k.client.send(&who, &with_key(get(server.url("/"))), &k.context).await.unwrap_err();
    assert_eq!(e.code, "grant.secret");
    let mut http = get(server.url("/"));
    http.headers.push(("x".into(), "{{secret:nobodys}}".into()));
    assert_eq!(k.client.send(&who, &http, &k.context).await.unwrap_err().code, "grant.secret");
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn errors_and_notices_name_no_query() {
    let gone = Server::of(&[b"HTTP/1.1 garbage\r\n\r\n"]).await;
    let k = kit();
    let mut http = get(gone.url("/path"));
    http.query.push(("key".into(), "{{secret:key}}".into()));
    let e = k.client.send(&caller(&[gone.rule()]), &http, &k.context).await.unwrap_err();
    let all = format!("{e:?} {:?}", k.notices.lock());
    clean(&all);
    assert!(!all.contains("key=") && !all.contains("/path"), "{all}");
    assert_eq!(gone.count(), 5);
}
