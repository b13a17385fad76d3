//! Builders for what effects are made of: requests, programs, bodies. Pure: nothing is sent here.

mod body;
mod command;
mod request;

use std::time::Duration;

pub use body::{PartBuilder, bytes, part};
pub use command::{Cmd, cmd};
pub use request::{HttpRequest, delete, get, head, patch, post, put, request};

/// The placeholder of a secret, filled in by the host in header and query values: `{{secret:openai}}`.
pub fn secret(name: &str) -> String {
    format!("{{{{secret:{name}}}}}")
}

/// Seconds.
pub fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Milliseconds.
pub fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Minutes.
pub fn minutes(n: u64) -> Duration {
    Duration::from_secs(n.saturating_mul(60))
}
