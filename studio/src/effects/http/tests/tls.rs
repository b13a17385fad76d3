//! Encrypted connections.

use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use studio_plugin_sdk::wire::Body;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{TlsAcceptor, rustls};

use super::kit::*;

/// What speaks TLS as a host with a certificate of its own making, and that certificate as PEM.
pub(in crate::effects) fn acceptor(host: &str) -> (TlsAcceptor, Vec<u8>) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([host.to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap();
    (TlsAcceptor::from(Arc::new(config)), cert.pem().into_bytes())
}

/// A server at `api.test`; gives its port and its certificate.
async fn server(bytes: Vec<u8>) -> (u16, Vec<u8>, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let (acceptor, cert) = acceptor("api.test");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let (mut request, mut piece) = (Vec::new(), [0; 4096]);
            while !request.ends_with(b"\r\n\r\n") {
                let n = stream.read(&mut piece).await.unwrap();
                request.extend_from_slice(&piece[..n]);
            }
            tell.send(String::from_utf8(request).unwrap()).unwrap();
            stream.write_all(&bytes).await.unwrap();
            let _ = stream.shutdown().await;
        }
    });
    (port, cert, told)
}

fn local(options: &mut super::super::HttpOptions) {
    options.lookup = Arc::new(Names(vec!["127.0.0.1".parse().unwrap()]));
}

#[tokio::test]
async fn certificates_that_cannot_be_read_are_told_when_somebody_is_asked() {
    let k =
        kit_with(|o| o.extra_roots = vec![b"-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----".to_vec()]);
    let e = k.client.send(&caller(&[rule("api.test")]), &get("https://api.test/"), &k.context).await.unwrap_err();
    assert_eq!(e.code, "http.setup", "{e}");
}

#[tokio::test]
async fn a_trusted_server_gets_the_secret_and_an_unknown_one_nothing() {
    let (port, cert, mut told) = server(answer(200, "", "hi")).await;
    let who = caller(&[rule(&format!("api.test:{port}"))]);
    let http = with_key(get(format!("https://api.test:{port}/")));
    let k = kit_with(local);
    let e = k.client.send(&who, &http, &k.context).await.unwrap_err();
    assert_eq!(e.code, "http.unsent");
    assert!(e.message.to_lowercase().contains("cert"), "{e}");
    assert!(told.try_recv().is_err());
    let k = kit_with(|o| {
        local(o);
        o.extra_roots = vec![cert];
    });
    let got = k.client.send(&who, &http, &k.context).await.unwrap();
    assert_eq!(got.body, Body::Text("hi".into()));
    assert!(told.try_recv().unwrap().contains(KEY));
}

#[tokio::test]
async fn a_redirect_from_https_to_http_is_not_followed() {
    let plain = Server::of(&[&answer(200, "", "plain")]).await;
    let (port, cert, _told) = server(answer(302, &format!("location: {}\r\n", plain.url("/")), "")).await;
    let k = kit_with(|o| {
        local(o);
        o.extra_roots = vec![cert];
    });
    let who = caller(&[rule(&format!("api.test:{port}")), plain.rule()]);
    let e = k.client.send(&who, &get(format!("https://api.test:{port}/")), &k.context).await.unwrap_err();
    assert_eq!((e.code.as_str(), plain.count()), ("http.redirect", 0));
}
