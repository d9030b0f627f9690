//! Table `ledger_entries`.

use resource::{Money, tenant_guard};
use sea_orm::entity::prelude::*;

use crate::ledger::EntryKind;

/// One line of a pupil's account; never changed and never deleted.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_entries")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The pupil.
    pub student_id: i64,
    /// What it is.
    pub kind: EntryKind,
    /// Above zero the pupil owes more, below zero less; never zero.
    #[sea_orm(column_name = "amount_minor")]
    pub amount: Money,
    /// The day from which it counts.
    pub effective_date: Date,
    /// The last day to pay it, where it is to be paid.
    pub due_date: Option<Date>,
    /// School year it belongs to.
    pub session: String,
    /// Term it belongs to.
    pub term: String,
    /// The fee it comes from.
    pub fee_item_id: Option<i64>,
    /// Kind of fee, where no fee tells it.
    pub category_id: Option<i64>,
    /// The billing run that posted it.
    pub billing_run_id: Option<i64>,
    /// The charge that a discount lowers, or that a carried-forward entry moves to another term.
    pub charge_id: Option<i64>,
    /// The entry that a reversal takes back.
    pub reverses_id: Option<i64>,
    /// How many times the fee was charged to the pupil, from 1; another only after the one before was
    /// taken back.
    pub occurrence: Option<i64>,
    /// What for, in words; at most 255 characters.
    pub description: String,
    /// Who posted it; none is its billing run's, an operator or the system.
    pub recorded_by: Option<i64>,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// Always 1.
    pub row_version: i64,
    /// Relation to `students`.
    #[sea_orm(belongs_to, from = "(SchoolId, StudentId)", to = "(SchoolId, Id)")]
    pub student: HasOne<academic::entities::student::Entity>,
    /// Relation to `fee_items`.
    #[sea_orm(belongs_to, from = "(SchoolId, FeeItemId)", to = "(SchoolId, Id)")]
    pub fee_item: HasOne<super::fee_item::Entity>,
    /// Relation to `fee_categories`.
    #[sea_orm(belongs_to, from = "(SchoolId, CategoryId)", to = "(SchoolId, Id)")]
    pub category: HasOne<super::fee_category::Entity>,
    /// Relation to `billing_runs`.
    #[sea_orm(belongs_to, from = "(SchoolId, BillingRunId)", to = "(SchoolId, Id)")]
    pub billing_run: HasOne<super::billing_run::Entity>,
    /// Relation to `users`.
    #[sea_orm(belongs_to, from = "(SchoolId, RecordedBy)", to = "(SchoolId, Id)")]
    pub recorder: HasOne<identity::entities::user::Entity>,
}

tenant_guard::tenant_entity!("ledger_entries");
