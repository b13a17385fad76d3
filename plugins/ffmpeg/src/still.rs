//! What a still is, from its first bytes: one that fills the picture needs nothing behind it.

use std::io::BufReader;

use studio_plugin_sdk::prelude::{Blob, Cx};

use crate::{graph, preset::Format};

/// Is it an opaque PNG of the film's shape? Others, and what cannot be read, are drawn over a backdrop.
pub fn fills(cx: &Cx, image: &Blob, format: &Format) -> bool {
    let Ok(reader) = cx.open_blob(image) else { return false };
    let Ok(decoder) = png::Decoder::new(BufReader::new(reader)).read_info() else { return false };
    let info = decoder.info();
    let opaque = info.trns.is_none()
        && matches!(info.color_type, png::ColorType::Rgb | png::ColorType::Grayscale | png::ColorType::Indexed);
    opaque && graph::same_shape((info.width, info.height), format)
}
