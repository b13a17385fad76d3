//! Rendering: the film of the example text, against one FFmpeg command, and after edits.

use std::{fs, path::Path, process::Command, time::Instant};

use serde_json::{Value, json};
use studio_plugin_ffmpeg::single;

use super::{
    Row, median,
    shell::{studio, timed},
};

/// Renders and commands that are compared, in turn.
const ROUNDS: usize = 3;
/// Where in the text a word is added, as shares of its length.
const EDITS: [f64; 5] = [0.05, 0.3, 0.5, 0.75, 0.97];
/// Scenes of the long film.
const SCENES: usize = 60;
/// What the command makes the speech louder by, in dB: near what a render finds.
const GAIN: f64 = 8.0;

pub fn measure() -> Vec<Row> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = fs::read_to_string(example()).expect("the example");
    let store = folder.path().join("store");
    let film = folder.path().join("out");
    studio(&store, &["new", "Film", "--text", &example(), "--out", &film.to_string_lossy()]);
    let whole = timed(&store, &["run", "film", "--quiet"]);
    let again = timed(&store, &["run", "film", "--quiet"]);
    let edits = EDITS.map(|share| {
        let edited = folder.path().join("edited.md");
        fs::write(&edited, edit(&text, share)).expect("a file");
        timed(&store, &["run", "film", "--quiet", "--text", &edited.to_string_lossy()])
    });
    println!("one word changed, from the first scene to the last: {edits:.2?}");
    let ratio = against_one_command(folder.path(), &text, ROUNDS);
    let (long, edited) = many_scenes(folder.path());
    let row = |what, target, seconds: f64, most: f64| Row {
        what,
        target,
        measured: format!("{seconds:.2} s"),
        holds: seconds <= most,
    };
    vec![
        row("the one-minute demo at 1080p, from text to film", "≤ 60 s", whole, 60.0),
        row("the same again: everything is kept", "≤ 1 s", again, 1.0),
        row("one word of it changed, made again: median of five", "< 3 s", median(edits.to_vec()), 3.0),
        Row {
            what: "render against one FFmpeg command of equal settings",
            target: "≤ 1.05 ×",
            measured: format!("{ratio:.2} ×"),
            holds: ratio <= 1.05,
        },
        Row {
            what: "the same of 60 scenes with 59 transitions",
            target: "≤ 1.05 ×",
            measured: format!("{long:.2} ×"),
            holds: long <= 1.05,
        },
        Row {
            what: "one of these 60 edited, to all of them rendered",
            target: "≤ 5 %",
            measured: format!("{:.1} %", edited * 100.0),
            holds: edited <= 0.05,
        },
    ]
}

/// A film of sixty scenes: a render's time as a multiple of one command's; and that of a render after one of its scenes
/// was edited, as a share of the whole.
fn many_scenes(folder: &Path) -> (f64, f64) {
    let folder = folder.join("many");
    fs::create_dir_all(&folder).expect("a folder");
    let ratio = against_one_command(&folder, &text_of(SCENES, None), 1);
    // What was rendered last is kept: another sentence in the thirtieth scene.
    let store = folder.join("round-0");
    let request = request(&store, &text_of(SCENES, Some(SCENES / 2)));
    let file = folder.join("edited.json");
    fs::write(&file, request.to_string()).expect("a file");
    let edited = timed(&store, &["plugin", "call", "ffmpeg", "render", &format!("@{}", file.display())]);
    let again = folder.join("again");
    assert!(Command::new("cp").arg("-a").arg(folder.join("inputs")).arg(&again).status().expect("cp").success());
    let request = folder.join("request.json");
    let whole = timed(&again, &["plugin", "call", "ffmpeg", "render", &format!("@{}", request.display())]);
    println!("60 scenes: {whole:.2} s, one of them edited {edited:.2} s");
    (ratio, edited / whole)
}

/// A text of so many scenes; the one that is `edited` says something else.
fn text_of(scenes: usize, edited: Option<usize>) -> String {
    let scene = |n: usize| {
        let what = if edited == Some(n) { "quietly in the evening" } else { "slowly down the hill" };
        format!("## Field {n}\n\nThe water of field {n} runs {what} to the next one.\n\n")
    };
    (1..=scenes).fold("# Fields\n\n".to_owned(), |text, n| text + &scene(n))
}

fn example() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/stairs-of-water.md").to_string_lossy().into_owned()
}

/// How long a render takes, the program's start and all, as a multiple of one FFmpeg command that makes the same film
/// of the same cards, speech and captions: the middle of some, made in turn.
fn against_one_command(folder: &Path, text: &str, rounds: usize) -> f64 {
    let inputs = folder.join("inputs");
    let request = request(&inputs, text);
    let file = folder.join("request.json");
    fs::write(&file, request.to_string()).expect("a file");
    let ratios = (0..rounds).map(|round| {
        let store = folder.join(format!("round-{round}"));
        let copied = Command::new("cp").arg("-a").arg(&inputs).arg(&store).status().expect("cp");
        assert!(copied.success());
        let rendered = timed(&store, &["plugin", "call", "ffmpeg", "render", &format!("@{}", file.display())]);
        let by_hand = one_command(folder, &inputs, &request);
        println!("render {rendered:.2} s, one command {by_hand:.2} s");
        rendered / by_hand
    });
    median(ratios.collect())
}

/// The request for the film of a text, made as the shipped script makes it; its files are in the store.
fn request(store: &Path, text: &str) -> Value {
    let call = |plugin: &str, role: &str, request: Value| {
        studio(store, &["plugin", "call", plugin, role, &request.to_string(), "--json"])
    };
    let board = call("outline", "llm", json!({ "task": "storyboard", "text": text }));
    let scenes = board["scenes"].as_array().expect("scenes").clone();
    let clips: Vec<Value> = scenes
        .iter()
        .map(|scene| {
            let speech = call("espeak", "tts", json!({ "text": scene["narration"] }));
            let card = call("cards", "image", json!({ "text": scene["on_screen"] }));
            json!({
                "id": scene["id"], "title": scene["title"], "picture": card, "captions": speech["words"],
                "narration": speech, "transition": "dissolve",
            })
        })
        .collect();
    json!({ "timeline": clips, "preset": "youtube-1080p", "title": board["title"] })
}

/// Runs the command; how long it took.
fn one_command(folder: &Path, store: &Path, request: &Value) -> f64 {
    let request = serde_json::from_value(request.clone()).expect("a request");
    let single = single::command(&request, GAIN).expect("a command");
    let place = folder.join("by-hand");
    fs::create_dir_all(&place).expect("a folder");
    for (name, blob) in &single.blobs {
        let (start, rest) = blob.blob.split_at(2);
        fs::copy(store.join("blobs").join(start).join(rest), place.join(name)).expect("a blob");
    }
    for (name, text) in &single.texts {
        fs::write(place.join(name), text).expect("a file");
    }
    let at = place.to_string_lossy();
    let args = single.args.iter().map(|arg| arg.replace("{in}", &at).replace("{out}", &at));
    let began = Instant::now();
    let status = Command::new("ffmpeg").args(args).env("FONTCONFIG_FILE", place.join("fonts.conf")).status();
    assert!(status.expect("ffmpeg starts").success(), "ffmpeg failed");
    began.elapsed().as_secs_f64()
}

/// The text with a word more, in the first ordinary sentence from `share` of its length on, or the last before it.
fn edit(text: &str, share: f64) -> String {
    let wanted = (text.len() as f64 * share) as usize;
    let ordinary = |at: &usize| {
        let line = text[..*at].rfind('\n').map_or(0, |n| n + 1);
        let word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase());
        text[line..].starts_with(char::is_alphabetic)
            && text[line..*at].matches("**").count().is_multiple_of(2)
            && word(text[..*at].chars().last())
            && word(text[*at + 1..].chars().next())
    };
    let mut places = text.match_indices(' ').map(|(at, _)| at).filter(ordinary);
    let before = text.match_indices(' ').map(|(at, _)| at).rfind(ordinary);
    let at = places.find(|at| *at >= wanted).or(before).expect("a sentence");
    format!("{} indeed{}", &text[..at], &text[at..])
}
