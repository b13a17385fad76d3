//! Makes a film of about a minute to look at: `film FOLDER [PRESET] [PICTURE…]`. Speech is espeak-ng's; word
//! times are estimated from lengths of words. Prints what ran, how long it took, and writes frames as PNG.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[path = "../tests/studio/mod.rs"]
mod studio;

use std::{env, fs, path::Path, time::Instant};

use studio::Studio;
use studio_plugin_sdk::{
    prelude::{Film, Image, RenderRequest, Speech, TimelineInput, Word},
    timeline::{SceneClip, TransitionLook},
};

const TEXT: [&str; 10] = [
    "Rice is grown on every continent but one, and it feeds more than half of the world.",
    "Why? Because it grows where nothing else will: in standing water, on terraces cut into the side of a hill.",
    "The seedlings are raised close together in a small bed. After four weeks they are pulled up and planted again, one by one.",
    "Water keeps the weeds down. It also keeps the roots warm on a cold night.",
    "A field of one hectare needs about fifteen thousand cubic metres of it: six swimming pools.",
    "Then it is drained, and the stalks turn from green to gold.",
    "At the harvest, everybody helps. What a machine does in an hour took a village a week.",
    "The grain is dried in the sun, on mats, on roads, on roofs.",
    "Each grain still has its husk. Take it off, and the rice is brown; polish it, and it is white.",
    "From one seed come three thousand grains. That is why people have planted it for nine thousand years.",
];

fn main() {
    let mut args = env::args().skip(1);
    let folder = args.next().expect("usage: film FOLDER [PRESET] [PICTURE…]");
    let preset = args.next().unwrap_or_default();
    let pictures: Vec<String> = args.collect();
    fs::create_dir_all(&folder).unwrap();
    let studio = Studio::new();
    let looks =
        [TransitionLook::Dissolve, TransitionLook::SlideLeft, TransitionLook::FadeBlack, TransitionLook::WipeLeft];
    let mut scenes: Vec<SceneClip> = Vec::new();
    for (i, text) in TEXT.iter().enumerate() {
        let speech = speech(&studio, i, text);
        scenes.push(SceneClip {
            id: format!("s{i}"),
            title: format!("Scene {i}"),
            picture: Some(picture(&studio, i, &pictures)),
            captions: speech.words.clone(),
            narration: Some(speech),
            transition: looks[i % looks.len()],
            ..SceneClip::default()
        });
    }
    let request = |scenes: &[SceneClip]| RenderRequest {
        timeline: TimelineInput::Scenes(scenes.to_vec()),
        preset: preset.clone(),
        title: "How rice grows".into(),
        ..RenderRequest::default()
    };
    let film = timed(&studio, "whole film", &request(&scenes));
    let folder = Path::new(&folder);
    fs::write(folder.join("film.mp4"), studio.bytes(&film.video)).unwrap();
    fs::write(folder.join("film.srt"), studio.bytes(film.srt.as_ref().unwrap())).unwrap();
    fs::write(folder.join("film.vtt"), studio.bytes(film.vtt.as_ref().unwrap())).unwrap();
    fs::write(folder.join("poster.jpg"), studio.bytes(film.poster.as_ref().unwrap())).unwrap();
    println!("{} frames, {:.2} s, {} bytes, {:?}", film.frames, film.seconds, film.video.bytes, film.loudness);
    let edited = speech(&studio, 3, "Water keeps the weeds down. It keeps the roots warm as well.");
    scenes[3] = SceneClip { captions: edited.words.clone(), narration: Some(edited), ..scenes[3].clone() };
    timed(&studio, "one sentence edited", &request(&scenes));
}

fn timed(studio: &Studio, what: &str, request: &RenderRequest) -> Film {
    studio.ran.borrow_mut().clear();
    studio.spent.borrow_mut().clear();
    let began = Instant::now();
    let film = studio.render(request).unwrap();
    println!("{what}: {:.1} s; ran {:?}", began.elapsed().as_secs_f64(), studio.ran.borrow());
    for (id, spent) in studio.spent.borrow().iter() {
        println!("    {id:12} {:.2} s", spent.as_secs_f64());
    }
    film
}

fn speech(studio: &Studio, i: usize, text: &str) -> Speech {
    let name = format!("{i}.wav");
    studio.tool("espeak-ng", &["-v", "en-us", "-w", &name, text]);
    let audio = studio.keep(&name, "audio/wav");
    let seconds = (audio.bytes - 44) as f64 / 2.0 / 22050.0;
    let weight = |w: &str| {
        w.len() as f64
            + if w.ends_with(['.', '?', ':', ';']) {
                9.0
            } else if w.ends_with(',') {
                4.0
            } else {
                1.0
            }
    };
    let total: f64 = text.split(' ').map(weight).sum();
    let mut at = 0.0;
    let words = text
        .split(' ')
        .map(|w| {
            let start = at;
            at += weight(w) / total * seconds;
            let end = start + (w.len() as f64 + 1.0) / total * seconds;
            Word { text: w.into(), start, end, speaker: String::new() }
        })
        .collect();
    Speech { audio, seconds, sample_rate: 22050, words, voice: "en-us".into() }
}

fn picture(studio: &Studio, i: usize, given: &[String]) -> Image {
    let name = format!("{i}.png");
    if given.is_empty() {
        let source = format!("gradients=s=1920x1080:seed={i}:n=3:x0=0:y0=0:x1=1920:y1=1080:speed=0.00001");
        studio.tool("ffmpeg", &["-v", "error", "-y", "-f", "lavfi", "-i", &source, "-frames:v", "1", &name]);
    } else {
        fs::copy(&given[i % given.len()], studio.path().join(&name)).unwrap();
    }
    Image { image: studio.keep(&name, "image/png"), ..Image::default() }
}
