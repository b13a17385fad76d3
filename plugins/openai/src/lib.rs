//! Text, speech, pictures and transcripts from OpenAI, and from any server that speaks its protocol (llama.cpp, vLLM,
//! Ollama …): where that is, and under which names its models go, a person's settings say.

mod api;
mod chat;
mod check;
mod error;
mod hearing;
mod language;
mod models;
mod picture;
mod speech;

use studio_plugin_sdk::prelude::*;

fn capabilities() -> Capabilities {
    Capabilities {
        service: Some(ServiceDecl {
            url: api::OPENAI.into(),
            secret: "openai".into(),
            help: "https://platform.openai.com/api-keys".into(),
        }),
        // Exact word times of speech are a transcript of it, kept and counted as a node of its own.
        calls: vec![Role::Asr],
        ..Capabilities::default()
    }
}

plugin! {
    id: "openai",
    description: "Writes, speaks, draws and transcribes with OpenAI or a server that speaks its protocol.",
    stages: [chat::write, speech::speak, picture::draw, hearing::hear],
    capabilities: capabilities(),
    // Pictures come as base64 within JSON: several times their size in memory.
    limits: Limits { memory_mib: 256, turn_seconds: 5 },
}
