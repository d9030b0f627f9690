//! Table `allocations`.

use resource::{Money, tenant_guard};
use sea_orm::entity::prelude::*;

/// So much of a credit settles so much of a charge; never changed and never deleted.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "allocations")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The credit, an entry below zero.
    pub credit_id: i64,
    /// The charge, an entry above zero.
    pub charge_id: i64,
    /// How much; below zero takes some of that back.
    #[sea_orm(column_name = "amount_minor")]
    pub amount: Money,
    /// The day from which it counts.
    pub effective_date: Date,
    /// The billing run that settled it.
    pub billing_run_id: Option<i64>,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// Always 1.
    pub row_version: i64,
    /// Relation to `billing_runs`.
    #[sea_orm(belongs_to, from = "(SchoolId, BillingRunId)", to = "(SchoolId, Id)")]
    pub billing_run: HasOne<super::billing_run::Entity>,
}

tenant_guard::tenant_entity!("allocations");
