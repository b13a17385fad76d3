//! A plugin that does what it is told: a fixture of the SDK's and the host's tests.
//!
//! Its `llm` stage takes an [`Op`] as JSON in `text` and gives what came of it in `data`. Its `tts` stage keeps
//! the text as a blob, so that `llm` has something to call.

mod op;

pub use op::Op;
use studio_plugin_sdk::prelude::*;

/// Does the [`Op`] in `text`.
#[stage(llm, rev = 1, estimate = estimate)]
pub async fn perform(cx: Cx, req: LlmRequest) -> Result<LlmResponse> {
    let op: Op = serde_json_from(&req.text)?;
    let data = op::run(cx.clone(), op).await?;
    Ok(LlmResponse { data: Some(data), model: format!("take {}", cx.take().n), ..LlmResponse::default() })
}

fn serde_json_from(text: &str) -> Result<Op> {
    studio_plugin_sdk::serde_json::from_str(text).map_err(|e| StageError::invalid("text", e.to_string()))
}

/// A token a byte, once the text is known.
fn estimate(request: &Value) -> Estimate {
    let known = studio_plugin_sdk::json::known::<LlmRequest>(request).filter(|req| !req.text.is_empty());
    let usage = known.map(|req| Usage { tokens_in: req.text.len() as u64, ..Usage::default() });
    Estimate { usage, seconds: Some(0.1) }
}

/// "Speaks": keeps the text as a blob.
#[stage(tts, rev = 1, plan = run)]
pub async fn speak(cx: Cx, req: SpeechRequest) -> Result<Speech> {
    let audio = cx.write_blob("text/plain", req.text.as_bytes())?;
    let seconds = req.text.chars().count() as f64 / 10.0;
    Ok(Speech { audio, seconds, sample_rate: 8000, voice: req.voice.unwrap_or_default(), ..Speech::default() })
}

plugin! {
    id: "echo",
    description: "Does what it is told, for tests.",
    stages: [perform, speak],
    capabilities: Capabilities {
        net: vec![
            NetRule { host: "example.com".into(), private: false, per_minute: None },
            NetRule { host: "127.0.0.1".into(), private: true, per_minute: None },
            // The benches put the port of their service in the module's place of this one.
            NetRule { host: "127.0.0.1:00000".into(), private: true, per_minute: None },
        ],
        programs: vec![
            program("echo", ProgramKind::Tool),
            program("cat", ProgramKind::Tool),
            program("sh", ProgramKind::Code),
        ],
        secrets: vec![SecretDecl { name: "echo".into(), host: "127.0.0.1".into(), help: String::new() }],
        // A test says where it is.
        service: Some(ServiceDecl {
            url: "http://127.0.0.1:9/v1".into(),
            secret: String::new(),
            help: String::new(),
        }),
        devices: Vec::new(),
        calls: vec![Role::Tts, Role::Llm],
        deliver: true,
    },
}

fn program(name: &str, kind: ProgramKind) -> ProgramDecl {
    ProgramDecl { name: name.into(), kind, key: VersionKey::None, version_args: vec!["--version".into()] }
}
