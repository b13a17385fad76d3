//! Figures, not tests: `cargo test -p studio --lib script::tests::measure -- --ignored --nocapture`.

use std::time::Instant;

use tokio::sync::watch;

use super::*;

/// Stages that answer all at once, when as many wait as are awaited.
struct Crowd {
    awaited: usize,
    waiting: Mutex<usize>,
    open: watch::Sender<bool>,
    answer: Value,
    full: Mutex<Option<(Instant, u64)>>,
}

impl Stages for Crowd {
    fn stage(&self, _: StageSpec) -> Result<NodeHandle, NodeError> {
        Ok(NodeHandle(1))
    }

    fn value(&self, _: NodeHandle) -> BoxFuture<'static, Result<Value, NodeError>> {
        let (mut open, answer) = (self.open.subscribe(), self.answer.clone());
        let mut waiting = self.waiting.lock();
        *waiting += 1;
        if *waiting == self.awaited {
            *self.full.lock() = Some((Instant::now(), resident()));
            self.open.send_replace(true);
        }
        async move {
            drop(open.wait_for(|open| *open).await);
            Ok(answer)
        }
        .boxed()
    }

    fn log(&self, _: &str, _: &str) {}
}

/// Resident memory in KiB.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4
}

fn measure(name: &str, awaited: usize, body: &str) {
    let answer = usual_answer(&StageSpec {
        role: Role::Tts,
        providers: Vec::new(),
        scope: Vec::new(),
        ordinal: 1,
        input: super::super::Input::Value(Value::Null),
        label: String::new(),
        at: super::super::SourceLine { file: String::new(), line: 1 },
    });
    let crowd = Arc::new(Crowd {
        awaited,
        waiting: Mutex::new(0),
        open: watch::Sender::new(false),
        answer: answer.unwrap(),
        full: Mutex::new(None),
    });
    let stages: Arc<dyn Stages> = crowd.clone();
    let (start, before) = (Instant::now(), resident());
    futures::executor::block_on(run(script(body), BTreeMap::new(), RunContext::new(0, 0, stages))).unwrap();
    let (all, after) = (start.elapsed(), resident());
    let full = crowd.full.lock().take();
    let waiting =
        full.map(|(at, kib)| format!("all waiting after {:?}, +{} KiB; ", at - start, kib.saturating_sub(before)));
    eprintln!("{name}: {}done after {all:?}, +{} KiB", waiting.unwrap_or_default(), after.saturating_sub(before));
}

#[test]
#[ignore = "prints figures"]
fn figures() {
    measure("a VM", 1, "return 1");
    measure("a VM", 1, "return 1");
    measure("5,000 promises", 1, "local t = {} for i = 1, 5000 do t[i] = tts { text = 'Sentence ' .. i } end");
    measure(
        "5,000 projections",
        1,
        "local s = tts { text = 'a' } local t = {} for i = 1, 5000 do t[i] = s.words[i].text end",
    );
    measure(
        "5,000 waiting coroutines",
        5000,
        "local t = {} for i = 1, 5000 do t[i] = i end
         map(t, function(i) return #tts { text = 'Sentence ' .. i }.words:get() end)",
    );
    measure("10,000,000 turns of a loop", 1, "local n = 0 for i = 1, 1e7 do n += i % 7 end return n");
}
