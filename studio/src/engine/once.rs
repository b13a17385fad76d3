//! Commands that are applied once: whoever sends one again is given the first answer.

use std::{
    collections::{HashMap, VecDeque},
    future::Future,
};

use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::watch;

use super::api::ApiError;

/// Answers that are remembered, and their bytes as JSON.
const MOST: usize = 4_096;
const MOST_BYTES: usize = 16 << 20;
/// The longest id of a command, in bytes.
const LONGEST_ID: usize = 64;

/// What a command was answered.
pub type Answer = Result<Value, ApiError>;

/// The answers to the latest commands.
#[derive(Default)]
pub struct Once {
    inner: std::sync::Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    known: HashMap<String, Known>,
    /// Answered ones, the oldest first, with their bytes.
    answered: VecDeque<(String, usize)>,
    bytes: usize,
}

struct Known {
    what: blake3::Hash,
    answer: watch::Receiver<Option<Answer>>,
}

impl Once {
    /// Does `work` for the command `id`, or gives the answer of the first time. The work goes on when the caller
    /// goes away, so that who comes back finds its answer.
    pub async fn apply<F>(&self, id: &str, what: blake3::Hash, work: impl FnOnce() -> F) -> Answer
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        check(id)?;
        let mut answer = self.join_or_begin(id, what, work)?;
        let lost = || ApiError::new("engine.lost", "the command ended without an answer");
        answer.wait_for(Option::is_some).await.ok().and_then(|a| a.clone()).unwrap_or_else(|| Err(lost()))
    }

    fn join_or_begin<F>(
        &self,
        id: &str,
        what: blake3::Hash,
        work: impl FnOnce() -> F,
    ) -> Result<watch::Receiver<Option<Answer>>, ApiError>
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let mut inner = self.inner.lock();
        if let Some(known) = inner.known.get(id) {
            if known.what != what {
                return Err(ApiError::command_reused(id));
            }
            return Ok(known.answer.clone());
        }
        let (sender, answer) = watch::channel(None);
        inner.known.insert(id.to_owned(), Known { what, answer: answer.clone() });
        let (inner, id, work) = (std::sync::Arc::clone(&self.inner), id.to_owned(), work());
        tokio::spawn(async move {
            let forget = Forget { inner: &inner, id: &id };
            let answer = work.await;
            std::mem::forget(forget);
            inner.lock().remember(id, &answer);
            let _ = sender.send(Some(answer));
        });
        Ok(answer)
    }
}

/// Work that panicked has no answer to remember.
struct Forget<'a> {
    inner: &'a Mutex<Inner>,
    id: &'a str,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.inner.lock().known.remove(self.id);
    }
}

impl Inner {
    fn remember(&mut self, id: String, answer: &Answer) {
        // Whoever leaves has done nothing: the next owner does it.
        if answer.as_ref().is_err_and(ApiError::is_leaving) {
            self.known.remove(&id);
            return;
        }
        let bytes = answer.as_ref().map_or(0, |value| serde_json::to_vec(value).map_or(0, |json| json.len()));
        self.answered.push_back((id, bytes));
        self.bytes += bytes;
        while self.answered.len() > MOST || self.bytes > MOST_BYTES {
            let Some((oldest, bytes)) = self.answered.pop_front() else { return };
            self.known.remove(&oldest);
            self.bytes -= bytes;
        }
    }
}

/// Does an id for a command look like one?
fn check(id: &str) -> Result<(), ApiError> {
    if id.is_empty() || id.len() > LONGEST_ID || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        let message = format!("1 to {LONGEST_ID} of a-z, A-Z, 0-9 and -; best a ULID");
        return Err(ApiError::new("command.id", message).field("command"));
    }
    Ok(())
}

/// What a command is: its id stands for one only.
pub fn hash(method: &str, params: &Value) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(method.as_bytes()).update(b"\0");
    // Never written down elsewhere: it may hold a secret. Writing to a hasher does not fail.
    let _ = serde_json::to_writer(&mut hasher, params);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    };

    #[tokio::test]
    async fn a_command_is_done_once_and_answered_each_time() {
        let (once, done) = (Once::default(), Arc::new(AtomicUsize::new(0)));
        let send = async |id: &str, params: Value| {
            let done = Arc::clone(&done);
            let work = || async move { Ok(Value::from(done.fetch_add(1, SeqCst))) };
            once.apply(id, hash("project.edit", &params), work).await
        };
        let both = tokio::join!(send("a", 1.into()), send("a", 1.into()));
        assert_eq!(both, (Ok(0.into()), Ok(0.into())));
        assert_eq!(send("a", 1.into()).await, Ok(0.into()));
        assert_eq!(send("b", 1.into()).await, Ok(1.into()));
        assert_eq!(send("a", 2.into()).await.unwrap_err().code, "command.reused");
        for bad in ["", "a b", "é", &"x".repeat(65)] {
            assert_eq!(send(bad, 1.into()).await.unwrap_err().code, "command.id", "{bad:?}");
        }
        assert_eq!(done.load(SeqCst), 2);
    }

    #[tokio::test]
    async fn what_is_remembered_has_a_limit() {
        let once = Once::default();
        for n in 0..40 {
            let big = || async { Ok(Value::from("x".repeat(1 << 20))) };
            assert!(once.apply(&n.to_string(), hash("m", &Value::Null), big).await.is_ok());
        }
        let inner = once.inner.lock();
        assert!(inner.bytes <= MOST_BYTES && inner.known.len() == inner.answered.len() && !inner.known.is_empty());
    }

    #[tokio::test]
    async fn one_that_goes_away_leaves_the_work_to_go_on() {
        let (once, started) = (Once::default(), Arc::new(tokio::sync::Notify::new()));
        let (go, mut wait) = tokio::sync::watch::channel(false);
        let begun = Arc::clone(&started);
        let first = once.apply("a", hash("m", &Value::Null), || async move {
            begun.notify_one();
            let _ = wait.wait_for(|go| *go).await;
            Ok(Value::from("first"))
        });
        tokio::select! {
            _ = first => panic!("nobody let it"),
            () = started.notified() => (),
        }
        go.send(true).unwrap();
        let again = once.apply("a", hash("m", &Value::Null), || async { Ok(Value::from("second")) });
        assert_eq!(again.await, Ok("first".into()));
    }
}
