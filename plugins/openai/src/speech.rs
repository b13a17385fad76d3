//! The `tts` stage: speech as WAV of known length, with word times estimated, or measured where they are to be exact.

use std::io::Read as _;

use studio_plugin_sdk::{
    json::known,
    prelude::*,
    wav::{self, Header},
    words,
};

use crate::{
    api::Api,
    check::{self, invalid},
    error::{self, useless},
    models,
};

/// Most characters spoken at once, and most of directions.
const MOST_TEXT: usize = 4096;
const WAV: &str = "audio/wav";
/// Most seconds in which a character is spoken at usual speed, for what it may cost at most.
const SECONDS_A_CHARACTER: f64 = 0.5;
/// A header of WAV with all that tools write into it.
const HEAD: u64 = 64 * 1024;

/// Speaks a text.
#[stage(tts, rev = 1, resource = net, paid, estimate = estimate)]
pub(crate) async fn speak(cx: Cx, req: SpeechRequest) -> Result<Speech> {
    let (body, voice) = asked(&cx, &req)?;
    let api = Api::of(&cx);
    let used = usage(&req);
    let request = api.post("/audio/speech").json(&body).at_most(at_most(&req)).to_blob();
    let answer = cx.http(request).await?;
    if answer.status >= 400 {
        return Err(error::of(&api, &answer));
    }
    cx.used(used);
    let (audio, header) = sound(&cx, &api, answer.blob()?)?;
    let seconds = header.seconds();
    cx.used(Usage { media_seconds: seconds, ..Usage::default() });
    let words = if req.exact_times {
        measured(&cx, &req, &audio, seconds).await?
    } else {
        words::estimated(&req.text, seconds)
    };
    Ok(Speech { audio, seconds, sample_rate: header.sample_rate, words, voice })
}

/// The request's body, and the voice in it.
fn asked(cx: &Cx, req: &SpeechRequest) -> Result<(Value, String)> {
    check::text("text", &req.text, MOST_TEXT)?;
    if words::tokens(&req.text).is_empty() {
        return Err(invalid("text", "there is nothing in the text that can be spoken: give it words"));
    }
    check::optional_text("style", &req.style, MOST_TEXT)?;
    if !(0.25..=4.0).contains(&req.speed) {
        return Err(invalid("speed", format!("0.25 to 4, not {}", req.speed)));
    }
    if req.pitch != 0.0 {
        return Err(invalid("pitch", "these voices cannot be pitched: leave it out, or say it in `style`"));
    }
    let model = check::name("model", req.model.as_ref(), models::TTS)?;
    let voice = check::name("voice", req.voice.as_ref(), models::VOICE)?;
    let mut directions: Vec<String> = vec![req.style.trim().to_owned()];
    directions.extend(check::note(cx));
    directions.retain(|part| !part.is_empty());
    if !directions.is_empty() && !models::takes_directions(&model) {
        return Err(invalid("style", format!("the model {model} takes no directions: leave `style` out")));
    }
    let mut body = json!({ "model": model, "input": req.text, "voice": voice, "response_format": "wav" });
    if (req.speed - 1.0).abs() > f64::EPSILON {
        body["speed"] = req.speed.into();
    }
    if !directions.is_empty() {
        body["instructions"] = directions.join("\n").into();
    }
    Ok((body, voice))
}

/// The sound as a WAV file whose header tells its true length.
fn sound(cx: &Cx, api: &Api, answer: Blob) -> Result<(Blob, Header)> {
    let mut head = Vec::new();
    let read = cx.open_blob(&answer)?.take(HEAD).read_to_end(&mut head);
    let header = read.ok().and_then(|_| wav::header(&head, answer.bytes));
    let Some(header) = header.filter(|h| h.samples > 0) else { return Err(useless(api, "is no WAV file with sound")) };
    if header.whole {
        return Ok((Blob { mime: WAV.into(), ..answer }, header));
    }
    // Streamed: the length was not known when the header was written.
    let bytes = header.samples * u64::from(header.channels) * 2;
    let plain = wav::plain_header(header.sample_rate, header.channels, bytes).filter(|_| header.bits == 16);
    let Some(plain) = plain else { return Err(useless(api, "is a WAV file of another kind than 16-bit PCM")) };
    let mut samples = cx.open_blob(&answer)?;
    let mut written = cx.create_blob(WAV)?;
    written.add(&plain)?;
    let moved = std::io::Seek::seek(&mut samples, std::io::SeekFrom::Start(header.data))
        .and_then(|_| std::io::copy(&mut samples.take(bytes), &mut written));
    moved.map_err(|e| StageError::transient(format!("the sound could not be kept: {e}")).code("blob.io"))?;
    Ok((written.finish()?, header))
}

/// Word times from a transcript, a node of its own: it is kept, and counted, by itself.
async fn measured(cx: &Cx, req: &SpeechRequest, audio: &Blob, seconds: f64) -> Result<Vec<Word>> {
    let listen = AsrRequest {
        media: audio.clone(),
        language: req.language.clone(),
        speakers: false,
        known_text: Some(req.text.clone()),
        vocabulary: Vec::new(),
        model: None,
    };
    let heard = cx.stage("words", &listen).label("word times").await?;
    Ok(words::aligned(&req.text, &heard.words, seconds))
}

fn usage(req: &SpeechRequest) -> Usage {
    let model = req.model.clone().unwrap_or_else(|| models::TTS.into());
    Usage { model, characters: req.text.chars().count() as u64, ..Usage::default() }
}

/// The most that it can use: some models are billed by the minute.
fn at_most(req: &SpeechRequest) -> Usage {
    let used = usage(req);
    let seconds = 5.0 + used.characters as f64 * SECONDS_A_CHARACTER / req.speed.clamp(0.25, 4.0);
    Usage { media_seconds: seconds, ..used }
}

fn estimate(request: &Value) -> Estimate {
    let req = known::<SpeechRequest>(request);
    Estimate {
        seconds: req.as_ref().map(|req| 1.0 + req.text.chars().count() as f64 / 200.0),
        usage: req.as_ref().map(at_most),
    }
}
