//! Adding entries.

use chrono::NaiveDate;
use resource::{
    ApiError, Money,
    tenant_guard::{Role, Scope},
};
use sea_orm::{FromQueryResult, Value};

use crate::ledger::EntryKind;

/// Rows of one statement, far below the number of values either engine binds.
const ROWS: usize = 500;

/// An entry to be posted. Fees are charged by billing runs alone, and entries are taken back by
/// [`super::reverse`] alone, so neither is posted from here.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// The pupil.
    pub student_id: i64,
    /// What it is.
    pub kind: EntryKind,
    /// Above zero the pupil owes more, below zero less; the database refuses a sign that the kind does
    /// not have.
    pub amount: Money,
    /// The day from which it counts.
    pub effective_date: NaiveDate,
    /// The last day to pay it, where it is to be paid.
    pub due_date: Option<NaiveDate>,
    /// School year it belongs to.
    pub session: String,
    /// Term it belongs to.
    pub term: String,
    /// The fee it comes from.
    pub fee_item_id: Option<i64>,
    /// Kind of fee, where no fee tells it.
    pub category_id: Option<i64>,
    /// The charge that a discount lowers.
    pub charge_id: Option<i64>,
    /// What for, in words; at most 255 characters.
    pub description: String,
}

#[derive(FromQueryResult)]
struct Posted {
    id: i64,
}

/// The user who posts, as entries name one; none for an operator and the system.
#[must_use]
pub fn recorder(scope: &Scope) -> Option<i64> {
    let principal = scope.principal();
    (principal.role != Role::SuperAdmin).then_some(principal.user_id)
}

/// Posts entries on accounts the caller holds; answers their keys in the order given.
///
/// # Errors
/// When a constraint refuses an entry or the database fails.
pub async fn post(scope: &Scope, entries: &[NewEntry]) -> Result<Vec<i64>, ApiError> {
    let mut ids = Vec::with_capacity(entries.len());
    for some in entries.chunks(ROWS) {
        let mut values: Vec<Value> = vec![scope.now().into(), recorder(scope).into()];
        let rows: Vec<String> = some.iter().map(|entry| row(entry, &mut values)).collect();
        let sql = format!(
            "INSERT INTO ledger_entries (school_id, created_at, updated_at, recorded_by, student_id, kind, \
             amount_minor, effective_date, due_date, session, term, fee_item_id, category_id, charge_id, \
             description) VALUES {} RETURNING id",
            rows.join(", ")
        );
        let posted: Vec<Posted> = scope
            .execute_returning(&["ledger_entries"], &sql, values)
            .await?;
        let first = ids.len();
        ids.extend(posted.into_iter().map(|one| one.id));
        // Keys are given out in the order of the rows; the order of what is returned is not promised.
        if let Some(new) = ids.get_mut(first..) {
            new.sort_unstable();
        }
    }
    Ok(ids)
}

fn row(entry: &NewEntry, values: &mut Vec<Value>) -> String {
    let first = values.len() + 2;
    values.extend([
        entry.student_id.into(),
        entry.kind.as_str().into(),
        entry.amount.minor().into(),
        entry.effective_date.into(),
        entry.due_date.into(),
        entry.session.as_str().into(),
        entry.term.as_str().into(),
        entry.fee_item_id.into(),
        entry.category_id.into(),
        entry.charge_id.into(),
        entry.description.as_str().into(),
    ]);
    let places: Vec<String> = (first..values.len() + 2)
        .map(|place| format!("${place}"))
        .collect();
    format!("($1, $2, $2, $3, {})", places.join(", "))
}
