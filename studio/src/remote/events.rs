//! What happens, from wherever it happens: where the owner goes, the events go on with the next one, from the number
//! after the last one that was seen.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::sync::mpsc;

use super::{
    client::{Backend, Client},
    connection::{Connection, Failed},
    rpc::Notice,
};
use crate::{
    engine::{
        Feed, News,
        api::{ApiError, Subscribe, Subscribed},
    },
    model::{RunId, Seq},
};

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// A stream of events.
pub struct Events {
    client: Client,
    run: Option<RunId>,
    /// The last numbered event that was given.
    last: Option<Seq>,
    source: Source,
}

enum Source {
    /// From this process.
    Here(Box<Feed>),
    /// Over a connection of its own: what waits to be shown holds up no answer.
    There {
        /// The connection that answers requests.
        answering: Arc<Connection>,
        _told: Connection,
        notices: mpsc::Receiver<Notice>,
    },
}

impl Events {
    pub(super) async fn open(client: Client, since: Option<Seq>, run: Option<RunId>) -> Result<Self, ApiError> {
        let (source, last) = open(&client, since, run.as_ref()).await?;
        Ok(Self { client, run, last: Some(last), source })
    }

    /// The next.
    pub async fn next(&mut self) -> Result<News, ApiError> {
        loop {
            let news = match &mut self.source {
                Source::Here(feed) => match feed.next().await {
                    Some(news) => news,
                    None => return Err(ApiError::leaving()),
                },
                Source::There { answering, notices, .. } => match notices.recv().await {
                    Some(Notice::Event(told)) => News::Told(told),
                    Some(Notice::Missed) => News::Missed,
                    Some(Notice::Leaving { .. }) => continue,
                    None => {
                        let gone = Arc::clone(answering);
                        self.reopen(&gone).await?;
                        continue;
                    }
                },
            };
            if let News::Told(told) = &news
                && let Some(seq) = told.seq
            {
                // What was seen before the owner went may come again.
                if self.last.is_some_and(|last| seq <= last) {
                    continue;
                }
                self.last = Some(seq);
            }
            return Ok(news);
        }
    }

    async fn reopen(&mut self, gone: &Arc<Connection>) -> Result<(), ApiError> {
        let until = Instant::now() + self.client.options().wait;
        loop {
            // This connection alone may have broken.
            let _ = tokio::time::timeout(PAUSE, gone.lost()).await;
            if gone.is_lost().is_some() {
                self.client.renew(gone).await?;
            }
            match open(&self.client, self.last, self.run.as_ref()).await {
                Ok((source, _)) => {
                    self.source = source;
                    return Ok(());
                }
                Err(e) if !e.is_leaving() || Instant::now() > until => return Err(e),
                Err(_) => (),
            }
        }
    }
}

async fn open(client: &Client, since: Option<Seq>, run: Option<&RunId>) -> Result<(Source, Seq), ApiError> {
    let answering = match client.backend().await {
        Backend::Here(owner) => {
            let feed = owner.engine.feed(since, run.cloned());
            let last = feed.last();
            return Ok((Source::Here(Box::new(feed)), last));
        }
        Backend::There(connection) => connection,
    };
    let Some(path) = client.options().place.noted() else { return Err(ApiError::leaving()) };
    let failed = |failed: Failed| match failed {
        Failed::Answered(e) => e,
        Failed::Lost => ApiError::leaving(),
    };
    let (told, notices) = Connection::open(&path, client.options().wait).await.map_err(failed)?;
    let asked = serde_json::to_value(Subscribe { since, run: run.cloned() }).unwrap_or(Value::Null);
    let subscribed = told.request("events.subscribe", asked, None).await.map_err(failed)?;
    let Subscribed { seq, .. } = serde_json::from_value(subscribed)
        .map_err(|e| ApiError::new("protocol.answer", format!("a strange answer to events.subscribe: {e}")))?;
    Ok((Source::There { answering, _told: told, notices }, seq))
}
