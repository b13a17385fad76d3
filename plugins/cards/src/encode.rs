//! The canvas as a PNG file.

use png::{BitDepth, ColorType, Compression, Encoder, Filter, SrgbRenderingIntent};

use crate::{error::CardError, paint::Canvas};

/// Encodes quickly: flat areas compress well under any setting.
pub fn png(canvas: &Canvas) -> Result<Vec<u8>, CardError> {
    let mut out = Vec::with_capacity(256 << 10);
    let mut encoder = Encoder::new(&mut out, canvas.width, canvas.height);
    let opaque = canvas.alpha.is_empty();
    encoder.set_color(if opaque { ColorType::Rgb } else { ColorType::Rgba });
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Fast);
    encoder.set_filter(Filter::Up);
    encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
    let failed = |e: png::EncodingError| CardError::Encode(e.to_string());
    let mut writer = encoder.write_header().map_err(failed)?;
    if opaque {
        writer.write_image_data(&canvas.rgb).map_err(failed)?;
    } else {
        let pixels = canvas.rgb.chunks_exact(3).zip(&canvas.alpha);
        let rgba: Vec<u8> = pixels.flat_map(|(rgb, alpha)| [rgb[0], rgb[1], rgb[2], *alpha]).collect();
        writer.write_image_data(&rgba).map_err(failed)?;
    }
    writer.finish().map_err(failed)?;
    Ok(out)
}
