//! The stages against recorded and made-up answers.

use std::path::Path;

use proptest::prelude::*;
use studio_plugin_openai::plugin;
use studio_plugin_sdk::{
    prelude::{Result, *},
    testkit::{self, Native, Run},
    wire::{Action, Answer, Effect},
};

#[test]
fn cassettes_play() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cassettes");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        testkit::check(&path, &mut Native::new(plugin())).unwrap();
    }
}

/// Runs a stage; each effect gets these answers.
fn run(role: Role, request: Value, reply: impl FnMut(&Effect) -> Vec<Answer>) -> Run {
    let mut run = Run::new(plugin(), role, request);
    run.auto(reply).unwrap();
    run.replay().unwrap();
    run
}

fn status(status: u16, body: &str) -> Vec<Answer> {
    vec![Answer::Http(HttpAnswer { status, headers: Vec::new(), body: Body::Text(body.into()) })]
}

/// An error as the service writes them, to whatever is asked.
fn error(http: u16, body: &str) -> StageError {
    run(Role::Image, json!({ "prompt": "a field" }), |_| status(http, body)).response::<Image>().unwrap_err()
}

#[test]
fn errors_are_typed_whoever_wrote_them() {
    let code = |code: &str| format!(r#"{{"error":{{"message":"so it is","type":"x","param":null,"code":"{code}"}}}}"#);
    for (http, body, kind) in [
        (401, code("invalid_api_key"), ErrorKind::Unauthorized),
        (403, code("unsupported_country"), ErrorKind::Unauthorized),
        (402, code(""), ErrorKind::Quota),
        (429, code("rate_limit_exceeded"), ErrorKind::RateLimited),
        (429, code("insufficient_quota"), ErrorKind::Quota),
        (400, code("content_policy_violation"), ErrorKind::ContentRefused),
        (400, code("moderation_blocked"), ErrorKind::ContentRefused),
        (400, code("something_else"), ErrorKind::Permanent),
        (404, code("model_not_found"), ErrorKind::InvalidInput),
        (500, code("server_error"), ErrorKind::Transient),
        // llama.cpp while it loads, with a number for a code; vLLM's older form; a proxy; nothing at all.
        (
            503,
            r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#.into(),
            ErrorKind::Transient,
        ),
        (
            404,
            r#"{"object":"error","message":"The model `x` does not exist.","code":404}"#.into(),
            ErrorKind::InvalidInput,
        ),
        (404, "404 page not found".into(), ErrorKind::Permanent),
        (502, "<html>Bad Gateway</html>".into(), ErrorKind::Transient),
        (418, String::new(), ErrorKind::Permanent),
        (400, "[1, 2".into(), ErrorKind::Permanent),
    ] {
        let error = error(http, &body);
        assert_eq!(error.kind, kind, "{http} {body}: {error:?}");
        assert!(error.code.starts_with("openai.") && !error.message.is_empty(), "{error:?}");
    }
    assert!(error(404, "404 page not found").message.contains("/v1"));
    let key = error(401, r#"{"error":{"message":"Incorrect API key provided: sk-ab***yz"}}"#);
    assert!(!key.message.contains("sk-"), "{key:?}");
}

#[test]
fn what_was_used_is_told_also_of_what_failed() {
    let body = r#"{"choices":[{"message":{"content":null,"refusal":"No."},"finish_reason":"stop"}],
        "usage":{"prompt_tokens":10,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":99}}}"#;
    let run = run(Role::Llm, json!({ "text": "hi", "max_tokens": 20_000 }), |_| status(200, body));
    assert_eq!(run.response::<LlmResponse>().unwrap_err().kind, ErrorKind::ContentRefused);
    let usage = run.usage();
    assert_eq!((usage.tokens_in, usage.tokens_cached, usage.tokens_out), (0, 10, 3));
}

#[test]
fn a_request_that_may_cost_is_sent_once_with_its_bound() {
    let mut seen = Vec::new();
    run(Role::Tts, json!({ "text": "Hello." }), |effect| {
        if let Action::Http(http) = &effect.action {
            seen.push(http.clone());
        }
        status(500, "")
    });
    let [http] = seen.as_slice() else { panic!("{seen:?}") };
    assert!(http.method == "POST" && !http.idempotent && http.idempotency_header.is_none());
    assert_eq!(http.at_most.as_ref().map(|usage| usage.characters), Some(6));
    assert_eq!(http.headers, [("authorization".to_owned(), "Bearer {{secret:openai}}".to_owned())]);
}

#[test]
fn another_take_says_what_is_to_be_different() {
    let asked = |role: Role, request: Value| {
        let mut run = Run::new(plugin(), role, request).take(2, "darker");
        let effects = run.start().unwrap();
        serde_json_text(&effects[0].action)
    };
    assert!(asked(Role::Image, json!({ "prompt": "a field" })).contains("a field\\ndarker"));
    assert!(asked(Role::Llm, json!({ "text": "a poem" })).contains("This time: darker"));
    assert!(asked(Role::Tts, json!({ "text": "a poem" })).contains("\"instructions\":\"darker\""));
}

fn serde_json_text(action: &Action) -> String {
    studio_plugin_sdk::serde_json::to_string(action).unwrap()
}

#[test]
fn estimates_are_bounds() {
    let estimate = |role: Role, request: Value| {
        let start = studio_plugin_sdk::wire::Start {
            role,
            request,
            take: Take::default(),
            seed: 1,
            resume_hint: None,
            service: None,
        };
        plugin().estimate(&start).unwrap()
    };
    let usage = estimate(Role::Llm, json!({ "text": "x".repeat(100) })).usage.unwrap();
    assert!(usage.tokens_in >= 100 && usage.tokens_out == 8_000, "{usage:?}");
    assert_eq!(estimate(Role::Tts, json!({ "text": "Hello." })).usage.unwrap().characters, 6);
    assert_eq!(estimate(Role::Image, json!({ "prompt": null })).usage.unwrap().images, 1);
    assert_eq!(estimate(Role::Llm, json!({ "text": null })).usage, None);
}

fn streamed(words: &[String], cuts: &[usize]) -> Vec<Answer> {
    let event = |delta: &Value, finish: &Value| {
        format!("data: {}\n\n", json!({ "choices": [{ "delta": delta, "finish_reason": finish }] }))
    };
    let mut body = String::from(": hello\r\n\r\n");
    for word in words {
        body += &event(&json!({ "content": word }), &Value::Null);
    }
    body += &event(&json!({}), &json!("stop"));
    body += "data: [DONE]\n\n";
    let mut ends: Vec<usize> =
        cuts.iter().map(|cut| cut % body.len()).filter(|cut| body.is_char_boundary(*cut)).collect();
    ends.push(body.len());
    ends.sort_unstable();
    let mut from = 0;
    let mut answers = Vec::new();
    for end in ends {
        answers.push(Answer::Chunk { body: Body::Text(body[from..end].into()) });
        from = end;
    }
    answers.push(Answer::Http(HttpAnswer { status: 200, ..HttpAnswer::default() }));
    answers
}

proptest! {
    #[test]
    fn a_stream_may_be_cut_anywhere(words in prop::collection::vec("[ -~é水😀]{1,8}", 1..12), cuts in prop::collection::vec(0_usize..5_000, 0..8)) {
        let said = words.concat();
        prop_assume!(!said.trim().is_empty() && !said.trim_start().starts_with("<think>"));
        let mut answers = streamed(&words, &cuts).into_iter();
        // One answer a turn: what has come is shown before more is waited for.
        let run = run(Role::Llm, json!({ "text": "hi" }), |_| answers.next().into_iter().collect());
        let shown: String = run.partials().iter().map(|partial| partial.text.as_str()).collect();
        prop_assert_eq!(shown, said.clone());
        prop_assert_eq!(run.response::<LlmResponse>().unwrap().text, said.trim());
    }

    #[test]
    fn no_answer_makes_a_stage_panic(body in "\\PC{0,200}", http in 200_u16..600) {
        for (role, request) in [
            (Role::Llm, json!({ "text": "hi" })),
            (Role::Llm, json!({ "text": "hi", "max_tokens": 9_000, "task": "storyboard" })),
            (Role::Image, json!({ "prompt": "hi" })),
        ] {
            let result: Result<Value> = run(role, request, |_| status(http, &body)).response();
            prop_assert!(result.is_err());
        }
    }
}
