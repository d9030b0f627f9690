//! Business of files, free of HTTP.

pub mod keep;
pub mod sweep;
