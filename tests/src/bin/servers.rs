//! Runs a command with throwaway servers around it: `servers cargo nextest run`.
//!
//! The tests of one process start their own; a runner that gives each test a process of its own
//! shares these.

use std::{
    env, io,
    process::{Command, ExitCode},
};

use termbook_tests::{DATABASE_URL, REDIS_URL, Servers};

fn main() -> io::Result<ExitCode> {
    let mut arguments = env::args_os().skip(1);
    let program = arguments
        .next()
        .ok_or_else(|| io::Error::other("servers <command> [argument…]"))?;
    let servers = Servers::start()?;
    let ended = Command::new(program)
        .args(arguments)
        .env(DATABASE_URL, &servers.database_url)
        .env(REDIS_URL, &servers.redis_url)
        .status()?;
    let code = ended
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1);
    Ok(ExitCode::from(code))
}
