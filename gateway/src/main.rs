//! The command `termbook`.

use std::process::ExitCode;

fn main() -> ExitCode {
    gateway::cli::run()
}
