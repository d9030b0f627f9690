//! The tables of this crate, one file each; no HTTP and no JSON.

#![allow(
    clippy::disallowed_methods,
    reason = "the entity macro writes calls that nothing here makes"
)]

pub mod attendance_record;
pub mod attendance_session;
pub mod cancelled_event;
pub mod class;
pub mod class_subject;
pub mod enrolment;
pub mod event;
pub mod event_feed;
pub mod grading_scale;
pub mod report_card;
pub mod report_card_version;
pub mod score;
pub mod score_change;
pub mod student;
pub mod subject;
pub mod subject_teacher;
pub mod teacher;
