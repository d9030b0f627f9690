//! What a user relies on, asked of the application as the binary builds it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics says what failed"
)]

#[macro_use]
mod harness;

mod academic;
mod arrows;
mod bulk;
mod bursary;
mod coherence;
mod contract;
mod core_messaging;
mod demo;
mod documents;
mod files;
mod hostile;
mod identity;
mod kernel;
mod operations;
mod permissions;
mod plans;
mod promised;
mod readme;
mod schema;
mod spec;
