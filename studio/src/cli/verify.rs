//! `studio verify`

use std::path::{Path, PathBuf};

use studio_plugin_sdk::roles::{
    rank::Span,
    verify::{Check, CheckState, Expected, Platform, Report, StreamFacts},
};

use super::{
    fail::{FAILED, Failure},
    out::line,
    params::{named, read_text},
    settings::Settings,
    table,
};
use crate::{
    engine::api::verify::{VerifyFile, VerifyFilm},
    remote::Mode,
};

/// Stretches that are named for people.
const PLACES: usize = 4;

#[derive(clap::Args)]
pub struct Args {
    /// A film's file; or a project, whose latest film is checked against its scenes
    target: String,
    /// What the film is to be, as JSON: seconds, width, height, rate, loudness, words, speech …
    #[arg(long, value_name = "FILE.json")]
    expect: Option<String>,
    /// The film's captions, SubRip or WebVTT
    #[arg(long, value_name = "FILE.srt")]
    captions: Option<PathBuf>,
    /// Where it is to be shown [default: where films of its shape are]
    #[arg(long, value_name = "youtube|shorts|square|feed", value_parser = named::<Platform>)]
    platform: Option<Platform>,
}

pub async fn run(settings: &Settings, args: Args) -> Result<u8, Failure> {
    let expected = args.expect.as_deref().map(expected).transpose()?.unwrap_or_default();
    let file = Path::new(&args.target);
    let is_file = file.is_file();
    if !is_file && looks_like_a_file(file) {
        return Err(Failure::usage("target", format!("there is no file {}", file.display())));
    }
    if let Some(captions) = args.captions.as_ref().filter(|path| !path.is_file()) {
        return Err(Failure::usage("captions", format!("there is no file {}", captions.display())));
    }
    if !is_file && args.captions.is_some() {
        let message = "a project's film has its captions with it; --captions is for a file";
        return Err(Failure::usage("captions", message));
    }
    let client = settings.client(Mode::Serve).await?;
    let report = if is_file {
        let captions = args.captions.map(std::path::absolute).transpose()?;
        let method = VerifyFile { file: std::path::absolute(file)?, captions, expected, platform: args.platform };
        client.call(method).await?
    } else {
        client.call(VerifyFilm { project: args.target.clone(), expected, platform: args.platform }).await?
    };
    client.close().await?;
    if settings.json {
        line(format_args!("{}", serde_json::to_string(&report).unwrap_or_default()));
    } else {
        show(&args.target, &report);
    }
    Ok(if report.state == CheckState::Fail { FAILED } else { 0 })
}

fn expected(file: &str) -> Result<Expected, Failure> {
    let text = read_text(file)?;
    serde_json::from_str(&text).map_err(|e| {
        Failure::usage("expect", format!("{file} does not say what a film is to be: {e}")).help("studio help verify")
    })
}

/// Is it meant as a file, though there is none?
fn looks_like_a_file(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    path.components().count() > 1 || ["mp4", "mov", "mkv", "webm", "m4v", "avi"].contains(&extension.as_str())
}

fn show(target: &str, report: &Report) {
    line(format_args!("{target}: {}\n", about(&report.facts)));
    let row = |check: &Check| {
        let places = places(&check.at);
        let found = if places.is_empty() { check.message.clone() } else { format!("{}, at {places}", check.message) };
        vec![word(check.state).to_owned(), check.name.replace('_', " "), found]
    };
    table::print(&["", "", "FOUND"], &report.checks.iter().map(row).collect::<Vec<_>>());
    for check in report.checks.iter().filter(|c| c.state >= CheckState::Warn && !c.help.is_empty()) {
        line(format_args!("\n{}: {}", check.name.replace('_', " "), check.help));
    }
    let of = |state| report.checks.iter().filter(|check| check.state == state).count();
    let (passed, warned) = (of(CheckState::Pass), of(CheckState::Warn));
    let (failed, skipped) = (of(CheckState::Fail), of(CheckState::Skipped));
    line(format_args!("\n{passed} passed, {warned} to look at, {failed} failed, {skipped} skipped"));
}

fn word(state: CheckState) -> &'static str {
    match state {
        CheckState::Skipped => "– skipped",
        CheckState::Pass => "✓ pass",
        CheckState::Warn => "! warn",
        CheckState::Fail => "✗ fail",
    }
}

/// The file in a line.
fn about(facts: &StreamFacts) -> String {
    let mut parts = vec![time(facts.seconds)];
    if let Some(video) = &facts.video {
        parts.push(format!("{} × {} at {} in {}", video.width, video.height, rate(&video.rate), video.codec));
    }
    if let Some(audio) = &facts.audio {
        let channels = match audio.channels {
            1 => "mono".to_owned(),
            2 => "stereo".to_owned(),
            n => format!("{n} channels"),
        };
        parts.push(format!("{channels} at {} Hz in {}", audio.sample_rate, audio.codec));
    }
    parts.push(format!("{:.1} MB", facts.bytes as f64 / 1e6));
    parts.join(", ")
}

/// `30/1` as 30, `30000/1001` as 29.97.
fn rate(text: &str) -> String {
    let number = text.split_once('/').and_then(|(num, den)| Some(num.parse::<f64>().ok()? / den.parse::<f64>().ok()?));
    match number.filter(|rate| rate.is_finite()) {
        Some(rate) if rate.fract() < 1e-9 => format!("{rate:.0}"),
        Some(rate) => format!("{rate:.2}"),
        None => text.to_owned(),
    }
}

/// `0:02.0–0:03.0, 0:10.5–0:11.0 …`
fn places(at: &[Span]) -> String {
    let shown: Vec<String> =
        at.iter().take(PLACES).map(|span| format!("{}–{}", time(span.start), time(span.end))).collect();
    let more = if at.len() > PLACES { format!(" and {} more", at.len() - PLACES) } else { String::new() };
    shown.join(", ") + &more
}

/// `m:ss.s`
fn time(seconds: f64) -> String {
    let tenths = (seconds.max(0.0) * 10.0).round() as u64;
    format!("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_rates_are_as_people_write_them() {
        assert_eq!([time(0.04), time(59.96), time(125.44)], ["0:00.0", "1:00.0", "2:05.4"]);
        assert_eq!([rate("30/1"), rate("30000/1001"), rate("x")], ["30", "29.97", "x"]);
        let span = |start: f64| Span { start, end: start + 1.0 };
        assert_eq!(places(&[span(2.0)]), "0:02.0–0:03.0");
        assert!(places(&[0.0, 2.0, 4.0, 6.0, 8.0].map(span)).ends_with("and 1 more"));
    }

    #[test]
    fn a_file_that_is_not_there_is_told_from_a_project() {
        assert!(looks_like_a_file(Path::new("out/film")) && looks_like_a_file(Path::new("film.MP4")));
        assert!(!looks_like_a_file(Path::new("rice")) && !looks_like_a_file(Path::new("Rice 2.0")));
    }
}
