//! Rules of correspondence on a scope; no HTTP here.

pub mod correspondence;
pub mod noticeboard;
pub mod notices;
pub mod sending;
