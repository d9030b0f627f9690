//! The cache as its callers rely on it, in process and over a real Redis.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]

mod outage;
mod processes;
mod protocol;
mod school;
mod server;
mod stress;
