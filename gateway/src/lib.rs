//! The gateway: what turns the domain crates into one HTTP server and one command, `termbook`.
//!
//! It owns configuration, start-up and shutdown, health, logs, the published `OpenAPI` document and the
//! demo. It holds no rule of a school's work: those live in the domain crates it mounts.

mod access_log;
mod app;
pub mod cli;
pub mod config;
pub mod demo;
pub mod export;
mod health;
mod limits;
pub mod openapi;
mod orphans;
pub mod removal;
mod sealer;
mod state;
mod sweeper;
mod telemetry;

pub use app::{app, deliver, mounts, server};
pub use config::Config;
pub use orphans::sweep_all;
pub use state::{OpenError, State};
