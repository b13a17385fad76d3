//! Bytes to pixels, within limits: what a service sends may be anything.

use std::io::Cursor;

use image::{DynamicImage, ImageReader, Limits};

/// Most pixels along a side, and most bytes of a decoded picture.
const MOST_SIDE: u32 = 16_384;
const MOST_BYTES: u64 = 256 << 20;

/// A picture of its bytes: PNG, JPEG, WebP or GIF.
pub fn decoded(bytes: &[u8]) -> Result<DynamicImage, String> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|e| e.to_string())?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits);
    reader.decode().map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_decoded_and_anything_else_is_refused() {
        let mut png = Vec::new();
        let picture = DynamicImage::new_rgb8(3, 2);
        picture.write_to(&mut Cursor::new(&mut png), image::ImageFormat::Png).unwrap();
        assert_eq!(decoded(&png).unwrap().width(), 3);
        assert!(decoded(&png[..20]).is_err());
        assert!(decoded(b"GIF89a not at all").is_err());
        assert!(decoded(b"").is_err());
    }
}
