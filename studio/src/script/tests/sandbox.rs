use proptest::prelude::*;

use super::*;

#[test]
fn what_could_leave_the_sandbox_is_gone() {
    for code in [
        "os.execute('true')",
        "os.time()",
        "os.clock()",
        "os.getenv('HOME')",
        "io.open('/etc/passwd')",
        "io.popen('true')",
        "loadstring('return 1')()",
        "load('return 1')()",
        "dofile('/etc/passwd')",
        "collectgarbage()",
        "gcinfo()",
        "newproxy()",
        "getfenv()",
        "setfenv(1, {})",
        "coroutine.wrap(print)()",
        "coroutine.yield()",
        "coroutine.create(print)",
        "debug.info(1, 'f')",
        "debug.getinfo(1)",
        "debug.getregistry()",
        "package.loadlib('x', 'y')",
        "require('../../etc/passwd')",
        "require('/etc/passwd')",
        "require('lib..x')",
        "require('')",
        "require(1)",
        "string.format = print",
        "math.random = nil",
        "studio.now = nil",
        "tts = nil; tts {}",
        "getmetatable('').__index = {}",
        "setmetatable(getmetatable(''), {})",
        "string.rep = 1",
        "rawset(string, 'rep', 1)",
        "table.insert(math, 1)",
        "setmetatable(tts { text = 'a' }, {})",
        "setmetatable(os, {})",
        "getmetatable(tts { text = 'a' }).__index()",
        "local t = llm {}:get() setmetatable(t, {})",
        "rawset(getmetatable(llm {}:get()), '__index', nil)",
        "_G.string.format = 1",
        "_G.print = nil; _G.map = nil; map = 1; map()",
        "studio.pipeline = nil",
    ] {
        let e = given(code);
        assert!(e.is_err(), "{code} went through: {e:?}");
        let e = e.unwrap_err();
        assert_eq!(e.at.as_ref().map(|at| at.line), Some(1), "{code}: {e:?}");
    }
}

#[test]
fn no_text_holds_an_address() {
    let body = "local out = {}
        for _, v in { {}, print, map, tts, string.format, function() end, buffer.create(1), tts { text = 'a' }, os,
            studio.async(function() end), param.text {}, vector.create(1, 2, 3) } do
            table.insert(out, tostring(v))
            if typeof(v) ~= 'promise' then
                table.insert(out, string.format('%s', v))
                table.insert(out, `{v}`)
                table.insert(out, ('%*'):format(v))
            end
        end
        print({}, print)
        local ok, e = pcall(function() error({}) end)
        table.insert(out, tostring(e))
        table.insert(out, debug.traceback())
        return out";
    let fake = Arc::new(Fake::new());
    let text = ends(script(body), &fake).unwrap().to_string() + &fake.logs().join(" ");
    assert!(!text.contains("0x"), "{text}");
    assert!(text.contains("\"table\"") && text.contains("info: table\tfunction"), "{text}");
    assert!(given("return string.format('%p', {})").is_err());
}

#[test]
fn bombs_are_defused() {
    let wanted: [(&str, &[&str]); 16] = [
        ("while true do end", &["script.deadline"]),
        ("repeat until false", &["script.deadline"]),
        ("while true do pcall(function() while true do end end) end", &["script.deadline"]),
        (
            "while true do xpcall(function() while true do end end, function() while true do end end) end",
            &["script.deadline"],
        ),
        ("pcall(function() while true do end end) return 1", &["script.deadline"]),
        ("local ok = pcall(function() while true do end end) tts { text = 'never' }", &["script.deadline"]),
        ("map({ 1, 2 }, function() while true do end end)", &["script.deadline"]),
        ("studio.async(function() while true do end end)", &["script.deadline"]),
        (
            "local s = string.rep('a', 100000) .. 'b' return s:find(string.rep('a*', 60) .. 'c')",
            &["script.deadline", "script.runtime"],
        ),
        ("local s = 'x' while true do s = s .. s end", &["script.memory"]),
        ("return string.rep('x', 1e9)", &["script.memory"]),
        ("local t = {} while true do t[#t + 1] = {} end", &["script.memory"]),
        ("return table.create(1e9)", &["script.memory", "script.runtime"]),
        ("local function f() return 1 + f() end f()", &["script.limit"]),
        (
            "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return t.x",
            &["script.limit"],
        ),
        ("while true do tts { text = 'a' }:get() end", &["script.limit", "script.deadline"]),
    ];
    for (code, codes) in wanted {
        // What takes memory or calls itself has to come that far, however busy the box is.
        let limits = if codes.contains(&"script.deadline") { short() } else { patient() };
        let e = ends_within(limits, script(code), &Arc::new(Fake::new())).expect_err(code);
        assert!(codes.contains(&e.code.as_str()), "{code}: {e:?}");
    }
}

#[test]
fn too_much_of_anything_is_refused() {
    assert!(
        raised("local s = string.rep('x', 9e6) tts { text = s }")
            .starts_with("script.limit 1 tts: a stage's input is too large")
    );
    assert!(
        raised("local t = {} for i = 1, 60 do t = { t } end llm { schema = { x = t } }")
            .contains("is nested more than 48 deep")
    );
    assert!(raised("local p = llm {}.data for i = 1, 40 do p = p.x end").starts_with("script.limit"));
    assert!(raised("local p = llm {}.data[string.rep('x', 1e6)]").starts_with("script.limit"));
    let fake = Arc::new(Fake::new());
    ends(script("for i = 1, 20000 do log(i) end log(string.rep('é', 1e6))"), &fake).unwrap();
    assert_eq!(fake.logs().len(), 10_001);
    ends(script("log(string.rep('é', 1e6))"), &fake).unwrap();
    assert!(fake.logs().last().unwrap().len() < 9000);
}

#[test]
fn a_swallowed_memory_error_is_no_way_out() {
    let value = given("local ok = pcall(string.rep, 'x', 1e9) return { ok, #tts { text = 'a' }.words:get() }").unwrap();
    assert_eq!(value, json!([false, 1]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn random_text_never_panics(text in "\\PC{0,80}") {
        let _ = load(&ScriptSource::single("a.lua", &text));
    }

    #[test]
    fn random_programs_end(words in proptest::collection::vec(prop_oneof![
        Just("tts"), Just("{ text = 'a' }"), Just("local x ="), Just("x"), Just(":get()"), Just("map("), Just(")"), Just("{"),
        Just("}"), Just("function(a)"), Just("end"), Just("if"), Just("then"), Just("while true do"), Just("return"),
        Just("studio.async("), Just("pcall("), Just("x ="), Just(".words"), Just("[1]"), Just("#"), Just(".."), Just("'s'"),
        Just("1"), Just("=="), Just(","), Just("clip"), Just("require"), Just("error"), Just("`{x}`"), Just("repeat"),
        Just("until"), Just("llm {}"), Just("setmetatable("), Just("string.rep('x', 1e8)"), Just("\n"),
    ], 0..14)) {
        let _ = given(&words.join(" "));
    }
}
