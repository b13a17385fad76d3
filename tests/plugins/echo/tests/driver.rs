//! The SDK's driver, natively: ids, batches, cancelling, misuse, replay.

use studio_plugin_echo::plugin;
use studio_plugin_sdk::{
    prelude::*,
    testkit::Run,
    wire::{Action, Answer, Effect, Event, Outcome},
};

fn run(op: &Value) -> Run {
    Run::new(plugin(), Role::Llm, json!({"text": op.to_string()}))
}

fn woke() -> Answer {
    Answer::Woke {}
}

fn data(run: &Run) -> Value {
    run.response::<LlmResponse>().unwrap().data.unwrap()
}

fn error(run: &Run) -> StageError {
    run.response::<LlmResponse>().unwrap_err()
}

fn sleeps(effects: &[Effect]) -> Vec<(u32, u64)> {
    let sleep = |effect: &Effect| match effect.action {
        Action::Sleep { ms } => Some((effect.id, ms)),
        _ => None,
    };
    effects.iter().filter_map(sleep).collect()
}

#[test]
fn ids_are_in_order_of_first_poll() {
    let mut run = run(&json!({"join": [{"seq": [{"sleep": 1}, {"sleep": 4}]}, {"sleep": 2}, {"sleep": 3}]}));
    assert_eq!(sleeps(&run.start().unwrap()), [(1, 1), (2, 2), (3, 3)]);
    assert_eq!(run.answer(2, woke()).unwrap(), []);
    assert_eq!(sleeps(&run.answer(1, woke()).unwrap()), [(4, 4)]);
    let last = [3, 4].map(|id| Event { id, answer: woke() });
    run.resume(last.to_vec()).unwrap();
    assert_eq!(data(&run), json!([["slept", "slept"], "slept", "slept"]));
    run.replay().unwrap();
}

#[test]
fn a_thousand_effects_in_one_batch() {
    let ops: Vec<Value> = (0..1000).map(|n| json!({"sleep": n})).collect();
    let mut run = run(&json!({"join": ops}));
    assert_eq!(run.start().unwrap().len(), 1000);
    let events = (1..=1000).rev().map(|id| Event { id, answer: woke() }).collect();
    run.resume(events).unwrap();
    assert_eq!(data(&run).as_array().unwrap().len(), 1000);
}

#[test]
fn the_loser_of_a_race_is_cancelled_and_its_late_answer_ignored() {
    let mut run = run(&json!({"seq": [{"race": [{"sleep": 1}, {"probe": "cat"}]}, {"sleep": 3}]}));
    run.start().unwrap();
    let effects = run.answer(2, Answer::Probe { version: Some("cat 9".into()) }).unwrap();
    assert_eq!(effects[0], Effect { id: 3, action: Action::Cancel { target: 1 } });
    assert_eq!(sleeps(&effects), [(4, 3)]);
    run.answer(1, woke()).unwrap();
    assert_eq!(*run.outcome(), Outcome::None);
    run.answer(4, woke()).unwrap();
    assert_eq!(data(&run), json!([[1, "cat 9"], "slept"]));
    run.replay().unwrap();
}

#[test]
fn both_of_a_race_in_one_batch_cancel_nothing() {
    let mut run = run(&json!({"race": [{"sleep": 1}, {"sleep": 2}]}));
    run.start().unwrap();
    let events = [2, 1].map(|id| Event { id, answer: woke() });
    assert_eq!(run.resume(events.to_vec()).unwrap(), []);
    assert_eq!(data(&run), json!([0, "slept"]));
}

#[test]
fn a_failed_effect_is_the_stages_error_and_cancels_the_rest() {
    let mut run = run(&json!({"seq": [{"use": 7}, {"race": [{"sleep": 1}, {"seq": [{"sleep": 2}]}]}]}));
    run.start().unwrap();
    let effects = run.fail(2, StageError::transient("no network").code("net")).unwrap();
    assert_eq!(effects, [Effect { id: 3, action: Action::Cancel { target: 1 } }]);
    assert_eq!(error(&run), StageError::transient("no network").code("net"));
    assert_eq!(run.usage().tokens_in, 7);
}

#[test]
fn a_host_that_breaks_the_protocol_fails_the_stage() {
    let cases: [(u32, Answer, &str); 4] = [
        (9, woke(), "no open effect"),
        (0, woke(), "no open effect"),
        (1, Answer::Probe { version: None }, "Woke"),
        (2, woke(), "no open effect"), // the partial: it has no answer
    ];
    for (id, answer, why) in cases {
        let mut run = run(&json!({"join": [{"sleep": 1}, {"partial": "x"}]}));
        run.start().unwrap();
        run.answer(id, answer).unwrap();
        let error = error(&run);
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Permanent, "protocol.event"));
        assert!(error.message.contains(why), "{error}");
    }
}

#[test]
fn two_last_answers_are_misuse() {
    let mut run = run(&json!({"join": [{"sleep": 1}, {"sleep": 2}]}));
    run.start().unwrap();
    let twice = [1, 1].map(|id| Event { id, answer: woke() });
    run.resume(twice.to_vec()).unwrap();
    assert!(error(&run).message.contains("last answer"));
}

#[test]
fn waiting_for_nothing_is_an_error() {
    let mut run = run(&json!({"seq": [{"partial": "x"}, "deadlock"]}));
    run.start().unwrap();
    assert_eq!(error(&run).code, "stage.deadlock");
    run.resume(Vec::new()).unwrap();
    assert_eq!(error(&run).code, "protocol.misuse");
}

#[test]
fn a_request_that_does_not_fit_names_its_field() {
    let mut run = Run::new(plugin(), Role::Llm, json!({"text": "{}", "max_tokens": "many"}));
    run.start().unwrap();
    assert_eq!((error(&run).kind, error(&run).field.as_deref()), (ErrorKind::InvalidInput, Some("max_tokens")));
    let mut run = Run::new(plugin(), Role::Render, json!({}));
    run.start().unwrap();
    assert_eq!(error(&run).code, "protocol.role");
}

#[test]
fn take_seed_and_hint_reach_the_stage() {
    let mut run = run(&json!("start")).take(2, "slower").seed(99).resume_hint("job-1");
    run.start().unwrap();
    assert_eq!(data(&run), json!({"seed": 99, "take": {"n": 2, "note": "slower"}, "resume_hint": "job-1"}));
}

#[test]
fn blobs_progress_and_log_need_no_effect() {
    let mut run =
        run(&json!({"seq": [{"write_blob": 200_000}, {"progress": 0.25}, {"log": "hello"}, {"progress": -1}]}));
    assert_eq!(run.start().unwrap(), []);
    let blob: Blob = studio_plugin_sdk::json::typed(data(&run)[0].clone()).unwrap();
    assert_eq!(run.host().get(&blob.blob).unwrap().len(), 200_000);
    assert_eq!(run.host().progress_seen(), [(250_000, "working".into()), (0, "working".into())]);
    assert_eq!(run.host().log_seen(), [(Level::Info, "hello".into())]);

    let mut reader = self::run(&json!({"read_blob": blob}));
    reader.start().unwrap();
    assert_eq!(error(&reader).code, "blob.unknown");
    let bytes: Vec<u8> = (0..200_000u32).map(|n| (n % 251) as u8).collect();
    let mut reader = self::run(&json!({"read_blob": reader.host().put("", &bytes)}));
    reader.host().put("", &bytes);
    reader.start().unwrap();
    let sum: u64 = bytes.iter().map(|b| u64::from(*b)).sum();
    assert_eq!(data(&reader), json!({"bytes": 200_000, "sum": sum}));
}

#[test]
fn a_reader_lives_through_turns_and_a_writer_does_not() {
    let with_blob = run(&json!("start"));
    let blob = with_blob.host().put("", b"some bytes");
    let mut reader = run(&json!({"read_across_turns": blob}));
    reader.host().put("", b"some bytes");
    reader.auto(|_| vec![woke()]).unwrap();
    assert_eq!(data(&reader), json!(true));
    let mut writer = run(&json!("write_across_turns"));
    writer.auto(|_| vec![woke()]).unwrap();
    assert_eq!(error(&writer).code, "blob.turn");
}

#[test]
fn a_stream_is_read_as_lines_across_pieces() {
    let mut run = run(&json!({"stream_lines": {"method": "GET", "url": "https://example.com/"}}));
    run.start().unwrap();
    let chunk = |text: &str| Answer::Chunk { body: text.into() };
    run.answer(1, chunk("one\r\ntw")).unwrap();
    run.answer(1, Answer::Chunk { body: Body::Base64("b8M=".into()) }).unwrap(); // "o" and half an "é"
    run.answer(1, Answer::Chunk { body: Body::Base64("qQo=".into()) }).unwrap(); // the other half, a line end
    run.answer(1, chunk("three")).unwrap();
    run.answer(1, Answer::Http(HttpAnswer { status: 200, ..HttpAnswer::default() })).unwrap();
    assert_eq!(data(&run), json!({"status": 200, "lines": ["one", "twoé", "three"]}));
    run.replay().unwrap();
}

#[test]
fn a_programs_lines_come_as_they_are_printed() {
    let mut run = run(&json!({"exec": {"program": "echo", "args": ["a"], "lines": "stdout"}}));
    run.start().unwrap();
    run.answer(1, Answer::Lines { lines: vec!["a".into(), "b".into()] }).unwrap();
    run.answer(1, Answer::Exit(Exit { code: Some(0), ..Exit::default() })).unwrap();
    assert_eq!(data(&run)["lines"], json!(["a", "b"]));
}

#[test]
fn a_bad_exit_is_an_error_with_the_last_words() {
    let mut run = run(&json!({"exec": {"program": "cat", "args": []}}));
    run.start().unwrap();
    run.answer(1, Answer::Exit(Exit { code: Some(2), stderr: "warning\nno such file\n".into(), ..Exit::default() }))
        .unwrap();
    assert_eq!(error(&run).code, "exec.exit");
    assert_eq!(error(&run).message, "the program failed with exit code 2: warning\nno such file");
}

#[test]
fn long_json_comes_as_text_all_the_same() {
    let mut run = run(&json!({"http": {"method": "GET", "url": "https://example.com/"}}));
    let blob = run.host().put("application/json", b"{\"a\":1}");
    run.start().unwrap();
    let headers = vec![("content-type".into(), "application/json; charset=utf-8".into())];
    run.answer(1, Answer::Http(HttpAnswer { status: 200, headers, body: blob.into() })).unwrap();
    assert_eq!(data(&run), json!({"status": 200, "body": {"text": "{\"a\":1}"}}));
}

#[test]
fn an_estimate_takes_what_is_known() {
    let mut guest = studio_plugin_sdk::testkit::Native::new(plugin());
    let mut start = run(&json!("start")).started_with().clone();
    let estimate = |guest: &mut studio_plugin_sdk::testkit::Native, start: &_| {
        studio_plugin_sdk::testkit::Guest::estimate(guest, start).unwrap().usage.map(|usage| usage.tokens_in)
    };
    assert_eq!(estimate(&mut guest, &start), Some(7));
    start.request = json!({"text": null});
    assert_eq!(estimate(&mut guest, &start), None);
}
