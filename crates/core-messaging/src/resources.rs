//! Collections of this crate.

pub mod messages;
