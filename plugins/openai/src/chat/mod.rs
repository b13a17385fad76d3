//! The `llm` stage: text, JSON of a schema, storyboards; what is written is shown while it comes.

mod job;
mod reply;
mod schema;
mod storyboard;
mod stream;

use studio_plugin_sdk::{json::known, prelude::*, serde_json};

use self::{job::Job, reply::Reply};
use crate::{api::Api, error};

/// Answers a prompt, fills a schema, or makes a storyboard of a topic or a text.
#[stage(llm, rev = 1, resource = net, paid, estimate = estimate)]
pub(crate) async fn write(cx: Cx, req: LlmRequest) -> Result<LlmResponse> {
    let api = Api::of(&cx);
    let job = Job::of(&cx, &req)?;
    let request = job.request(&cx, &api)?;
    let reply = if job.streams() { stream::read(&cx, &api, request).await? } else { whole(&cx, &api, request).await? };
    cx.used(reply.usage(&cx, &job));
    let model = reply.model.clone().unwrap_or_else(|| job.model.clone());
    let text = reply.text(&cx, &api, job.wants_json())?;
    match (req.task, &req.schema) {
        (Task::Storyboard, _) => storyboard::response(&api, parsed(&api, &text)?, model),
        (Task::Text, Some(schema)) => {
            let data = parsed(&api, &text)?;
            if let Some(why) = schema::mismatch(schema, &data) {
                return Err(error::useless(&api, &format!("does not fit the schema: {why}")));
            }
            Ok(LlmResponse { data: Some(data), model, ..LlmResponse::default() })
        }
        (Task::Text, None) => Ok(LlmResponse { text, model, ..LlmResponse::default() }),
    }
}

/// A long answer, in one piece: a stream of it would be more than a stage may be told.
async fn whole(cx: &Cx, api: &Api, request: HttpRequest) -> Result<Reply> {
    let answer = cx.http(request).await?;
    if answer.status >= 400 {
        return Err(error::of(api, &answer));
    }
    let mut reply = Reply::default();
    reply.add(api, answer.parse()?)?;
    Ok(reply)
}

fn parsed(api: &Api, text: &str) -> Result<Value> {
    serde_json::from_str(reply::without_fence(text))
        .map_err(|e| error::useless(api, &format!("is not whole JSON: {e}")))
}

/// At most what the request allows.
fn estimate(request: &Value) -> Estimate {
    let usage = known::<LlmRequest>(request).filter(|req| !req.text.is_empty()).map(|req| job::at_most(&req, 0));
    let seconds = usage.as_ref().map(|usage| 2.0 + (usage.tokens_out.min(2_000)) as f64 / 80.0);
    Estimate { usage, seconds }
}
