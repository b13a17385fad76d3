//! Profiles: what one does not touch is kept when another is chosen.

use serde_json::json;
use studio_tests::Home;

/// Three nodes, of which a profile changes one.
const SCRIPT: &str = r##"
return studio.pipeline {
  title = "Look",
  params = { look = param.choice { "plain", "rich", default = "plain" } },
  run = function(p)
    local board = llm { provider = "outline", task = "storyboard", text = "# Rice\n\nRice grows in water." }
    local card = image { text = { heading = "Rice" }, aspect = "1:1", style = "" }
    log(p.look)
    return { title = board.title, width = card.width, look = p.look }
  end,
}
"##;

#[test]
fn switching_makes_only_what_the_profile_changes() {
    let home = Home::new();
    let script = home.file("look.lua", SCRIPT);
    home.file(
        "store/config.toml",
        "[profiles.small]\nhelp = \"Small cards\"\n[profiles.small.params]\nlook = \"rich\"\nelse = 1\n\
         [profiles.small.plugins.cards.image]\nshort_side = 360\n[profiles.draft.roles.image]\nshort_side = 240\n",
    );
    home.json(&["new", "Look", "--script", &script]);
    let plain = home.json(&["run", "look"]);
    assert_eq!((&plain["value"]["width"], &plain["value"]["look"]), (&json!(1080), &json!("plain")));

    let plan = home.json(&["plan", "look", "--profile", "small"]);
    let verdicts: Vec<_> =
        plan["nodes"].as_array().expect("nodes").iter().map(|n| (&n["role"], &n["verdict"])).collect();
    assert_eq!(verdicts, [(&json!("image"), &json!("will_run")), (&json!("llm"), &json!("kept"))]);
    let small = home.json(&["run", "look", "--profile", "small"]);
    assert_eq!((&small["value"]["width"], &small["value"]["look"]), (&json!(360), &json!("rich")));
    assert_eq!((&small["ran"], &small["kept"]), (&json!(1), &json!(1)));
    assert_eq!(home.json(&["show", "look"])["profile"], "small", "the project keeps it");
    assert_eq!(home.json(&["run", "look"])["value"]["width"], 360);

    // A person's own words in a shipped profile, and the way back: nothing is made.
    assert_eq!(home.json(&["run", "look", "--profile", "draft"])["value"]["width"], 240);
    let back = home.json(&["run", "look", "--profile", "none"]);
    assert_eq!((&back["value"], &back["ran"]), (&plain["value"], &json!(0)));
    // What the person sets goes before the profile's params.
    let set = home.json(&["run", "look", "--profile", "small", "--set", "look=plain"]);
    assert_eq!(set["value"]["look"], "plain");

    let names: Vec<_> = home.json(&["profiles"]).as_object().expect("profiles").keys().cloned().collect();
    assert_eq!(names, ["draft", "final", "small"]);
    home.fails(&["run", "look", "--profile", "tiny"]).is(1, "invalid_input").says("draft, final, small");
    home.fails(&["new", "Other", "--script", &script, "--profile", "tiny"]).is(1, "invalid_input").says("profile");
}

#[test]
fn a_draft_of_a_film_keeps_cards_and_speech() {
    let home = Home::new();
    let text = home.file("text.md", "# Rice\n\nRice grows in water.\n");
    home.json(&["new", "Rice", "--text", &text]);
    home.json(&["run", "rice", "--profile", "draft", "--yes"]);
    let plan = home.json(&["plan", "rice", "--profile", "final", "--all"]);
    let kept = |role: &str| {
        let nodes = plan["nodes"].as_array().expect("nodes").iter();
        nodes.filter(|n| n["role"] == role).all(|n| n["verdict"] == "kept")
    };
    assert!(kept("tts") && kept("image") && kept("llm"), "{plan}");
    assert!(!kept("render"), "the film is encoded anew: {plan}");
}
