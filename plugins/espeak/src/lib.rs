//! Speech with espeak-ng: offline, free, with the times of every word.
//!
//! The usual way is a script of ours in Python's own modules (`events.py`) that hears the library's word
//! events. Where Python or the library is missing, the program itself speaks and times are estimated.

mod guess;
mod spoken;
mod voice;

use std::io::Read as _;

use serde::Deserialize;
use studio_plugin_sdk::{
    prelude::*,
    wav,
    words::{self, Sound, Token},
};

use crate::{spoken::Spoken, voice::Voices};

const EVENTS: &str = include_str!("events.py");
const WAV: &str = "audio/wav";
/// Exit codes of `events.py`.
const NO_VOICE: i32 = 4;
const NO_SPEECH: i32 = 5;
/// About twenty minutes of speech.
const MOST_CHARS: usize = 20_000;

/// What is to be said and how, checked.
struct Job {
    spoken: Spoken,
    tokens: Vec<Token>,
    voices: Voices,
    rate: u32,
    pitch: u32,
}

/// Speaks a text. Markup in it is read out and never obeyed.
#[stage(tts, rev = 1, plan = run, programs = ["espeak-ng"], estimate = estimate)]
async fn speak(cx: Cx, req: SpeechRequest) -> Result<Speech> {
    let job = Job::of(&req)?;
    cx.used(Usage { characters: req.text.chars().count() as u64, ..Usage::default() });
    if cx.probe("python3").await?.is_some()
        && let Some(speech) = with_events(&cx, &job).await?
    {
        return Ok(speech);
    }
    cx.log(Level::Warn, "word times are estimated, since python3 or libespeak-ng is missing or does not run here");
    without_events(&cx, &job).await
}

impl Job {
    fn of(req: &SpeechRequest) -> Result<Self> {
        let length = req.text.chars().count();
        if length > MOST_CHARS {
            let message =
                format!("the text has {length} characters, at most {MOST_CHARS} are spoken at once: split it");
            return Err(StageError::invalid("text", message).code("espeak.long"));
        }
        let tokens = words::tokens(&req.text);
        if tokens.is_empty() {
            return Err(nothing_to_say());
        }
        let voices = Voices::of(req)?;
        let spoken = Spoken::of(&req.text, voices.english());
        Ok(Self { spoken, tokens, rate: voice::rate(req.speed)?, pitch: voice::pitch(req.pitch)?, voices })
    }

    fn speech(&self, audio: Blob, sample_rate: u32, samples: u64, sounds: &[Sound], voice: String) -> Result<Speech> {
        if sounds.is_empty() || samples == 0 {
            return Err(nothing_to_say());
        }
        let seconds = samples as f64 / f64::from(sample_rate);
        Ok(Speech { audio, seconds, sample_rate, words: words::timed(&self.tokens, sounds, seconds), voice })
    }
}

fn nothing_to_say() -> StageError {
    let message = "there is nothing in the text that can be spoken: give it words, or leave the narration out";
    StageError::invalid("text", message).code("espeak.empty")
}

/// What `events.py` writes.
#[derive(Deserialize)]
struct Heard {
    voice: String,
    sample_rate: u32,
    samples: u64,
    /// Spoken character, first sample, sample after the last.
    words: Vec<(usize, u64, u64)>,
}

/// None: Python does not run here, or has no library to load.
async fn with_events(cx: &Cx, job: &Job) -> Result<Option<Speech>> {
    let script = cmd("python3")
        .args(["-I", "-S", "{in}/events.py", "{in}/say.txt"])
        .arg(job.rate)
        .arg(job.pitch)
        .args(&job.voices.names)
        .input("events.py", EVENTS)
        .input("say.txt", &job.spoken.text)
        .maybe_output("speech.wav", WAV)
        .maybe_output("words.json", "application/json")
        .timeout(minutes(5));
    let exit = cx.exec(script).await?;
    match exit.code {
        Some(NO_VOICE) => return Err(job.voices.missing()),
        Some(0 | NO_SPEECH) | None => {}
        Some(_) => {
            cx.log(Level::Debug, &exit.stderr);
            return Ok(None);
        }
    }
    let exit = exit.success()?;
    let heard: Heard = serde_json::from_slice(&cx.read_blob(&exit.blob("words.json")?)?)
        .map_err(|e| StageError::permanent(format!("the word times are not readable: {e}")).code("espeak.words"))?;
    let time = |sample: u64| sample as f64 / f64::from(heard.sample_rate.max(1));
    // A word's report may lie one past the end of the text.
    let written = |spoken: usize| job.spoken.origin.get(spoken).or(job.spoken.origin.last()).copied().unwrap_or(0);
    let sounds: Vec<Sound> =
        heard.words.iter().map(|(at, a, b)| Sound { at: written(*at), start: time(*a), end: time(*b) }).collect();
    job.speech(exit.blob("speech.wav")?, heard.sample_rate, heard.samples, &sounds, heard.voice).map(Some)
}

async fn without_events(cx: &Cx, job: &Job) -> Result<Speech> {
    for voice in &job.voices.names {
        let command = |file: &str, text: &str| {
            cmd("espeak-ng").args(["-b", "1", "-v", voice, "-f"]).arg(format!("{{in}}/{file}")).input(file, text)
        };
        let speak = command("say.txt", &job.spoken.text)
            .args(["-z", "-s"])
            .arg(job.rate)
            .arg("-p")
            .arg(job.pitch)
            .args(["-w", "speech.wav"])
            .maybe_output("speech.wav", WAV);
        let exit = cx.exec(speak).await?;
        if exit.code == Some(1) && exit.stderr.contains("voice does not exist") {
            continue;
        }
        let audio = exit.success()?.blob("speech.wav")?;
        // With a least length of a line every line is a clause of its own.
        let lines: Vec<&str> = job.tokens.iter().map(|token| token.text.as_str()).collect();
        let named = command("words.txt", &lines.join("\n").replace("[[", "[ [")).args(["-q", "-x", "-l", "100000"]);
        let phonemes = cx.exec(named).await?.success()?.stdout;
        let header = header(cx, &audio)?;
        let seconds = header.samples as f64 / f64::from(header.sample_rate);
        let sounds = guess::sounds(&job.tokens, &phonemes, seconds);
        return job.speech(audio, header.sample_rate, header.samples, &sounds, voice.clone());
    }
    Err(job.voices.missing())
}

fn header(cx: &Cx, audio: &Blob) -> Result<wav::Header> {
    let mut head = Vec::new();
    let read = cx.open_blob(audio)?.take(256).read_to_end(&mut head);
    read.ok()
        .and_then(|_| wav::header(&head, audio.bytes))
        .ok_or_else(|| StageError::permanent("espeak-ng left no WAV file").code("espeak.wav"))
}

/// Free; the characters it would speak, and the seconds it takes.
fn estimate(request: &Value) -> Estimate {
    let characters = request["text"].as_str().map(|text| text.chars().count() as u64);
    Estimate {
        usage: characters.map(|characters| Usage { characters, ..Usage::default() }),
        seconds: characters.map(|n| 0.05 + n as f64 / 20_000.0),
    }
}

plugin! {
    id: "espeak",
    description: "Speaks offline with espeak-ng and says when each word is heard.",
    stages: [speak],
    capabilities: Capabilities {
        programs: vec![
            ProgramDecl {
                name: "espeak-ng".into(),
                kind: ProgramKind::Tool,
                key: VersionKey::Major,
                version_args: vec!["--version".into()],
            },
            ProgramDecl {
                name: "python3".into(),
                kind: ProgramKind::Tool,
                key: VersionKey::None,
                version_args: vec!["--version".into()],
            },
        ],
        ..Capabilities::default()
    },
}
