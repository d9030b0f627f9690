//! What a user relies on, asked of the application as the binary builds it.

mod arrows;
mod documents;
#[macro_use]
mod harness;
mod spec;
