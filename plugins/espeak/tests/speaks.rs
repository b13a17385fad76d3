//! Runs the stage with the real programs, and replays what was recorded of them.

mod programs;

use programs::Programs;
use studio_plugin_espeak::plugin;
use studio_plugin_sdk::{
    prelude::*,
    testkit::{self, Cassette, Native, Run},
    wire::Outcome,
};

const TEXT: &str = "For two thousand years, the people of Ifugao have carved mountains into stairs. \
    Each terrace holds a hand of water; nothing is pumped. Dr. Cruz counted 8,000 litres.";

fn spoken(request: Value, programs: &Programs) -> (Run, Result<Speech>) {
    let mut run = Run::new(plugin(), Role::Tts, request);
    let host = run.host().clone();
    run.auto(|effect| vec![programs.answer(&effect.action, &host)]).unwrap();
    run.replay().unwrap();
    let response = run.response();
    (run, response)
}

fn samples(run: &Run, speech: &Speech) -> Vec<f64> {
    let wav = run.host().get(&speech.audio.blob).unwrap();
    wav[44..].as_chunks::<2>().0.iter().map(|b| f64::from(i16::from_le_bytes(*b)) / 32768.0).collect()
}

fn loudness(samples: &[f64], speech: &Speech, from: f64, to: f64) -> f64 {
    let at = |seconds: f64| ((seconds * f64::from(speech.sample_rate)) as usize).min(samples.len());
    let part = &samples[at(from)..at(to)];
    (part.iter().map(|s| s * s).sum::<f64>() / part.len().max(1) as f64).sqrt()
}

fn check_words(speech: &Speech, text: &str) {
    let words: Vec<&str> = speech.words.iter().map(|w| w.text.as_str()).collect();
    assert_eq!(words.join(" "), text.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut last = 0.0;
    for word in &speech.words {
        assert!(word.start >= last && word.end > word.start && word.end <= speech.seconds, "{word:?}");
        last = word.end;
    }
}

#[test]
fn times_of_words_fit_the_sound() {
    let (run, speech) = spoken(json!({ "text": TEXT }), &Programs::all());
    let speech = speech.unwrap();
    let samples = samples(&run, &speech);
    assert!((speech.seconds - samples.len() as f64 / 22050.0).abs() < 1e-9);
    assert_eq!((speech.sample_rate, speech.voice.as_str()), (22050, "en-us"));
    assert_eq!(run.usage().characters, TEXT.chars().count() as u64);
    check_words(&speech, TEXT);
    for pair in speech.words.windows(2) {
        let gap = pair[1].start - pair[0].end;
        // Where a word is said to end before a pause, the pause is one; and it starts with sound.
        if gap > 0.1 {
            let (pause, onset) = (
                loudness(&samples, &speech, pair[0].end, pair[1].start),
                loudness(&samples, &speech, pair[1].start, pair[1].start + 0.12),
            );
            assert!(pause < 0.005, "{} is followed by {pause}", pair[0].text);
            assert!(onset > 0.01, "{} begins with {onset}", pair[1].text);
        }
        let said = loudness(&samples, &speech, pair[0].start, pair[0].end);
        assert!(said > 0.01, "{} is as quiet as {said}", pair[0].text);
    }
    let pause_after = |text: &str| {
        let at = speech.words.iter().position(|w| w.text == text).unwrap();
        speech.words[at + 1].start - speech.words[at].end
    };
    assert!(pause_after("stairs.") > 0.15);
    assert!(pause_after("Dr.") < 0.15, "no sentence ends after Dr.");
}

#[test]
fn markup_and_options_are_read_out() {
    for text in ["-v de -w /tmp/x", "<speak>a <break time=\"9s\"/> b</speak>", "say [[h@l'oU]] & co", "\u{1}5r fast"] {
        let (_, speech) = spoken(json!({ "text": text }), &Programs::all());
        let speech = speech.unwrap();
        assert!(speech.seconds < 9.0 && !speech.words.is_empty(), "{text}: {speech:?}");
    }
}

#[test]
fn other_scripts_and_emoji_get_times() {
    for (text, language) in
        [("Ünïcode naïve – 🎬 café", "fr-CA"), ("Привет, мир!", "ru"), ("مرحبا بالعالم", "ar"), ("你好 世界", "zh")]
    {
        let (_, speech) = spoken(json!({ "text": text, "language": language }), &Programs::all());
        check_words(&speech.unwrap(), text);
    }
}

#[test]
fn what_cannot_be_spoken_is_named() {
    let programs = Programs::all();
    let field = |request: Value| {
        let error = spoken(request, &programs).1.unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidInput, "{error:?}");
        error.field.unwrap()
    };
    assert_eq!(field(json!({"text": " … ? "})), "text");
    assert_eq!(field(json!({"text": "a ".repeat(10_001)})), "text");
    assert_eq!(field(json!({"text": "a", "voice": "nobody"})), "voice");
    assert_eq!(field(json!({"text": "a", "voice": "en-us+nobody"})), "voice");
    assert_eq!(field(json!({"text": "a", "language": "xx"})), "language");
    assert_eq!(field(json!({"text": "a", "speed": 5})), "speed");
}

#[test]
fn speed_and_pitch_are_heard() {
    let length = |speed: f64| spoken(json!({"text": TEXT, "speed": speed}), &Programs::all()).1.unwrap().seconds;
    let (slow, normal, fast) = (length(0.7), length(1.0), length(1.6));
    assert!(slow > 1.2 * normal && normal > 1.2 * fast, "{slow} {normal} {fast}");
    let audio = |pitch: f64| spoken(json!({"text": "a", "pitch": pitch}), &Programs::all()).1.unwrap().audio;
    assert_ne!(audio(0.0), audio(5.0));
}

#[test]
fn without_python_times_are_estimated() {
    for programs in [Programs::without("python3"), Programs::without_library()] {
        let (run, speech) = spoken(json!({ "text": TEXT }), &programs);
        let speech = speech.unwrap();
        check_words(&speech, TEXT);
        let exact = spoken(json!({ "text": TEXT }), &Programs::all()).1.unwrap();
        let off = speech.words.iter().zip(&exact.words).map(|(a, b)| (a.start - b.start).abs()).fold(0.0, f64::max);
        assert!(off < 0.6, "estimated times are off by up to {off} s");
        assert!(!run.host().log_seen().is_empty());
        let unknown = spoken(json!({"text": "a", "voice": "nobody"}), &programs).1.unwrap_err();
        assert_eq!(unknown.field.as_deref(), Some("voice"));
    }
}

#[test]
fn recorded_runs_replay() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cassettes");
    for name in ["events.json", "estimated.json"] {
        testkit::check(&folder.join(name), &mut Native::new(plugin())).unwrap();
    }
}

/// `cargo test -p studio-plugin-espeak -- --ignored`: records the cassettes anew from the programs here.
#[test]
#[ignore = "writes the cassettes"]
fn record_cassettes() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cassettes");
    for (name, about, programs) in [
        ("events", "espeak-ng 1.51 through its library, with word events", Programs::all()),
        ("estimated", "espeak-ng 1.51 alone: no python3", Programs::without("python3")),
    ] {
        let (mut run, _) = spoken(json!({"text": "Dr. Cruz, hello!"}), &programs);
        let mut cassette = Cassette::record(&mut run, about).unwrap();
        for content in cassette.blobs.values_mut().filter(|content| content.mime == "audio/wav") {
            let Outcome::Done { response, .. } = run.outcome() else { panic!("{:?}", run.outcome()) };
            let wav = run.host().get(response["audio"]["blob"].as_str().unwrap()).unwrap();
            std::fs::write(folder.join("hello.wav"), wav).unwrap();
            content.file = Some("hello.wav".into());
        }
        cassette.save(&folder.join(format!("{name}.json"))).unwrap();
    }
}
