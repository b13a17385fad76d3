//! What stages get from `Cx`, seen from outside: a plugin of this test's own.

use std::collections::BTreeMap;

use studio_plugin_sdk::{
    prelude::*,
    testkit::Run,
    wire::{Action, Answer, Effect, PlanMode, Resource},
};

/// Reads server-sent events.
#[stage(llm, rev = 3, resource = net, paid, programs = ["a", "b"])]
async fn chat(cx: Cx, req: LlmRequest) -> Result<LlmResponse> {
    let mut stream = cx.http_stream(post("https://example.com/chat").bearer(secret("key")).json(&req));
    let mut events = Vec::new();
    while let Some(event) = stream.next_event().await? {
        events.push(format!("{}={}", event.event, event.data));
    }
    stream.await?.ok()?;
    Ok(LlmResponse { text: events.join("|"), ..LlmResponse::default() })
}

/// Polls without an end.
#[stage(tts, rev = 1, plan = run)]
async fn speak(cx: Cx, _req: SpeechRequest) -> Result<Speech> {
    cx.poll(get("https://example.com")).every(secs(1)).await?;
    Ok(Speech::default())
}

/// Calls a stage and delivers what it makes.
#[stage(publish, rev = 1)]
async fn publish(cx: Cx, req: PublishRequest) -> Result<Publication> {
    let image = ImageRequest { prompt: req.title, ..ImageRequest::default() };
    let made = cx.stage("poster", &image).label("the poster").provider("cards").await?;
    cx.preview(&made.image);
    cx.used(Usage { images: 1, ..Usage::default() });
    let files = BTreeMap::from([("poster.png".to_string(), Body::from(&made.image))]);
    let files = cx.deliver(req.place, files).await?;
    Ok(Publication { files, ..Publication::default() })
}

plugin! { id: "test", description: "Tests.", stages: [chat, speak, publish], limits: Limits { turn_seconds: 2, ..Limits::default() } }

#[test]
fn the_manifest_is_as_declared() {
    let plugin = plugin();
    let manifest = plugin.manifest();
    assert_eq!((manifest.protocol, manifest.id.as_str(), manifest.limits.turn_seconds), (1, "test", 2));
    let [chat, speak, _] = &manifest.stages[..] else { panic!("three stages") };
    assert_eq!((chat.role, chat.rev, chat.resource, chat.paid), (Role::Llm, 3, Resource::Net, true));
    assert_eq!((chat.plan, &chat.programs[..]), (PlanMode::Assume, &["a".to_string(), "b".to_string()][..]));
    assert_eq!((speak.plan, speak.paid), (PlanMode::Run, false));
}

fn stream(pieces: &[&str], end: Answer) -> Run {
    let mut run = Run::new(plugin(), Role::Llm, json!({"text": "hi"}));
    run.start().unwrap();
    for piece in pieces {
        run.answer(1, Answer::Chunk { body: (*piece).into() }).unwrap();
    }
    run.answer(1, end).unwrap();
    run.replay().unwrap();
    run
}

fn status(status: u16) -> Answer {
    Answer::Http(HttpAnswer { status, ..HttpAnswer::default() })
}

#[test]
fn events_are_cut_at_empty_lines_wherever_the_pieces_are_cut() {
    let text = ": hello\n\nevent: delta\ndata: one\ndata:two\r\n\r\nid: 7\ndata: [DONE]\n\nevent: nothing\n\ndata: end";
    let expected = "delta=one\ntwo|=[DONE]|=end";
    for size in 1..text.len() {
        let pieces: Vec<&str> = (0..text.len()).step_by(size).map(|at| &text[at..text.len().min(at + size)]).collect();
        assert_eq!(stream(&pieces, status(200)).response::<LlmResponse>().unwrap().text, expected, "{size}");
    }
}

#[test]
fn a_stream_that_ends_in_an_error_status_is_that_error() {
    let error = stream(&["{\"error\":"], status(529)).response::<LlmResponse>().unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Transient, "http.529"));
    let lost = Answer::Failed { error: StageError::transient("cut off") };
    assert_eq!(stream(&["data: x\n"], lost).response::<LlmResponse>().unwrap_err().message, "cut off");
}

#[test]
fn a_secret_is_a_placeholder() {
    let mut run = Run::new(plugin(), Role::Llm, json!({"text": "hi"}));
    let effects = run.start().unwrap();
    let Action::Http(http) = &effects[0].action else { panic!("http") };
    assert_eq!(http.headers, [("authorization".to_string(), "Bearer {{secret:key}}".to_string())]);
    assert_eq!((http.stream, &http.body), (true, &Body::Json(json!({"text": "hi"}))));
}

#[test]
fn a_poll_without_an_end_is_refused_before_it_is_asked() {
    let mut run = Run::new(plugin(), Role::Tts, json!({"text": "hi"}));
    assert_eq!(run.start().unwrap(), []);
    assert_eq!(run.response::<Speech>().unwrap_err().code, "poll.until");
}

#[test]
fn a_stage_is_called_and_its_result_delivered() {
    let mut run = Run::new(plugin(), Role::Publish, json!({"video": Film::default(), "title": "T", "place": "out"}));
    run.auto(|effect| match &effect.action {
        Action::Stage(call) => {
            assert_eq!((call.id.as_str(), call.label.as_str()), ("poster", "the poster"));
            assert_eq!((call.provider.as_deref(), &call.request), (Some("cards"), &json!({"prompt": "T"})));
            vec![Answer::Stage { response: json!(Image { width: 4, ..Image::default() }) }]
        }
        Action::Deliver(deliver) => {
            vec![Answer::Delivered { paths: deliver.files.keys().map(|k| (k.clone(), format!("/x/{k}"))).collect() }]
        }
        _ => Vec::new(),
    })
    .unwrap();
    assert_eq!(run.response::<Publication>().unwrap().files["poster.png"], "/x/poster.png");
    assert_eq!((run.usage().images, run.partials().len()), (1, 1));
}

#[test]
fn another_stages_bad_response_is_told() {
    let mut run = Run::new(plugin(), Role::Publish, json!({"video": Film::default(), "title": "T"}));
    let effects: Vec<Effect> = run.start().unwrap();
    run.answer(effects[0].id, Answer::Stage { response: json!({"image": 3}) }).unwrap();
    let error = run.response::<Publication>().unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Permanent, "stage.response"));
    assert!(error.message.contains("image"), "{error}");
}
