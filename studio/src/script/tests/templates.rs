//! The shipped templates against stages in memory: what each asks for.

use super::*;

/// What a shipped template asks for: each request with its role and slot, in order.
fn asked_by(template: &str, given: &[(&str, Value)]) -> Vec<(Role, String, Value)> {
    asked_of(template, given, Fake::new(), Value::Null)
}

fn asked_of(template: &str, given: &[(&str, Value)], fake: Fake, brand: Value) -> Vec<(Role, String, Value)> {
    let source = ScriptSource::read(&scripts_dir(), &format!("{template}.lua")).unwrap();
    let pipeline = load(&source).unwrap();
    assert_eq!(pipeline.warnings, [], "{template}");
    assert!(pipeline.template && !pipeline.help.is_empty(), "{template}");
    assert!(pipeline.params.iter().all(|param| !param.help.is_empty()), "{template}");
    let given = given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let params = check_params(&pipeline.params, given).unwrap();
    let fake = Arc::new(fake);
    let context = RunContext { project: json!({ "title": "P" }), brand, ..RunContext::new(0, 0, fake.clone()) };
    let ended = futures::executor::block_on(run(source, params, context));
    ended.unwrap_or_else(|e| panic!("{template}: {e:?}"));
    let mut calls: Vec<_> = fake
        .calls()
        .iter()
        .map(|call| (call.role, format!("{}#{}", call.scope.join("/"), call.ordinal), call.input.filled(&|_| None)))
        .collect();
    calls.sort_by(|a, b| a.1.cmp(&b.1));
    calls
}

fn of_role(calls: &[(Role, String, Value)], role: Role) -> Vec<&Value> {
    calls.iter().filter(|call| call.0 == role).map(|call| &call.2).collect()
}

#[test]
fn templates_run_as_they_come() {
    for template in ["explainer", "listicle", "podcast", "product", "quote", "story"] {
        for aspect in ["16:9", "9:16", "1:1", "4:5"] {
            let calls = asked_by(template, &[("aspect", json!(aspect))]);
            assert_eq!(of_role(&calls, Role::Publish).len(), 1, "{template}");
            assert_eq!(of_role(&calls, Role::Verify).len(), 1, "{template}");
            let cards = of_role(&calls, Role::Image);
            assert!(cards.iter().all(|card| !card["waveform"].is_null() || card["aspect"] == aspect), "{template}");
        }
    }
}

#[test]
fn a_listicle_numbers_its_cards_and_counts_down() {
    let text = "# Two things\n\n- Sleep: It **mends** you.\n- Walk: It clears the head.\n";
    let calls = asked_by("listicle", &[("text", json!(text)), ("order", json!("down"))]);
    let clips = of_role(&calls, Role::Render)[0]["timeline"].as_array().unwrap().clone();
    let titles: Vec<&str> = clips.iter().filter_map(|clip| clip["title"].as_str()).collect();
    assert_eq!(titles, ["Two things", "Walk", "Sleep"]);
    let items: Vec<Value> = of_role(&calls, Role::Image).into_iter().map(|card| card["text"].clone()).collect();
    let item = |n| items.iter().find(|item| item["number"] == n).unwrap();
    assert_eq!((&item(1)["heading"], &item(1)["of"], &item(1)["layout"]), (&json!("Sleep"), &json!(2), &json!("item")));
    let said: Vec<&str> = of_role(&calls, Role::Tts).iter().filter_map(|tts| tts["text"].as_str()).collect();
    assert!(said.contains(&"2. Walk. It clears the head."), "{said:?}");
}

#[test]
fn a_products_words_lie_over_its_pictures() {
    let picture = |name: &str| json!({ "blob": name, "bytes": 1, "mime": "image/png" });
    let text = "# Halo\n\nA lamp.\n\n## Warm\n\nAt **night**.\n";
    let given = [("text", json!(text)), ("pictures", json!([picture("aa"), picture("bb")])), ("price", json!("€ 89"))];
    let calls = asked_by("product", &given);
    let clips = of_role(&calls, Role::Render)[0]["timeline"].as_array().unwrap().clone();
    let shown: Vec<&Value> = clips.iter().map(|clip| &clip["picture"]["image"]["blob"]).collect();
    assert_eq!(shown[..2], [&json!("aa"), &json!("bb")]);
    let cards = of_role(&calls, Role::Image);
    let card = |heading: &str, layout: &str| {
        cards.iter().map(|card| &card["text"]).find(|text| text["heading"] == heading && text["layout"] == layout)
    };
    assert_eq!(card("Warm", "lower_third").unwrap()["lines"], json!(["Night"]));
    assert_eq!(card("Halo", "offer").unwrap()["price"], "€ 89");
}

#[test]
fn a_podcast_clip_has_the_words_of_its_stretch() {
    let sound = json!({ "blob": "aa", "bytes": 1, "mime": "audio/mpeg" });
    let transcript = "WEBVTT\n\n00:01.000 --> 00:02.000\nBefore.\n\n00:10.000 --> 00:12.000\n<v Ana>Two words.\n";
    let given = [("audio", sound.clone()), ("transcript", json!(transcript)), ("start", json!(9)), ("stop", json!(13))];
    let calls = asked_by("podcast", &given);
    let clip = of_role(&calls, Role::Render)[0]["timeline"][0].clone();
    let texts: Vec<&str> = clip["captions"].as_array().unwrap().iter().filter_map(|w| w["text"].as_str()).collect();
    assert_eq!(texts, ["Two", "words."]);
    assert_eq!((&clip["captions"][0]["start"], &clip["narration_from"]), (&json!(1), &json!(9)));
    assert_eq!((&clip["narration"]["seconds"], &clip["narration"]["audio"]), (&json!(4), &sound));
    let wave =
        &of_role(&calls, Role::Image).into_iter().find(|image| !image["waveform"].is_null()).unwrap()["waveform"];
    assert_eq!((&wave["from"], &wave["seconds"]), (&json!(9), &json!(4)));
}

#[test]
fn a_brands_captions_stand_before_what_nobody_chose() {
    let brand = json!({
        "name": "b", "version": 1, "colors": {}, "tone": "", "captions": { "kind": "boxed", "font": "serif" },
        "cards": { "background": "#000000", "accent": "#ffffff" },
    });
    let asked = |template, given: &[(&str, Value)]| asked_of(template, given, Fake::new(), brand.clone());
    let style = |given: &[(&str, Value)]| of_role(&asked("story", given), Role::Render)[0]["caption_style"].clone();
    assert_eq!(style(&[])["kind"], "boxed", "the template's own is no choice");
    let chosen = style(&[("caption_style", json!("pop"))]);
    assert_eq!((&chosen["from"], &chosen["font"]), (&json!("pop"), &json!("serif")));
    // What is drawn beside cards has their colours, and one in between.
    let calls = asked("podcast", &[]);
    let clip = of_role(&calls, Role::Render)[0]["timeline"][0].clone();
    assert_eq!(clip["overlays"][0]["bar"], json!({ "color": "#ffffff", "rest": "#4d4d4d" }));
}

#[test]
fn a_topic_of_a_template_is_written_by_a_model() {
    let fake = Fake::answering(|spec| match spec.role {
        Role::Llm => Ok(json!(LlmResponse { text: "# The crow\n\nShe was thirsty.".into(), ..LlmResponse::default() })),
        _ => usual_answer(spec),
    });
    let calls = asked_of("story", &[("topic", json!("A crow")), ("writer", json!("openai"))], fake, Value::Null);
    let asked = of_role(&calls, Role::Llm)[0];
    assert!(asked["text"].as_str().unwrap().contains("Topic: A crow"), "{asked}");
    assert!(asked["system"].as_str().unwrap().contains("a page with one picture"), "{asked}");
}
