use super::*;
use crate::script::{Input, PathPart};

#[test]
fn a_promise_goes_into_another_stage_unwaited() {
    let fake = Arc::new(Fake::delayed(|_| 1000));
    let body = "local s = tts { text = 'a' }\nlocal c = clip { id = 'x', picture = image { prompt = 'p' }, narration = s, captions = s.words }\nreturn render { timeline = { c } }.seconds";
    assert_eq!(ends(script(body), &fake).unwrap(), json!(4.0));
    let calls = fake.calls();
    assert_eq!(fake.slots(), ["/tts#1", "/image#1", "/render#1"]);
    let Input::Map(request) = &calls[2].input else { panic!("{:?}", calls[2].input) };
    let Input::List(clips) = &request["timeline"] else { panic!("{request:?}") };
    let Input::Map(clip) = &clips[0] else { panic!("{clips:?}") };
    let words = Input::Promise { node: NodeHandle(0), path: vec![PathPart::Field("words".into())] };
    assert_eq!((&clip["captions"], &clip["id"]), (&words, &Input::Value(json!("x"))));
    assert_eq!(calls[2].at.line, 3);
}

#[test]
fn a_plain_request_is_one_value_and_whole_numbers_stay_whole() {
    let fake = Arc::new(Fake::new());
    ends(
        script("tts { text = 'a', speed = 10 / 5, pitch = 0.5, provider = { 'a', 'b' }, label = 'L', id = 'intro' }"),
        &fake,
    )
    .unwrap();
    let call = fake.calls().remove(0);
    assert_eq!(call.input, Input::Value(json!({"text": "a", "speed": 2, "pitch": 0.5})));
    assert!(matches!(&call.input, Input::Value(v) if v["speed"].is_i64()));
    assert_eq!(
        (call.providers, call.label, call.scope),
        (vec!["a".into(), "b".into()], "L".into(), vec!["intro".into()])
    );
}

#[test]
fn getting_gives_values_and_parts_of_them() {
    let body = "local b = llm { task = 'storyboard', text = 'x' }\nlocal whole = b:get()\nreturn { whole.title, b.scenes[2].id:get(), #b.scenes:get(), whole.scenes[1].on_screen.kicker == nil, #whole.scenes[1].on_screen.lines }";
    assert_eq!(given(body).unwrap(), json!(["Rice", "rice-2", 3, true, 0]));
}

#[test]
fn what_a_run_returns_is_waited_for() {
    let value =
        given("local s = tts { text = 'a' }\nreturn { s = s.seconds, list = { s.words[1].text, 1 }, none = {} }")
            .unwrap();
    assert_eq!(value, json!({"s": 1.5, "list": ["Hi", 1], "none": {}}));
    assert_eq!(given("").unwrap(), Value::Null);
}

#[test]
fn a_promise_has_a_name_without_an_address() {
    let value = given(
        "local s = tts { text = 'a', id = 'scene-1' }\nreturn { tostring(s), tostring(s.words[1].text), typeof(s) }",
    )
    .unwrap();
    assert_eq!(value, json!(["promise of tts (scene-1)", "promise of tts.words[1].text (scene-1)", "promise"]));
}

#[test]
fn a_failed_stage_can_be_caught_where_it_is_asked_for() {
    let fake = Arc::new(Fake::answering(refuse));
    let body = "local s = tts { text = 'a' }\nlocal ok, e = pcall(function()\n return s.words:get() end)\nreturn { ok, e.code, e.kind, e.message, e.node, e.line, tostring(e) }";
    let message = "tts failed: the prompt names a person";
    let value = ends(script(body), &fake).unwrap();
    assert_eq!(
        value,
        json!([false, "content_refused", "content_refused", message, "tts", 3, format!("test.lua:3: {message}")])
    );
}

#[test]
fn a_failed_stage_that_is_not_caught_ends_the_run_with_its_line() {
    let fake = Arc::new(Fake::answering(refuse));
    let e = ends(script("local s = tts { text = 'a' }\nlog('x')\nlocal w = s:get()"), &fake).unwrap_err();
    assert_eq!((e.code.as_str(), e.at.unwrap().line, e.help.as_str()), ("script.stage", 3, "name nobody"));
    assert!(e.excerpt.contains("local w = s:get()") && e.excerpt.contains("^^^"), "{}", e.excerpt);
    assert_eq!(e.stage.unwrap().error.code, "content_refused");

    let e = ends(script("return tts { text = 'a' }"), &fake).unwrap_err();
    assert_eq!(e.code.as_str(), "script.stage");
}

#[test]
fn errors_raised_again_keep_their_stage() {
    let fake = Arc::new(Fake::answering(refuse));
    let body = "local ok, e = pcall(function() tts { text = 'a' }:get() end)\nerror(e)";
    assert_eq!(ends(script(body), &fake).unwrap_err().stage.unwrap().error.code, "content_refused");
}
