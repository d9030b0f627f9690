//! Table `payment_lines`.

use resource::{Money, tenant_guard};
use sea_orm::entity::prelude::*;

/// What a part of a payment is for; the lines of a payment add up to it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payment_lines")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The payment.
    pub payment_id: i64,
    /// Its place in the payment, from 1.
    pub place: i64,
    /// What for, in the payer's words.
    pub purpose: String,
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

tenant_guard::tenant_entity!("payment_lines");
