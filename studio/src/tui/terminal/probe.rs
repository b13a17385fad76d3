//! What the terminal can do: asked once it shows something, with an answer or without one.

use std::time::Duration;

use ratatui_image::picker::{Capability, Picker, cap_parser::QueryStdioOptions};

/// How long an answer may take.
const WITHIN: Duration = Duration::from_millis(300);

/// What the terminal can do.
#[derive(Clone, Debug)]
pub struct Ability {
    /// How it shows pictures.
    pub picker: Picker,
    /// Its ground is dark; none: it does not say.
    pub dark: Option<bool>,
}

/// Asks the terminal of this process. Nothing else may read from it meanwhile. To one that is far away, pictures
/// are sent in fewer bytes.
pub fn probe(far: bool) -> Ability {
    let options = QueryStdioOptions {
        timeout: WITHIN,
        terminal_background_color_osc: true,
        kitty_compression: far,
        ..QueryStdioOptions::default()
    };
    let picker = Picker::from_query_stdio_with_options(options).unwrap_or_else(|_| Picker::halfblocks());
    let dark = picker.capabilities().iter().find_map(|capability| match capability {
        // Perceived lightness of the ground (ITU-R BT.601).
        Capability::Background(r, g, b) => {
            Some(299 * u32::from(*r) + 587 * u32::from(*g) + 114 * u32::from(*b) < 128_000)
        }
        _ => None,
    });
    Ability { picker, dark }
}
