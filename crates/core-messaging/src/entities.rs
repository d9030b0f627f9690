//! Tables of this crate, one entity each.

pub mod message;
