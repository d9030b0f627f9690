//! Table `payment_plan_parts`.

use resource::{Money, tenant_guard};
use sea_orm::entity::prelude::*;

/// A part of a payment plan.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payment_plan_parts")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The plan.
    pub payment_plan_id: i64,
    /// The last day to pay it; no two parts of a plan share one.
    pub due_date: Date,
    /// The moment that day is over where the school was when it was agreed.
    pub late_from: DateTimeUtc,
    /// Amount, above zero.
    #[sea_orm(column_name = "amount_minor")]
    pub amount: Money,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// Always 1.
    pub row_version: i64,
}

tenant_guard::tenant_entity!("payment_plan_parts");
