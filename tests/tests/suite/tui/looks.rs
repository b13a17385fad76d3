//! Pictures of every page at four sizes, dark and light, for a person to look at: `tools/screenshots.sh all FOLDER`.

use studio::tui::Options;
use studio_tests::{
    Home,
    plugins::echo,
    short,
    terminal::{FakeTerminal, options},
};

const SIZES: [(u16, u16); 4] = [(40, 12), (80, 24), (120, 40), (200, 50)];

/// A way to a page, and what is on it at 80 columns.
const PAGES: [(&str, &str, &str); 13] = [
    ("projects", "1", "project"),
    ("studio", "2", "jobs"),
    ("studio-film", "2 F", "film"),
    ("studio-log", "2 tab tab", "log"),
    ("timeline", "3", "words"),
    ("review", "4", "wait"),
    ("costs", "5", "by day"),
    ("plugins", "6", "granted"),
    ("settings", "7", "stored"),
    ("help", "2 ?", "keys ─"),
    ("palette", "2 :", "commands ─"),
    ("form", "2 p", "params of"),
    ("edit", "2 e", "ctrl-s"),
];

/// A film, a project that waits, one that failed, and one with nothing in it.
fn home() -> Home {
    let home = Home::new();
    home.module("echo", &echo());
    short::run(short::project(&home));
    let waits = home.file(
        "waits.lua",
        r#"return studio.pipeline { title = "Waits", run = function()
          local first = review(image { id = "first", text = { heading = "Stairs of water" }, short_side = 480 })
          local said = review(tts { text = "Rice grows in terraces, and water runs from step to step." })
          return { first:get().width, said:get().seconds } end }"#,
    );
    home.json(&["new", "Stairs of water", "--script", &waits]);
    assert_eq!(home.studio(&["run", "stairs-of-water"]).code, Some(3));
    let fails = home.file(
        "fails.lua",
        r#"return studio.pipeline { title = "Fails", run = function()
          return llm { provider = "echo", text = "x" }:get().text end }"#,
    );
    home.json(&["new", "What time is it?", "--script", &fails]);
    assert_ne!(home.studio(&["run", "what-time-is-it"]).code, Some(0));
    home.json(&["new", "日本の棚田", "--set", "text=Rice."]);
    home
}

#[test]
#[ignore = "`tools/screenshots.sh all FOLDER` runs it"]
fn every_page_at_every_size() {
    let home = home();
    for theme in ["dark", "light"] {
        let options = Options { theme: Some(theme.into()), project: Some("rice".into()), ..options(&home) };
        for (width, height) in SIZES {
            let terminal = FakeTerminal::with(options.clone(), width, height);
            terminal.wait_for("Rice").wait_for("done");
            for (name, keys, shown) in PAGES {
                terminal.press(keys);
                let there = |text: &str| {
                    let coming = width >= 80 && text.lines().any(|line| line.trim_matches(['│', ' ']) == "…");
                    let page = name.split('-').next().unwrap_or_default();
                    let tab = text.lines().next().is_some_and(|tabs| tabs.to_lowercase().contains(page));
                    let overlay = matches!(page, "help" | "palette" | "form" | "edit") && text.contains("╭ ");
                    let here = if width < 80 { tab || overlay } else { text.contains(shown) };
                    here && !coming && !text.contains(" ...")
                };
                terminal.wait_until(name, there).picture(&format!("{name}-{theme}-{width}"));
                terminal.press("esc esc 2");
            }
            terminal.press("q");
            assert_eq!(terminal.ended(), 0);
        }
    }
}
