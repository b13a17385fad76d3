//! The `studio` binary: parse, dispatch, exit code.

use std::process::ExitCode;

/// The system's own keeps twice as much of what thousands of short tasks on many threads gave back.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    ExitCode::from(studio::cli::main())
}
