//! The command `termbook` as tests run it: cargo tells them the path of their own package's binaries
//! only.

use std::process::ExitCode;

fn main() -> ExitCode {
    gateway::cli::run()
}
