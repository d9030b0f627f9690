//! Taking entries back: each by a reversal that settles it, so that both are closed.

use chrono::NaiveDate;
use resource::{ApiError, tenant_guard::Scope};
use sea_orm::{FromQueryResult, Value};

use super::{
    accounts::{Accounts, lock_account},
    oldest_first::allocate_oldest_first,
    post::recorder,
};

/// Which entries are taken back. A charge takes the discounts on it along; what was taken back
/// already is left alone.
#[derive(Debug, Clone, Copy)]
pub enum Taken {
    /// One entry.
    Entry(i64),
    /// Every discount on one charge.
    DiscountsOn(i64),
    /// Everything a billing run posted.
    Run(i64),
}

impl Taken {
    /// The condition on the entry `e`, with the one key it binds at `$place`.
    fn condition(self, place: usize) -> String {
        match self {
            Self::Entry(_) => {
                format!("(e.id = ${place} OR (e.charge_id = ${place} AND e.kind = 'discount'))")
            }
            Self::DiscountsOn(_) => format!("e.charge_id = ${place} AND e.kind = 'discount'"),
            Self::Run(_) => format!(
                "e.kind <> 'reversal' AND (e.billing_run_id = ${place} OR (e.kind = 'discount' AND e.charge_id IN \
                 (SELECT c.id FROM ledger_entries c WHERE c.school_id = $1 AND c.billing_run_id = ${place})))"
            ),
        }
    }

    fn key(self) -> Value {
        match self {
            Self::Entry(id) | Self::DiscountsOn(id) | Self::Run(id) => id.into(),
        }
    }

    fn run(self) -> Option<i64> {
        match self {
            Self::Run(run) => Some(run),
            Self::Entry(_) | Self::DiscountsOn(_) => None,
        }
    }
}

const NOT_REVERSED: &str = "NOT EXISTS (SELECT 1 FROM ledger_entries r WHERE r.school_id = e.school_id \
                            AND r.reverses_id = e.id)";

/// Takes entries back on accounts the caller holds: what they settled or were settled by is freed, a
/// reversal of each is posted on `date`, or on the entry's own later day, and settles it. `today` is the
/// school's day. Answers how many were taken back. Four statements.
///
/// What was freed is left open: let [`allocate_oldest_first`] spend it.
///
/// # Errors
/// When the database fails.
pub async fn take_back(
    scope: &Scope,
    taken: Taken,
    reason: &str,
    date: NaiveDate,
    today: NaiveDate,
) -> Result<u64, ApiError> {
    free(scope, taken, today).await?;
    let newest = newest(scope).await?;
    let which = taken.condition(7);
    let sql = format!(
        "INSERT INTO ledger_entries (school_id, student_id, kind, amount_minor, effective_date, session, term, \
         fee_item_id, category_id, billing_run_id, reverses_id, description, recorded_by, created_at, updated_at) \
         SELECT e.school_id, e.student_id, 'reversal', -e.amount_minor, \
         CASE WHEN e.effective_date > $2 THEN e.effective_date ELSE $2 END, e.session, e.term, e.fee_item_id, \
         e.category_id, $6, e.id, $3, $4, $5, $5 \
         FROM ledger_entries e WHERE e.school_id = $1 AND {which} AND {NOT_REVERSED} ORDER BY e.id"
    );
    let values = vec![
        date.into(),
        reason.into(),
        recorder(scope).into(),
        scope.now().into(),
        taken.run().into(),
        taken.key(),
    ];
    let count = scope.execute(&["ledger_entries"], &sql, values).await?;
    close(scope, taken, newest, today).await?;
    Ok(count)
}

/// Frees whatever the entries settled or were settled by.
async fn free(scope: &Scope, taken: Taken, today: NaiveDate) -> Result<(), ApiError> {
    let which = taken.condition(4);
    let joined = |side: &str| {
        format!(
            "SELECT j.id FROM ledger_entries e JOIN allocations j ON j.school_id = e.school_id AND j.{side} = e.id \
             WHERE e.school_id = $1 AND {which} AND {NOT_REVERSED}"
        )
    };
    let sql = format!(
        "INSERT INTO allocations (school_id, credit_id, charge_id, amount_minor, effective_date, created_at, updated_at) \
         SELECT a.school_id, a.credit_id, a.charge_id, -SUM(a.amount_minor), \
         CASE WHEN MAX(a.effective_date) > $2 THEN MAX(a.effective_date) ELSE $2 END, $3, $3 \
         FROM allocations a WHERE a.school_id = $1 AND a.id IN ({} UNION {}) \
         GROUP BY a.school_id, a.credit_id, a.charge_id HAVING SUM(a.amount_minor) <> 0",
        joined("credit_id"),
        joined("charge_id")
    );
    let values = vec![today.into(), scope.now().into(), taken.key()];
    scope.execute(&["allocations"], &sql, values).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Newest {
    id: i64,
}

/// The newest entry; those posted from now on come after it.
async fn newest(scope: &Scope) -> Result<i64, ApiError> {
    let sql = "SELECT COALESCE(MAX(e.id), 0) AS id FROM ledger_entries e WHERE e.school_id = $1";
    let found: Vec<Newest> = scope.query(sql, Vec::new()).await?;
    Ok(found.first().map_or(0, |one| one.id))
}

/// Lets each reversal posted after the entry `newest` settle what it takes back.
async fn close(scope: &Scope, taken: Taken, newest: i64, today: NaiveDate) -> Result<(), ApiError> {
    let which = taken.condition(5);
    let sql = format!(
        "INSERT INTO allocations (school_id, credit_id, charge_id, amount_minor, effective_date, created_at, updated_at) \
         SELECT e.school_id, CASE WHEN e.amount_minor < 0 THEN e.id ELSE r.id END, \
         CASE WHEN e.amount_minor < 0 THEN r.id ELSE e.id END, ABS(e.amount_minor), \
         CASE WHEN r.effective_date > $2 THEN r.effective_date ELSE $2 END, $3, $3 \
         FROM ledger_entries e JOIN ledger_entries r ON r.school_id = e.school_id AND r.reverses_id = e.id \
         WHERE e.school_id = $1 AND r.id > $4 AND {which}"
    );
    let values = vec![today.into(), scope.now().into(), newest.into(), taken.key()];
    scope.execute(&["allocations"], &sql, values).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Entry {
    student_id: i64,
    is_reversal: bool,
    reversed: bool,
}

/// Takes one entry back, the discounts on it too, and lets what that frees settle the oldest charges.
/// Holds the account. `date` is the day from which the reversal counts, at least the entry's own, and
/// `today` the school's day. Eight statements at most.
///
/// # Errors
/// 404 for an unknown entry; 409 for a reversal, and for an entry that was taken back already.
pub async fn reverse(
    scope: &Scope,
    entry_id: i64,
    reason: &str,
    date: NaiveDate,
    today: NaiveDate,
) -> Result<(), ApiError> {
    let student_id = entry(scope, entry_id).await?.student_id;
    lock_account(scope, student_id).await?;
    // Read again: another writer may have taken it back while this one waited for the account.
    let entry = entry(scope, entry_id).await?;
    if entry.is_reversal {
        return Err(ApiError::conflict("A reversal is not itself reversed."));
    }
    if entry.reversed {
        return Err(ApiError::conflict("This entry is reversed already."));
    }
    take_back(scope, Taken::Entry(entry_id), reason, date, today).await?;
    allocate_oldest_first(scope, Accounts::Of(&[student_id]), today).await?;
    Ok(())
}

async fn entry(scope: &Scope, entry_id: i64) -> Result<Entry, ApiError> {
    let sql = "SELECT e.student_id, e.kind = 'reversal' AS is_reversal, \
               EXISTS (SELECT 1 FROM ledger_entries r WHERE r.school_id = e.school_id AND r.reverses_id = e.id) \
               AS reversed FROM ledger_entries e WHERE e.school_id = $1 AND e.id = $2";
    let found: Vec<Entry> = scope.query(sql, vec![entry_id.into()]).await?;
    found.into_iter().next().ok_or_else(ApiError::not_found)
}
