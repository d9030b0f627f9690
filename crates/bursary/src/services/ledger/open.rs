//! What is still open of charges and credits.

use chrono::NaiveDate;
use resource::{ApiError, tenant_guard::Scope};
use sea_orm::FromQueryResult;

use crate::ledger::EntryKind;

/// What is left of the entry `e`, a charge or a credit as `side` says: `charge_id` or `credit_id`.
pub(crate) fn rest_of(side: &str) -> String {
    format!(
        "CAST(ABS(e.amount_minor) - COALESCE((SELECT SUM(a.amount_minor) FROM allocations a \
         WHERE a.school_id = e.school_id AND a.{side} = e.id), 0) AS bigint)"
    )
}

/// A charge that is not wholly settled.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct OpenCharge {
    /// The entry.
    pub id: i64,
    /// What it is.
    pub kind: EntryKind,
    /// The fee it comes from.
    pub fee_item_id: Option<i64>,
    /// Kind of fee, the fee's own where there is one.
    pub category_id: Option<i64>,
    /// Name of the kind of fee.
    pub category_name: Option<String>,
    /// The day from which it counts.
    pub effective_date: NaiveDate,
    /// The last day to pay it.
    pub due_date: Option<NaiveDate>,
    /// School year it belongs to.
    pub session: String,
    /// Term it belongs to.
    pub term: String,
    /// What for.
    pub description: String,
    /// What is left of it, in minor units, above zero.
    pub rest: i64,
}

/// A pupil's charges that are not wholly settled, the oldest first: by the day they are due, else by
/// the day from which they count. One statement.
///
/// # Errors
/// When the database fails.
pub async fn open_charges(scope: &Scope, student_id: i64) -> Result<Vec<OpenCharge>, ApiError> {
    let sql = format!(
        "SELECT * FROM (SELECT e.id, e.kind, e.fee_item_id, COALESCE(e.category_id, f.category_id) AS category_id, \
         c.name AS category_name, e.effective_date, e.due_date, e.session, e.term, e.description, {} AS rest \
         FROM ledger_entries e \
         LEFT JOIN fee_items f ON f.school_id = e.school_id AND f.id = e.fee_item_id \
         LEFT JOIN fee_categories c ON c.school_id = e.school_id AND c.id = COALESCE(e.category_id, f.category_id) \
         WHERE e.school_id = $1 AND e.student_id = $2 AND e.amount_minor > 0) open WHERE rest > 0 \
         ORDER BY COALESCE(due_date, effective_date), id",
        rest_of("charge_id")
    );
    Ok(scope.query(&sql, vec![student_id.into()]).await?)
}

#[derive(FromQueryResult)]
struct Rest {
    rest: i64,
}

/// What is left of an entry that no allocation has used, in minor units: of a charge what is still to
/// be paid, of a credit what is still to be spent. Nothing for an unknown entry.
///
/// # Errors
/// When the database fails.
pub async fn rest(scope: &Scope, entry_id: i64) -> Result<i64, ApiError> {
    let sql = format!(
        "SELECT CASE WHEN e.amount_minor > 0 THEN {} ELSE {} END AS rest \
         FROM ledger_entries e WHERE e.school_id = $1 AND e.id = $2",
        rest_of("charge_id"),
        rest_of("credit_id")
    );
    let found: Vec<Rest> = scope.query(&sql, vec![entry_id.into()]).await?;
    Ok(found.first().map_or(0, |one| one.rest))
}

/// What is left of a credit that was not given back, in minor units: all of it but what refunds and its
/// reversal took. A refund of a payment is never more. Nothing for an unknown entry.
///
/// # Errors
/// When the database fails.
pub async fn left(scope: &Scope, credit_id: i64) -> Result<i64, ApiError> {
    let sql = "SELECT CAST(-e.amount_minor - COALESCE((SELECT SUM(a.amount_minor) FROM allocations a \
               JOIN ledger_entries d ON d.school_id = a.school_id AND d.id = a.charge_id \
               WHERE a.school_id = e.school_id AND a.credit_id = e.id AND d.kind IN ('refund', 'reversal')), 0) \
               AS bigint) AS rest FROM ledger_entries e WHERE e.school_id = $1 AND e.id = $2 AND e.amount_minor < 0";
    let found: Vec<Rest> = scope.query(sql, vec![credit_id.into()]).await?;
    Ok(found.first().map_or(0, |one| one.rest))
}
