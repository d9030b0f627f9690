//! What a user relies on, asked of the application as the binary builds it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics says what failed"
)]

#[macro_use]
mod harness;

mod arrows;
mod bursary;
mod contract;
mod core_messaging;
mod documents;
mod kernel;
mod permissions;
mod spec;
