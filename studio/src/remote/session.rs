//! One client on the owner's side: its hello, its requests side by side, and what it is told.

use std::{sync::Arc, time::Duration, time::Instant};

use futures::StreamExt;
use serde_json::Value;
use tokio::{net::UnixStream, sync::watch, task::JoinSet};
use tokio_util::codec::FramedRead;
use zeroize::Zeroize;

use super::{
    codec::{Line, Lines},
    outbox::Outbox,
    rate::Rate,
    rpc::{self, Call, Notice},
    server::Shared,
};
use crate::engine::{
    Engine, News,
    api::{ApiError, Hello, PROTOCOL, Request, Subscribe, Subscribed},
};

/// Requests of one client that are worked on at once.
const MOST_AT_ONCE: usize = 64;
/// How long a client may take to say hello.
const HELLO_WITHIN: Duration = Duration::from_secs(10);
/// The longest line before that, in bytes.
const HELLO_LINE: usize = 16 << 10;
/// So many characters of what a client calls itself are logged.
const CLIENT_NAME: usize = 60;
/// How long requests of a client that says no more may take.
const LAST_ANSWERS: Duration = Duration::from_secs(10);
/// How long the last lines may take to be read.
const LAST_LINES: Duration = Duration::from_secs(1);
/// The longest answer, in bytes.
const LONGEST_ANSWER: usize = 64 << 20;

/// Serves a client until it goes, or the owner does.
pub async fn serve(stream: UnixStream, shared: Arc<Shared>) {
    let (from, to) = stream.into_split();
    let (out, writer) = Outbox::new(to);
    let mut lines = FramedRead::new(from, Lines::new(HELLO_LINE));
    let mut gone = shared.gone.subscribe();
    let session = Session { shared, out, rate: None, work: JoinSet::new(), feed: JoinSet::new() };
    let (mut session, mut successor) = (session, None);
    let hello_until = tokio::time::sleep(HELLO_WITHIN);
    tokio::pin!(hello_until);
    loop {
        tokio::select! {
            line = lines.next() => match line {
                Some(Ok(line)) => {
                    if !session.line(line).await {
                        break;
                    }
                    if session.rate.is_some() {
                        lines.decoder_mut().most = session.shared.limits.line;
                    }
                }
                // What comes of a client that only stopped to talk is still written.
                None | Some(Err(_)) => break,
            },
            // Ended work is taken away as it ends.
            Some(_) = session.work.join_next() => (),
            left = has_left(&mut gone) => {
                successor = left;
                break;
            }
            () = &mut hello_until, if session.rate.is_none() => break,
            () = session.out.closed() => return,
        }
    }
    session.end(successor).await;
    drop(session);
    let _ = tokio::time::timeout(LAST_LINES, writer).await;
}

/// Waits until the owner has left: whether another one comes.
async fn has_left(gone: &mut watch::Receiver<Option<bool>>) -> Option<bool> {
    gone.wait_for(Option::is_some).await.ok().and_then(|left| *left)
}

struct Session {
    shared: Arc<Shared>,
    out: Outbox,
    /// None: it has not said hello.
    rate: Option<Rate>,
    work: JoinSet<()>,
    feed: JoinSet<()>,
}

impl Session {
    /// Takes in a line; false: the connection is of no use.
    async fn line(&mut self, line: Line) -> bool {
        let mut line = match line {
            Line::Whole(line) => line,
            Line::TooLong => {
                let most = if self.rate.is_some() { self.shared.limits.line } else { HELLO_LINE };
                return self.out.send(rpc::too_long(most)).await && self.rate.is_some();
            }
        };
        let call = rpc::call(&line);
        if call.as_ref().is_ok_and(|call| call.request.method == "secret.set") {
            line.zeroize();
        }
        match call {
            Ok(call) if self.rate.is_none() => self.hello(call).await,
            Ok(call) => self.request(call).await,
            Err(refused) => self.out.send(refused).await && self.rate.is_some(),
        }
    }

    async fn hello(&mut self, call: Call) -> bool {
        if call.request.method != "hello" {
            let error = ApiError::new("hello.first", "say hello first").help("docs/control.md shows how");
            self.out.send(rpc::answer(&call.id, Err(error))).await;
            return false;
        }
        let hello = serde_json::from_value::<Hello>(call.request.params);
        let refused = match hello {
            Ok(hello) if hello.protocol >= PROTOCOL => {
                let client: String = hello.client.chars().take(CLIENT_NAME).collect();
                tracing::info!(client, protocol = hello.protocol, "client connected");
                let owner = serde_json::to_value(self.shared.owner(PROTOCOL)).unwrap_or_default();
                self.rate = Some(Rate::new(self.shared.limits.per_second, Instant::now()));
                return self.out.send(rpc::answer(&call.id, Ok(owner))).await;
            }
            Ok(hello) => ApiError::new(
                "protocol.unknown",
                format!("protocol {} is not spoken here, only {PROTOCOL}", hello.protocol),
            )
            .field("protocol")
            .help("use a newer client"),
            Err(e) => ApiError::new("invalid_params", e.to_string()).field("params"),
        };
        tracing::info!(code = refused.code, "a client was refused");
        self.out.send(rpc::answer(&call.id, Err(refused))).await;
        false
    }

    async fn request(&mut self, call: Call) -> bool {
        let Call { id, request } = call;
        match self.admit(&request) {
            Err(error) => self.out.send(rpc::answer(&id, Err(error))).await,
            Ok(()) if request.method == "hello" => {
                let owner = serde_json::to_value(self.shared.owner(PROTOCOL)).unwrap_or_default();
                self.out.send(rpc::answer(&id, Ok(owner))).await
            }
            Ok(()) if request.method == "events.subscribe" => self.subscribe(&id, request.params).await,
            Ok(()) => {
                let (engine, out) = (self.shared.engine.clone(), self.out.clone());
                self.work.spawn(async move {
                    out.send(answer(&engine, &id, request).await).await;
                });
                true
            }
        }
    }

    fn admit(&mut self, request: &Request) -> Result<(), ApiError> {
        if self.shared.closing.is_cancelled() {
            return Err(ApiError::leaving());
        }
        let cost = Engine::cost(&request.method).unwrap_or(1);
        if let Some(rate) = &mut self.rate {
            let per_second = self.shared.limits.per_second;
            let too_fast = |wait| ApiError::busy(format!("more than {per_second} requests a second"), wait);
            rate.take(cost, Instant::now()).map_err(too_fast)?;
        }
        if self.work.len() >= MOST_AT_ONCE {
            return Err(ApiError::busy(format!("{MOST_AT_ONCE} requests of this client are under way"), 0.1));
        }
        Ok(())
    }

    /// Tells what happens from now on, in place of what was asked for before.
    async fn subscribe(&mut self, id: &Value, params: Value) -> bool {
        let asked = serde_json::from_value::<Subscribe>(if params.is_null() { serde_json::json!({}) } else { params });
        let asked = match asked {
            Ok(asked) => asked,
            Err(e) => {
                let error = ApiError::new("invalid_params", e.to_string()).field("params");
                return self.out.send(rpc::answer(id, Err(error))).await;
            }
        };
        let engine = &self.shared.engine;
        let gap = match asked.since.map_or(Ok(false), |since| engine.forgot_after(since)) {
            Ok(gap) => gap,
            Err(e) => return self.out.send(rpc::answer(id, Err(e.into()))).await,
        };
        let mut feed = engine.feed(asked.since, asked.run);
        let told = Subscribed { seq: feed.last(), gap };
        if !self.out.send(rpc::answer(id, serde_json::to_value(told).map_err(|_| ApiError::leaving()))).await {
            return false;
        }
        self.feed.abort_all();
        let out = self.out.clone();
        self.feed.spawn(async move {
            while let Some(news) = feed.next().await {
                let notice = match news {
                    News::Told(told) => Notice::Event(told),
                    News::Missed => Notice::Missed,
                };
                if !out.send(notice.to_line()).await {
                    return;
                }
            }
        });
        true
    }

    /// Lets what was begun end, and says why there will be no more.
    async fn end(&mut self, successor: Option<bool>) {
        let all = async { while self.work.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(LAST_ANSWERS, all).await;
        self.work.shutdown().await;
        self.feed.shutdown().await;
        if let Some(successor) = successor {
            let told = self.out.send(Notice::Leaving { successor }.to_line());
            let _ = tokio::time::timeout(LAST_LINES, told).await;
        }
    }
}

async fn answer(engine: &Engine, id: &Value, request: Request) -> String {
    let method = request.method.clone();
    let line = rpc::answer(id, engine.handle(request).await);
    if line.len() <= LONGEST_ANSWER {
        return line;
    }
    let error = ApiError::new("too_big", format!("the answer to {method} has {} bytes", line.len()));
    rpc::answer(id, Err(error.help("ask for less: `limit`, or one project at a time")))
}
