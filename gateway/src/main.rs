//! The command `termbook`.

use std::process::ExitCode;

// A list is thousands of short-lived strings; see docs/decisions/0008.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    gateway::cli::run()
}
