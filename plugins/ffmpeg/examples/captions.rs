//! Sheets of pictures to look at captions by: `captions FOLDER STYLE.toml PRESET TEXT [TRANSLATION]`. Every picture is
//! ten frames after the one before; words are as long as they have letters.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[path = "../tests/studio/mod.rs"]
mod studio;

use std::{collections::BTreeMap, env, fs, path::Path};

use serde_json::Value;
use studio::Studio;
use studio_plugin_ffmpeg::single;
use studio_plugin_sdk::{
    prelude::{Image, RenderRequest, TimelineInput, Word},
    timeline::SceneClip,
};

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    let [folder, style, preset, text] = &args[..4] else { panic!("captions FOLDER STYLE.toml PRESET TEXT") };
    let studio = Studio::new();
    let source = "gradients=s=1920x1080:seed=4:n=4:x0=0:y0=0:x1=1920:y1=1080:speed=0.00001";
    studio.tool("ffmpeg", &["-v", "error", "-y", "-f", "lavfi", "-i", source, "-frames:v", "1", "p.png"]);
    let picture = Image { image: studio.keep("p.png", "image/png"), ..Image::default() };
    let captions = words(text);
    let seconds = captions.last().map_or(1.0, |word| word.end + 0.4);
    let translation = args.get(4).map_or_else(Vec::new, |text| {
        vec![Word { text: text.clone(), start: 0.0, end: seconds - 0.4, speaker: String::new() }]
    });
    let scene = SceneClip {
        id: "a".into(),
        picture: Some(picture),
        captions,
        translation,
        seconds: Some(seconds + 0.6),
        ..SceneClip::default()
    };
    let mut table: BTreeMap<String, Value> = toml::from_str(&fs::read_to_string(style).unwrap()).unwrap();
    table.remove("help");
    if let Ok(font) = env::var("FONT") {
        fs::copy(font, studio.path().join("font")).unwrap();
        table.insert("font_file".into(), serde_json::to_value(studio.keep("font", "font/ttf")).unwrap());
    }
    let request = RenderRequest {
        timeline: TimelineInput::Scenes(vec![scene]),
        preset: preset.clone(),
        caption_style: Some(serde_json::from_value(serde_json::to_value(table).unwrap()).unwrap()),
        ..RenderRequest::default()
    };
    let mut made = single::pictures(&request, &|blob| studio.bytes(blob)).unwrap();
    let at = made.args.iter().position(|arg| arg == "-map").unwrap();
    let tall = preset.contains("shorts");
    let tile = if tall { "scale=360:-2,tile=5x2" } else { "scale=640:-2,tile=3x4" };
    made.args[at - 1].push_str(&format!(";[out]select='not(mod(n-4\\,10))',{tile}[sheet]"));
    made.args.truncate(at);
    made.args.extend(["-map", "[sheet]", "-frames:v", "1", "-update", "1", "{out}/sheet.png"].map(String::from));
    let stem = Path::new(style).file_stem().unwrap().to_str().unwrap();
    let out = Path::new(folder).join(format!("{stem}-{preset}.png"));
    fs::create_dir_all(folder).unwrap();
    fs::write(&out, studio.by_hand(&made.args, &made.blobs, &made.texts)).unwrap();
    println!("{}", out.display());
}

fn words(text: &str) -> Vec<Word> {
    let mut at = 0.1;
    let word = |text: &str| {
        let start = at;
        at += 0.12 + 0.05 * text.chars().count() as f64;
        Word { text: text.into(), start, end: at - 0.04, speaker: String::new() }
    };
    text.split(' ').map(word).collect()
}
