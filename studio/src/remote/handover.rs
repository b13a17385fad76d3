//! A `studio serve` that goes on with a store by itself, in a session of its own.

use std::{
    fs::OpenOptions,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    process::{Command, Stdio},
};

use crate::engine::api::ApiError;

/// It leaves by itself after so many seconds without clients and runs.
const IDLE_EXIT: &str = "60";

/// Starts it. It waits for the store by itself, and takes up the runs that were interrupted.
pub fn spawn_serve(program: &Path, store: &Path) -> Result<(), ApiError> {
    let failed = |e: std::io::Error| {
        ApiError::new("serve.start", format!("{} cannot be started: {e}", program.display()))
            .help("what was finished is kept: `studio serve` or `studio run` goes on")
    };
    let log = OpenOptions::new().append(true).create(true).mode(0o600).open(store.join("serve.log")).map_err(failed)?;
    let mut command = Command::new(program);
    command.args(["serve", "--background", "--idle-exit", IDLE_EXIT, "--store"]).arg(store);
    // It holds on to no folder of the user's, and to no terminal.
    command.current_dir(store).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    let child = command.spawn().map_err(failed)?;
    tracing::info!(pid = child.id(), "a serve goes on with the store");
    Ok(())
}
