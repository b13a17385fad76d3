//! Whether this box's hardware can encode a film: a few frames are tried with the film's own settings. Where none can,
//! the processor does, and the log says why.

use studio_plugin_sdk::{
    error::Result,
    guest::Level,
    prelude::{Cx, secs},
};

use crate::{
    encoder,
    preset::{Format, Hardware},
    segment::{ffmpeg, index},
};

const OUT: &str = "tried.mp4";
/// Frames that are tried.
const FRAMES: u32 = 8;
const ALL: [(Hardware, &str); 3] =
    [(Hardware::Nvenc, "NVENC"), (Hardware::Vaapi, "VA-API"), (Hardware::Videotoolbox, "VideoToolbox")];

/// The first hardware that encodes a format; none: the processor has to.
///
/// # Errors
/// None of the hardware's own; only where no program can be run at all.
pub async fn found(cx: &Cx, format: &Format) -> Result<Option<Hardware>> {
    let mut why = Vec::new();
    for (hardware, name) in ALL.into_iter().filter(|(hardware, _)| encoder::exists(*hardware, format.codec)) {
        match tried(cx, &Format { hardware: Some(hardware), ..format.clone() }).await? {
            None => {
                cx.log(Level::Info, format!("pictures are encoded by {name}"));
                return Ok(Some(hardware));
            }
            Some(reason) => why.push(format!("{name}: {reason}")),
        }
    }
    let why = if why.is_empty() { "none encodes this codec".into() } else { why.join("; ") };
    cx.log(Level::Warn, format!("no hardware encodes here, the processor does ({why})"));
    Ok(None)
}

/// Why a format cannot be encoded; none: it can.
async fn tried(cx: &Cx, format: &Format) -> Result<Option<String>> {
    let (upload, label) = encoder::upload(format);
    let rate = format!("{}/{}", format.rate.num, format.rate.den);
    let source = format!("testsrc2=s={}x{}:r={rate},format=yuv420p[out]{upload}", format.width, format.height);
    let command = ffmpeg().args(encoder::device(format)).args(["-filter_complex", &source, "-map", label]);
    let command = command.args(["-frames:v".to_string(), FRAMES.to_string()]).args(encoder::encoder(format));
    let command = command.arg(format!("{{out}}/{OUT}")).output(OUT, "video/mp4").timeout(secs(30));
    let exit = match cx.exec(encoder::on(command, format)).await {
        Ok(exit) if exit.is_success() => exit,
        Ok(exit) => {
            let said = exit.stderr.lines().find(|line| !line.trim().is_empty()).unwrap_or("FFmpeg failed");
            return Ok(Some(said.chars().take(160).collect()));
        }
        Err(error) => return Ok(Some(error.message)),
    };
    let picture = index(cx, &exit.blob(OUT)?)?.tracks.into_iter().next().unwrap_or_default();
    let whole = picture.samples() == u64::from(FRAMES) && picture.is_steady(format.ticks().1);
    Ok((!whole).then(|| "it loses frames, or gives them wrong times".into()))
}
