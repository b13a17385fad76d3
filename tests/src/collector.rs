//! A collector of OpenTelemetry's spans on this box: it takes everything and shows what came.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
};
use prost::Message;
use tokio::{net::TcpListener, runtime::Runtime};

/// What came with one request.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The path that was asked for.
    pub path: String,
    /// The content's type.
    pub mime: String,
    /// The body.
    pub body: Bytes,
}

/// A span that came.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Its name.
    pub name: String,
    /// Its id, and that of the one it is in (empty: in none).
    pub id: (Vec<u8>, Vec<u8>),
    /// The id of all that hang together.
    pub trace: Vec<u8>,
    /// Its attributes as text.
    pub attributes: BTreeMap<String, String>,
    /// What was told in it.
    pub told: Vec<String>,
}

/// A collector on a free port of the loopback address; it ends when dropped.
pub struct Collector {
    url: String,
    sent: Arc<Mutex<Vec<Sent>>>,
    _runtime: Runtime,
}

impl Default for Collector {
    fn default() -> Self {
        Self::start()
    }
}

impl Collector {
    /// Starts one.
    pub fn start() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let sent = Arc::default();
        runtime.spawn(accept(listener, Arc::clone(&sent)));
        Self { url, sent, _runtime: runtime }
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> &str {
        &self.url
    }

    /// All spans that came so far.
    pub fn spans(&self) -> Vec<Span> {
        let requests = self.sent().into_iter().map(|sent| ExportTraceServiceRequest::decode(sent.body));
        let resources = requests.flat_map(|request| request.expect("spans").resource_spans);
        let spans = resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans);
        let span = |span: opentelemetry_proto::tonic::trace::v1::Span| Span {
            name: span.name,
            id: (span.span_id, span.parent_span_id),
            trace: span.trace_id,
            attributes: span.attributes.into_iter().map(attribute).collect(),
            told: span.events.into_iter().map(|event| event.name).collect(),
        };
        spans.map(span).collect()
    }

    /// All that came so far.
    pub fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn attribute(pair: KeyValue) -> (String, String) {
    let text = match pair.value.and_then(|value| value.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(n)) => n.to_string(),
        other => format!("{other:?}"),
    };
    (pair.key, text)
}

async fn accept(listener: TcpListener, sent: Arc<Mutex<Vec<Sent>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let sent = Arc::clone(&sent);
        let service = service_fn(move |request| take(Arc::clone(&sent), request));
        tokio::spawn(async move { drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await) });
    }
}

async fn take(sent: Arc<Mutex<Vec<Sent>>>, request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, hyper::Error> {
    let path = request.uri().path().to_owned();
    let mime = request.headers().get("content-type").and_then(|mime| mime.to_str().ok()).unwrap_or_default().to_owned();
    let body = request.into_body().collect().await?.to_bytes();
    sent.lock().unwrap_or_else(PoisonError::into_inner).push(Sent { path, mime, body });
    Ok(Response::new(Empty::new()))
}
