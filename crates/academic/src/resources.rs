//! The collections of this crate, one file each.

pub mod classes;
pub mod events;
pub mod reports;
pub mod scores;
pub mod students;
pub mod subjects;
pub mod teachers;
