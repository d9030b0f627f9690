//! Handlers.

pub mod read;
pub mod upload;
