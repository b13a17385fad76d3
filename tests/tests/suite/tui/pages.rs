//! The pages Review, Costs, Plugins and Settings, by keys alone.

use std::fs;

use serde_json::json;
use studio_tests::{
    Home,
    openai::{KEY, OpenAi},
    plugins::echo,
    terminal::{FakeTerminal, options},
};

use super::super::openai::{grant, keep_secret, settings};

/// Pictures, speech and scenes that wait for a person at once.
const SCRIPT: &str = r#"return studio.pipeline {
  title = "Rice",
  run = function()
    local board = review(llm { task = "storyboard", text = "Rice grows in terraces. Water runs from step to step." })
    local said = review(tts { text = "Rice grows in terraces, and water runs from step to step." })
    local first = review(image { id = "first", text = { heading = "Rice" }, short_side = 480 })
    local second = review(image { id = "second", text = { heading = "Water" }, short_side = 480 })
    return { first:get().width, second:get().width, said:get().seconds, board:get().title }
  end,
}"#;

/// A project whose run waits for a person.
fn waiting() -> Home {
    let home = Home::new();
    let script = home.file("rice.lua", SCRIPT);
    assert_eq!(home.studio(&["new", "Rice", "--script", &script]).code, Some(0));
    assert_eq!(home.studio(&["run", "rice"]).code, Some(3));
    home
}

/// A page at three sizes, dark and light.
fn pictures(home: &Home, name: &str, go: &str, shown: &str) {
    if std::env::var_os("STUDIO_SCREENSHOTS").is_none() {
        return;
    }
    for theme in ["dark", "light"] {
        let mut options = options(home);
        options.theme = Some(theme.into());
        options.project = Some("rice".into()).filter(|_| home.studio(&["show", "rice"]).code == Some(0));
        let terminal = FakeTerminal::with(options.clone(), 120, 40);
        if options.project.is_some() {
            terminal.wait_for("preview");
        }
        terminal.press(go).wait_for(shown);
        for (width, height) in [(80, 24), (120, 40), (200, 50)] {
            terminal.resize(width, height).wait_until("it is drawn at its size", |text| {
                let rows: Vec<&str> = text.lines().collect();
                let wide = rows.iter().any(|row| row.chars().count() == usize::from(width));
                let high = rows.get(usize::from(height) - 1).is_some_and(|row| row.contains("keys"));
                wide && high && text.contains(shown) && !text.contains("│…")
            });
            terminal.picture(&format!("{name}-{theme}-{width}"));
        }
        terminal.press("q");
        assert_eq!(terminal.ended(), 0);
    }
}

#[test]
fn what_waits_is_looked_at_made_again_and_approved_until_the_run_is_done() {
    let home = waiting();
    pictures(&home, "review", "g r down down down", "tts · waits");
    let terminal = FakeTerminal::start(&home, 140, 40);
    terminal.wait_for("Review (4)").press("g r").wait_for("4 wait for you").wait_for("take 1");
    // Another take of a picture: both stand side by side, and the first can be used again.
    let back = |text: &str| text.contains("4 wait for you") && text.contains("llm · waits for you");
    terminal.wait_for("first · waits for you").wait_for("▀").picture("review-picture");
    terminal.press("n").wait_for("make first/image again").type_text("darker").press("ctrl-s");
    terminal.wait_until("it waits again", back).press("g g").wait_for("first · waits for you");
    terminal.wait_for("asked: darker").wait_for("take 2 · used").wait_for("take 1 · not used").picture("review-takes");
    terminal.press("c").wait_until("it waits again", back).press("g g").wait_for("first · waits for you");
    terminal.wait_for("take 1 · used").wait_for("take 2 · not used");
    // A file of one's own has to be what the place is for.
    let file = home.file("no-picture.txt", "text");
    terminal.press("e").wait_for("first/image by hand").type_text(&file).press("enter").wait_for("is plain text");
    // Two are approved at once, then the rest.
    terminal.press("g g v v").wait_for("2 marked").press("a").wait_for("2 approved").wait_for("2 wait for you");
    terminal.press("V").wait_for("2 marked").press("a").wait_for("nothing waits for you");
    terminal.press("g p").wait_for("✓ done").press("q");
    assert_eq!(terminal.ended(), 0);
    let shown = home.json(&["show", "rice"]);
    assert_eq!(shown["state"], "done", "{shown}");
    let takes = home.json(&["review", "rice", "first/image"])["takes"].clone();
    let current = takes.as_array().expect("takes").iter().find(|take| take["current"] == true);
    assert_eq!(current.map(|take| take["take"].clone()), Some(json!(1)), "{takes}");
}

#[test]
fn a_text_is_edited_by_hand_and_dropped_again() {
    let home = Home::new();
    home.module("echo", &echo());
    assert_eq!(home.studio(&["plugin", "grant", "echo", "--yes"]).code, Some(0));
    let script = home.file(
        "ask.lua",
        r#"return studio.pipeline { title = "Ask", run = function()
          return review(llm { provider = "echo", text = '{"value":"a"}' }):get().text end }"#,
    );
    assert_eq!(home.studio(&["new", "Ask", "--script", &script]).code, Some(0));
    assert_eq!(home.studio(&["run", "ask"]).code, Some(3));
    let edit = home.file("edit.json", r#"{"text":"Rice"}"#);
    assert_eq!(home.studio(&["review", "ask", "llm", "--edit", &edit]).code, Some(0));
    let terminal = FakeTerminal::start(&home, 120, 40);
    terminal.press("g r").wait_for("1 waits for you").wait_for("made by hand · used").wait_for("take 1 · not used");
    terminal.press("e").wait_for("llm by hand").type_text(" and my own words").press("ctrl-s");
    terminal.wait_for("Rice and my own words");
    terminal.press("X").wait_for("is dropped").wait_for("take 1 · used").wait_without("my own words");
    terminal.press("u").wait_for("made by hand · used");
    terminal.press("a").wait_for("nothing waits for you").press("q");
    assert_eq!(terminal.ended(), 0);
    assert_eq!(home.json(&["review", "ask", "llm"])["by_hand"], true);
}

#[test]
fn what_was_spent_is_counted_by_day_service_project_model_and_kind() {
    let server = OpenAi::start();
    let home = Home::new();
    settings(
        &home,
        &server,
        "secret = \"openai\"\n[[price]]\nplugin = \"openai\"\nper_request = \"0.10\"\n[budget]\nmonth = \"20\"\n",
    );
    keep_secret(&home, "openai", KEY);
    grant(&home);
    let script = home.file(
        "ask.lua",
        "return studio.pipeline { title = \"Ask\", run = function()\n\
         local said = {}\n\
         for n = 1, 3 do said[n] = llm { id = \"s\" .. n, provider = \"openai\", text = \"Say \" .. n, \
         max_tokens = 50 }:get().text end\n\
         return #said\nend }",
    );
    assert_eq!(home.studio(&["new", "Rice", "--script", &script]).code, Some(0));
    assert_eq!(home.studio(&["run", "rice"]).code, Some(0));
    pictures(&home, "costs", "g $", "by day");
    let mut options = options(&home);
    options.project = Some("rice".into());
    let terminal = FakeTerminal::with(options, 120, 40);
    terminal.wait_for("preview").press("g $").wait_for("by day").wait_for("$0.30 in all").wait_for("3 made");
    terminal.wait_for("$0.30 on 20").wait_for("100 % success").wait_for("rice, in all");
    terminal.wait_for("s3/llm").wait_for("$0.10");
    terminal.press("s s").wait_for("by service").wait_for("openai at 127.0.0.1");
    terminal.press("s").wait_for("by project").wait_for("rice").press("s").wait_for("by model");
    terminal.press("s").wait_for("by kind").wait_for("llm");
    terminal.press("o").wait_for("Rice  $0.30");
    terminal.press("b").wait_for("what Rice may spend").type_text("0.40").press("tab").type_text("much");
    terminal.press("ctrl-s").wait_for("not an amount");
    terminal.press("b").wait_for("what Rice may spend").type_text("0.40").press("ctrl-s");
    terminal.wait_for("$0.30 of $0.40").press("q");
    assert_eq!(terminal.ended(), 0);
    let budget = home.json(&["budget", "rice"]);
    let total = budget["accounts"].as_array().expect("accounts").iter().find(|a| a["span"] == "total");
    assert_eq!(total.map(|account| account["most"].clone()), Some(json!("0.4")), "{budget}");
}

#[test]
fn a_grant_is_read_to_its_end_before_it_is_given() {
    let home = Home::new();
    home.module("echo", &echo());
    pictures(&home, "plugins", "g u", "third party");
    let terminal = FakeTerminal::start(&home, 120, 40);
    terminal.press("g u").wait_for("echo").wait_for("comes with Studio");
    let echo = |text: &str| text.lines().any(|line| line.contains("echo ·") && line.contains("not granted"));
    for _ in 0..40 {
        if echo(&terminal.text()) {
            break;
        }
        let before = terminal.text();
        terminal.press("down").wait_until("another is selected", |text| text != before);
    }
    // Where not all of it is seen, it cannot be agreed to.
    terminal.resize(80, 16).press("a").wait_for("may echo do this?").wait_for("lines more");
    terminal.press("ctrl-s").wait_for("there is more to read");
    terminal
        .resize(120, 40)
        .wait_for("not granted")
        .wait_for("digest")
        .press("up")
        .wait_for("ctrl-s grants all of this");
    terminal.picture("plugins-grant");
    terminal.press("enter").wait_for("enter does not");
    terminal
        .type_text("2.50")
        .press("ctrl-s")
        .wait_for("echo may do what it asks for")
        .wait_for("may spend $2.50 a month");
    terminal.press("q");
    assert_eq!(terminal.ended(), 0);
    let plugin = home.json(&["plugin", "inspect", "echo"]);
    assert_eq!((&plugin["limit"], &plugin["asked"]), (&json!("2.5"), &plugin["allowed"]), "{plugin}");
}

#[test]
fn secrets_themes_and_what_is_set_stand_on_one_page() {
    let home = Home::new();
    fs::write(home.store().join("keymap.toml"), "[studio]\na = \"aprove\"\n").expect("a keymap");
    pictures(&home, "settings", "g , tab", "not stored");
    let terminal = FakeTerminal::start(&home, 200, 40);
    terminal.press("g ,").wait_for("not stored").press("s").wait_for("the secret's name");
    terminal.press("ctrl-a ctrl-k").type_text("mine").press("enter").wait_for("the secret ");
    terminal.type_text("hush-hush").wait_without("hush").press("enter");
    terminal.wait_for("is stored, sealed");
    terminal.press("down").wait_for("also").wait_for("espeak").press("down").wait_for("render: preset");
    // A theme is seen while it is selected, and the one before is back where none is chosen.
    terminal.press("down").wait_for("● dark  in use").press("enter").wait_for("╭ theme ─");
    terminal.press("down").wait_without("● dark  in use").picture("settings-theme").press("esc");
    terminal
        .wait_for("● dark  in use")
        .press("enter")
        .wait_for("╭ theme ─")
        .press("down enter")
        .wait_without("╭ theme ─");
    terminal.wait_without("● dark  in use");
    terminal.press("down").wait_for("It was not taken").wait_for("did you mean");
    terminal.press("down").wait_for("GiB free");
    terminal.press("q");
    assert_eq!(terminal.ended(), 0);
    assert_eq!(home.json(&["secret", "ls"]), json!(["mine"]));
}
