//! Letting open credits settle what they can, the oldest first, for any number of pupils at once.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use resource::{ApiError, tenant_guard::Scope};
use sea_orm::{DbBackend, FromQueryResult, Value};
use serde_json::json;

use super::{
    accounts::Accounts,
    open::rest_of,
    sharing::{Part, Share, share},
};

/// What is left of one entry of a pupil.
#[derive(FromQueryResult)]
struct Open {
    id: i64,
    student_id: i64,
    is_charge: bool,
    effective_date: NaiveDate,
    rest: i64,
}

/// Lets every open credit of these accounts settle what it can, the oldest charge first: by the day it
/// is due, else by the day from which it counts. `today` is the school's day. One statement where nobody
/// has an open credit, else two.
///
/// # Errors
/// When the database fails.
pub async fn allocate_oldest_first(
    scope: &Scope,
    accounts: Accounts<'_>,
    today: NaiveDate,
) -> Result<(), ApiError> {
    let open = open(scope, accounts).await?;
    let days: BTreeMap<i64, NaiveDate> = open
        .iter()
        .map(|one| (one.id, one.effective_date))
        .collect();
    let day_of = |id: &i64| days.get(id).copied().unwrap_or(today).max(today);
    let rows: Vec<_> = shares(&open)
        .into_iter()
        .map(|one| {
            let day = day_of(&one.credit_id).max(day_of(&one.charge_id));
            json!([one.credit_id, one.charge_id, one.amount, day])
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let (each, day) = match scope.backend() {
        DbBackend::Postgres => (
            "jsonb_array_elements(CAST($2 AS jsonb)) AS x (value)",
            "CAST(x.value ->> 3 AS date)",
        ),
        _ => ("json_each($2) AS x", "x.value ->> 3"),
    };
    let mut values: Vec<Value> = vec![json!(rows).to_string().into(), scope.now().into()];
    let run = match accounts.run() {
        Some(run) => {
            values.push(run.into());
            "$4"
        }
        None => "NULL",
    };
    let sql = format!(
        "INSERT INTO allocations (school_id, credit_id, charge_id, amount_minor, effective_date, billing_run_id, \
         created_at, updated_at) SELECT $1, CAST(x.value ->> 0 AS bigint), CAST(x.value ->> 1 AS bigint), \
         CAST(x.value ->> 2 AS bigint), {day}, {run}, $3, $3 FROM {each}"
    );
    scope.execute(&["allocations"], &sql, values).await?;
    Ok(())
}

/// The open credits of these accounts, and the open charges of those who have one, each in the order in
/// which it is used up. The database hands them over pupil by pupil; to join the two there, it would
/// hold each against every other where it does not know how many there are.
async fn open(scope: &Scope, accounts: Accounts<'_>) -> Result<Vec<Open>, ApiError> {
    let mut values = Vec::new();
    let which = accounts.condition("e.student_id", &mut values);

    let side = |is_charge: bool| {
        let (side, sign, date, whose) = if is_charge {
            let date = "COALESCE(e.due_date, e.effective_date)";
            let whose = "e.student_id IN (SELECT student_id FROM credit)";
            ("charge_id", ">", date, whose)
        } else {
            ("credit_id", "<", "e.effective_date", which.as_str())
        };
        format!(
            "SELECT * FROM (SELECT e.id, e.student_id, CAST({is_charge} AS boolean) AS is_charge, \
             e.effective_date, {date} AS place, {} AS rest FROM ledger_entries e \
             WHERE e.school_id = $1 AND e.amount_minor {sign} 0 AND {whose}) {side}_open WHERE rest > 0",
            rest_of(side)
        )
    };
    let sql = format!(
        "WITH credit AS MATERIALIZED ({}) SELECT id, student_id, is_charge, effective_date, rest FROM \
         (SELECT * FROM credit UNION ALL {}) parts ORDER BY student_id, is_charge, place, id",
        side(false),
        side(true)
    );
    Ok(scope.query(&sql, values).await?)
}

/// What each pupil's credits settle.
fn shares(open: &[Open]) -> Vec<Share> {
    let of_one = open.chunk_by(|one, other| one.student_id == other.student_id);
    of_one
        .flat_map(|own| {
            let side = |is_charge: bool| -> Vec<Part> {
                let own = own.iter().filter(|one| one.is_charge == is_charge);
                own.map(|one| Part {
                    id: one.id,
                    rest: one.rest,
                })
                .collect()
            };
            share(&side(false), &side(true))
        })
        .collect()
}
