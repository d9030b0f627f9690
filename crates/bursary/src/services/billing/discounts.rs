//! What is taken off a charge: by a scholarship first, then by the discount agreed, never more than
//! the charge in all.

use chrono::NaiveDate;
use resource::{ApiError, Money, tenant_guard::Scope};
use sea_orm::{FromQueryResult, Value};

use crate::{
    entities::billing_run,
    ledger::{Benefit, EntryKind},
    services::ledger::{
        Accounts, NewEntry, Share, Taken, allocate_named, allocate_oldest_first, post, rest,
        take_back,
    },
};

/// The words of a discount that no scholarship gives.
const AGREED: &str = "Discount";

/// What is taken off a fee, and what is left of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Net {
    /// By the scholarship.
    pub scholarship: Money,
    /// By the discount agreed.
    pub discount: Money,
    /// What is left, never below zero.
    pub amount: Money,
}

/// What is left of `fee` after a scholarship and a discount.
#[must_use]
pub fn net(fee: Money, scholarship: Option<(Benefit, Money)>, discount: Money) -> Net {
    let by_scholarship = scholarship.map_or(Money::of_minor(0), |(benefit, value)| {
        benefit.of(value, fee)
    });
    let left = fee.minor() - by_scholarship.minor();
    let by_discount = discount.minor().clamp(0, left);
    Net {
        scholarship: by_scholarship,
        discount: Money::of_minor(by_discount),
        amount: Money::of_minor(left - by_discount),
    }
}

/// Posts what is taken off the charges of a run, as [`net`] has it. The product of a fee and a percentage is
/// taken apart, for whole it would not fit a column.
///
/// The few fees that are a pupil's own come first, and of each its charge. The `+ 0` keeps the planner, which has
/// not yet been told how many entries the run has, from reading all of them instead.
const DISCOUNT: &str = "\
    INSERT INTO ledger_entries (school_id, student_id, kind, amount_minor, effective_date, session, term, fee_item_id, \
    billing_run_id, charge_id, description, created_at, updated_at) \
    SELECT q.school_id, q.student_id, 'discount', -q.part, q.effective_date, q.session, q.term, q.fee_item_id, $2, q.id, \
    q.description, $3, $3 FROM (SELECT o.*, CASE WHEN o.line = 1 THEN o.taken \
    WHEN o.discount_minor < o.amount_minor - o.taken THEN o.discount_minor ELSE o.amount_minor - o.taken END AS part \
    FROM (SELECT w.*, CASE WHEN w.benefit < w.amount_minor THEN w.benefit ELSE w.amount_minor END AS taken \
    FROM (SELECT m.school_id, m.id, m.student_id, m.amount_minor, m.effective_date, m.session, m.term, m.fee_item_id, \
    t.discount_minor, lines.line, CASE WHEN lines.line = 1 THEN h.name ELSE 'Discount' END AS description, \
    CASE WHEN h.benefit_type = 'fixed' THEN h.value_hundredths WHEN h.id IS NULL THEN 0 \
    ELSE m.amount_minor / 10000 * h.value_hundredths + (m.amount_minor % 10000 * h.value_hundredths + 5000) / 10000 \
    END AS benefit \
    FROM fee_items f JOIN student_fees t ON t.school_id = f.school_id AND t.fee_item_id = f.id \
    JOIN ledger_entries m ON m.school_id = t.school_id AND m.fee_item_id = t.fee_item_id AND m.student_id = t.student_id \
    LEFT JOIN scholarships h ON h.school_id = t.school_id AND h.id = t.scholarship_id AND h.is_active = true \
    CROSS JOIN (SELECT 1 AS line UNION ALL SELECT 2) lines \
    WHERE f.school_id = $1 AND f.session = $4 AND f.term = $5 AND m.kind = 'charge' AND m.billing_run_id + 0 = $2\
    ) w) o) q WHERE q.part > 0 \
    ORDER BY q.id, q.line";

pub(super) async fn discount(
    scope: &Scope,
    run: &billing_run::Model,
    today: NaiveDate,
) -> Result<(), ApiError> {
    let values = vec![
        run.id.into(),
        scope.now().into(),
        run.session.as_str().into(),
        run.term.as_str().into(),
    ];
    match scope.execute(&["ledger_entries"], DISCOUNT, values).await? {
        0 => Ok(()),
        _ => settle(scope, run, today).await,
    }
}

/// Lets each discount of a run settle the charge it lowers.
async fn settle(scope: &Scope, run: &billing_run::Model, today: NaiveDate) -> Result<(), ApiError> {
    let sql = "INSERT INTO allocations (school_id, credit_id, charge_id, amount_minor, effective_date, \
               billing_run_id, created_at, updated_at) SELECT d.school_id, d.id, d.charge_id, -d.amount_minor, \
               CASE WHEN d.effective_date > $3 THEN d.effective_date ELSE $3 END, $2, $4, $4 \
               FROM ledger_entries d WHERE d.school_id = $1 AND d.billing_run_id = $2 AND d.kind = 'discount'";
    let values = vec![run.id.into(), today.into(), scope.now().into()];
    scope.execute(&["allocations"], sql, values).await?;
    Ok(())
}

/// A charge that stands, with what is agreed about it now.
#[derive(FromQueryResult)]
struct Standing {
    id: i64,
    amount: Money,
    effective_date: NaiveDate,
    session: String,
    term: String,
    discount: Option<Money>,
    scholarship: Option<String>,
    benefit_type: Option<Benefit>,
    value: Option<Money>,
}

const STANDING: &str = "\
    SELECT m.id, m.amount_minor AS amount, m.effective_date, m.session, m.term, t.discount_minor AS discount, \
    h.name AS scholarship, h.benefit_type, h.value_hundredths AS value FROM ledger_entries m \
    LEFT JOIN student_fees t ON t.school_id = m.school_id AND t.student_id = m.student_id AND t.fee_item_id = m.fee_item_id \
    LEFT JOIN scholarships h ON h.school_id = t.school_id AND h.id = t.scholarship_id AND h.is_active = true \
    WHERE m.school_id = $1 AND m.student_id = $2 AND m.fee_item_id = $3 AND m.occurrence IS NOT NULL \
    AND NOT EXISTS (SELECT 1 FROM ledger_entries r WHERE r.school_id = m.school_id AND r.reverses_id = m.id)";

impl Standing {
    /// What should be taken off it, in words and minor units.
    fn lines(&self) -> Vec<(String, i64)> {
        let scholarship = self.benefit_type.zip(self.value);
        let nothing = Money::of_minor(0);
        let net = net(self.amount, scholarship, self.discount.unwrap_or(nothing));
        let named = self.scholarship.clone().unwrap_or_default();
        [(named, net.scholarship), (AGREED.to_owned(), net.discount)]
            .into_iter()
            .filter(|(_, off)| *off > nothing)
            .map(|(words, off)| (words, off.minor()))
            .collect()
    }
}

#[derive(FromQueryResult)]
struct Line {
    description: String,
    off: i64,
}

async fn lines_on(scope: &Scope, charge_id: i64) -> Result<Vec<(String, i64)>, ApiError> {
    let sql = "SELECT d.description, -d.amount_minor AS off FROM ledger_entries d WHERE d.school_id = $1 \
               AND d.charge_id = $2 AND d.kind = 'discount' AND NOT EXISTS (SELECT 1 FROM ledger_entries r \
               WHERE r.school_id = d.school_id AND r.reverses_id = d.id) ORDER BY d.id";
    let lines: Vec<Line> = scope.query(sql, vec![charge_id.into()]).await?;
    Ok(lines
        .into_iter()
        .map(|line| (line.description, line.off))
        .collect())
}

/// Brings what is taken off a charge that stands in line with what is agreed now: the discounts on it
/// are taken back and others posted today. What that frees, or what a charge already paid has no room
/// for, settles the pupil's other charges or stays a credit. The caller holds the account. Nothing is
/// written where nothing differs, or nothing was charged.
///
/// # Errors
/// When the database fails.
pub async fn rediscount(
    scope: &Scope,
    (student_id, fee_item_id): (i64, i64),
    today: NaiveDate,
) -> Result<(), ApiError> {
    let values = vec![student_id.into(), fee_item_id.into()];
    let standing: Vec<Standing> = scope.query(STANDING, values).await?;
    let Some(charge) = standing.into_iter().next() else {
        return Ok(());
    };
    let lines = charge.lines();
    if lines == lines_on(scope, charge.id).await? {
        return Ok(());
    }
    let reason = "Changed";
    take_back(scope, Taken::DiscountsOn(charge.id), reason, today, today).await?;
    let entry = |(description, off): &(String, i64)| NewEntry {
        student_id,
        kind: EntryKind::Discount,
        amount: Money::of_minor(-off),
        effective_date: today.max(charge.effective_date),
        due_date: None,
        session: charge.session.clone(),
        term: charge.term.clone(),
        fee_item_id: Some(fee_item_id),
        category_id: None,
        charge_id: Some(charge.id),
        description: description.clone(),
    };
    let entries: Vec<NewEntry> = lines.iter().map(entry).collect();
    let ids = post(scope, &entries).await?;
    let mut room = rest(scope, charge.id).await?;
    let mut shares = Vec::new();
    for (credit_id, (_, off)) in ids.into_iter().zip(&lines) {
        let amount = room.min(*off);
        room -= amount;
        shares.push(Share {
            credit_id,
            charge_id: charge.id,
            amount,
        });
    }
    shares.retain(|share| share.amount > 0);
    allocate_named(scope, &shares, today).await?;
    allocate_oldest_first(scope, Accounts::Of(&[student_id]), today).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

/// How many entries rest on the assignment of these fees to a pupil: what was taken off a charge that stands,
/// and the charge itself where the fee is optional.
///
/// # Errors
/// When the database fails.
pub async fn resting_on(
    scope: &Scope,
    student_id: i64,
    fee_items: &[i64],
) -> Result<i64, ApiError> {
    let mut values = vec![student_id.into()];
    values.extend(fee_items.iter().map(|id| Value::from(*id)));
    let places: Vec<String> = (3..fee_items.len() + 3)
        .map(|place| format!("${place}"))
        .collect();
    let sql = format!(
        "SELECT COUNT(*) AS n FROM ledger_entries e \
               JOIN fee_items f ON f.school_id = e.school_id AND f.id = e.fee_item_id \
               WHERE e.school_id = $1 AND e.student_id = $2 AND e.fee_item_id IN ({}) \
               AND (e.kind = 'discount' OR (e.occurrence IS NOT NULL AND f.is_optional = true)) \
               AND NOT EXISTS (SELECT 1 FROM ledger_entries r WHERE r.school_id = e.school_id AND r.reverses_id = e.id)",
        places.join(", ")
    );
    let found: Vec<Count> = scope.query(&sql, values).await?;
    Ok(found.first().map_or(0, |one| one.n))
}

/// Whether a fee was charged to anybody by a run that was not undone.
///
/// # Errors
/// When the database fails.
pub async fn is_billed(scope: &Scope, fee_item_id: i64) -> Result<bool, ApiError> {
    let sql = "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM ledger_entries e WHERE e.school_id = $1 \
               AND e.fee_item_id = $2 AND e.occurrence IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ledger_entries r \
               WHERE r.school_id = e.school_id AND r.reverses_id = e.id AND r.billing_run_id IS NOT NULL) LIMIT 1) billed";
    let found: Vec<Count> = scope.query(sql, vec![fee_item_id.into()]).await?;
    Ok(found.first().is_some_and(|one| one.n > 0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_taken_off_and_what_is_left_add_up_to_the_fee(
            fee in 1..=Money::MAX.minor(), value in 0_i64..=10_000, discount in 0..=Money::MAX.minor(), fixed: bool,
        ) {
            let benefit = if fixed { Benefit::Fixed } else { Benefit::Percentage };
            let net = net(Money::of_minor(fee), Some((benefit, Money::of_minor(value))), Money::of_minor(discount));
            prop_assert!(net.amount.minor() >= 0 && net.discount.minor() <= discount);
            prop_assert_eq!(net.amount.minor() + net.discount.minor() + net.scholarship.minor(), fee);
        }
    }
}
