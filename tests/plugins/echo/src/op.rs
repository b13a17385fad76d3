//! What the fixture can be told to do, and how it does it.

use std::{collections::BTreeMap, future::Future, io::Read, pin::Pin};

use serde::{Deserialize, Serialize};
use studio_plugin_sdk::{
    prelude::*,
    serde_json,
    wire::{Exec, Http, Poll},
};

/// One thing to do. As JSON: `{"seq": [{"sleep": 10}, {"http": {"method": "GET", "url": "…"}}]}`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Op {
    /// Gives the value.
    Value(Value),
    /// One request; gives `{status, body}`.
    Http(Box<Http>),
    /// A streamed request; gives its lines.
    StreamLines(Box<Http>),
    /// A poll; gives the last body as JSON.
    Poll(Box<Poll>),
    /// Creates a remote job by a request and polls it, `{id}` in the address being the answer's `/id`; gives the last
    /// body as JSON.
    Job {
        /// The request that creates it.
        create: Box<Http>,
        /// How it is polled.
        poll: Box<Poll>,
    },
    /// A program; gives `{code, stdout, outputs}`, or its lines where they were asked for.
    Exec(Box<Exec>),
    /// Milliseconds.
    Sleep(u64),
    /// A new turn.
    YieldNow,
    /// A program's version.
    Probe(String),
    /// Calls the `tts` stage; gives its response.
    Speak {
        /// Its place under this stage.
        slot: String,
        /// What is said.
        text: String,
    },
    /// Calls this stage again with another op; gives its `data`.
    Perform {
        /// Its place under this stage.
        slot: String,
        /// What to do there.
        op: Box<Op>,
    },
    /// Files of text into a folder.
    Deliver {
        /// Below the export folder.
        folder: String,
        /// Text by name.
        files: BTreeMap<String, String>,
    },
    /// Shows text.
    Partial(String),
    /// Says how far it is.
    Progress(f64),
    /// A line of log.
    Log(String),
    /// Writes a blob of so many bytes 0, 1, 2 … (modulo 251); gives it.
    WriteBlob(u64),
    /// Reads a blob; gives its size and the sum of its bytes.
    ReadBlob(Blob),
    /// Reads half of a blob in this turn and half in the next; gives whether both together are all of it.
    ReadAcrossTurns(Blob),
    /// Begins a blob and goes on with it in the next turn, which is an error.
    WriteAcrossTurns,
    /// One after the other; gives the list.
    Seq(Vec<Op>),
    /// Side by side; gives the list.
    Join(Vec<Op>),
    /// Side by side until the first ends; gives `[which, value]`.
    Race(Vec<Op>),
    /// Adds tokens to the usage.
    Use(u64),
    /// Gives the error as a value, where the op fails.
    Catch(Box<Op>),
    /// Fails.
    Fail(StageError),
    /// Panics.
    Panic(String),
    /// Never ends its turn.
    Loop,
    /// Takes so many MiB of memory and gives how many.
    Grow(usize),
    /// Waits for nothing.
    Deadlock,
    /// Gives the seed, the take and the resume hint.
    Start,
}

/// Boxed, since ops hold ops.
pub fn run(cx: Cx, op: Op) -> Pin<Box<dyn Future<Output = Result<Value>>>> {
    Box::pin(async move {
        match op {
            Op::Value(value) => Ok(value),
            Op::Http(http) => http_op(&cx, *http).await,
            Op::StreamLines(http) => stream_lines(&cx, *http).await,
            Op::Poll(poll) => poll_op(&cx, *poll).await,
            Op::Job { create, mut poll } => {
                let made: Value = cx.http(*create).await?.ok()?.json()?;
                poll.request.url = poll.request.url.replace("{id}", made["id"].as_str().unwrap_or_default());
                poll_op(&cx, *poll).await
            }
            Op::Exec(exec) => exec_op(&cx, *exec).await,
            Op::Sleep(ms) => cx.sleep(millis(ms)).await.map(|()| json!("slept")),
            Op::YieldNow => cx.yield_now().await.map(|()| json!("yielded")),
            Op::Probe(program) => Ok(json!(cx.probe(program).await?)),
            Op::Speak { slot, text } => speak(&cx, slot, text).await,
            Op::Perform { slot, op } => {
                let request = LlmRequest { text: json!(*op).to_string(), ..LlmRequest::default() };
                Ok(cx.stage(slot, &request).await?.data.unwrap_or_default())
            }
            Op::Deliver { folder, files } => {
                let files = files.into_iter().map(|(name, text)| (name, text.into())).collect();
                Ok(json!(cx.deliver(folder, files).await?))
            }
            Op::Partial(text) => {
                cx.partial(text);
                Ok(Value::Null)
            }
            Op::Progress(fraction) => {
                cx.progress(fraction, "working");
                Ok(Value::Null)
            }
            Op::Log(text) => {
                cx.log(Level::Info, text);
                Ok(Value::Null)
            }
            Op::WriteBlob(len) => {
                let bytes: Vec<u8> = (0..len).map(|n| (n % 251) as u8).collect();
                Ok(json!(cx.write_blob("application/octet-stream", &bytes)?))
            }
            Op::ReadBlob(blob) => {
                let bytes = cx.read_blob(&blob)?;
                let sum: u64 = bytes.iter().map(|b| u64::from(*b)).sum();
                Ok(json!({"bytes": bytes.len(), "sum": sum}))
            }
            Op::ReadAcrossTurns(blob) => {
                let mut reader = cx.open_blob(&blob)?;
                let mut bytes = vec![0; blob.bytes as usize / 2];
                reader.read_exact(&mut bytes).map_err(|e| StageError::permanent(e.to_string()))?;
                cx.yield_now().await?;
                reader.read_to_end(&mut bytes).map_err(|e| StageError::permanent(e.to_string()))?;
                Ok(json!(bytes == cx.read_blob(&blob)?))
            }
            Op::WriteAcrossTurns => {
                let mut writer = cx.create_blob("text/plain")?;
                writer.add(b"one")?;
                cx.yield_now().await?;
                writer.add(b"two")?;
                Ok(json!(writer.finish()?))
            }
            Op::Seq(ops) => {
                let mut values = Vec::new();
                for op in ops {
                    values.push(run(cx.clone(), op).await?);
                }
                Ok(values.into())
            }
            Op::Join(ops) => {
                let values = join_all(ops.into_iter().map(|op| run(cx.clone(), op))).await;
                Ok(values.into_iter().collect::<Result<Vec<Value>>>()?.into())
            }
            Op::Race(ops) => {
                let (value, which, _) = select_all(ops.into_iter().map(|op| run(cx.clone(), op))).await;
                Ok(json!([which, value?]))
            }
            Op::Use(tokens) => {
                cx.used(Usage { model: "echo-1".into(), tokens_in: tokens, ..Usage::default() });
                Ok(Value::Null)
            }
            Op::Catch(op) => match run(cx.clone(), *op).await {
                Ok(value) => Ok(value),
                Err(error) => Ok(json!(error)),
            },
            Op::Fail(error) => Err(error),
            Op::Panic(text) => panic!("{text}"),
            Op::Loop => loop {
                std::hint::black_box(&cx);
            },
            Op::Grow(mib) => {
                let taken: Vec<Vec<u8>> = (0..mib).map(|n| vec![n as u8; 1 << 20]).collect();
                Ok(json!(std::hint::black_box(taken).len()))
            }
            Op::Deadlock => std::future::pending().await,
            Op::Start => Ok(json!({"seed": cx.seed(), "take": cx.take(), "resume_hint": cx.resume_hint()})),
        }
    })
}

async fn http_op(cx: &Cx, http: Http) -> Result<Value> {
    let answer = cx.http(http).await?;
    Ok(json!({"status": answer.status, "body": answer.body}))
}

async fn stream_lines(cx: &Cx, http: Http) -> Result<Value> {
    let mut stream = cx.http_stream(http);
    let mut lines = Vec::new();
    while let Some(line) = stream.next_line().await? {
        cx.partial(&line);
        lines.push(line);
    }
    Ok(json!({"status": stream.await?.status, "lines": lines}))
}

async fn poll_op(cx: &Cx, poll: Poll) -> Result<Value> {
    cx.poll(poll.request)
        .every(millis(poll.every_ms))
        .backoff(poll.backoff)
        .until(poll.pointer, poll.until)
        .give_up(secs(poll.give_up_s))
        .await?
        .json()
}

async fn exec_op(cx: &Cx, exec: Exec) -> Result<Value> {
    let with_lines = exec.lines != Lines::None;
    let mut call = cx.exec(exec);
    let mut lines = Vec::new();
    while with_lines && let Some(line) = call.next_line().await? {
        lines.push(line);
    }
    let exit = call.await?.success()?;
    Ok(json!({"code": exit.code, "stdout": exit.stdout, "outputs": exit.outputs, "lines": lines}))
}

async fn speak(cx: &Cx, slot: String, text: String) -> Result<Value> {
    let request = SpeechRequest {
        text,
        voice: None,
        language: None,
        speed: 1.0,
        pitch: 0.0,
        style: String::new(),
        model: None,
        exact_times: false,
    };
    let speech = cx.stage(slot, &request).label("a test").await?;
    serde_json::to_value(speech).map_err(|e| StageError::permanent(e.to_string()))
}
