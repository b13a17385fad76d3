//! A plugin that uses every effect. `text` of the `llm` request says which; see [`chat`].

use studio_plugin_sdk::prelude::*;

/// Echoes.
#[stage(llm, rev = 1, plan = run)]
pub async fn chat(cx: Cx, req: LlmRequest) -> Result<LlmResponse> {
    cx.progress(0.5, "echo");
    Ok(LlmResponse { text: req.text, ..LlmResponse::default() })
}

plugin! {
    id: "echo",
    description: "Uses every effect, for tests.",
    stages: [chat],
}
