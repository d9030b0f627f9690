//! Table `payment_intents`.

use resource::{Money, tenant_guard};
use sea_orm::entity::prelude::*;

/// A payment that was asked of a gateway; it is money only once the gateway confirms it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payment_intents")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The pupil to be paid for.
    pub student_id: i64,
    /// The gateway.
    pub provider: String,
    /// Our reference, random, which the gateway repeats.
    pub reference: String,
    /// Amount, above zero.
    #[sea_orm(column_name = "amount_minor")]
    pub amount: Money,
    /// Currency of the school when it was asked, by ISO 4217.
    pub currency: String,
    /// School year, as `2025/2026`.
    pub session: String,
    /// Term, as `First Term`.
    pub term: String,
    /// The kind of fee it is meant for.
    pub category_id: Option<i64>,
    /// Account that asked.
    pub payer_id: Option<i64>,
    /// `pending`, `paid`, `failed`, `mismatch` or `abandoned`.
    pub status: String,
    /// How often the gateway was asked by the server of its own accord.
    pub checks: i64,
    /// When the server asks the gateway next, while it is pending.
    pub check_at: DateTimeUtc,
    /// The payment, once it is paid.
    pub payment_id: Option<i64>,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
}

tenant_guard::tenant_entity!("payment_intents");
