//! What the binary carries: plugins, scripts, profiles, themes, caption styles and example texts.

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
