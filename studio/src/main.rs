//! The `studio` binary: parse, dispatch, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(studio::cli::main())
}
