//! Table `payment_refunds`.

use resource::{Money, tenant_guard};
use sea_orm::entity::prelude::*;

/// A part of a payment that was given back.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payment_refunds")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The payment.
    pub payment_id: i64,
    /// Its entry in the ledger.
    pub entry_id: i64,
    /// Amount, above zero.
    #[sea_orm(column_name = "amount_minor")]
    pub amount: Money,
    /// Day it was given back.
    pub date: Date,
    /// Why; at most 255 characters.
    pub reason: String,
    /// Account that gave it back.
    pub recorded_by: Option<i64>,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// Always 1.
    pub row_version: i64,
}

tenant_guard::tenant_entity!("payment_refunds");
