//! The `asr` stage: what is said in a recording, word by word.

use std::io::Read as _;

use serde::Deserialize;
use studio_plugin_sdk::{build::PartBuilder, json::known, prelude::*, wav, words};

use crate::{
    api::Api,
    check::{self, invalid},
    error::{self, useless},
    language,
    models::{self, Form},
};

/// Largest recording, in bytes.
const MOST_BYTES: u64 = 25_000_000;
/// Most characters of what is told about the recording.
const MOST_HINT: usize = 800;
/// Fewest bytes of a second of sound, for what it may cost at most.
const BYTES_A_SECOND: f64 = 1_000.0;
/// As much of a file as is read for its length.
const HEAD: u64 = 64 * 1024;

/// Media types that are taken, with the names of files by which the service knows them.
const FILES: [(&str, &str); 18] = [
    ("audio/wav", "audio.wav"),
    ("audio/x-wav", "audio.wav"),
    ("audio/wave", "audio.wav"),
    ("audio/vnd.wave", "audio.wav"),
    ("audio/mpeg", "audio.mp3"),
    ("audio/mp3", "audio.mp3"),
    ("audio/mp4", "audio.m4a"),
    ("audio/m4a", "audio.m4a"),
    ("audio/x-m4a", "audio.m4a"),
    ("audio/aac", "audio.m4a"),
    ("audio/flac", "audio.flac"),
    ("audio/x-flac", "audio.flac"),
    ("audio/ogg", "audio.ogg"),
    ("audio/opus", "audio.ogg"),
    ("audio/webm", "audio.webm"),
    ("video/mp4", "video.mp4"),
    ("video/mpeg", "video.mpeg"),
    ("video/webm", "video.webm"),
];

/// Transcribes.
#[stage(asr, rev = 1, resource = net, paid, estimate = estimate)]
pub(crate) async fn hear(cx: Cx, req: AsrRequest) -> Result<Transcript> {
    let (model, parts) = asked(&req)?;
    let api = Api::of(&cx);
    let length = wav_seconds(&cx, &req.media);
    let most = length.unwrap_or(req.media.bytes as f64 / BYTES_A_SECOND);
    let at_most = Usage { model: model.clone(), media_seconds: most, ..Usage::default() };
    let answer = cx.http(api.post("/audio/transcriptions").multipart(parts).at_most(at_most)).await?;
    if answer.status >= 400 {
        return Err(error::of(&api, &answer));
    }
    let heard: Heard = answer.parse()?;
    let seconds = heard.seconds().or(length).unwrap_or_default();
    cx.used(heard.usage(model, seconds));
    if heard.text.is_none() && heard.words.is_none() && heard.segments.is_none() {
        return Err(useless(&api, "is no transcript"));
    }
    let text = req.known_text.clone().unwrap_or_else(|| heard.text.clone().unwrap_or_default().trim().to_owned());
    let words = heard.timed(&text, seconds, req.speakers);
    let spoken = heard.language.as_deref().and_then(language::tag).map(str::to_owned);
    let language = req.language.clone().or(spoken).unwrap_or_else(|| "und".into());
    let last = words.last().map_or(0.0, |word| word.end);
    Ok(Transcript { text, words, language, seconds: if seconds > 0.0 { seconds } else { last } })
}

/// The model, and the request's parts.
fn asked(req: &AsrRequest) -> Result<(String, Vec<PartBuilder>)> {
    let Some((_, file)) = FILES.iter().find(|(mime, _)| *mime == req.media.mime) else {
        let message = format!("{} cannot be sent; make it WAV, MP3, M4A, FLAC, Ogg, WebM or MP4", req.media.mime);
        return Err(invalid("media", message));
    };
    if req.media.bytes > MOST_BYTES {
        let message =
            format!("it has {} bytes, at most {MOST_BYTES} are taken: send its sound alone, as MP3", req.media.bytes);
        return Err(invalid("media", message));
    }
    let otherwise = if req.speakers { models::ASR_SPEAKERS } else { models::ASR };
    let model = check::name("model", req.model.as_ref(), otherwise)?;
    let form = models::form(&model);
    if req.speakers && form != Form::Speakers {
        return Err(invalid("speakers", format!("the model {model} does not tell speakers apart")));
    }
    let mut parts = vec![part("file", &req.media).file_name(*file), part("model", &model)];
    match form {
        Form::Words => {
            parts.push(part("response_format", "verbose_json"));
            parts.push(part("timestamp_granularities[]", "word"));
            parts.push(part("timestamp_granularities[]", "segment"));
        }
        Form::Speakers => {
            parts.push(part("response_format", "diarized_json"));
            parts.push(part("chunking_strategy", "auto"));
        }
        Form::Text => parts.push(part("response_format", "json")),
    }
    if let Some(tag) = &req.language {
        let Some(code) = language::code(tag) else {
            return Err(invalid("language", format!("{tag:?} is no language: write it like en or de-AT")));
        };
        parts.push(part("language", code));
    }
    if let Some(text) = &req.known_text {
        check::text("known_text", text, 1 << 20)?;
    }
    for (n, word) in req.vocabulary.iter().enumerate() {
        check::text(&format!("vocabulary[{n}]"), word, MOST_HINT)?;
    }
    let hint = match &req.known_text {
        Some(text) => text.clone(),
        None => req.vocabulary.join(", "),
    };
    // Only the end of a longer one would be heeded.
    if !hint.is_empty() && form != Form::Speakers {
        parts.push(part("prompt", hint.chars().take(MOST_HINT).collect::<String>()));
    }
    Ok((model, parts))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Heard {
    text: Option<String>,
    language: Option<String>,
    /// A number, or a number in a text.
    duration: Value,
    words: Option<Vec<HeardWord>>,
    segments: Option<Vec<Segment>>,
    usage: Used,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct HeardWord {
    word: String,
    start: f64,
    end: f64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Segment {
    text: String,
    start: f64,
    end: f64,
    speaker: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Used {
    seconds: Option<f64>,
    input_tokens: u64,
    output_tokens: u64,
}

impl Heard {
    fn seconds(&self) -> Option<f64> {
        let written = self.duration.as_str().and_then(|text| text.parse().ok());
        let seconds = self.duration.as_f64().or(written).or(self.usage.seconds);
        seconds.filter(|s| s.is_finite() && *s > 0.0)
    }

    fn usage(&self, model: String, seconds: f64) -> Usage {
        Usage {
            model,
            media_seconds: self.usage.seconds.unwrap_or(seconds),
            tokens_in: self.usage.input_tokens,
            tokens_out: self.usage.output_tokens,
            ..Usage::default()
        }
    }

    /// The words of the text with their times: as heard; else shared out within what was said together; else within
    /// the whole.
    fn timed(&self, text: &str, seconds: f64, speakers: bool) -> Vec<Word> {
        if let Some(heard) = self.words.as_ref().filter(|words| !words.is_empty()) {
            let last = heard.iter().map(|word| word.end).fold(seconds, f64::max);
            let word = |w: &HeardWord| Word { text: w.word.clone(), start: w.start, end: w.end, ..Word::default() };
            return words::aligned(text, &heard.iter().map(word).collect::<Vec<_>>(), last);
        }
        let segments = self.segments.as_deref().unwrap_or_default();
        if segments.is_empty() {
            return if seconds > 0.0 { words::estimated(text, seconds) } else { Vec::new() };
        }
        let mut timed = Vec::new();
        for segment in segments {
            let start = segment.start.max(0.0);
            for word in words::estimated(&segment.text, (segment.end - start).max(0.0)) {
                let speaker = segment.speaker.clone().filter(|_| speakers).unwrap_or_default();
                timed.push(Word { start: word.start + start, end: word.end + start, speaker, ..word });
            }
        }
        if speakers { timed } else { words::aligned(text, &timed, seconds.max(timed.last().map_or(0.0, |w| w.end))) }
    }
}

/// The length of a WAV file, by its header.
fn wav_seconds(cx: &Cx, media: &Blob) -> Option<f64> {
    let mut head = Vec::new();
    cx.open_blob(media).ok()?.take(HEAD).read_to_end(&mut head).ok()?;
    wav::header(&head, media.bytes).map(|header| header.seconds()).filter(|s| *s > 0.0)
}

fn estimate(request: &Value) -> Estimate {
    let usage = known::<AsrRequest>(request).map(|req| {
        let otherwise = if req.speakers { models::ASR_SPEAKERS } else { models::ASR };
        let model = req.model.clone().unwrap_or_else(|| otherwise.into());
        Usage { model, media_seconds: req.media.bytes as f64 / BYTES_A_SECOND, ..Usage::default() }
    });
    Estimate { usage, seconds: Some(10.0) }
}
