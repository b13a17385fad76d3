use std::collections::BTreeSet;

use super::*;
use crate::script::ErrorCode;

fn two(entry: &str, lib: &[(&str, &str)]) -> ScriptSource {
    let mut source = script(entry);
    source.files.extend(lib.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
    source
}

#[test]
fn modules_are_found_below_the_scripts_folder() {
    let lib = [
        ("lib/a.lua", "local b = require('lib.deep.b')\nreturn { n = b.n + 1 }"),
        ("lib/deep/b.lua", "return { n = 1 }"),
    ];
    let body = "local a = require('lib.a')\nreturn { a.n, a == require('lib.a') }";
    assert_eq!(ends(two(body, &lib), &Arc::new(Fake::new())).unwrap(), json!([2, true]));
}

#[test]
fn modules_that_fail_say_where() {
    let fails = |body: &str, lib: &[(&str, &str)]| {
        let e = ends(two(body, lib), &Arc::new(Fake::new())).unwrap_err();
        let at = e.at.clone().unwrap();
        (e.code, format!("{}:{}", at.file, at.line), e.message)
    };
    let (code, at, message) = fails("\nrequire('lib.caards')", &[("lib/cards.lua", "return 1")]);
    assert_eq!((code, at.as_str()), (ErrorCode::Require, "test.lua:2"));
    assert!(message.ends_with("did you mean `lib.cards`?"), "{message}");
    let (code, at, _) = fails("require('lib.a')", &[("lib/a.lua", "local x = 1\nx.y.z = 2")]);
    assert_eq!((code, at.as_str()), (ErrorCode::Runtime, "lib/a.lua:2"));
    let (code, at, _) = fails("require('lib.a')", &[("lib/a.lua", "\nlocal = 1")]);
    assert_eq!((code, at.as_str()), (ErrorCode::Syntax, "lib/a.lua:2"));
    let circle = [("lib/a.lua", "return require('lib.b')"), ("lib/b.lua", "return require('lib.a')")];
    let (code, at, message) = fails("require('lib.a')", &circle);
    assert_eq!((code, at.as_str()), (ErrorCode::Require, "lib/b.lua:1"));
    assert_eq!(message, "modules require each other: lib/a.lua → lib/b.lua → lib/a.lua");
    assert_eq!(fails("require('lib.a')", &[("lib/a.lua", "")]).0, ErrorCode::Require);
}

#[test]
fn a_declaration_is_read_in_the_order_of_the_source() {
    let source = ScriptSource::single(
        "a.lua",
        "return studio.pipeline { title = 'T', params = {
            zulu = param.text { required = true, help = 'What' }, alpha = param.choice { 'x', 'y' },
            mike = param.integer { default = 3 }, golf = param.list { default = { 'a' } } }, run = print }",
    );
    let pipeline = load(&source).unwrap();
    assert_eq!(pipeline.title, "T");
    let names: Vec<_> = pipeline.params.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["zulu", "alpha", "mike", "golf"]);
    assert_eq!(pipeline.params[1].default, Some(json!("x")));
    assert!(pipeline.params[0].required && pipeline.params[0].help == "What");
}

#[test]
fn wrong_declarations_are_named() {
    for (text, code, line, message) in [
        ("local x =", ErrorCode::Syntax, 1, "xpected"),
        ("\nreturn studio.pipeline { title = 'x' run = print }", ErrorCode::Syntax, 2, "xpected"),
        ("return 1\n", ErrorCode::Declaration, 1, "does not return a pipeline"),
        ("", ErrorCode::Declaration, 1, "does not return a pipeline"),
        ("\nreturn studio.pipeline { run = print }", ErrorCode::Declaration, 2, "needs a `title`"),
        ("return studio.pipeline { title = 'x' }", ErrorCode::Declaration, 1, "needs `run"),
        ("return studio.pipeline { titel = 'x' }", ErrorCode::Declaration, 1, "did you mean `title`"),
        (
            "return studio.pipeline { title = 'x', run = print, params = { a = 1 } }",
            ErrorCode::Declaration,
            1,
            "made by param.*",
        ),
        (
            "return studio.pipeline { title = 'x', run = print, params = { param.text {} } }",
            ErrorCode::Declaration,
            1,
            "have names",
        ),
        ("local p = param.integer { default = 'x' }", ErrorCode::Declaration, 1, "the default must be a whole number"),
        ("local p = param.choice {}", ErrorCode::Declaration, 1, "needs words"),
        ("local p = param.text { requird = true }", ErrorCode::Declaration, 1, "did you mean `required`"),
        ("while true do end", ErrorCode::Deadline, 1, "computed for more than"),
    ] {
        let e = load(&ScriptSource::single("a.lua", text)).unwrap_err();
        assert_eq!((e.code, e.at.as_ref().map(|at| at.line)), (code, Some(line)), "{text}: {e:?}");
        assert!(e.message.contains(message), "{text}: {e:?}");
        assert_eq!(e.excerpt.contains('^'), !text.is_empty(), "{text}: {e:?}");
    }
    let missing = load(&ScriptSource { entry: "no.lua".into(), files: BTreeMap::new() }).unwrap_err();
    assert_eq!(missing.code, ErrorCode::Require);
}

#[test]
fn parameters_reach_the_script() {
    let text = "return studio.pipeline { title = 'x', params = { a = param.text {}, n = param.number { default = 2 } },
        run = function(p) return { p.a or 'none', p.n, project.title } end }";
    let source = ScriptSource::single("a.lua", text);
    let params = check_params(&load(&source).unwrap().params, BTreeMap::from([("n".into(), json!("3"))])).unwrap();
    let context = RunContext { project: json!({"title": "P"}), ..RunContext::new(0, 0, Arc::new(Fake::new())) };
    let value = futures::executor::block_on(run(source, params, context)).unwrap();
    assert_eq!(value, json!(["none", 3, "P"]));
}

#[test]
fn the_shipped_pipeline_makes_a_film() {
    let source = ScriptSource::read(&scripts_dir(), "narrated.lua").unwrap();
    let pipeline = load(&source).unwrap();
    assert_eq!(pipeline.warnings, []);
    let given = BTreeMap::from([("text".to_owned(), json!("# Rice")), ("aspect".into(), json!("9:16"))]);
    let params = check_params(&pipeline.params, given).unwrap();
    let fake = Arc::new(Fake::new());
    let stages: Arc<dyn Stages> = fake.clone();
    let value = futures::executor::block_on(run(source, params, RunContext::new(0, 0, stages))).unwrap();
    assert_eq!(value["url"], "/exports/rice");
    let mut slots = fake.slots();
    slots.sort();
    assert_eq!(
        slots,
        [
            "/llm#1",
            "/publish#1",
            "/render#1",
            "/verify#1",
            "rice-1/image#1",
            "rice-1/tts#1",
            "rice-2/image#1",
            "rice-2/tts#1",
            "rice-3/image#1",
            "rice-3/tts#1"
        ]
    );
    let calls = fake.calls();
    let render = calls.iter().find(|call| call.role == Role::Render).unwrap();
    assert_eq!(render.input.filled(&|_| None)["preset"], "shorts-1080p");
    let publish = calls.iter().find(|call| call.role == Role::Publish).unwrap();
    assert_eq!(publish.providers, ["folder"]);
}

#[test]
fn the_shipped_pipeline_makes_other_formats_with_cards_of_their_own_shape() {
    let source = ScriptSource::read(&scripts_dir(), "narrated.lua").unwrap();
    let declared = load(&source).unwrap().params;
    let music = json!({ "blob": "00", "bytes": 1, "mime": "audio/mpeg" });
    let given = [
        ("text", json!("# Rice")),
        ("music", music.clone()),
        ("loudness", json!("podcast")),
        ("formats", json!("podcast, tiktok-1080p, preview-gif-shorts")),
    ];
    let given = given.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let params = check_params(&declared, given).unwrap();
    let fake = Arc::new(Fake::new());
    let stages: Arc<dyn Stages> = fake.clone();
    let ended = futures::executor::block_on(run(source, params, RunContext::new(0, 0, stages)));
    assert_eq!(ended.unwrap()["url"], "/exports/rice");
    let calls = fake.calls();
    let of = |role: Role, field: &str| {
        let asked = calls.iter().filter(|call| call.role == role).map(|call| call.input.filled(&|_| None));
        let mut asked: Vec<String> = asked.map(|request| request[field].to_string()).collect();
        asked.sort();
        asked.dedup();
        asked
    };
    let presets = [r#""podcast""#, r#""preview-gif-shorts""#, r#""tiktok-1080p""#, r#""youtube-1080p""#];
    assert_eq!(of(Role::Render, "preset"), presets);
    assert_eq!(of(Role::Render, "loudness"), [r#""podcast""#]);
    assert_eq!(of(Role::Render, "music"), [json!({ "audio": music }).to_string()]);
    assert_eq!(of(Role::Image, "aspect"), [r#""16:9""#, r#""9:16""#]);
    assert_eq!(of(Role::Publish, "place"), [presets[0], presets[1], presets[2], "null"]);
    assert_eq!(calls.iter().filter(|call| call.role == Role::Tts).count(), 3);
}

#[test]
fn a_shipped_pipeline_looks_at_its_film_as_it_is_told() {
    for script in ["narrated.lua", "topic.lua"] {
        let source = ScriptSource::read(&scripts_dir(), script).unwrap();
        let declared = load(&source).unwrap().params;
        for (how, stop) in [("stop", Some(true)), ("warn", Some(false)), ("off", None)] {
            let given = [("text", json!("# Rice")), ("verify", json!(how))];
            let given = given.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            let params = check_params(&declared, given).unwrap();
            let fake = Arc::new(Fake::new());
            let stages: Arc<dyn Stages> = fake.clone();
            futures::executor::block_on(run(source.clone(), params, RunContext::new(0, 0, stages))).unwrap();
            let calls = fake.calls();
            let looked = calls.iter().find(|call| call.role == Role::Verify);
            assert_eq!(looked.map(|call| call.input.filled(&|_| None)["stop"].as_bool()), stop.map(Some), "{script}");
        }
    }
}

#[test]
fn the_shipped_topic_pipeline_asks_models_only_for_a_topic() {
    let source = ScriptSource::read(&scripts_dir(), "topic.lua").unwrap();
    let pipeline = load(&source).unwrap();
    assert_eq!(pipeline.warnings, []);
    let asked = |given: &[(&str, Value)]| {
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let params = check_params(&pipeline.params, given).unwrap();
        let fake = Arc::new(Fake::new());
        let stages: Arc<dyn Stages> = fake.clone();
        let ended = futures::executor::block_on(run(source.clone(), params, RunContext::new(0, 0, stages)));
        let providers: BTreeSet<String> = fake.calls().iter().flat_map(|call| call.providers.clone()).collect();
        (ended, providers.into_iter().collect::<Vec<_>>())
    };
    let (ended, providers) = asked(&[("text", json!("# Rice\n\nIt grows."))]);
    assert_eq!(ended.unwrap()["url"], "/exports/rice");
    assert_eq!(providers, ["cards", "espeak", "folder", "outline"]);
    let (ended, providers) = asked(&[("topic", json!("Rice")), ("painter", json!("openai"))]);
    // Fake models have no judgement to give.
    assert!(ended.is_err() && providers == ["openai"], "{providers:?}");
    let (ended, providers) = asked(&[]);
    assert!(ended.unwrap_err().message.contains("topic") && providers.is_empty());
}

#[test]
fn every_example_runs() {
    let shipped = ScriptSource::read(&scripts_dir(), "narrated.lua").unwrap();
    for entry in crate::script::api::entries() {
        let mut source = script(&format!("\n{}", entry.example));
        source.files.extend(shipped.files.clone());
        let pipeline = load(&source).unwrap_or_else(|e| panic!("{}: {e:?}", entry.name));
        assert_eq!(pipeline.warnings, [], "{}", entry.name);
        let given = pipeline.params.iter().filter(|p| p.required).map(|p| (p.name.clone(), json!("x"))).collect();
        let params = check_params(&pipeline.params, given).unwrap();
        let fake = Arc::new(Fake::new());
        let stages: Arc<dyn Stages> = fake.clone();
        let ended = futures::executor::block_on(run(source, params, RunContext::new(0, 0, stages)));
        ended.unwrap_or_else(|e| panic!("{}: {e:?}", entry.name));
        if Role::from_name(entry.name).is_some() {
            assert!(fake.calls().iter().any(|call| call.role.name() == entry.name), "{}", entry.name);
        }
    }
}
