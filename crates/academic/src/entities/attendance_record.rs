//! Table `attendance_records`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

use crate::attendance::Status;

/// One pupil's line in a register.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "attendance_records")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The register.
    pub attendance_session_id: i64,
    /// The pupil.
    pub student_id: i64,
    /// How the pupil is marked.
    pub status: Status,
    /// Why, in the teacher's words; at most 255 characters.
    pub remark: String,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
    /// Relation to `attendance_sessions`.
    #[sea_orm(
        belongs_to,
        from = "(SchoolId, AttendanceSessionId)",
        to = "(SchoolId, Id)"
    )]
    pub attendance_session: HasOne<super::attendance_session::Entity>,
    /// Relation to `students`.
    #[sea_orm(belongs_to, from = "(SchoolId, StudentId)", to = "(SchoolId, Id)")]
    pub student: HasOne<super::student::Entity>,
}

tenant_guard::tenant_entity!("attendance_records");
