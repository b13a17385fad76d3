//! Pictures of every page, for a person to look at: `tools/screenshots.sh all FOLDER`. Dark and light at four sizes; in
//! the other themes, and of ASCII alone, at two.

use std::time::Duration;

use serde_json::json;
use studio::tui::Options;
use studio_tests::{
    Home,
    openai::{KEY, OpenAi},
    plugins::echo,
    short,
    terminal::FakeTerminal,
};

use super::{
    super::{
        chat::proposing,
        openai::{grant, keep_secret, settings},
    },
    chat::options_with_settings,
};

const SIZES: [(u16, u16); 4] = [(40, 12), (80, 24), (120, 40), (200, 50)];
const THEMES: [&str; 2] = ["dark", "light"];
/// What is looked at in less detail.
const OTHERS: [&str; 4] = ["high-contrast", "ansi", "mono", ASCII];
const FEW_SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];
/// No theme: the dark one, in signs of ASCII alone.
const ASCII: &str = "ascii";
/// So long a picture waits for what is on its way; then it is taken as it is.
const COMING: Duration = Duration::from_secs(20);

/// What a picture shows: its name, keys and what is shown after them. From one to the next, `esc esc 2` leads back.
type Way = (&'static str, &'static [(&'static str, Shown)]);

/// What has come once keys were pressed.
enum Shown {
    /// The page of that name.
    Page(&'static str),
    /// Something over it, of that title.
    Over(&'static str),
}
use Shown::{Over, Page};

const WAYS: [Way; 27] = [
    ("projects", &[("1", Page("Projects"))]),
    ("search", &[("1 /", Page("Projects"))]),
    ("choose", &[("1 n", Over("a new project"))]),
    ("form-new", &[("1 n", Over("a new project")), ("enter", Over("new project"))]),
    ("studio", &[("2", Page("Studio"))]),
    ("studio-film", &[("2 F", Page("Studio"))]),
    ("studio-jobs", &[("2 tab", Page("Studio"))]),
    ("studio-log", &[("2 tab", Page("Studio"))]),
    ("studio-zoom", &[("2 tab z", Page("Studio"))]),
    ("timeline", &[("3", Page("Timeline"))]),
    ("review", &[("4", Page("Review"))]),
    ("review-here", &[("4 o", Page("Review"))]),
    ("costs", &[("5", Page("Costs"))]),
    ("costs-here", &[("5 o s", Page("Costs"))]),
    ("plugins", &[("6", Page("Plugins"))]),
    ("grant", &[("6 a", Over("may "))]),
    ("settings", &[("7", Page("Settings"))]),
    ("settings-providers", &[("7 down", Page("Settings"))]),
    ("settings-box", &[("7 down down down down", Page("Settings"))]),
    ("chat", &[("8", Page("Chat"))]),
    ("chat-read", &[("8 esc", Page("Chat"))]),
    ("confirm", &[("8 esc X", Over("clear the chat"))]),
    ("help", &[("2 ?", Over("keys"))]),
    ("palette", &[("2 :", Over("commands"))]),
    ("form", &[("2 p", Over("params of"))]),
    ("edit", &[("2 e", Over("what scene"))]),
    ("prompt", &[("2 b", Over("what it may"))]),
];

/// A film that was talked about, and eleven other projects in all states.
fn home(server: &OpenAi) -> Home {
    let home = Home::new();
    let price =
        "secret = \"openai\"\n[[price]]\nplugin = \"openai\"\nper_request = \"0.10\"\n[budget]\nmonth = \"20\"\n";
    settings(&home, server, price);
    keep_secret(&home, "openai", KEY);
    grant(&home);
    home.module("echo", &echo());
    let script = |name: &str, run: &str| {
        home.file(name, format!("return studio.pipeline {{ title = \"Ask\", run = function()\n{run}\nend }}"))
    };
    let asks = script(
        "asks.lua",
        "local said = {}\nfor n = 1, 3 do said[n] = llm { id = \"line-\" .. n, provider = \"openai\", \
         text = \"Say \" .. n, max_tokens = 50 }:get().text end\nreturn #said",
    );
    let waits = script(
        "waits.lua",
        "local first = review(image { id = \"first\", text = { heading = \"Stairs of water\" }, short_side = 480 })\n\
         local said = review(tts { text = \"Rice grows in terraces, and water runs from step to step.\" })\n\
         return { first:get().width, said:get().seconds }",
    );
    let fails = script("fails.lua", "return llm { provider = \"echo\", text = \"x\" }:get().text");
    for (title, script, done) in [
        ("Night trains of Europe", &asks, true),
        ("Stairs of water", &waits, false),
        ("What time is it?", &fails, false),
    ] {
        let ran = home.studio(&["run", &new(&home, title, script)]);
        assert_eq!(ran.code == Some(0), done, "{title}: {ran:?}");
    }
    // One was left in the middle, as when the power goes.
    let slug = new(&home, "How a lighthouse finds its keeper, and other stories from the coast", &slow(&home, "begun"));
    let asked = server.asked();
    server.hold();
    let mut killed = home.start(&["run", &slug]);
    server.wait_until_asked(asked + 1);
    killed.kill();
    server.release();
    server.wait_until_quiet();
    for title in ["日本の棚田", "Bees", "Salt", "The long way home", "Tides", "Glass", "A bridge of ropes"] {
        home.json(&["new", title, "--set", "text=Rice."]);
    }
    short::run(short::project(&home));
    let block = json!({ "scenes": [
        { "id": "work-1", "narration": "Every terrace holds a hand of water, and not a drop of it is pumped." },
        { "what": "remove", "id": "harvest-1" },
    ], "params": { "aspect": "9:16" } });
    server.says(proposing(
        "Water runs down by itself; I say so, and end on it. For a phone the film stands upright.",
        &block,
    ));
    home.json(&["chat", "rice", "Make it shorter, for a phone. It should be clear that nothing is pumped."]);
    home
}

/// Makes a project: its slug.
fn new(home: &Home, title: &str, script: &str) -> String {
    home.json(&["new", title, "--script", script])["slug"].as_str().expect("a slug").to_owned()
}

/// A script that asks a service, for something that nobody asked for before.
fn slow(home: &Home, word: &str) -> String {
    let text = format!(
        "return studio.pipeline {{ title = \"Slow\", run = function()\n\
         local board = llm {{ task = \"storyboard\", text = \"Trains leave at dusk. They cross the mountains.\" }}:get()\n\
         return map(board.scenes, function(scene)\n\
         local said = tts {{ text = scene.narration }}\n\
         local line = llm {{ provider = \"openai\", text = scene.id .. \" {word}\", max_tokens = 50 }}\n\
         return {{ said:get().seconds, line:get().text }}\nend)\nend }}"
    );
    home.file(&format!("slow-{word}.lua"), text)
}

/// The name of a picture, where it is wanted: `STUDIO_LOOKS` has words, of which those that are have one.
fn wanted(name: String) -> Option<String> {
    let words = std::env::var("STUDIO_LOOKS").unwrap_or_default();
    (words.trim().is_empty() || words.split_whitespace().any(|word| name.contains(word))).then_some(name)
}

/// How the interface is started so that it looks like that.
fn looking(home: &Home, look: &str, project: Option<&str>) -> Options {
    let ascii = look == ASCII;
    let options = options_with_settings(home, if ascii { "dark" } else { look }, project);
    Options { ascii, ..options }
}

fn shows(text: &str, shown: &Shown) -> bool {
    match shown {
        // In little room only the page that is shown has its name on its tab.
        Page(name) => !text.contains(['╭', '+']) || text.lines().next().is_some_and(|tabs| tabs.contains(name)),
        Over(title) => ["╭", "+"].iter().any(|corner| text.contains(&format!("{corner} {title}"))),
    }
}

/// Nothing is on its way.
fn whole(text: &str) -> bool {
    !text.split(['│', '\n']).any(|part| part.contains('…') && part.chars().all(|c| matches!(c, '…' | ' ')))
        && !text.contains(" ...")
}

/// Takes a picture once all is there.
fn take(terminal: &FakeTerminal, name: &str) {
    terminal.wait_up_to(COMING, whole);
    terminal.picture(name);
}

#[test]
#[ignore = "`tools/screenshots.sh all FOLDER` runs it"]
fn every_page_at_every_size() {
    let server = OpenAi::start();
    let (home, empty) = (home(&server), Home::new());
    let looks = THEMES.into_iter().flat_map(|theme| SIZES.map(|size| (theme, size)));
    let others = OTHERS.into_iter().flat_map(|theme| FEW_SIZES.map(|size| (theme, size)));
    for (theme, (width, height)) in looks.chain(others) {
        let named = |name: &str| wanted(format!("{name}-{theme}-{width}"));
        if let Some(name) = named("first-run") {
            let terminal = FakeTerminal::with(looking(&empty, theme, None), width, height);
            terminal.wait_for("Welcome to Studio");
            take(&terminal, &name);
            terminal.press("q");
            assert_eq!(terminal.ended(), 0);
        }
        let ways: Vec<_> = WAYS.iter().filter_map(|(name, way)| Some((named(name)?, way))).collect();
        if !ways.is_empty() {
            let terminal = FakeTerminal::with(looking(&home, theme, Some("rice")), width, height);
            // Its own page: in the list of projects it is done as well.
            terminal.wait_for("jobs").wait_for("done");
            for (name, way) in ways {
                for (keys, shown) in *way {
                    terminal.press(keys).settle().wait_until(&name, |text| shows(text, shown));
                }
                take(&terminal, &name);
                terminal.press("esc esc 2");
            }
            terminal.press("q");
            assert_eq!(terminal.ended(), 0);
        }
        if let Some(name) = named("running") {
            let slug = new(&home, "Night trains, the second part", &slow(&home, &format!("{theme}-{width}")));
            let terminal = FakeTerminal::with(looking(&home, theme, Some(&slug)), width, height);
            let asked = server.asked();
            server.hold();
            terminal.wait_for("no scenes yet").press("r").wait_for("running");
            server.wait_until_asked(asked + 1);
            take(&terminal, &name);
            terminal.press("1").settle().wait_until(&name, |text| shows(text, &Page("Projects")));
            take(&terminal, &name.replace("running", "running-projects"));
            terminal.press("q").settle().wait_until(&name, |text| shows(text, &Over("leave")));
            take(&terminal, &name.replace("running", "leave"));
            terminal.press("c");
            server.release();
            assert_eq!(terminal.ended(), 0);
            home.json(&["rm", &slug]);
        }
    }
}
