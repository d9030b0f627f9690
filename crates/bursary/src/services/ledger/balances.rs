//! What pupils owe.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use resource::{ApiError, Money, tenant_guard::Scope};
use sea_orm::{FromQueryResult, Value};

use super::Accounts;

#[derive(FromQueryResult)]
struct Sum {
    student_id: i64,
    amount: i64,
}

/// What each pupil owes by the entries that count on `as_of`; below zero the school owes the pupil. A
/// pupil without such an entry is left out. One statement.
///
/// # Errors
/// When the database fails.
pub async fn balances(
    scope: &Scope,
    accounts: Accounts<'_>,
    as_of: NaiveDate,
) -> Result<BTreeMap<i64, Money>, ApiError> {
    let mut values: Vec<Value> = vec![as_of.into()];
    let which = accounts.condition("e.student_id", &mut values);
    let sql = format!(
        "SELECT e.student_id, CAST(SUM(e.amount_minor) AS bigint) AS amount FROM ledger_entries e \
         WHERE e.school_id = $1 AND e.effective_date <= $2 AND {which} GROUP BY e.student_id"
    );
    let sums: Vec<Sum> = scope.query(&sql, values).await?;
    Ok(sums
        .into_iter()
        .map(|sum| (sum.student_id, Money::of_minor(sum.amount)))
        .collect())
}
