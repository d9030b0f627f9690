//! Who may be reminded now.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use resource::{ApiError, tenant_guard::Scope};
use sea_orm::{DbBackend, FromQueryResult};
use serde_json::json;

use super::payers::Payer;

const CLAIM: &str = " WHERE true ORDER BY 2 ON CONFLICT (school_id, address) DO UPDATE SET \
    amount_minor = excluded.amount_minor, reminded_at = excluded.reminded_at, updated_at = excluded.updated_at, \
    row_version = fee_reminders.row_version + 1 WHERE fee_reminders.reminded_at <= $4 RETURNING id, address";

#[derive(FromQueryResult)]
struct Claimed {
    id: i64,
    address: String,
}

/// Notes that these payers are reminded now, but for those who were within the last `days`; answers the
/// rows of those it noted by address. Who claims the same address at the same moment waits, and is left
/// out: the addresses are taken in one order. One statement.
pub(super) async fn claim(
    scope: &Scope,
    payers: &BTreeMap<String, Payer>,
    days: i32,
) -> Result<BTreeMap<String, i64>, ApiError> {
    let rows = payers
        .iter()
        .map(|(address, payer)| json!([address, payer.amount]));
    let rows: Vec<_> = rows.collect();
    let now = scope.now();
    let before = now - TimeDelta::days(days.into());
    let from = match scope.backend() {
        DbBackend::Postgres => "jsonb_array_elements(CAST($3 AS jsonb)) AS x (value)",
        _ => "json_each($3) AS x",
    };
    let sql = format!(
        "INSERT INTO fee_reminders (school_id, address, amount_minor, reminded_at, created_at, updated_at) \
         SELECT $1, x.value ->> 0, CAST(x.value ->> 1 AS bigint), $2, $2, $2 FROM {from}{CLAIM}"
    );
    let values = vec![now.into(), json!(rows).to_string().into(), before.into()];
    let claimed: Vec<Claimed> = scope
        .execute_returning(&["fee_reminders"], &sql, values)
        .await?;
    Ok(claimed
        .into_iter()
        .map(|one| (one.address, one.id))
        .collect())
}
