//! What the binary carries: plugins, scripts, themes and example texts.

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
