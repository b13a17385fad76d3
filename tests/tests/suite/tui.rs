//! The terminal interface on a real engine, by keys alone.

mod time;

use studio_tests::{Home, terminal::FakeTerminal};

/// Two sentences: two scenes, a few seconds of film.
const TEXT: &str = "Rice grows in terraces. Water runs from step to step.";

#[test]
fn from_an_empty_store_to_a_finished_film() {
    let home = Home::new();
    let terminal = FakeTerminal::start(&home, 120, 40);
    terminal.wait_for("Welcome to Studio").wait_for("make the demo film").picture("first-run");
    terminal.press("n").wait_for("of which script").type_text("").press("enter");
    terminal.wait_for("new project: ").type_text("Rice").press("tab").wait_for("Rice");
    terminal.type_text(TEXT).press("ctrl-s");
    terminal.wait_for("no scenes yet").press("r");
    terminal.wait_until("a scene runs or is made", |shown| shown.contains("llm"));
    let finished = |shown: &str| shown.lines().nth(1).is_some_and(|line| line.ends_with("✓ done"));
    terminal.wait_until("the film is finished", finished).wait_for("▀").picture("studio");
    terminal.press("g p").wait_for("1 project").wait_for("▀").picture("projects");
    terminal.press("q");
    assert_eq!(terminal.ended(), 0);
    let shown = home.json(&["show", "rice"]);
    assert_eq!(shown["state"], "done");
}

#[test]
fn the_palette_and_the_help_know_every_key() {
    let home = Home::new();
    let terminal = FakeTerminal::start(&home, 80, 24);
    terminal.wait_for("Welcome to Studio").press("?").wait_for("everywhere").press("x");
    terminal.press(":").wait_for("commands").type_text("theme").wait_for("Choose a theme");
    terminal.press("enter").wait_for("high-contrast").press("esc").wait_without("high-contrast");
    terminal.press("q");
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn no_size_is_too_small_and_storms_of_sizes_do_no_harm() {
    let home = Home::new();
    let terminal = FakeTerminal::start(&home, 80, 24);
    terminal.wait_for("Welcome to Studio");
    for (width, height) in [(1, 1), (2, 2), (5, 3), (40, 12), (200, 50), (10, 60), (300, 4), (1, 90)] {
        terminal.resize(width, height).press("? esc : esc");
    }
    terminal.resize(80, 24).wait_for("Welcome to Studio").press("q");
    assert_eq!(terminal.ended(), 0);
}
