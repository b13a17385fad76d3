//! The canvas as a PNG file.

use png::{BitDepth, ColorType, Compression, Encoder, Filter, SrgbRenderingIntent};

use crate::{error::CardError, paint::Canvas};

/// Encodes quickly: flat areas compress well under any setting.
pub fn png(canvas: &Canvas) -> Result<Vec<u8>, CardError> {
    let mut out = Vec::with_capacity(256 << 10);
    let mut encoder = Encoder::new(&mut out, canvas.width, canvas.height);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Fast);
    encoder.set_filter(Filter::Up);
    encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
    let failed = |e: png::EncodingError| CardError::Encode(e.to_string());
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&canvas.rgb).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(out)
}
