//! Noise that stays all the while taken out of speech, without moving the speech by a sample.

use studio_plugin_sdk::{error::Result, prelude::Cx};

use super::RATE;
use crate::segment::ffmpeg;

/// The sample at which the click sounds, by which it is measured how late the filter is.
const CLICK: usize = 9600;
const OUT: &str = "click.raw";

/// How far above the noise that was measured the filter takes sound for noise, in dB. Where it looks for the noise by
/// itself it finds little of it.
const ABOVE: f64 = 9.0;

/// The filter: so many hundredths of a dB less noise, which lies at `floor` dB of full scale. What it holds back at the
/// sound's end is pushed out by silence.
pub fn filter(by_cb: u32, floor: f64, late: u64) -> String {
    format!("apad=pad_len={late},{}", chain(f64::from(by_cb) / 100.0, floor))
}

fn chain(by: f64, floor: f64) -> String {
    format!("afftdn=nr={by:.2}:nf={:.1}", (floor + ABOVE).clamp(-80.0, -20.0))
}

/// How many samples late the filter's sound is. FFmpeg does not say, and it differs between its versions.
pub async fn late(cx: &Cx) -> Result<u64> {
    let source = format!("aevalsrc=if(eq(n\\,{CLICK})\\,0.9\\,0):s={RATE}:d=0.6");
    let command = ffmpeg().args(["-f", "lavfi", "-i", &source, "-af", &chain(12.0, -60.0), "-f", "s16le"]);
    let command = command.arg(format!("{{out}}/{OUT}")).output(OUT, "application/octet-stream");
    let heard = cx.read_blob(&cx.exec(command).await?.success()?.blob(OUT)?)?;
    let samples = heard.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]).unsigned_abs());
    let at = samples.enumerate().max_by_key(|sample| sample.1).map_or(CLICK, |sample| sample.0);
    Ok(at.saturating_sub(CLICK) as u64)
}
