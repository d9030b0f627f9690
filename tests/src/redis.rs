//! A Redis that a test may stop.

use std::io;

use crate::{
    keeper::Folder,
    servers::{redis_on, retried},
};

/// An empty Redis of one test's own, on a port of its own.
#[derive(Debug)]
pub struct Redis {
    port: String,
    running: Option<Folder>,
}

impl Redis {
    /// Starts one.
    ///
    /// # Errors
    /// When the binary is missing and may not be installed, or the server does not start.
    pub fn start() -> io::Result<Self> {
        retried(|port| {
            Ok(Self {
                port: port.to_owned(),
                running: Some(redis_on(port)?),
            })
        })
    }

    /// `redis://…`
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Kills it with all it holds, and waits for its end.
    ///
    /// # Errors
    /// When its keeper cannot be told.
    pub fn kill(&mut self) -> io::Result<()> {
        self.running.take().map_or(Ok(()), Folder::kill)
    }

    /// Starts it again, empty, where it was.
    ///
    /// # Errors
    /// When it does not start.
    pub fn restart(&mut self) -> io::Result<()> {
        self.running = Some(redis_on(&self.port)?);
        Ok(())
    }
}
