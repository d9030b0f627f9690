//! The command of `termbook` as a process of its own.

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command},
    time::{Duration, Instant},
};

const COMMAND: &str = env!("CARGO_BIN_EXE_command");
/// Longest wait for the server's first answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// The command with these settings and no others.
pub fn termbook(settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(COMMAND);
    command.env_clear().envs(settings.iter().copied());
    command
}

/// An address that nobody listens on.
pub fn free_address() -> String {
    let port = TcpListener::bind("127.0.0.1:0").unwrap();
    port.local_addr().unwrap().to_string()
}

/// A server process, ended with the test however the test ends.
pub struct Serving(pub Child);

impl Drop for Serving {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Serving {
    /// Ends it without a chance to put its house in order.
    pub fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the server at `address` and waits until it is ready; its log is kept in `folder`.
pub async fn serve(settings: &[(&str, &str)], folder: &Path, address: &str) -> Serving {
    let log = std::fs::File::create(folder.join("log")).unwrap();
    let child = termbook(settings).arg("serve").stderr(log).spawn();
    let mut serving = Serving(child.unwrap());
    let client = crate::harness::client();
    let ready = format!("http://{address}/health/ready");
    let deadline = Instant::now() + PATIENCE;
    while client.get(&ready).send().await.is_err() {
        assert!(Instant::now() < deadline, "the server does not answer");
        let ended = serving.0.try_wait().unwrap();
        assert!(ended.is_none(), "the server ended: {ended:?}");
    }
    serving
}
