//! Tables of this crate.
#![allow(
    clippy::disallowed_methods,
    reason = "SeaORM's macro writes the relations by its own entrances"
)]

pub mod file;
