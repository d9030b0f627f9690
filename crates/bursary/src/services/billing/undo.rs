//! Undoing a run, as long as nothing was paid against it.

use chrono::NaiveDate;
use resource::{
    ApiError,
    audit::{self, Act},
    tenant_guard::Scope,
};
use sea_orm::{ActiveValue::Set, FromQueryResult, IntoActiveModel};
use serde_json::json;

use crate::{
    entities::billing_run::{Entity, Model},
    services::ledger::{
        Accounts, Taken, allocate_oldest_first, lock_accounts, recorder, take_back,
    },
};

/// Most pupils a refusal names.
const NAMED: usize = 10;

/// Takes everything a run posted back, and what was taken off its charges since; what it settled by
/// itself is open again. The run may then be made anew. Ten statements.
///
/// # Errors
/// 404 for an unknown run; 409 when it is undone already, or anything was paid against it since, naming
/// the pupils.
pub async fn undo(
    scope: &Scope,
    id: i64,
    reason: &str,
    today: NaiveDate,
) -> Result<Model, ApiError> {
    let before = scope.lock::<Entity>(id).await?;
    let before = before.ok_or_else(ApiError::not_found)?;
    if before.undone_at.is_some() {
        return Err(ApiError::conflict("This billing run is undone already."));
    }
    lock_accounts(scope, Accounts::OfRun(id)).await?;
    unpaid(scope, id).await?;
    let entries = take_back(scope, Taken::Run(id), reason, today, today).await?;
    allocate_oldest_first(scope, Accounts::OfRun(id), today).await?;
    let mut row = before.clone().into_active_model();
    row.undone_at = Set(Some(scope.now()));
    row.undone_by = Set(recorder(scope));
    let after = scope.update::<Entity, _>(&before, row).await?;
    let act = Act {
        action: "undo",
        resource: "billing-runs",
        id: Some(id),
        before: None,
        after: Some(json!({ "reason": reason, "entries": entries })),
    };
    audit::record(scope, act).await?;
    Ok(after)
}

#[derive(FromQueryResult)]
struct Payer {
    names: String,
}

/// Refuses where a charge of the run is settled by anything but the run itself, what is taken off the
/// very charge, or a reversal.
async fn unpaid(scope: &Scope, id: i64) -> Result<(), ApiError> {
    let sql = "SELECT s.names FROM students s WHERE s.school_id = $1 AND s.id IN (SELECT d.student_id \
               FROM allocations a JOIN ledger_entries d ON d.school_id = a.school_id AND d.id = a.charge_id \
               JOIN ledger_entries c ON c.school_id = a.school_id AND c.id = a.credit_id \
               WHERE a.school_id = $1 AND d.billing_run_id = $2 AND d.kind <> 'reversal' AND c.kind <> 'reversal' \
               AND (a.billing_run_id IS NULL OR a.billing_run_id <> $2) \
               AND (c.charge_id IS NULL OR c.charge_id <> d.id OR c.kind <> 'discount') \
               GROUP BY d.student_id, a.credit_id, a.charge_id HAVING SUM(a.amount_minor) > 0) ORDER BY s.names, s.id";
    let payers: Vec<Payer> = scope.query(sql, vec![id.into()]).await?;
    if payers.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = payers
        .iter()
        .take(NAMED)
        .map(|payer| payer.names.as_str())
        .collect();
    let more = match payers.len() - names.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Err(ApiError::conflict(format!(
        "Something was paid against this billing run by {} pupils: {}{more}.",
        payers.len(),
        names.join(", ")
    )))
}
