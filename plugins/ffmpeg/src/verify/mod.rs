//! Looks at a finished film as somebody would who has not made it: what the file is ([`streams`], [`times`]), how long
//! it is ([`length`]), what is seen and heard in it ([`measure`], [`picture`], [`sound`]), its captions ([`captions`]),
//! and whether its frames were encoded once ([`generation`]).
//!
//! A stage of its own role. Nothing is believed that `render` said of the file: all of it is measured again.

mod captions;
mod generation;
mod known;
mod length;
pub mod listen;
mod look;
pub mod measure;
mod picture;
mod report;
mod samples;
mod sound;
mod streams;
mod times;

use serde_json::Value;
use studio_plugin_sdk::{
    error::{Result, StageError},
    guest::Level,
    json::known as typed,
    prelude::{Cx, try_join},
    roles::{
        render::Film,
        verify::{Check, CheckState, Report, VerifyRequest},
    },
    timeline::Rate,
    wire::Estimate,
};

use known::Known;
pub use listen::{Listen, listen};
pub use look::{Look, look};
use measure::Seen;
use streams::Probed;

/// Seconds of two cores for a million pixels looked at, for a second of sound, and for starting the programs.
const MEGAPIXEL: f64 = 0.0012;
const SOUND: f64 = 0.012;
const START: f64 = 0.4;

/// Checks a film.
///
/// # Errors
/// `invalid_input` naming the field; `verify.unreadable` where the file is no film; `verify.failed` where a check failed
/// and the request says to stop then.
pub async fn verify(cx: &Cx, request: &VerifyRequest) -> Result<Report> {
    let timeline = crate::sound::trimmed(cx, &request.timeline).await?;
    let request = &VerifyRequest { timeline, ..request.clone() };
    let film = &request.film;
    if film.video.blob.is_empty() {
        return Err(StageError::invalid("film", "There is no film. Give it what `render` makes."));
    }
    if film.video.mime.starts_with("image/") {
        let checks = vec![report::skipped("streams", "it is a preview: there is nothing to look at")];
        return Ok(Report { state: CheckState::Skipped, checks, film: Some(film.clone()), ..Report::default() });
    }
    let known = Known::of(request)?;
    let cues = captions::cues(cx, film)?;
    let dressed = captions::dressed(cx, film, &known)?;
    let (probed, generation) = try_join(streams::probe(cx, &film.video), generation::check(cx, film)).await?;
    let seen = seen(cx, film, &probed, generation.state == CheckState::Pass).await?;

    let mut facts = probed.facts.clone();
    facts.loudness = seen.loudness;
    let mut checks = streams::checks(&probed, &known);
    checks.extend(times::checks(cx, &film.video, &probed, &known));
    checks.extend(length::checks(&facts, &known));
    if facts.audio.is_some() {
        checks.extend(sound::checks(&seen, &facts, &known));
    }
    if facts.video.is_some() {
        checks.extend(picture::checks(&seen, &facts, &known));
    }
    checks.extend(captions::checks(cues.as_ref(), &facts, &known, dressed.as_ref()));
    checks.push(generation);

    let state = checks.iter().map(|check| check.state).max().unwrap_or_default();
    let report = Report { state, checks, facts, film: (film.frames > 0).then(|| film.clone()) };
    told(cx, &report);
    if request.stop && state == CheckState::Fail { Err(stopped(&report)) } else { Ok(report) }
}

/// What is seen and heard. A film that is its pieces to the byte is looked at by these, and its sound is heard in parts:
/// those that were looked at before are not decoded again.
async fn seen(cx: &Cx, film: &Film, probed: &Probed, is_pieces: bool) -> Result<Seen> {
    let rate = known::rate(&film.rate).map(|(num, den)| Rate { num, den });
    match rate.filter(|_| is_pieces && probed.facts.video.is_some()) {
        Some(rate) => {
            let (pictures, heard) = try_join(look::by_pieces(cx, film, rate), heard(cx, film, probed)).await?;
            let complaints = pictures.complaints.into_iter().chain(heard.complaints).collect();
            Ok(Seen { black: pictures.black, frozen: pictures.frozen, complaints, ..heard })
        }
        None => measure::measure(cx, &film.video, probed, true).await,
    }
}

async fn heard(cx: &Cx, film: &Film, probed: &Probed) -> Result<Seen> {
    let in_parts = if probed.plain_aac { listen::by_parts(cx, film).await? } else { None };
    match in_parts {
        Some(heard) => Ok(heard),
        None => measure::measure(cx, &film.video, probed, false).await,
    }
}

/// How long it will take; none: the film is not known yet.
pub fn seconds(request: &Value) -> Estimate {
    let film = typed::<VerifyRequest>(request).map(|request| request.film).filter(|film| film.frames > 0);
    let seconds = film.map(|film| {
        let pixels = f64::from(film.width) * f64::from(film.height) / 1e6 * f64::from(film.frames);
        START + MEGAPIXEL * pixels + SOUND * film.seconds
    });
    Estimate { usage: None, seconds }
}

fn failed(report: &Report) -> impl Iterator<Item = &Check> {
    report.checks.iter().filter(|check| check.state == CheckState::Fail)
}

/// What a person who does not ask for the report should hear of.
fn told(cx: &Cx, report: &Report) {
    for check in report.checks.iter().filter(|check| check.state >= CheckState::Warn) {
        cx.log(Level::Warn, format!("{}: {}", check.name, check.message));
    }
}

fn stopped(report: &Report) -> StageError {
    let found: Vec<String> = failed(report).map(|check| format!("{} ({})", check.name, check.message)).collect();
    let message = format!(
        "The film is not as it should be: {}. Mend it, or go on all the same: `stop = false` in the script, \
         `--set verify=warn` with those that come with Studio.",
        found.join("; ")
    );
    StageError::permanent(message).code("verify.failed")
}
