//! Arguments of the encoders of pictures. What they say makes segments joinable: constant for a whole film, closed
//! groups of pictures, one header; and, but for hardware, the same bytes on every box.

use studio_plugin_sdk::{
    prelude::{Cmd, Device},
    roles::render::VideoCodec,
};

use crate::{
    preset::{Format, Hardware},
    repeats,
};

/// What is between the graph's `[out]` and the encoder, and the name of its result.
pub fn upload(format: &Format) -> (&'static str, &'static str) {
    match format.hardware {
        Some(Hardware::Vaapi) => (";[out]format=nv12,hwupload[hardware]", "[hardware]"),
        // This encoder believes the pictures alone.
        None if format.codec == VideoCodec::Prores => {
            (";[out]setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv[tagged]", "[tagged]")
        }
        _ => ("", "[out]"),
    }
}

/// The command with the device of the box that encodes a format, where it is not the processor.
pub fn on(command: Cmd, format: &Format) -> Cmd {
    if format.hardware.is_some() { command.device(Device::Gpu) } else { command }
}

/// Arguments that stand before the inputs.
pub fn device(format: &Format) -> &'static [&'static str] {
    match format.hardware {
        Some(Hardware::Vaapi) => &["-vaapi_device", "/dev/dri/renderD128"],
        _ => &[],
    }
}

/// Arguments of the encoder, and of the file that it writes.
pub fn encoder(format: &Format) -> Vec<String> {
    let (timescale, _) = format.ticks();
    let colour = ["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"];
    let fixed = match format.hardware {
        Some(hardware) => on_hardware(hardware, format.codec),
        None => in_software(format.codec),
    };
    let mut args: Vec<String> = fixed.iter().chain(&colour).map(ToString::to_string).collect();
    args.extend(quality(format));
    if format.codec != VideoCodec::Prores {
        args.extend(["-g".into(), format.key_frames().to_string()]);
    }
    args.extend(["-video_track_timescale".into(), timescale.to_string()]);
    args
}

/// Threads are pinned: another number gives other bytes. Where only frames that `differ` are encoded, they are filled up
/// ([`repeats`]).
pub fn threads(format: &Format, differ: bool) -> Vec<String> {
    let more = if differ { repeats::ENCODER } else { "" };
    match (format.hardware, format.codec) {
        (None, VideoCodec::H264) => vec!["-x264-params".into(), format!("threads=3:lookahead-threads=1{more}")],
        _ => others(format).iter().map(ToString::to_string).collect(),
    }
}

fn others(format: &Format) -> &'static [&'static str] {
    match (format.hardware, format.codec) {
        (None, VideoCodec::Hevc) => &["-x265-params", "log-level=error:info=0:open-gop=0:frame-threads=2:pools=3"],
        (None, VideoCodec::Av1) => &["-svtav1-params", "lp=2"],
        (None, VideoCodec::Vp9) => &["-row-mt", "1", "-tile-columns", "1", "-threads", "2"],
        _ => &[],
    }
}

fn in_software(codec: VideoCodec) -> &'static [&'static str] {
    match codec {
        VideoCodec::H264 => &["-c:v", "libx264", "-profile:v", "high", "-pix_fmt", "yuv420p", "-flags:v", "+bitexact"],
        VideoCodec::Hevc => &["-c:v", "libx265", "-tag:v", "hvc1", "-pix_fmt", "yuv420p", "-flags:v", "+bitexact"],
        VideoCodec::Av1 => &["-c:v", "libsvtav1", "-pix_fmt", "yuv420p", "-flags:v", "+bitexact"],
        VideoCodec::Vp9 => {
            &["-c:v", "libvpx-vp9", "-deadline", "good", "-b:v", "0", "-pix_fmt", "yuv420p", "-flags:v", "+bitexact"]
        }
        VideoCodec::Prores => {
            &["-c:v", "prores_ks", "-vendor", "apl0", "-pix_fmt", "yuv422p10le", "-flags:v", "+bitexact", "-f", "mov"]
        }
    }
}

fn on_hardware(hardware: Hardware, codec: VideoCodec) -> &'static [&'static str] {
    match (hardware, codec) {
        (Hardware::Vaapi, VideoCodec::H264) => &["-c:v", "h264_vaapi", "-profile:v", "high"],
        (Hardware::Vaapi, VideoCodec::Hevc) => &["-c:v", "hevc_vaapi", "-tag:v", "hvc1"],
        (Hardware::Vaapi, VideoCodec::Av1) => &["-c:v", "av1_vaapi"],
        (Hardware::Vaapi, VideoCodec::Vp9) => &["-c:v", "vp9_vaapi"],
        (Hardware::Nvenc, VideoCodec::H264) => {
            &["-c:v", "h264_nvenc", "-profile:v", "high", "-pix_fmt", "yuv420p", "-rc", "vbr", "-b:v", "0"]
        }
        (Hardware::Nvenc, VideoCodec::Hevc) => {
            &["-c:v", "hevc_nvenc", "-tag:v", "hvc1", "-pix_fmt", "yuv420p", "-rc", "vbr", "-b:v", "0"]
        }
        (Hardware::Nvenc, _) => &["-c:v", "av1_nvenc", "-pix_fmt", "yuv420p", "-rc", "vbr", "-b:v", "0"],
        (Hardware::Videotoolbox, VideoCodec::Hevc) => &["-c:v", "hevc_videotoolbox", "-tag:v", "hvc1"],
        (Hardware::Videotoolbox, VideoCodec::Prores) => &["-c:v", "prores_videotoolbox", "-f", "mov"],
        (Hardware::Videotoolbox, _) => &["-c:v", "h264_videotoolbox", "-profile:v", "high"],
        (Hardware::Vaapi, VideoCodec::Prores) => &["-c:v", "none"],
    }
}

/// Can that hardware encode that at all?
pub fn exists(hardware: Hardware, codec: VideoCodec) -> bool {
    match hardware {
        Hardware::Vaapi => codec != VideoCodec::Prores,
        Hardware::Nvenc => matches!(codec, VideoCodec::H264 | VideoCodec::Hevc | VideoCodec::Av1),
        Hardware::Videotoolbox => matches!(codec, VideoCodec::H264 | VideoCodec::Hevc | VideoCodec::Prores),
    }
}

/// How good it is, and how much work is taken.
fn quality(format: &Format) -> Vec<String> {
    let (speed, crf) = (format.speed.clone(), format.crf.to_string());
    let pair = |name: &str, value: String| [name.to_string(), value];
    match (format.hardware, format.codec) {
        (Some(Hardware::Vaapi), _) => pair("-qp", crf).into(),
        (Some(Hardware::Nvenc), _) => pair("-cq", crf).into(),
        // Its scale goes up to 100, and up is better.
        (Some(Hardware::Videotoolbox), VideoCodec::H264 | VideoCodec::Hevc) => {
            pair("-q:v", 100u32.saturating_sub(format.crf * 2).to_string()).into()
        }
        (Some(Hardware::Videotoolbox), _) | (None, VideoCodec::Prores) => pair("-profile:v", speed).into(),
        (None, VideoCodec::Vp9) => [pair("-cpu-used", speed), pair("-crf", crf)].concat(),
        (None, _) => [pair("-preset", speed), pair("-crf", crf)].concat(),
    }
}
