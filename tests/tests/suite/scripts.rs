//! Scripts with mistakes: where they are, what they are, and what to do, on one screen.

use studio_tests::{Home, home::Failed};

/// Runs a script of one `run` function.
fn body(lua: &str) -> Failed {
    whole(&format!(
        "return studio.pipeline {{\n  title = \"Test\",\n  params = {{}},\n  run = function(p)\n{lua}\n  end,\n}}\n"
    ))
}

fn whole(lua: &str) -> Failed {
    let home = Home::new();
    let script = home.file("wrong.lua", lua);
    home.fails(&["run", &script])
}

#[test]
fn a_syntax_error_shows_its_line() {
    whole("return studio.pipeline {\n  title = = \"x\",\n}\n")
        .is(1, "script.syntax")
        .says("wrong.lua:2")
        .says("title = =");
}

#[test]
fn a_runtime_error_shows_its_line() {
    body("    local nothing = nil\n    log(nothing.title)")
        .is(1, "script.runtime")
        .says("wrong.lua:6")
        .says("nothing.title");
}

#[test]
fn an_endless_script_ends() {
    body("    while true do end").is(1, "script.deadline").says("wrong.lua:5");
}

#[test]
fn a_script_that_takes_all_memory_ends() {
    body("    local t = {}\n    while true do t[#t + 1] = string.rep(\"x\", 1000000) .. #t end").is(1, "script.memory");
}

#[test]
fn an_unknown_function_is_no_role() {
    body("    return paint { text = \"x\" }").is(1, "script.runtime").says("wrong.lua:5").says("paint");
}

#[test]
fn a_role_that_nobody_serves_is_told() {
    body("    return video { prompt = \"x\" }:get()").says("video").says("wrong.lua:5");
}

#[test]
fn an_unknown_plugin_lists_those_there_are() {
    body("    return tts { provider = \"nobody\", text = \"x\" }:get()")
        .says("nobody")
        .says("espeak")
        .says("wrong.lua:5");
}

#[test]
fn an_option_of_the_wrong_type_names_its_field() {
    body("    return tts { text = \"x\", speed = \"fast\" }:get()").says("speed").says("wrong.lua:5");
    body("    return tts { text = \"x\", sped = 1 }:get()").says("sped").says("wrong.lua:5");
}

#[test]
fn a_value_out_of_range_is_the_plugins_error() {
    let failed = body("    return tts { text = \"x\", speed = 99 }:get()");
    assert_eq!(failed.exit, Some(1), "{failed:?}");
    failed.says("speed");
}

#[test]
fn a_promise_used_as_a_value_is_told() {
    body("    local a = tts { text = \"x\" }\n    if a.seconds > 1 then log(\"long\") end")
        .is(1, "script.promise")
        .says("get()");
}

#[test]
fn params_are_checked_against_their_declarations() {
    let home = Home::new();
    let script = home.file(
        "params.lua",
        "return studio.pipeline { title = \"P\", params = { n = param.integer { default = 1 }, \
         shape = param.choice { \"a\", \"b\" }, text = param.text { required = true } }, run = function(p) end }",
    );
    let run = |set: &str| home.fails(&["run", &script, "--set", "text=x", "--set", set]);
    run("n=many").is(1, "script.param").says("n");
    run("shape=c").is(1, "script.param").says("a");
    run("colour=red").is(1, "script.param").says("colour");
    home.fails(&["run", &script]).is(1, "script.param").says("text");
}

#[test]
fn a_script_cannot_reach_out() {
    for call in
        ["os.execute(\"id\")", "io.open(\"/etc/passwd\")", "require(\"../secret\")", "loadstring(\"return 1\")()"]
    {
        let failed = body(&format!("    {call}"));
        assert_eq!(failed.exit, Some(1), "{call}: {failed:?}");
        failed.says("wrong.lua:5");
    }
}

#[test]
fn a_file_that_is_no_script_is_told() {
    let home = Home::new();
    home.fails(&["run", "missing.lua"]).is(1, "file.missing").says("missing.lua");
    let binary = home.file("binary.lua", [0xff, 0xfe, 0, 1]);
    home.fails(&["run", &binary]).is(1, "invalid_input").says("UTF-8");
}
