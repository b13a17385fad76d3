//! What may be reached, and by which way.

use std::sync::Arc;

use futures::FutureExt;
use reqwest::dns::Resolve;
use studio_plugin_sdk::{error::ErrorKind, wire::Body};

use super::{
    super::resolve::{AddressRefused, Checked},
    kit::*,
};

#[tokio::test]
async fn an_ungranted_host_gets_no_byte_and_the_error_says_what_to_do() {
    let server = Server::of(&[&answer(200, "", "hi")]).await;
    let k = kit();
    let e = k.client.send(&caller(&[]), &get(server.url("/")), &k.context).await.unwrap_err();
    assert_eq!((e.code.as_str(), e.kind), ("grant.host", ErrorKind::Permanent));
    assert!(e.message.contains(&server.address.to_string()) && e.message.contains("studio plugin grant"), "{e}");
    let mut public_only = server.rule();
    public_only.private = false;
    let e = k.client.send(&caller(&[public_only]), &get(server.url("/")), &k.context).await.unwrap_err();
    assert_eq!(e.code, "http.address");
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_name_that_resolves_to_a_local_address_is_refused() {
    let server = Server::of(&[b""]).await;
    for address in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00::1", "0.0.0.0"] {
        let k = kit_with(|o| o.lookup = Arc::new(Names(vec![address.parse().unwrap()])));
        let mut public = rule(&format!("api.example.com:{}", server.address.port()));
        public.private = false;
        let url = format!("https://api.example.com:{}/", server.address.port());
        let e = k.client.send(&caller(&[public]), &get(url), &k.context).await.unwrap_err();
        assert_eq!((e.code.as_str(), e.kind), ("http.address", ErrorKind::Permanent), "{address}");
        assert!(k.clock.slept.lock().is_empty());
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn localhost_is_this_box_whatever_the_resolver_says() {
    let k = kit_with(|o| o.lookup = Arc::new(Names(vec!["192.168.1.7".parse().unwrap()])));
    let e = k.client.send(&caller(&[rule("localhost:1")]), &get("http://localhost:1/"), &k.context).await.unwrap_err();
    assert_eq!(e.code, "http.address");
}

#[tokio::test]
async fn of_many_addresses_only_the_permitted_ones_are_given() {
    let all = ["127.0.0.1", "8.8.8.8", "10.0.0.1", "0.0.0.0"].map(|a| a.parse().unwrap()).to_vec();
    let given = |private| {
        let checked = Checked { lookup: Arc::new(Names(all.clone())), private };
        async move {
            checked.resolve("x.com".parse().unwrap()).await.unwrap().map(|a| a.ip().to_string()).collect::<Vec<_>>()
        }
    };
    assert_eq!(given(false).await, ["8.8.8.8"]);
    assert_eq!(given(true).await, ["127.0.0.1", "8.8.8.8", "10.0.0.1"]);
    let none = Checked { lookup: Arc::new(Names(vec!["10.0.0.1".parse().unwrap()])), private: false };
    let refused = none.resolve("x.com".parse().unwrap()).await.err().unwrap();
    assert!(refused.is::<AddressRefused>());
}

#[tokio::test]
async fn a_connection_that_one_caller_may_use_is_no_way_for_another() {
    // Kept alive on purpose: the second caller would find it in the pool.
    let server = Server::with(|_, _, mut stream| {
        async move {
            tokio::io::AsyncWriteExt::write_all(&mut stream, &answer(200, "", "hi")).await.unwrap();
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 10]).await;
        }
        .boxed()
    })
    .await;
    let k = kit();
    let host = format!("localhost:{}", server.address.port());
    let url = format!("http://{host}/");
    assert!(k.client.send(&caller(&[rule(&host)]), &get(&url), &k.context).await.is_ok());
    let mut public = rule(&host);
    public.private = false;
    assert_eq!(k.client.send(&caller(&[public]), &get(&url), &k.context).await.unwrap_err().code, "http.address");
}

#[tokio::test]
async fn every_hop_is_checked() {
    let inner = Server::of(&[&answer(200, "", "inner")]).await;
    let k = kit();
    let evil = [
        (inner.url("/"), "grant.host"),
        ("https://evil.example/".into(), "grant.host"),
        ("http://169.254.169.254/latest/meta-data".into(), "http.scheme"),
        ("https://169.254.169.254/".into(), "grant.host"),
        ("file:///etc/passwd".into(), "http.scheme"),
        ("//evil.example/x".into(), "http.scheme"),
        ("http://user:pw@127.0.0.1/".into(), "http.url"),
    ];
    for (to, code) in evil {
        let outer = Server::of(&[&answer(302, &format!("location: {to}\r\n"), "")]).await;
        let e = k.client.send(&caller(&[outer.rule()]), &get(outer.url("/")), &k.context).await.unwrap_err();
        assert_eq!(e.code, code, "{to}: {e}");
        assert_eq!(outer.count(), 1);
    }
    assert_eq!(inner.count(), 0);
    let outer = Server::of(&[&answer(302, &format!("location: {}\r\n", inner.url("/x")), "")]).await;
    let both = caller(&[outer.rule(), inner.rule()]);
    let got = k.client.send(&both, &get(outer.url("/")), &k.context).await.unwrap();
    assert_eq!(got.body, Body::Text("inner".into()));
}

#[tokio::test]
async fn a_redirect_loop_ends() {
    let server = Server::of(&[&answer(302, "location: /again\r\n", "")]).await;
    let k = kit();
    let e = k.client.send(&caller(&[server.rule()]), &get(server.url("/")), &k.context).await.unwrap_err();
    assert_eq!(e.code, "http.redirects");
    assert_eq!(server.count(), 11);
}

#[tokio::test]
async fn bodies_and_methods_follow_redirects_as_they_should() {
    for (status, want) in [(302, "GET /b"), (303, "GET /b"), (307, "POST /b"), (308, "POST /b")] {
        let server = Server::of(&[&answer(status, "location: /b\r\n", ""), &answer(200, "", "end")]).await;
        let k = kit();
        k.client.send(&caller(&[server.rule()]), &post(server.url("/a")), &k.context).await.unwrap();
        let seen = server.seen.lock().clone();
        assert!(seen[1].starts_with(want), "{status}: {}", seen[1]);
        assert_eq!(seen[1].ends_with("hello"), status > 303);
        assert_eq!(seen[1].contains("content-length: 5"), status > 303);
    }
}

#[tokio::test]
async fn what_the_host_decides_is_not_the_guests_to_set() {
    let server = Server::of(&[&answer(200, "", "")]).await;
    let k = kit();
    let fails = async |change: &dyn Fn(&mut studio_plugin_sdk::wire::Http)| {
        let mut http = post(server.url("/"));
        change(&mut http);
        let e = k.client.send(&caller(&[server.rule()]), &http, &k.context).await.unwrap_err();
        assert_eq!(e.kind, ErrorKind::InvalidInput, "{e}");
        assert!(e.field.is_some());
        e.code
    };
    for name in ["Host", "content-length", "Transfer-Encoding", "Connection", "Accept-Encoding", "a b", "", "a\r\nb"] {
        assert_eq!(fails(&|h| h.headers.push((name.into(), "x".into()))).await, "http.header", "{name:?}");
    }
    for value in ["a\r\nX-Evil: 1", "a\nb", "a\0b"] {
        assert_eq!(fails(&|h| h.headers.push(("x-a".into(), value.into()))).await, "http.header", "{value:?}");
    }
    for method in ["CONNECT", "TRACE", "", "GET / HTTP/1.1\r\nx: "] {
        assert_eq!(fails(&|h| h.method = method.into()).await, "http.method");
    }
    for url in ["", "not a url", "//x.com", "http://me:pw@127.0.0.1/"] {
        assert_eq!(fails(&|h| h.url = url.into()).await, "http.url");
    }
    assert_eq!(fails(&|h| h.url += "{{secret:key}}").await, "secret.place");
    assert_eq!(fails(&|h| h.query.push(("{{secret:key}}".into(), String::new()))).await, "secret.place");
    assert_eq!(fails(&|h| h.body = Body::Text("{{secret:key}}".into())).await, "secret.place");
    assert_eq!(fails(&|h| h.body = Body::Base64("*".into())).await, "http.body");
    assert_eq!(fails(&|h| h.body = Body::Blob(studio_plugin_sdk::blob::Blob::default())).await, "http.body");
    assert_eq!(server.count(), 0);
}
