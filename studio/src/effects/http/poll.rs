//! A request repeated until a value in its answer ends it. Ten thousand of them may wait at once: between two
//! requests a poll is an entry in the line of its host, without a timer or a future of its own.

use std::{io::Read, pin::Pin, sync::Arc, task::Context, time::Duration};

use serde_json::Value;
use studio_plugin_sdk::{
    error::{ErrorKind, StageError},
    wire::{Body, HttpAnswer, Poll},
};
use tokio::sync::{Notify, OwnedSemaphorePermit, oneshot};
use tracing::{Instrument, Span};

use super::{
    HttpClient, SendContext,
    error::HttpError,
    line::Line,
    retry::{self, Verdict},
    send::Way,
};
use crate::{effects::Caller, model::Digest};

/// However impatient the guest.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
/// What the last request is given, however late it is.
const LAST_ASK: Duration = Duration::from_secs(10);
const MOST_BACKOFF: f64 = 10.0;
/// Longest answer that is looked into.
const MOST_JSON: u64 = 64 * 1024 * 1024;

/// Long pauses end at common moments, so far apart: one wake-up serves all that wait for it.
const TICK: Duration = Duration::from_millis(100);

/// Is told how far the job is, 0–1.
pub type OnProgress = Box<dyn Fn(f64) + Send + Sync>;

/// A poll under way: what it is answered with. Dropped, it is given up.
pub struct Polling {
    line: Arc<Line<Entry>>,
    id: u64,
    answer: oneshot::Receiver<Result<HttpAnswer, StageError>>,
    given_up: Arc<Notify>,
}

impl Future for Polling {
    type Output = Result<HttpAnswer, StageError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> std::task::Poll<Self::Output> {
        let lost =
            |_| Err(StageError::transient("the polling ended without an answer; run it again").code("poll.lost"));
        Pin::new(&mut self.answer).poll(cx).map(|answer| answer.unwrap_or_else(lost))
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        // Closed first: who puts it back into the line after this has looked there sees that nobody waits.
        self.answer.close();
        self.given_up.notify_one();
        self.line.remove(self.id);
    }
}

/// One poll, between two requests.
pub(super) struct Entry {
    caller: Caller,
    /// What is polled, as JSON: as a value it takes four times the room, and reading it costs little beside asking.
    poll: Box<str>,
    give_up_s: u64,
    context: SendContext,
    on_progress: OnProgress,
    host: Arc<str>,
    /// When it is given up.
    until: Duration,
    pause: Pause,
    gauge: Gauge,
    span: Span,
    answer: oneshot::Sender<Result<HttpAnswer, StageError>>,
    /// Told when nobody waits for the answer. The sender above could tell as well, but would hold on to the task that
    /// asked last until it is answered, which is more than all the rest of what waits.
    given_up: Arc<Notify>,
}

impl HttpClient {
    /// Repeats a request until the value at its pointer is one of those that end it. An answer that will not
    /// change (404, say) ends it too; failures on the way do not.
    ///
    /// # Errors
    /// `poll.gave_up` (transient) after `give_up_s`, and those of [`HttpClient::send`] that waiting does not heal.
    pub fn poll(
        self: &Arc<Self>,
        caller: Caller,
        poll: Poll,
        context: SendContext,
        on_progress: OnProgress,
    ) -> Result<Polling, StageError> {
        check(&poll)?;
        let host = url::Url::parse(&poll.request.url).ok().and_then(|u| Some(u.host_str()?.into()));
        let host: Arc<str> = host.unwrap_or_default();
        let now = self.options.clock.now();
        let ((sender, answer), given_up) = (oneshot::channel(), Arc::new(Notify::new()));
        let (line, id) = (self.polls.of(&host), self.polls.next());
        let entry = Entry {
            until: now.saturating_add(Duration::from_secs(poll.give_up_s)),
            pause: Pause::new(&poll),
            gauge: Gauge::default(),
            span: Span::current(),
            answer: sender,
            given_up: Arc::clone(&given_up),
            caller,
            poll: serde_json::to_string(&poll).unwrap_or_default().into(),
            give_up_s: poll.give_up_s,
            context,
            on_progress,
            host,
        };
        self.wait(&line, id, now, Box::new(entry));
        Ok(Polling { line, id, answer, given_up })
    }

    /// A poll waits for its next request, unless it was given up.
    fn wait(self: &Arc<Self>, line: &Arc<Line<Entry>>, id: u64, at: Duration, entry: Box<Entry>) {
        if line.put(id, at, entry, |entry| !entry.answer.is_closed()) {
            self.spawn(Arc::clone(self).see_to(Arc::clone(line)));
        }
    }

    /// Asks for each that waits in a line when its time has come, until none waits.
    async fn see_to(self: Arc<Self>, line: Arc<Line<Entry>>) {
        while let Some((id, entry, permit)) = line.due(&*self.options.clock).await {
            let span = entry.span.clone();
            self.spawn(Arc::clone(&self).ask(Arc::clone(&line), id, entry, permit).instrument(span));
        }
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        match self.aside() {
            Some(aside) => aside.spawn(task),
            None => drop(tokio::spawn(task)),
        }
    }

    /// Asks once, and sees what comes of it.
    async fn ask(
        self: Arc<Self>,
        line: Arc<Line<Entry>>,
        id: u64,
        mut entry: Box<Entry>,
        permit: OwnedSemaphorePermit,
    ) {
        // It was written here; dropped, it would be told as lost.
        let Ok(poll) = serde_json::from_str::<Poll>(&entry.poll) else { return };
        let asked = tokio::select! {
            biased;
            () = entry.given_up.notified() => return,
            asked = self.ask_once(&entry.caller, &poll, &entry.context, entry.until) => asked,
        };
        drop(permit);
        let clock = &self.options.clock;
        let outcome = match asked {
            Some(Ok(answer)) => self.look(&poll, &mut entry, answer).await,
            Some(Err(e)) if e.kind != ErrorKind::Transient => Look::Ended(Err(e)),
            Some(Err(_)) | None => Look::NotYet(None),
        };
        let said = match outcome {
            Look::Ended(outcome) => return drop(entry.answer.send(outcome)),
            Look::NotYet(said) => said,
        };
        let left = entry.until.saturating_sub(clock.now());
        if left.is_zero() {
            let after = Duration::from_secs(entry.give_up_s);
            let gave_up = HttpError::GaveUp { host: entry.host.to_string(), after };
            return drop(entry.answer.send(Err(gave_up.into())));
        }
        let wait = entry.pause.next(fastrand::f64()).max(said.unwrap_or_default().min(self.options.longest_pause));
        let now = clock.now();
        self.wait(&line, id, now + together(now, wait).min(left), entry);
    }

    /// One request; none: it took longer than it may.
    async fn ask_once(
        &self,
        caller: &Caller,
        poll: &Poll,
        context: &SendContext,
        until: Duration,
    ) -> Option<Result<HttpAnswer, StageError>> {
        // A server that sends a byte now and then is never idle.
        let most = until.saturating_sub(self.options.clock.now()).max(LAST_ASK);
        let way = Way { idempotent: true, tries: 1, polls: true, on_chunk: None };
        tokio::time::timeout(most, self.run(caller, &poll.request, context, way)).await.ok()
    }

    async fn look(&self, poll: &Poll, entry: &mut Entry, answer: HttpAnswer) -> Look {
        let wall = self.options.clock.wall();
        if !(200..300).contains(&answer.status) {
            return match retry::verdict(&answer, true, wall) {
                Verdict::Keep => Look::Ended(Ok(answer)),
                Verdict::Again(said) => Look::NotYet(said),
            };
        }
        let said = retry::retry_after(&answer.headers, wall);
        let Some(json) = self.json(&answer.body).await else { return Look::NotYet(said) };
        let value = json.pointer(&poll.pointer);
        if value.is_some_and(|v| poll.until.iter().any(|end| same(v, end))) {
            return Look::Ended(Ok(answer));
        }
        let number = poll.progress.as_deref().and_then(|p| json.pointer(p)?.as_f64());
        if let Some(share) = number.and_then(|n| entry.gauge.read(n)) {
            (entry.on_progress)(share);
        }
        Look::NotYet(said)
    }

    async fn json(&self, body: &Body) -> Option<Value> {
        match body {
            Body::Text(text) => serde_json::from_str(text).ok(),
            Body::Blob(blob) if blob.bytes <= MOST_JSON => {
                let digest: Digest = blob.blob.parse().ok()?;
                let blobs = Arc::clone(&self.blobs);
                let read = move || {
                    let mut bytes = Vec::new();
                    blobs.open(&digest).ok()?.take(MOST_JSON).read_to_end(&mut bytes).ok()?;
                    serde_json::from_slice(&bytes).ok()
                };
                tokio::task::spawn_blocking(read).await.ok()?
            }
            _ => None,
        }
    }
}

enum Look {
    Ended(Result<HttpAnswer, StageError>),
    /// Asked again, not before so long.
    NotYet(Option<Duration>),
}

fn check(poll: &Poll) -> Result<(), StageError> {
    let pointers = [("pointer", Some(&poll.pointer)), ("progress", poll.progress.as_ref())];
    for (field, pointer) in pointers {
        if pointer.is_some_and(|p| !p.is_empty() && !p.starts_with('/')) {
            return Err(StageError::invalid(field, "not a JSON pointer: it begins with a slash, as in /data/status"));
        }
    }
    if poll.until.is_empty() {
        return Err(StageError::invalid("until", "name at least one value that ends the polling"));
    }
    Ok(())
}

/// Equal, with 1 and 1.0 the same number.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => x == y || (x.as_f64() == y.as_f64()),
        _ => a == b,
    }
}

/// A pause from `now`, up to a tick longer where that hardly matters.
fn together(now: Duration, pause: Duration) -> Duration {
    if pause < TICK * 20 {
        return pause;
    }
    let over = Duration::from_nanos(((now + pause).as_nanos() % TICK.as_nanos()) as u64);
    if over.is_zero() { pause } else { pause + TICK.saturating_sub(over) }
}

/// The pauses between requests.
struct Pause {
    next: Duration,
    factor: f64,
    most: Duration,
}

impl Pause {
    fn new(poll: &Poll) -> Self {
        let first = Duration::from_millis(poll.every_ms).clamp(SHORTEST_PAUSE, Duration::from_hours(24));
        let factor = if poll.backoff.is_finite() { poll.backoff.clamp(1.0, MOST_BACKOFF) } else { 1.0 };
        Self { next: first, factor, most: first.mul_f64(MOST_BACKOFF) }
    }

    /// The next one, up to a tenth longer or shorter so that polls begun together drift apart.
    fn next(&mut self, random: f64) -> Duration {
        let now = self.next;
        self.next = now.mul_f64(self.factor).min(self.most);
        now.mul_f64(0.9 + 0.2 * random.clamp(0.0, 1.0))
    }
}

/// Finds out whether a service counts to 1 or to 100.
#[derive(Default)]
struct Gauge {
    percent: Option<bool>,
}

impl Gauge {
    /// The share that is done; none while it can't be told: a lone 1 may be all or a hundredth.
    fn read(&mut self, n: f64) -> Option<f64> {
        if n > 1.0 {
            self.percent = Some(true);
        } else if n > 0.0 && n < 1.0 && self.percent.is_none() {
            self.percent = Some(false);
        }
        let share = match self.percent {
            Some(true) => n / 100.0,
            Some(false) => n,
            None if n == 0.0 => 0.0,
            None => return None,
        };
        Some(share.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_of_either_scale_is_a_share() {
        let read = |numbers: &[f64]| {
            let mut gauge = Gauge::default();
            numbers.iter().map(|n| gauge.read(*n)).collect::<Vec<_>>()
        };
        assert_eq!(read(&[0.0, 0.25, 1.0]), [Some(0.0), Some(0.25), Some(1.0)]);
        assert_eq!(read(&[0.0, 1.0, 50.0, 0.5, 250.0]), [Some(0.0), None, Some(0.5), Some(0.005), Some(1.0)]);
        assert_eq!(read(&[-3.0, 1.0]), [None, None]);
    }

    #[test]
    fn pauses_grow_to_ten_times_the_first() {
        let poll = |every_ms, backoff| Poll {
            request: studio_plugin_sdk::wire::Http::default(),
            every_ms,
            backoff,
            pointer: String::new(),
            until: vec![],
            progress: None,
            give_up_s: 1,
        };
        let mut pause = Pause::new(&poll(1000, 2.0));
        let seconds: Vec<u64> = (0..6).map(|_| pause.next(0.5).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 10, 10]);
        assert_eq!(Pause::new(&poll(0, f64::NAN)).next(0.5), SHORTEST_PAUSE);
        assert!(Pause::new(&poll(u64::MAX, f64::INFINITY)).next(1.0) < Duration::from_hours(48));
        assert_eq!(Pause::new(&poll(1000, 0.1)).next(0.0), Duration::from_millis(900));
    }

    #[test]
    fn long_pauses_end_together_and_short_ones_when_they_should() {
        let ms = Duration::from_millis;
        let ends = |now, pause| now + together(now, pause);
        assert_eq!(ends(ms(1), ms(1_999)), ms(2_000), "a short one is left as it is");
        assert_eq!(ends(ms(7), ms(27_000)), ends(ms(93), ms(26_990)));
        for now in [ms(0), ms(1), ms(99), ms(100), Duration::from_nanos(123_456_789)] {
            let end = ends(now, ms(30_000));
            assert_eq!(end.as_nanos() % TICK.as_nanos(), 0);
            assert!(end >= now + ms(30_000) && end <= now + ms(30_100), "{now:?}");
        }
    }

    #[test]
    fn numbers_are_equal_by_value() {
        assert!(same(&serde_json::json!(1), &serde_json::json!(1.0)));
        assert!(same(&serde_json::json!("done"), &serde_json::json!("done")));
        assert!(!same(&serde_json::json!("1"), &serde_json::json!(1)));
        assert!(!same(&serde_json::json!(null), &serde_json::json!(false)));
    }
}
