//! Money received: recorded with its place in the ledger and its receipt, voided, given back.
//!
//! Whoever writes holds the pupil's account first and the payment's row second, and takes the receipt's
//! number last, so that nobody waits for it longer than it takes to write the payment down.

mod import;
pub mod lines;
mod named;
mod news;
mod number;
mod record;
mod refund;
mod void;

pub use import::{PastPayment, import_payments};
pub use named::{Wish, named_shares};
pub use record::{NewLine, NewPayment, record_payment};
pub use refund::refund;
pub use void::void;

use resource::{
    ApiError,
    audit::{self, Act},
    tenant_guard::Scope,
};
use serde_json::Value;

use super::ledger::lock_account;
use crate::entities::payment::{Entity, Model};

/// How money is received, in the order in which it is told.
pub const METHODS: [&str; 4] = ["cash", "transfer", "pos", "online"];
/// It counts.
pub const COMPLETED: &str = "completed";
/// All of it was given back.
pub const REFUNDED: &str = "refunded";
/// It was taken back, and counts no more.
pub const VOIDED: &str = "voided";

/// Holds the account that a payment is on, and answers the payment as it is then.
///
/// # Errors
/// 404; else when the database fails.
pub async fn held(scope: &Scope, id: i64) -> Result<Model, ApiError> {
    lock_account_of(scope, id).await?;
    let row = scope.lock::<Entity>(id).await?;
    row.ok_or_else(ApiError::not_found)
}

/// Holds the account that a payment is on; an unknown payment has none.
///
/// # Errors
/// When the database fails.
pub async fn lock_account_of(scope: &Scope, id: i64) -> Result<(), ApiError> {
    // The pupil of a payment never changes, so it may be read before anything is held.
    match scope.get::<Entity>(id).await? {
        Some(payment) => lock_account(scope, payment.student_id).await,
        None => Ok(()),
    }
}

async fn remember(
    scope: &Scope,
    action: &str,
    id: i64,
    before: Value,
    after: Value,
) -> Result<(), ApiError> {
    let act = Act {
        action,
        resource: "payments",
        id: Some(id),
        before: Some(before),
        after: Some(after),
    };
    audit::record(scope, act).await
}
