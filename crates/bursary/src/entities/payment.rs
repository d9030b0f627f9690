//! Table `payments`.

use resource::{Money, tenant_guard};
use sea_orm::entity::prelude::*;

/// Money received for one pupil; voided or refunded, never deleted.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payments")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The pupil paid for.
    pub student_id: i64,
    /// Its entry in the ledger.
    pub entry_id: i64,
    /// Amount, above zero.
    #[sea_orm(column_name = "amount_minor")]
    pub amount: Money,
    /// Day it was received.
    pub date: Date,
    /// `cash`, `transfer`, `pos` or `online`.
    pub method: String,
    /// The kind of fee it is meant for.
    pub category_id: Option<i64>,
    /// What there is to know; at most 500 characters.
    pub remark: String,
    /// School year, as `2025/2026`.
    pub session: String,
    /// Term, as `First Term`.
    pub term: String,
    /// Number of the receipt.
    pub reference: String,
    /// The payer's own reference, such as a bank's.
    pub external_reference: String,
    /// Reference at the payment gateway, unique in the school.
    pub gateway_reference: Option<String>,
    /// `completed`, `refunded` or `voided`.
    pub status: String,
    /// Account that recorded it; none where a gateway confirmed it.
    pub recorded_by: Option<i64>,
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
    /// Relation to `students`.
    #[sea_orm(belongs_to, from = "(SchoolId, StudentId)", to = "(SchoolId, Id)")]
    pub student: HasOne<academic::entities::student::Entity>,
    /// Relation to `fee_categories`.
    #[sea_orm(belongs_to, from = "(SchoolId, CategoryId)", to = "(SchoolId, Id)")]
    pub category: HasOne<super::fee_category::Entity>,
    /// Relation to `users`.
    #[sea_orm(
        belongs_to,
        relation_enum = "Recorder",
        from = "(SchoolId, RecordedBy)",
        to = "(SchoolId, Id)"
    )]
    pub recorder: HasOne<identity::entities::user::Entity>,
}

tenant_guard::tenant_entity!("payments");
