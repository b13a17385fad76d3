//! Spans to an OpenTelemetry collector, over OTLP/HTTP, where `OTEL_EXPORTER_OTLP_ENDPOINT` names one. The other
//! variables of OpenTelemetry (headers, sampler, resource attributes) are read by its own library.

use std::{env, time::Duration};

use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tokio::runtime::{Handle, Runtime};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::Registry;

use super::{fail::Failure, out::note};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// How long a collector may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How long a command that is done waits for a collector to take its last spans.
const LAST_SPANS: Duration = Duration::from_secs(3);

/// Spans on their way to a collector.
pub struct Traces {
    provider: SdkTracerProvider,
    /// Of its own, so that the last spans go when all that makes spans has ended.
    runtime: Runtime,
}

impl Traces {
    /// Begins; none: no collector is named.
    pub fn start() -> Result<Option<Self>, Failure> {
        if env::var_os(ENDPOINT).is_none_or(|named| named.is_empty()) {
            return Ok(None);
        }
        let refused = |e: &dyn std::fmt::Display| Failure::usage(ENDPOINT, format!("spans cannot be sent: {e}"));
        let http = reqwest::Client::builder().timeout(ANSWER_WITHIN).redirect(reqwest::redirect::Policy::none());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let http = Collector { http: http.build().map_err(|e| refused(&e))?, runtime: runtime.handle().clone() };
        let exporter = SpanExporter::builder().with_http().with_http_client(http).with_protocol(Protocol::HttpBinary);
        let exporter = exporter.build().map_err(|e| refused(&e))?;
        let resource = Resource::builder();
        // A name that somebody gave by OpenTelemetry's own variables stays.
        let named = ["OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"].iter().any(|name| env::var_os(name).is_some());
        let resource = if named { resource } else { resource.with_service_name("studio") };
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource.build());
        Ok(Some(Self { provider: provider.build(), runtime }))
    }

    /// What makes spans of what the parts tell.
    pub fn layer(&self) -> OpenTelemetryLayer<Registry, opentelemetry_sdk::trace::SdkTracer> {
        let tracer = self.provider.tracer("studio");
        tracing_opentelemetry::layer().with_tracer(tracer).with_location(false).with_threads(false)
    }

    /// Sends what is left.
    pub fn end(self) {
        if let Err(e) = self.provider.shutdown_with_timeout(LAST_SPANS) {
            note(format_args!("the last spans could not be sent: {e}"));
        }
        self.runtime.shutdown_background();
    }
}

/// The collector, by our HTTP and TLS. OpenTelemetry sends from a thread of its own, which has no runtime.
#[derive(Debug)]
struct Collector {
    http: reqwest::Client,
    runtime: Handle,
}

#[async_trait::async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (http, request) = (self.http.clone(), reqwest::Request::try_from(request)?);
        let answered = self.runtime.spawn(async move {
            let answer = http.execute(request).await?;
            let status = answer.status();
            Ok::<_, reqwest::Error>((status, answer.bytes().await?))
        });
        let (status, body) = answered.await??;
        let mut response = Response::new(body);
        *response.status_mut() = status;
        Ok(response)
    }
}
