//! `GET /metrics` over HTTP for Prometheus, off unless asked for. Whoever reaches the address can read it, so it holds
//! nothing but counts; it takes no other request, and does no work of the engine's but to ask for its counts.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{ALLOW, CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
};

use super::owner::Owner;
use crate::engine::api::ApiError;

/// Connections at once; more wait in the system's queue.
const MOST_CONNECTIONS: usize = 16;
/// How long a request's head may take to come.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// How long a connection is kept: a client that reads nothing holds a place no longer than that.
const CONNECTION: Duration = Duration::from_mins(5);
/// Most bytes of a request's head.
const HEAD_BYTES: usize = 16 << 10;
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// An address that metrics are served at. Dropped, all of it ends at once.
pub struct Metrics {
    address: SocketAddr,
    _serving: JoinSet<()>,
}

/// A bound address that nothing is answered at yet.
pub struct Bound(TcpListener, SocketAddr);

impl Metrics {
    /// Takes the address; port 0: any free one.
    pub async fn bind(address: SocketAddr) -> Result<Bound, ApiError> {
        let failed = |e: std::io::Error| {
            ApiError::new("metrics.address", format!("metrics cannot be served at {address}: {e}"))
                .field("metrics")
                .help("name another port, or end what uses this one")
        };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Bound(listener, address))
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Bound {
    /// Answers with what the owner counts.
    pub fn serve(self, owner: Arc<Owner>) -> Metrics {
        let Self(listener, address) = self;
        let mut serving = JoinSet::new();
        serving.spawn(accept(listener, owner));
        tracing::info!(%address, "serving metrics");
        Metrics { address, _serving: serving }
    }
}

async fn accept(listener: TcpListener, owner: Arc<Owner>) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    // Ended together with this one.
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let owner = Arc::clone(&owner);
                connections.spawn(async move {
                    let _ = tokio::time::timeout(CONNECTION, serve(stream, owner)).await;
                    drop(place);
                });
            }
            Err(e) => {
                // Out of descriptors, say: the next one may do better.
                tracing::warn!("a client of the metrics could not be taken: {e}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, owner: Arc<Owner>) {
    let service = service_fn(move |request| {
        let owner = Arc::clone(&owner);
        async move { Ok::<_, Infallible>(answer(&request, &owner).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN).max_buf_size(HEAD_BYTES);
    if let Err(e) = http.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!("a client of the metrics went wrong: {e}");
    }
}

async fn answer(request: &Request<Incoming>, owner: &Owner) -> Response<Full<Bytes>> {
    if request.uri().path() != "/metrics" {
        return plain(StatusCode::NOT_FOUND, "there is only /metrics\n");
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut refused = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET\n");
        refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return refused;
    }
    match owner.metrics().await {
        Ok(text) => of(StatusCode::OK, OPEN_METRICS, text),
        Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR, "the metrics could not be written\n"),
    }
}

fn plain(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    of(status, "text/plain; charset=utf-8", text.to_owned())
}

fn of(status: StatusCode, mime: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(mime));
    response
}
