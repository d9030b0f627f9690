//! What a user relies on, asked of the application as the binary builds it.

#[macro_use]
mod harness;

mod arrows;
mod bursary;
mod core_messaging;
mod documents;
mod kernel;
mod spec;
