//! Settling charges by credits as they are named, and taking that back.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use resource::{ApiError, Money, tenant_guard::Scope};
use sea_orm::{ActiveValue::Set, FromQueryResult, Value};

use super::{open::rest_of, sharing::Share};
use crate::entities::allocation;

#[derive(FromQueryResult)]
struct Side {
    id: i64,
    amount_minor: i64,
    effective_date: NaiveDate,
    rest: i64,
}

/// Settles charges by credits as named. `today` is the school's day. Two statements.
///
/// # Errors
/// 409 when a share is not above zero, joins what cannot be joined, or exceeds what is left; then
/// nothing is allocated.
pub async fn allocate_named(
    scope: &Scope,
    shares: &[Share],
    today: NaiveDate,
) -> Result<(), ApiError> {
    if shares.is_empty() {
        return Ok(());
    }
    let mut sides = sides(scope, shares).await?;
    let mut rows = Vec::with_capacity(shares.len());
    for share in shares {
        let mut date = today;
        for (id, sign) in [(share.credit_id, -1), (share.charge_id, 1)] {
            let side = sides
                .get_mut(&id)
                .filter(|side| side.amount_minor.signum() == sign);
            let side = side
                .filter(|side| share.amount > 0 && side.rest >= share.amount)
                .ok_or_else(exceeded)?;
            side.rest -= share.amount;
            date = date.max(side.effective_date);
        }
        rows.push(row(share.credit_id, share.charge_id, share.amount, date));
    }
    scope.insert_many::<allocation::Entity, _>(rows).await?;
    Ok(())
}

fn exceeded() -> ApiError {
    ApiError::conflict("A credit settles no more of a charge than is left of both.")
}

fn row(credit_id: i64, charge_id: i64, amount: i64, date: NaiveDate) -> allocation::ActiveModel {
    allocation::ActiveModel {
        credit_id: Set(credit_id),
        charge_id: Set(charge_id),
        amount: Set(Money::of_minor(amount)),
        effective_date: Set(date),
        billing_run_id: Set(None),
        ..Default::default()
    }
}

async fn sides(scope: &Scope, shares: &[Share]) -> Result<BTreeMap<i64, Side>, ApiError> {
    let ids = shares
        .iter()
        .flat_map(|share| [share.credit_id, share.charge_id]);
    let mut values: Vec<Value> = Vec::new();
    let places: Vec<String> = ids
        .map(|id| {
            values.push(id.into());
            format!("${}", values.len() + 1)
        })
        .collect();
    let sql = format!(
        "SELECT e.id, e.amount_minor, e.effective_date, CASE WHEN e.amount_minor > 0 THEN {} ELSE {} END AS rest \
         FROM ledger_entries e WHERE e.school_id = $1 AND e.id IN ({})",
        rest_of("charge_id"),
        rest_of("credit_id"),
        places.join(", ")
    );
    let found: Vec<Side> = scope.query(&sql, values).await?;
    Ok(found.into_iter().map(|side| (side.id, side)).collect())
}

#[derive(FromQueryResult)]
struct Settled {
    charge_id: i64,
    amount: i64,
    effective_date: NaiveDate,
}

/// Frees `amount` minor units of what a credit has settled, the latest first, so that it can be given
/// back or spent otherwise; what it gave back before stays given. `today` is the school's day. Two statements.
///
/// # Errors
/// 409 when the credit has settled less; then nothing is freed.
pub async fn release(
    scope: &Scope,
    credit_id: i64,
    amount: i64,
    today: NaiveDate,
) -> Result<(), ApiError> {
    let sql = "SELECT a.charge_id, CAST(SUM(a.amount_minor) AS bigint) AS amount, \
               MAX(a.effective_date) AS effective_date FROM allocations a \
               JOIN ledger_entries d ON d.school_id = a.school_id AND d.id = a.charge_id \
               AND d.kind NOT IN ('refund', 'reversal') \
               WHERE a.school_id = $1 AND a.credit_id = $2 GROUP BY a.charge_id \
               HAVING SUM(a.amount_minor) > 0 ORDER BY MAX(a.id) DESC";
    let settled: Vec<Settled> = scope.query(sql, vec![credit_id.into()]).await?;
    let mut left = amount;
    let mut rows = Vec::new();
    for one in settled {
        let freed = one.amount.min(left);
        if freed <= 0 {
            break;
        }
        left -= freed;
        let date = today.max(one.effective_date);
        rows.push(row(credit_id, one.charge_id, -freed, date));
    }
    if left != 0 {
        return Err(ApiError::conflict("The credit has settled less than that."));
    }
    scope.insert_many::<allocation::Entity, _>(rows).await?;
    Ok(())
}
