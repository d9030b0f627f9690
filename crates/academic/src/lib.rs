//! The academic side of a school: who learns what in which class, and how well.
//!
//! Owns subjects, teachers and staff, classes, students, registers, the calendar, and report cards with their marks. It
//! refuses a mark for a subject the class does not take, a mark on a published card, and every write
//! of a teacher to a class that is not theirs. Totals, grades, averages and positions are computed
//! here, never taken from a client.

pub mod attendance;
pub mod broadsheet;
pub mod entities;
pub mod ics;
pub mod marks;
pub mod pupil_fees;
pub mod recurrence;
pub mod report_row;
pub mod resources;
pub mod routes;
pub mod scale;
pub mod services;
#[cfg(test)]
mod testing;
pub mod when;
pub mod zones;

use files::Mention;
use resource::{Access, Mounts, tenant_guard::Verb};

/// Where rows of this crate name files.
pub const MENTIONS: &[Mention] = &[
    Mention {
        table: "students",
        column: "passport_url",
        document: false,
    },
    Mention {
        table: "teachers",
        column: "passport_url",
        document: false,
    },
];

/// Mounts every collection and action of this crate; `F` keeps the fees assigned to pupils.
pub fn mount<F: pupil_fees::PupilFees>(mounts: &mut Mounts) {
    mounts.resource::<resources::subjects::Subjects>();
    mounts.resource::<resources::teachers::Teachers>();
    mounts.alias::<resources::teachers::Teachers>("staff");
    mounts.resource::<resources::classes::Classes>();
    mounts.resource::<resources::grading_scales::GradingScales>();
    mounts.resource::<resources::subject_teachers::SubjectTeachers>();
    mounts.alias::<resources::subject_teachers::SubjectTeachers>("subject_teachers");
    mounts.resource::<resources::students::Students<F>>();
    mounts.action(
        routes::bulk_promote::__path_bulk_promote,
        Access::Guarded,
        ("students/bulk-promote", Verb::Write),
        routes::bulk_promote::bulk_promote,
    );
    mounts.action(
        routes::promotion_preview::__path_promotion_preview,
        Access::Guarded,
        ("students/promotion-preview", Verb::Read),
        routes::promotion_preview::promotion_preview,
    );
    mounts.action(
        routes::enrolments::__path_enrolments,
        Access::Guarded,
        ("students/enrolments", Verb::Read),
        routes::enrolments::enrolments,
    );
    mount_cards(mounts);
    mount_registers(mounts);
    mount_calendar(mounts);
}

/// Report cards, what was published of them, and their marks.
fn mount_cards(mounts: &mut Mounts) {
    mounts.resource::<resources::reports::Reports>();
    mounts.action(
        routes::publish::__path_publish,
        Access::Guarded,
        ("reports/publish", Verb::Write),
        routes::publish::publish,
    );
    mounts.action(
        routes::publish::__path_unpublish,
        Access::Guarded,
        ("reports/unpublish", Verb::Write),
        routes::publish::unpublish,
    );
    mounts.action(
        routes::recompute::__path_recompute,
        Access::Guarded,
        ("reports/recompute", Verb::Write),
        routes::recompute::recompute,
    );
    mounts.action(
        routes::versions::__path_list,
        Access::Guarded,
        ("reports/versions", Verb::Read),
        routes::versions::list,
    );
    mounts.action(
        routes::versions::__path_retrieve,
        Access::Guarded,
        ("reports/versions", Verb::Read),
        routes::versions::retrieve,
    );
    mounts.action(
        routes::broadsheet::__path_broadsheet,
        Access::Guarded,
        ("broadsheet", Verb::Read),
        routes::broadsheet::broadsheet,
    );
    mount_rows(mounts);
    mounts.resource::<resources::scores::Scores>();
    mounts.action(
        routes::history::__path_history,
        Access::Guarded,
        ("scores/history", Verb::Read),
        routes::history::history,
    );
}

/// Registers, by the day and by the pupil.
fn mount_registers(mounts: &mut Mounts) {
    mounts.resource::<resources::attendance_sessions::AttendanceSessions>();
    mounts.resource::<resources::attendance_records::AttendanceRecords>();
    mounts.resource::<resources::attendance::Attendance>();
    mounts.action(
        routes::attendance::__path_summary,
        Access::Guarded,
        ("attendance/summary", Verb::Read),
        routes::attendance::summary,
    );
    mounts.action(
        routes::attendance::__path_missing,
        Access::Guarded,
        ("attendance/missing", Verb::Read),
        routes::attendance::missing,
    );
}

/// The calendar and its feed.
fn mount_calendar(mounts: &mut Mounts) {
    mounts.resource::<resources::events::Events>();
    mounts.action(
        routes::occurrences::__path_occurrences,
        Access::Guarded,
        ("events/occurrences", Verb::Read),
        routes::occurrences::occurrences,
    );
    mounts.action(
        routes::feed::__path_issue,
        Access::Guarded,
        ("events/feed", Verb::Write),
        routes::feed::issue,
    );
    mounts.action(
        routes::feed::__path_revoke,
        Access::Guarded,
        ("events/feed", Verb::Write),
        routes::feed::revoke,
    );
    mounts.action(
        routes::feed::__path_read,
        Access::Public,
        ("events/feed", Verb::Read),
        routes::feed::read,
    );
}

/// The rows of a card one by one.
fn mount_rows(mounts: &mut Mounts) {
    use routes::rows;
    mounts.action(
        rows::__path_retrieve,
        Access::Guarded,
        ("reports", Verb::Read),
        rows::retrieve,
    );
    mounts.action(
        rows::__path_replace,
        Access::Guarded,
        ("reports", Verb::Write),
        rows::replace,
    );
    mounts.action(
        rows::__path_update,
        Access::Guarded,
        ("reports", Verb::Write),
        rows::update,
    );
}
