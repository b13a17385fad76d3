//! The waveform of a sound as bars that are holes in a plain ground: over a progress bar, they fill as it plays.

use serde_json::Value;
use studio_plugin_sdk::{
    error::{Result, StageError},
    prelude::{Cx, Estimate},
    roles::image::{Image, ImageRequest, Waveform},
    timeline::Color,
};

use crate::{segment::ffmpeg, sound::FORMATS};

/// How many bars there are.
const BARS: u32 = 64;
/// Of a bar and the gap after it, the share that is bar.
const FILLED: f64 = 0.58;
/// Height of a bar in silence, as a share of the picture's.
const SILENT: f64 = 0.05;
/// Most of a sound that is drawn, in seconds.
const LONGEST: f64 = 4.0 * 3600.0;
const OUT: &str = "waveform.png";

/// Draws it.
///
/// # Errors
/// `invalid_input`: no waveform is asked for, or its size or length is none. What FFmpeg says of the file.
pub async fn draw(cx: &Cx, request: &ImageRequest) -> Result<Image> {
    let waveform = checked(request)?;
    let (from, seconds) = (format!("{:.3}", waveform.from), format!("{:.3}", waveform.seconds));
    let command =
        ffmpeg().args(["-protocol_whitelist", "file", "-format_whitelist", FORMATS, "-ss", &from, "-t", &seconds]);
    let command = command.args(["-i", "{in}/sound", "-filter_complex", &graph(waveform), "-map", "[out]"]);
    let command = command.args(["-frames:v", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact"]);
    let command = command.arg(format!("{{out}}/{OUT}")).output(OUT, "image/png").input("sound", &waveform.audio);
    let image = cx.exec(command).await?.success()?.blob(OUT)?;
    let (width, height) = (waveform.width / BARS * BARS, waveform.height);
    Ok(Image { image, width, height, description: "The waveform of a sound".into(), ..Image::default() })
}

/// About as long as it takes, in seconds.
pub fn estimate(request: &Value) -> Estimate {
    let seconds = request["waveform"]["seconds"].as_f64().unwrap_or(0.0);
    Estimate { seconds: Some(0.3 + seconds / 500.0), ..Estimate::default() }
}

fn checked(request: &ImageRequest) -> Result<&Waveform> {
    let invalid = |field: &str, message: &str| {
        Err(StageError::invalid(format!("waveform{field}"), message).code("ffmpeg.waveform"))
    };
    let Some(waveform) = &request.waveform else {
        return invalid("", "FFmpeg draws no pictures but waveforms: give a `waveform`, or name another provider.");
    };
    if !(waveform.seconds > 0.0 && waveform.seconds <= LONGEST) {
        return invalid(".seconds", "The length is no number of seconds up to four hours.");
    }
    if !(waveform.from >= 0.0 && waveform.from.is_finite()) {
        return invalid(".from", "The start is no number of seconds.");
    }
    if !(256..=3840).contains(&waveform.width) {
        return invalid(".width", "The width is not between 256 and 3840 pixels.");
    }
    if !(32..=2160).contains(&waveform.height) {
        return invalid(".height", "The height is not between 32 and 2160 pixels.");
    }
    Ok(waveform)
}

/// One column a bar is drawn, as loud as the loudest that is near, and made as wide as a bar; what it covers is the hole.
fn graph(waveform: &Waveform) -> String {
    let (step, height) = (waveform.width / BARS, waveform.height);
    let width = step * BARS;
    let bar = (f64::from(step) * FILLED).round().max(1.0);
    let (middle, least) = (f64::from(height - 1) / 2.0, (f64::from(height) * SILENT / 2.0).max(1.0));
    let Color { red, green, blue, .. } = waveform.ground;
    format!(
        "[0:a:0]aformat=channel_layouts=mono:sample_rates=16000,dynaudnorm=f=250:g=15,\
         showwavespic=s={BARS}x{height}:colors=white:scale=sqrt:draw=full:filter=peak,format=gray,\
         scale={width}:{height}:flags=neighbor,format=gray,\
         geq=lum='if(lt(mod(X,{step}),{bar})*gt(lum(X,Y)+255*lte(abs(Y-{middle}),{least:.2}),127),0,255)'[hides];\
         color=c=0x{red:02x}{green:02x}{blue:02x}:s={width}x{height},format=gbrp[ground];\
         [ground][hides]alphamerge,format=rgba[out]"
    )
}

#[cfg(test)]
mod tests {
    use studio_plugin_sdk::blob::Blob;

    use super::*;

    fn request(waveform: Option<Waveform>) -> ImageRequest {
        ImageRequest { waveform, ..ImageRequest::default() }
    }

    fn waveform() -> Waveform {
        let audio = Blob::default();
        Waveform { audio, from: 0.0, seconds: 10.0, ground: Color::BLACK, width: 840, height: 200 }
    }

    #[test]
    fn what_cannot_be_drawn_is_named() {
        let field = |waveform| checked(&request(waveform)).err().and_then(|e| e.field);
        assert_eq!(field(None).as_deref(), Some("waveform"));
        assert_eq!(field(Some(Waveform { seconds: f64::NAN, ..waveform() })).as_deref(), Some("waveform.seconds"));
        assert_eq!(field(Some(Waveform { from: -1.0, ..waveform() })).as_deref(), Some("waveform.from"));
        assert_eq!(field(Some(Waveform { width: 10, ..waveform() })).as_deref(), Some("waveform.width"));
        assert_eq!(field(Some(Waveform { height: 9000, ..waveform() })).as_deref(), Some("waveform.height"));
        assert_eq!(field(Some(waveform())), None);
    }

    #[test]
    fn bars_are_equally_wide() {
        let graph = graph(&waveform());
        assert!(
            graph.contains("s=64x200") && graph.contains("scale=832:200") && graph.contains("mod(X,13),8"),
            "{graph}"
        );
    }
}
