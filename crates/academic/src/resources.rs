//! The collections of this crate, one file each.

pub mod attendance;
pub mod attendance_records;
pub mod attendance_sessions;
pub mod classes;
pub mod events;
pub mod grading_scales;
pub mod reports;
pub mod scores;
pub mod students;
pub mod subject_teachers;
pub mod subjects;
pub mod teachers;
