//! Taking an entry back by hand.

use identity::services::school_today;
use resource::{
    ApiError,
    audit::{self, Act},
    tenant_guard::Scope,
};
use serde_json::json;

use super::take_back::reverse;
use crate::{
    entities::ledger_entry::{Entity, Model},
    ledger::EntryKind,
};

/// Takes a charge, a discount, a credit or a late fee back from today on, with the discounts on it.
/// Answers the entry.
///
/// # Errors
/// 404 for an unknown entry; 409 for one that was taken back already, and for a kind that is taken back
/// by what posted it.
pub async fn reverse_by_hand(scope: &Scope, id: i64, reason: &str) -> Result<Model, ApiError> {
    let entry = scope.get::<Entity>(id).await?;
    let entry = entry.ok_or_else(ApiError::not_found)?;
    let other = match entry.kind {
        EntryKind::Payment | EntryKind::Refund => "A payment is voided, not reversed.",
        EntryKind::CarriedForward => {
            "What is carried forward goes back where its billing run is undone."
        }
        EntryKind::Charge
        | EntryKind::Discount
        | EntryKind::Credit
        | EntryKind::LateFee
        | EntryKind::Reversal => "",
    };
    if !other.is_empty() {
        return Err(ApiError::conflict(other));
    }
    let today = school_today(scope).await?;
    reverse(scope, id, reason, today, today).await?;
    let act = Act {
        action: "reverse",
        resource: "ledger-entries",
        id: Some(id),
        before: None,
        after: Some(json!({ "reason": reason, "amount": entry.amount })),
    };
    audit::record(scope, act).await?;
    Ok(entry)
}
