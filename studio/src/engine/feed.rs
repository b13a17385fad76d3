//! Events for one listener, however slow it is. Recorded ones come in order and without gaps: who falls
//! behind is given them from the store, at its own pace, and nobody waits for it. Passing ones may be missed.

use std::{collections::VecDeque, sync::Arc};

use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{
    event::{Live, Told, told},
    open::{Core, Engine},
};
use crate::{
    model::{RunId, Seq},
    store::StoreError,
};

/// How many events are read from the store at once.
const PAGE: usize = 256;

/// Events from a number on.
pub struct Feed {
    core: Arc<Core>,
    live: Receiver<Live>,
    run: Option<RunId>,
    /// The last recorded event that was given out (or left out).
    last: Seq,
    /// What was read from the store and not given out yet.
    read: VecDeque<Told>,
    behind: bool,
}

/// What a feed gives.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// An event.
    Told(Box<Told>),
    /// Passing events were missed: the listener is slow. Recorded ones follow all the same.
    Missed,
}

impl Engine {
    /// Everything after number `since` (none: from now on), of one run where that is asked for.
    pub fn feed(&self, since: Option<Seq>, run: Option<RunId>) -> Feed {
        let live = self.subscribe();
        // After the subscription: what comes between the two is read twice, and given once.
        let last = self.core.store.last_seq();
        let behind = since.is_some_and(|since| since < last);
        let last = since.map_or(last, |since| since.min(last));
        Feed { core: Arc::clone(&self.core), live, run, last, read: VecDeque::new(), behind }
    }

    /// Were events after `since` forgotten? Who asks from there takes a snapshot instead.
    pub fn forgot_after(&self, since: Seq) -> Result<bool, StoreError> {
        Ok(since.saturating_add(1) < self.core.store.events_from()?)
    }

    /// Events after `since`, and the number up to which they were looked for.
    pub fn told_since(&self, since: Seq, limit: usize) -> Result<(Vec<Told>, Seq), StoreError> {
        let entries = self.core.store.entries_since(since, limit)?;
        let last = entries.last().map_or(since, |entry| entry.seq);
        Ok((entries.iter().filter_map(told).collect(), last))
    }

    /// The number of the last record.
    pub fn last_seq(&self) -> Seq {
        self.core.store.last_seq()
    }
}

impl Feed {
    /// The number of the last recorded event so far.
    pub fn last(&self) -> Seq {
        self.last
    }

    /// The next; none: the store is closed.
    pub async fn next(&mut self) -> Option<News> {
        loop {
            if let Some(told) = self.read.pop_front() {
                if self.wants(&told) {
                    return Some(News::Told(Box::new(told)));
                }
                continue;
            }
            if self.behind {
                self.read_on()?;
                continue;
            }
            match self.live.recv().await {
                Ok(live) => {
                    if let Some(told) = self.fresh(&live).filter(|told| self.wants(told)) {
                        return Some(News::Told(Box::new(told)));
                    }
                }
                Err(RecvError::Lagged(_)) => {
                    self.behind = true;
                    return Some(News::Missed);
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }

    fn read_on(&mut self) -> Option<()> {
        let entries = self.core.store.entries_since(self.last, PAGE).ok()?;
        match entries.last() {
            Some(entry) => self.last = entry.seq,
            None => self.behind = false,
        }
        self.read.extend(entries.iter().filter_map(told));
        Some(())
    }

    /// What was not given out from the store already.
    fn fresh(&mut self, live: &Live) -> Option<Told> {
        if let Live::Recorded(entry) = live {
            if entry.seq <= self.last {
                return None;
            }
            self.last = entry.seq;
        }
        live.told()
    }

    fn wants(&self, told: &Told) -> bool {
        self.run.is_none() || told.event.run() == self.run.as_ref()
    }
}
