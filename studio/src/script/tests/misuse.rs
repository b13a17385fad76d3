use super::*;

#[test]
fn a_promise_used_as_a_value_is_an_error_with_its_line() {
    for (code, what) in [
        ("local x = s == tts { text = 'b' }", "compared"),
        ("local x = s < s", "compared"),
        ("local x = s <= s", "compared"),
        ("local x = #s", "counted"),
        ("local x = #s.words", "counted"),
        ("local x = 'a' .. s.voice", "put into text"),
        ("local x = `a {s.voice}`", "put into text"),
        ("local x = string.format('%s', s)", "put into text"),
        ("local x = ('%s'):format(s.voice)", "put into text"),
        ("local x = s.seconds + 1", "calculated with"),
        ("local x = 2 * s.seconds", "calculated with"),
        ("local x = -s.seconds", "calculated with"),
        ("local x = s.seconds // 2", "calculated with"),
        ("for _, w in s.words do end", "looped over"),
        ("for k in sorted(s) do end", "looped over"),
        ("s.voice = 'x'", "changed"),
        ("s()", "called"),
    ] {
        let wanted = format!("script.promise 2 a promise is not known yet and cannot be {what}; use :get()");
        assert_eq!(raised(&format!("local s = tts {{ text = 'a' }}\n{code}")), wanted, "{code}");
    }
}

#[test]
fn built_in_functions_that_get_a_promise_say_what_to_do() {
    for code in
        ["ipairs(s.words)", "pairs(s)", "table.concat(s.words)", "string.upper(s.voice)", "table.insert(s.words, 1)"]
    {
        let e = given(&format!("local s = tts {{ text = 'a' }}\nlocal x = {code}")).unwrap_err();
        assert_eq!((e.at.as_ref().map(|at| at.line), e.help.contains(":get()")), (Some(2), true), "{code}: {e:?}");
    }
}

#[test]
fn unknown_fields_are_refused_at_once() {
    for (code, wanted) in [
        ("tts { txt = 'a' }", "script.input 2 tts has no field `txt`; did you mean `text`?"),
        ("tts { text = 'a', lable = 'x' }", "script.input 2 tts has no field `lable`; did you mean `label`?"),
        ("local x = tts { text = 'a' }.wrods", "script.input 2 Speech has no field `wrods`; did you mean `words`?"),
        ("local x = tts { text = 'a' }:gte()", "script.input 2 Speech has no field `gte`"),
        ("local x = llm {}.scenes[1].layout", "script.input 2 SceneDraft has no field `layout`"),
        ("local x = llm {}:get().scenes[1].layout", "script.input 2 SceneDraft has no field `layout`"),
        (
            "image { text = { haeding = 'x' } }",
            "script.input 2 image: CardText has no field `haeding`; did you mean `heading`?",
        ),
        ("clip { picture = image {}, capt = {} }", "script.input 2 clip: SceneClip has no field `capt`"),
        (
            "clip { picture = image {}, overlays = { { plcae = {} } } }",
            "script.input 2 clip: SceneOverlay has no field `plcae`; did you mean `place`?",
        ),
        ("local x = p.voice", "script.input 2 params has no field `voice`"),
    ] {
        assert_eq!(raised(&format!("\n{code}")), wanted, "{code}");
    }
}

#[test]
fn values_that_do_not_fit_are_refused_at_once() {
    for (code, wanted) in [
        ("tts {}", "tts: `text` is missing: it must be text"),
        ("tts { text = 1 }", "tts: `text` must be text, not 1"),
        ("tts { text = 'a', speed = 'fast' }", "tts: `speed` must be a number, not \"fast\""),
        ("tts { text = 'a', speed = 0/0 }", "tts: `speed` is not a finite number"),
        ("tts { text = 'a', speed = math.huge }", "tts: `speed` is not a finite number"),
        ("tts { text = '\\255' }", "tts: `text` is not UTF-8 text"),
        ("tts { text = print }", "tts: `text` is a function, which cannot be handed on"),
        ("tts 'a'", "tts takes a table, as in tts { … }, not a string"),
        ("tts()", "tts takes a table, as in tts { … }, not a nil"),
        (
            "image { aspect = '16x9' }",
            "image: `aspect` must be one of \"16:9\", \"9:16\", \"1:1\", \"4:5\", not \"16x9\"",
        ),
        ("image { seed = 1.5 }", "image: `seed` must be a whole number, not 1.5"),
        ("image { steps = -1 }", "image: steps: invalid value: integer `-1`, expected u32"),
        ("image { references = { 1, x = 2 } }", "image: `references` mixes a list with names (`x`)"),
        ("image { references = { [2] = {} } }", "image: `references` has no element 1, but element 2"),
        ("image { text = 'Rice' }", "image: `text` must be CardText, not \"Rice\""),
        ("asr { media = tts { text = 'a' } }", "asr: `media` must be Blob, not Speech (a promise of tts)"),
        ("clip {}", "clip: a scene needs a picture or a video"),
        (
            "clip { picture = image {}, transition = 'disolve' }",
            "clip: `transition` must be one of \"cut\", \"dissolve\", \"fade_black\", \"fade_white\", ",
        ),
        (
            "clip { picture = image {}, motion = 'zoom-in' }",
            "clip: `motion` must be one of \"none\", \"zoom_in\", \"zoom_out\", \"pan_left\", \"pan_right\", \"pan_up\", \"pan_down\", not \"zoom-in\"; did you mean `zoom_in`?",
        ),
        ("clip { picture = image {}, overlays = { { place = 1 } } }", "clip: `overlays[1].place` must be Rect, not 1"),
        ("tts { text = 'a', provider = {} }", "`provider` names no provider"),
        ("tts { text = 'a', id = tts { text = 'b' }.voice }", "`id` must be known: use :get()"),
        ("review('x')", "review takes what a stage gives, not a string"),
        ("local t = {} t.t = t; llm { schema = t }", "llm: `schema"),
    ] {
        let e = raised(code);
        assert!(e.starts_with(&format!("script.input 1 {wanted}")), "{code}: {e}");
    }
    let e = given("asr { media = tts { text = 'a' } }").unwrap_err();
    assert_eq!((e.help.as_str(), e.field.as_deref()), ("hand on its field: `.audio`", Some("media")));
}

#[test]
fn a_wait_where_none_is_possible_is_explained() {
    let e = given("local s = tts { text = 'a' }\ntable.sort({ 1, 2 }, function()\n return s.seconds:get() > 1 end)")
        .unwrap_err();
    assert_eq!((e.code.as_str(), e.message.as_str()), ("script.promise", "nothing can be waited for here"));
    assert!(e.at.is_some_and(|at| at.line >= 2));
}

#[test]
fn stages_belong_into_run() {
    let e = load(&ScriptSource::single("a.lua", "local x = 1\ntts { text = 'a' }")).unwrap_err();
    assert_eq!((e.code.as_str(), e.at.unwrap().line), ("script.declaration", 2));
}

#[test]
fn plain_errors_have_their_place_too() {
    assert_eq!(raised("\nlocal x = nil\nx.y = 1").split(' ').take(2).collect::<Vec<_>>(), ["script.runtime", "3"]);
    assert_eq!(raised("\nerror('no luck')"), "script.runtime 2 no luck");
    assert_eq!(raised("\nerror('no luck', 0)"), "script.runtime 2 no luck");
    assert_eq!(raised("\nerror({ message = 'own' })"), "script.runtime 2 own");
    assert_eq!(raised("\n\nlocal f = nil\nmap({ 1 }, function()\nf() end)").split(' ').nth(1), Some("5"));
    assert_eq!(raised("tts { text = 'a' }:get()\nerror('late', 0)"), "script.runtime 2 late");
}
