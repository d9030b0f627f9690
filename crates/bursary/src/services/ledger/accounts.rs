//! Whose accounts a statement works on, and holding them against other writers.

use resource::{ApiError, tenant_guard::Scope};
use sea_orm::{DbBackend, FromQueryResult, Value};

/// Whose accounts a statement works on.
#[derive(Debug, Clone, Copy)]
pub enum Accounts<'a> {
    /// Those of these pupils, a few hundred at most.
    Of(&'a [i64]),
    /// Those of every pupil whom a billing run looks at.
    OfRun(i64),
    /// Those of every pupil who was charged something in a term.
    Charged {
        /// School year.
        session: &'a str,
        /// Term.
        term: &'a str,
    },
}

impl Accounts<'_> {
    /// The condition that `column` is a pupil of these, its values put behind those of `values`.
    pub(crate) fn condition(&self, column: &str, values: &mut Vec<Value>) -> String {
        match self {
            Self::Of([]) => "1 = 0".into(),
            Self::Of(pupils) => {
                let first = values.len() + 2;
                values.extend(pupils.iter().map(|id| Value::from(*id)));
                let places: Vec<String> = (first..first + pupils.len())
                    .map(|place| format!("${place}"))
                    .collect();
                format!("{column} IN ({})", places.join(", "))
            }
            Self::OfRun(run) => {
                values.push((*run).into());
                format!(
                    "{column} IN (SELECT p.student_id FROM billing_run_pupils p \
                     WHERE p.school_id = $1 AND p.billing_run_id = ${})",
                    values.len() + 1
                )
            }
            Self::Charged { session, term } => {
                values.extend([Value::from(*session), Value::from(*term)]);
                let last = values.len() + 1;
                format!(
                    "{column} IN (SELECT c.student_id FROM ledger_entries c WHERE c.school_id = $1 \
                     AND c.session = ${} AND c.term = ${last} AND c.amount_minor > 0)",
                    last - 1
                )
            }
        }
    }

    /// The run that works, where one does.
    pub(crate) fn run(&self) -> Option<i64> {
        match self {
            Self::Of(_) | Self::Charged { .. } => None,
            Self::OfRun(run) => Some(*run),
        }
    }
}

#[derive(FromQueryResult)]
struct Held {
    id: i64,
}

/// What holds a row of `students` without making those wait who only refer to it.
pub(crate) fn hold(scope: &Scope) -> &'static str {
    match scope.backend() {
        DbBackend::Postgres => " FOR NO KEY UPDATE",
        _ => "",
    }
}

/// Holds one pupil's account until the transaction ends.
///
/// # Errors
/// 404 when the school has no such pupil; else when the database fails.
pub async fn lock_account(scope: &Scope, student_id: i64) -> Result<(), ApiError> {
    let held = lock_accounts(scope, Accounts::Of(&[student_id])).await?;
    if held.is_empty() {
        return Err(ApiError::not_found());
    }
    Ok(())
}

/// Holds accounts until the transaction ends, in the order of the pupils' keys; answers whose they are.
///
/// # Errors
/// When the database fails.
pub async fn lock_accounts(scope: &Scope, accounts: Accounts<'_>) -> Result<Vec<i64>, ApiError> {
    let mut values = Vec::new();
    let which = accounts.condition("s.id", &mut values);
    let sql = format!(
        "SELECT s.id FROM students s WHERE s.school_id = $1 AND {which} ORDER BY s.id{}",
        hold(scope)
    );
    let held: Vec<Held> = scope.query(&sql, values).await?;
    Ok(held.into_iter().map(|one| one.id).collect())
}
