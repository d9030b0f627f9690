//! Table `expenses`.

use resource::{Money, tenant_guard};
use sea_orm::entity::prelude::*;

/// One expense.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "expenses")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// What was bought; at most 255 characters.
    pub title: String,
    /// Amount, above zero.
    #[sea_orm(column_name = "amount_minor")]
    pub amount: Money,
    /// `salary`, `maintenance`, `supplies`, `utilities` or `other`.
    pub category: String,
    /// Day of the expense.
    pub date: Date,
    /// What there is to know.
    pub description: String,
    /// School year, as `2025/2026`.
    pub session: String,
    /// Term, as `First Term`.
    pub term: String,
    /// `pending`, `approved` or `voided`; only what is approved counts.
    pub status: String,
    /// Account that recorded it.
    pub recorded_by: Option<i64>,
    /// Account that approved it; none where it needed no approval.
    pub approved_by: Option<i64>,
    /// When it was approved by somebody.
    pub approved_at: Option<DateTimeUtc>,
    /// Account that voided it.
    pub voided_by: Option<i64>,
    /// When it was voided.
    pub voided_at: Option<DateTimeUtc>,
    /// Why it was voided.
    pub void_reason: String,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
    /// Relation to `users`.
    #[sea_orm(
        belongs_to,
        relation_enum = "Recorder",
        from = "(SchoolId, RecordedBy)",
        to = "(SchoolId, Id)"
    )]
    pub recorder: HasOne<identity::entities::user::Entity>,
}

tenant_guard::tenant_entity!("expenses");
