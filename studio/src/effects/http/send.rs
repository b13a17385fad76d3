//! One request from a guest, with its redirects and retries, until there is an answer or none to be had.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use studio_plugin_sdk::{
    error::StageError,
    wire::{Body, Http, HttpAnswer},
};
use tracing::{Instrument, field::Empty};

use super::{
    HttpClient, SendContext,
    allow::{self, Target},
    answer::{self, Reader},
    error::HttpError,
    failure::Failure,
    idle::Activity,
    prepare::{Prepared, prepare},
    redirect::Hop,
    retry::{self, Verdict},
    secrets::Keys,
};
use crate::effects::Caller;

const MOST_REDIRECTS: u32 = 10;

/// How one request is to be treated.
pub(super) struct Way<'a> {
    /// Sending it twice does no harm.
    pub idempotent: bool,
    /// Sends at most, redirects not counted.
    pub tries: u32,
    /// It is one of very many of a poll: sent by connections of their own, and its span is for debugging alone.
    pub polls: bool,
    /// Where chunks go; none: the answer is wanted whole.
    pub on_chunk: Option<&'a mut (dyn FnMut(Body) + Send)>,
}

enum Got {
    Redirect(Hop),
    Answer(HttpAnswer),
}

/// What has happened so far.
#[derive(Default)]
struct Progress {
    failed: u32,
    hops: u32,
    /// The server acted on the request before it sent us elsewhere for the answer.
    acted: bool,
    /// The guest has seen some of the answer.
    delivered: bool,
}

impl HttpClient {
    /// Sends until there is an answer.
    pub(super) async fn run(
        &self,
        caller: &Caller,
        http: &Http,
        context: &SendContext,
        way: Way<'_>,
    ) -> Result<HttpAnswer, StageError> {
        let keys = Keys::new(caller, self.secrets.as_ref());
        let (hop, prepared) = prepare(http, &context.idempotency_key, &keys, self.blobs.as_ref())?;
        self.drive(caller, hop, &prepared, context, way).await.map_err(|e| {
            let mut e = StageError::from(e);
            e.message = prepared.secrets.clean(&e.message);
            e
        })
    }

    async fn drive(
        &self,
        caller: &Caller,
        mut hop: Hop,
        prepared: &Prepared,
        context: &SendContext,
        mut way: Way<'_>,
    ) -> Result<HttpAnswer, HttpError> {
        let mut progress = Progress::default();
        loop {
            let target = allow::check(caller, &hop.url).map_err(|e| progress.told(e, &way, &hop))?;
            self.pace(&target, context).await;
            let harmless = way.idempotent || hop.is_safe();
            if !harmless && let Some(before) = &context.before_send {
                before().await?;
            }
            match self.exchange(&target, &hop, prepared, &mut way, &mut progress).await {
                Ok(Got::Redirect(next)) => {
                    progress.hops += 1;
                    progress.acted |= !harmless && next.is_safe();
                    if progress.hops > MOST_REDIRECTS {
                        let e = HttpError::Redirects { host: target.host, most: MOST_REDIRECTS };
                        return Err(progress.told(e, &way, &hop));
                    }
                    hop = next;
                }
                Ok(Got::Answer(answer)) => match self.again(&answer, harmless, &target, &mut progress, &way, context) {
                    None => return Ok(deliver(answer, way.on_chunk)),
                    Some(wait) => {
                        self.tally.retries.inc();
                        self.options.clock.sleep(wait).await;
                    }
                },
                Err(failure) => {
                    let repeatable = failure.is_unsent() || (harmless && !progress.delivered);
                    progress.failed += 1;
                    if !failure.may_pass() || !repeatable || progress.failed >= way.tries {
                        return Err(progress.ended(failure, &target.host, &way));
                    }
                    let why = prepared.secrets.clean(&failure.into_error(&target.host).to_string());
                    let wait = retry::backoff(progress.failed, fastrand::f64());
                    context.tell(&target.host, wait, (progress.failed + 1, way.tries), why);
                    self.tally.retries.inc();
                    self.options.clock.sleep(wait).await;
                }
            }
        }
    }

    /// The pause before the request is sent again; none: the answer stands.
    fn again(
        &self,
        answer: &HttpAnswer,
        harmless: bool,
        target: &Target,
        progress: &mut Progress,
        way: &Way<'_>,
        context: &SendContext,
    ) -> Option<Duration> {
        let Verdict::Again(said) = retry::verdict(answer, harmless, self.options.clock.wall()) else { return None };
        if let Some(said) = said {
            let now = self.options.clock.now();
            self.limits.pause(&target.host, now + said.min(self.options.longest_pause), now);
        }
        progress.failed += 1;
        if progress.failed >= way.tries || said.is_some_and(|s| s > self.options.longest_pause) {
            return None;
        }
        // A little more than asked for, so that all who wait do not come back at one instant.
        let wait = match said {
            Some(said) => said.mul_f64(1.0 + 0.1 * fastrand::f64()),
            None => retry::backoff(progress.failed, fastrand::f64()),
        };
        let why = format!("{} answered {}", target.host, answer.status);
        context.tell(&target.host, wait, (progress.failed + 1, way.tries), why);
        Some(wait)
    }

    /// Waits until the host may be asked.
    async fn pace(&self, target: &Target, context: &SendContext) {
        // Before a place in line is taken, so that those who waited out a pause keep to their number a minute.
        self.wait_out_pauses(target, context).await;
        let Some((rule, per_minute)) = &target.per_minute else { return };
        let wait = self.limits.reserve(rule, *per_minute, self.options.clock.now());
        if !wait.is_zero() {
            context.tell(&target.host, wait, (1, 1), format!("{rule} takes {per_minute} requests a minute"));
            self.options.clock.sleep(wait).await;
            self.wait_out_pauses(target, context).await;
        }
    }

    async fn wait_out_pauses(&self, target: &Target, context: &SendContext) {
        let clock = &self.options.clock;
        while let Some(left) = self.limits.paused(&target.host, clock.now()) {
            context.tell(&target.host, left, (1, 1), format!("{} asked for a pause", target.host));
            clock.sleep(left.mul_f64(1.0 + 0.1 * fastrand::f64())).await;
        }
    }

    async fn exchange(
        &self,
        target: &Target,
        hop: &Hop,
        prepared: &Prepared,
        way: &mut Way<'_>,
        progress: &mut Progress,
    ) -> Result<Got, Failure> {
        let span = if way.polls {
            tracing::debug_span!("http", host = target.host, method = %hop.method, status = Empty)
        } else {
            tracing::info_span!("http", host = target.host, method = %hop.method, status = Empty)
        };
        self.exchange_within(target, hop, prepared, way, progress).instrument(span).await
    }

    async fn exchange_within(
        &self,
        target: &Target,
        hop: &Hop,
        prepared: &Prepared,
        way: &mut Way<'_>,
        progress: &mut Progress,
    ) -> Result<Got, Failure> {
        let activity = Activity::start();
        let client = self.connections(target, way.polls).map_err(Failure::Refused)?;
        let request = self.request(client, hop, prepared, &activity).map_err(Failure::Refused)?;
        let response = activity.within(prepared.idle, client.execute(request)).await;
        let answered = response.as_ref().and_then(|response| response.as_ref().ok()).map(|r| r.status().as_u16());
        self.tally.sent(&target.host, answered);
        tracing::Span::current().record("status", answered);
        let response = response.ok_or(Failure::Silent(prepared.idle))?;
        let response = response.map_err(|e| Failure::before_head(&e, &target.host))?;
        let status = response.status();
        let next = hop.next(status, response.headers().get(LOCATION), &prepared.secrets).map_err(Failure::Broken)?;
        if let Some(next) = next {
            return Ok(Got::Redirect(next));
        }
        let headers = answer::headers(response.headers(), &prepared.secrets);
        let whole_in_memory = prepared.sensitive && way.on_chunk.is_none();
        let sizes = if whole_in_memory { self.options.sizes().in_memory() } else { self.options.sizes() };
        let reader = Reader::new(response, &prepared.secrets, &target.host, prepared.idle, sizes)?;
        let body = match &mut way.on_chunk {
            Some(on_chunk) if status.is_success() => {
                let mut seen = |body| {
                    progress.delivered = true;
                    on_chunk(body);
                };
                reader.chunks(&mut seen).await?;
                Body::Empty
            }
            // What failed is wanted as text, to be shown.
            _ => reader.whole(prepared.to_blob && status.is_success(), &self.blobs).await?,
        };
        Ok(Got::Answer(HttpAnswer { status: status.as_u16(), headers, body }))
    }

    fn connections(&self, target: &Target, polls: bool) -> Result<&reqwest::Client, HttpError> {
        let aside = if polls { self.aside() } else { None };
        let connections = aside.map_or(&self.connections, |aside| &aside.connections);
        connections.to(target.private, &self.options)
    }

    fn request(
        &self,
        client: &reqwest::Client,
        hop: &Hop,
        prepared: &Prepared,
        activity: &Activity,
    ) -> Result<reqwest::Request, HttpError> {
        let mut headers = HeaderMap::with_capacity(hop.headers.len());
        for header in &hop.headers {
            headers.append(header.name.clone(), header.value.clone());
        }
        let own_type = headers.contains_key(CONTENT_TYPE);
        let mut request = client.request(hop.method.clone(), hop.url.clone()).headers(headers);
        if hop.with_body {
            request = prepared.payload.attach(request, own_type, &self.blobs, activity)?;
        }
        request.build().map_err(|e| HttpError::Url(e.without_url().to_string()))
    }
}

impl Progress {
    /// An error of ours on the way, as what it means for a request that may have been acted on.
    fn told(&self, error: HttpError, way: &Way<'_>, hop: &Hop) -> HttpError {
        if !self.acted || way.idempotent {
            return error;
        }
        HttpError::Unanswered { host: allow::authority(&hop.url), why: error.to_string() }
    }

    fn ended(&self, failure: Failure, host: &str, way: &Way<'_>) -> HttpError {
        let unsent = failure.is_unsent() && !self.acted;
        let error = failure.into_error(host);
        if way.idempotent || unsent {
            return error;
        }
        HttpError::Unanswered { host: host.into(), why: error.to_string() }
    }
}

/// A stream's answer is its head: what of its body was not seen yet goes as a last chunk.
fn deliver(mut answer: HttpAnswer, on_chunk: Option<&mut (dyn FnMut(Body) + Send)>) -> HttpAnswer {
    if let Some(on_chunk) = on_chunk
        && !answer.body.is_empty()
    {
        on_chunk(std::mem::take(&mut answer.body));
    }
    answer
}
