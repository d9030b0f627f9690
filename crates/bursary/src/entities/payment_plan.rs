//! Table `payment_plans`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// What a family agreed to pay of a term, by dated parts.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payment_plans")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The pupil.
    pub student_id: i64,
    /// School year, as `2025/2026`.
    pub session: String,
    /// Term, as `First Term`.
    pub term: String,
    /// What there is to know; at most 500 characters.
    pub note: String,
    /// Day it was agreed.
    pub agreed_on: Date,
    /// The newest entry of the term that it is of.
    pub last_entry_id: i64,
    /// Account that recorded it; none is an operator's.
    pub recorded_by: Option<i64>,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
    /// Relation to `students`.
    #[sea_orm(belongs_to, from = "(SchoolId, StudentId)", to = "(SchoolId, Id)")]
    pub student: HasOne<academic::entities::student::Entity>,
    /// Relation to `users`.
    #[sea_orm(belongs_to, from = "(SchoolId, RecordedBy)", to = "(SchoolId, Id)")]
    pub recorder: HasOne<identity::entities::user::Entity>,
}

tenant_guard::tenant_entity!("payment_plans");
