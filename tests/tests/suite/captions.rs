//! Captions by style: names are found, a style's file is part of what is asked, and nothing else is made again.

use std::fs;

use serde_json::{Value, json};
use studio_tests::{Home, workspace};

const SCRIPT: &str = r#"
return studio.pipeline {
  title = "Said",
  params = { look = param.text { default = "default" } },
  run = function(p)
    local card = image { text = { heading = "Rice" }, aspect = "1:1", short_side = 480 }
    local words = { { text = "Rice", start = 0.1, ["end"] = 0.5 }, { text = "grows.", start = 0.6, ["end"] = 1.1 } }
    local style = if p.look == "large" then { from = "mine", scale = 1.5 } else p.look
    local clips = { clip { id = "a", picture = card, captions = words, seconds = 1.6 } }
    return render { timeline = clips, preset = "draft-square", caption_style = style }
  end,
}
"#;

fn run(home: &Home, look: &str) -> Value {
    home.json(&["run", "said", "--set", &format!("look={look}")])
}

#[test]
fn styles_are_found_by_name_and_are_part_of_what_is_asked() {
    let home = Home::new();
    let script = home.file("said.lua", SCRIPT);
    home.json(&["new", "Said", "--script", &script]);
    let plain = run(&home, "default");
    assert!(plain["value"]["caption_style"].is_null() && plain["value"]["ass"].is_null());

    let pop = run(&home, "pop");
    assert_eq!(pop["value"]["caption_style"]["kind"], "pop");
    assert_ne!(pop["value"]["video"], plain["value"]["video"]);
    assert_eq!(run(&home, "default")["ran"], 0);

    // One's own, with a font that is found by its family; the file beside the script stands before the store's.
    let fonts = home.path().join("store/fonts");
    fs::create_dir_all(&fonts).expect("a folder");
    fs::copy(workspace().join("plugins/cards/fonts/sans-regular.ttf"), fonts.join("Inter-Regular.ttf"))
        .expect("a font");
    home.file("store/captions/mine.toml", "from = \"karaoke\"\nfont = \"Inter\"\ncolor = \"#ff0000\"\n");
    let mine = run(&home, "mine");
    let style = &mine["value"]["caption_style"];
    assert_eq!((&style["kind"], &style["color"]), (&json!("karaoke"), &json!("#ff0000")));
    assert!(style["font_file"]["bytes"].as_u64().expect("a file") > 10_000, "{style}");
    assert_eq!(run(&home, "large")["value"]["caption_style"]["scale"], 1.5);
    home.file("captions/mine.toml", "kind = \"boxed\"\n");
    assert_eq!(run(&home, "mine")["value"]["caption_style"], json!({ "kind": "boxed" }));

    let ran = home.studio(&["run", "said", "--set", "look=wobble", "--json"]);
    assert_ne!(ran.code, Some(0));
    let said = format!("{ran:?}");
    assert!(said.contains("caption.style") && said.contains("karaoke") && said.contains("mine"), "{said}");
    home.file("captions/mine.toml", "font = \"Nobody Has This\"\n");
    let said = format!("{:?}", home.studio(&["run", "said", "--set", "look=mine", "--json"]));
    assert!(said.contains("caption.font") && said.contains("Nobody Has This"), "{said}");
}

#[test]
fn a_packed_project_takes_its_styles_along() {
    let (here, there) = (Home::new(), Home::new());
    let script = here.file("said.lua", SCRIPT);
    here.json(&["new", "Said", "--script", &script]);
    here.file("store/captions/mine.toml", "from = \"base\"\ncolor = \"#ff0000\"\n");
    here.file("store/captions/base.toml", "from = \"karaoke\"\nscale = 1.2\n");
    here.file("store/captions/unused.toml", "kind = \"lines\"\n");
    let made = run(&here, "mine");
    let file = here.path().join("said.studio").to_string_lossy().into_owned();
    here.json(&["pack", "said", "-o", &file]);
    there.json(&["unpack", &file]);
    let again = there.json(&["run", "said"]);
    assert_eq!((&again["ran"], &again["value"]), (&json!(0), &made["value"]));
    assert_eq!(run(&there, "pop")["value"]["caption_style"]["kind"], "pop");
    let ran = there.studio(&["run", "said", "--set", "look=unused", "--json"]);
    assert_ne!(ran.code, Some(0), "nobody named it");
}
