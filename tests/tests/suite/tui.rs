//! The terminal interface on a real engine, by keys alone.

mod chat;
mod graphics;
mod looks;
mod pages;
mod time;
mod tmux;

use studio_tests::{
    Home,
    home::program,
    procs,
    terminal::{FakeTerminal, options},
};

/// Two sentences: two scenes, a few seconds of film.
const TEXT: &str = "Rice grows in terraces. Water runs from step to step.";

#[test]
fn from_an_empty_store_to_a_finished_film() {
    let home = Home::new();
    let terminal = FakeTerminal::start(&home, 120, 40);
    terminal.wait_for("Welcome to Studio").wait_for("make the demo film").picture("first-run");
    terminal.press("n").wait_for("scene by scene on cards").press("7");
    terminal.wait_for("new project: Narrated").type_text("Rice").press("tab").wait_for("Rice");
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

#[test]
fn a_theme_and_a_keymap_hold_once_they_are_saved_and_a_broken_one_does_no_harm() {
    let home = Home::new();
    let terminal = FakeTerminal::start(&home, 80, 24);
    terminal.wait_for("make the demo film");
    std::fs::write(home.store().join("keymap.toml"), "[global]\nf = 'no-such'").unwrap();
    terminal.wait_for("there is no action \"no-such\"");
    std::fs::write(home.store().join("keymap.toml"), "[global]\nf9 = 'quit'\nQ = 'help'").unwrap();
    terminal.wait_for("the keymap holds").press("Q").wait_for("everywhere").press("x");
    // Also where the folder of one's themes is made only now.
    let themes = home.store().join("themes");
    std::fs::create_dir_all(&themes).unwrap();
    std::fs::write(themes.join("dark.toml"), "[style]\ntext = { fg = 'mauve' }").unwrap();
    terminal.wait_for("\"mauve\" is no colour").press("q");
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn who_leaves_while_a_run_is_under_way_finds_it_done_by_somebody_else() {
    let home = Home::new();
    home.json(&["new", "Rice", "--set", &format!("text={TEXT}")]);
    let mut options = options(&home);
    options.project = Some("rice".into());
    let terminal = FakeTerminal::with(options, 80, 24);
    terminal.wait_for("no scenes yet").press("r").wait_for("running").press("q").wait_for("under way").press("y");
    assert_eq!(terminal.ended(), 0);
    // Another process has the store by now, or will: the run goes on there, and this command joins it.
    let ran = home.studio(&["run", "rice", "--headless"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let again = FakeTerminal::start(&home, 100, 30);
    // What was open is open again.
    again.wait_for("Rice").wait_for("✓ done").press("q");
    assert_eq!(again.ended(), 0);
    // Who took it over would stay for another minute.
    for left in procs::touching(&home.store()) {
        let pid = rustix::process::Pid::from_raw(left.pid).expect("a process");
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
    assert_eq!(procs::wait_until_gone(|| procs::touching(&home.store())), []);
}

#[test]
fn a_terminal_that_goes_away_takes_the_interface_with_it() {
    let home = Home::new();
    // A terminal of its own, by `script` of util-linux.
    let command = format!("{} --no-motion", program().display());
    let envs = home.command(&[]);
    let mut script = std::process::Command::new("script");
    script.args(["-qfc", &command, "/dev/null"]).env_clear();
    script.envs(envs.get_envs().filter_map(|(name, value)| Some((name, value?))));
    script.env("TERM", "xterm-256color").current_dir(home.path());
    script.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null());
    let mut running = script.spawn().expect("script runs");
    let until = std::time::Instant::now() + std::time::Duration::from_mins(2);
    while !home.store().join("socket").exists() {
        assert!(std::time::Instant::now() < until, "the interface never had the store");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let below = procs::below(running.id().cast_signed());
    assert!(!below.is_empty());
    running.kill().expect("it is killed");
    running.wait().expect("it is gone");
    let left = procs::wait_until_gone(|| below.iter().filter(|proc| procs::lives(proc)).cloned().collect());
    assert_eq!(left, [], "nobody looks at it, and it runs on");
}

/// The pictures of the book, of the demo's film.
#[test]
#[ignore = "`make screenshots` runs it"]
fn screenshots() {
    let home = Home::new();
    let terminal = FakeTerminal::start(&home, 120, 40);
    terminal.wait_for("This box has").picture("first-run").press("D");
    terminal.wait_until("some scenes have pictures", |shown| shown.matches(['▀', '▄']).count() > 120);
    terminal.wait_for("running").picture("running");
    let finished = |shown: &str| shown.lines().nth(1).is_some_and(|line| line.ends_with("✓ done"));
    terminal.wait_until("the film is finished", finished).press("l l l");
    let whole = |shown: &str| !shown.split(['│', '\n']).any(|part| part.trim() == "…");
    terminal.wait_for("preview · scene 4").wait_until("nothing is on its way", whole).picture("studio");
    terminal.press(":").wait_for("commands").type_text("sce").wait_for("Add a scene").picture("palette");
    let loud = |shown: &str| shown.chars().filter(|c| matches!(c, '▅'..='█')).count() > 20;
    let drawn = |shown: &str| whole(shown) && loud(shown) && shown.contains('▀');
    terminal.press("esc g t").wait_until("the film in time", drawn).picture("timeline");
    terminal.press("esc g p").wait_for("1 project").wait_for("▀").picture("projects").press("q");
    assert_eq!(terminal.ended(), 0);
}
