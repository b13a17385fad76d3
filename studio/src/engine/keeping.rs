//! What the owner of a store does by itself, however long it runs: it compacts the journal when that has grown, and
//! when it opens the store and once a day removes for good what was thrown away long ago. Nothing of it is waited for.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use tokio::sync::Notify;

use super::open::{Core, Engine, EngineError};
use crate::store::{Store, StoreError};

/// Between two looks at the clock: the box may have slept.
const LOOK: Duration = Duration::from_hours(1);
const DAY_MS: i64 = 24 * 3_600_000;
/// After a compaction that failed or stood in somebody's way.
const LATER: Duration = Duration::from_mins(10);

impl Engine {
    /// Starts it.
    pub(super) fn start_keeping(&self) {
        let core = Arc::downgrade(&self.core);
        tokio::spawn(tidy(core.clone()));
        tokio::spawn(compact(self.core.store.grown(), move || core.upgrade().map(|core| core.store.clone())));
    }

    /// Removes what has been kept long enough, as of `now_ms`.
    async fn tidy(&self, now_ms: i64) -> Result<(), EngineError> {
        self.empty_trash(now_ms).await?;
        self.drop_old_letters(now_ms).await
    }
}

async fn tidy(core: Weak<Core>) {
    let mut last = i64::MIN;
    while let Some(engine) = core.upgrade().map(|core| Engine { core, command: None }) {
        let now = engine.core.now_ms();
        if is_due(last, now) {
            last = now;
            match engine.tidy(now).await {
                Err(EngineError::Store(StoreError::Closed)) => return,
                Err(e) => tracing::warn!(code = e.code(), "what was thrown away could not be removed: {e}"),
                Ok(()) => {}
            }
        }
        drop(engine);
        tokio::time::sleep(LOOK).await;
    }
}

/// Is it a day ago? A clock that was set back does not stop it.
fn is_due(last: i64, now: i64) -> bool {
    last.saturating_add(DAY_MS) <= now || now < last
}

/// Compacts the store, as long as there is one, whenever it has grown.
async fn compact(grown: Arc<Notify>, store: impl Fn() -> Option<Store>) {
    loop {
        grown.notified().await;
        let Some(store) = store() else { return };
        let compacted = tokio::task::spawn_blocking(move || store.compact()).await;
        match compacted {
            Ok(Ok(true)) => continue,
            Ok(Err(StoreError::Closed)) | Err(_) => return,
            Ok(Err(e)) => tracing::warn!(code = e.code(), "the journal could not be compacted: {e}"),
            Ok(Ok(false)) => {}
        }
        tokio::time::sleep(LATER).await;
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;
    use crate::model::{GenerationId, Record};

    #[test]
    fn it_is_done_at_once_and_once_a_day() {
        assert!(is_due(i64::MIN, 5) && is_due(5, DAY_MS + 5) && is_due(DAY_MS, 5));
        assert!(!is_due(5, 5) && !is_due(5, DAY_MS + 4));
    }

    fn journal_bytes(store: &Path) -> u64 {
        let files = std::fs::read_dir(store.join("journal")).unwrap().flatten();
        // One that has just gone has no length.
        files.map(|file| file.metadata().map_or(0, |metadata| metadata.len())).sum()
    }

    #[tokio::test]
    async fn the_journal_is_compacted_while_the_store_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("store");
        let store = Store::open(&dir).unwrap();
        let (given, gone) = (store.clone(), Arc::new(parking_lot::Mutex::new(false)));
        let is_gone = Arc::clone(&gone);
        let task = tokio::spawn(compact(store.grown(), move || (!*is_gone.lock()).then(|| given.clone())));
        // Each takes the place of the one before.
        let request = |n: u32| json!({ "n": n, "text": "x".repeat(200_000) });
        let id = GenerationId::new("g");
        for n in 0..60 {
            store.append(vec![Record::GenerationRequest { id: id.clone(), request: request(n) }]).await.unwrap();
        }
        let begun = std::time::Instant::now();
        while journal_bytes(&dir) > 1_000_000 {
            assert!(begun.elapsed() < Duration::from_mins(2), "{}", journal_bytes(&dir));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(store.generation_request(&id).unwrap(), Some(request(59)));
        *gone.lock() = true;
        store.grown().notify_one();
        task.await.unwrap();
    }
}
