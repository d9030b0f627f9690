//! What is left of each part of a plan, told by the ledger.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use resource::{ApiError, Money, tenant_guard::Scope};
use sea_orm::{FromQueryResult, Value};

/// The debts that plans are of: `covered`, with `plan_id`, `id`, `amount_minor` and `effective_date`, no
/// entry twice. Stands in a recursive `WITH`, behind [`ladder`]'s `plans`.
const COVERED: &str = "covered (plan_id, id, amount_minor, effective_date) AS (\
     SELECT p.id, e.id, e.amount_minor, e.effective_date FROM plans p \
     JOIN ledger_entries e ON e.school_id = $1 AND e.student_id = p.student_id AND e.session = p.session \
     AND e.term = p.term AND e.id <= p.last_entry_id AND e.amount_minor > 0 \
     AND e.kind IN ('charge', 'late_fee', 'carried_forward') \
     UNION ALL SELECT c.plan_id, m.id, m.amount_minor, m.effective_date FROM covered c \
     JOIN ledger_entries m ON m.school_id = $1 AND m.charge_id = c.id AND m.kind = 'carried_forward' \
     AND m.amount_minor > 0 LEFT JOIN payment_plans q ON q.school_id = $1 AND q.student_id = m.student_id \
     AND q.session = m.session AND q.term = m.term AND q.last_entry_id >= m.id WHERE q.id IS NULL)";

/// The steps of a recursive `WITH` up to `instalments`, with `plan_id`, `student_id`, `session`, `term`,
/// `due_date`, `late_from`, `amount_minor` and `rest`, of the plans that meet `which`, a condition on `p`.
/// Only what counts on the `day` bound there counts, where there is one.
///
/// What is left of a plan is what is left of its debts, laid on its parts from the last one back. More than
/// the plan is worth, as after an earlier payment was voided, is due with the first part.
pub(crate) fn ladder(which: &str, day: Option<&str>) -> String {
    let (of_entry, of_allocation) = match day {
        Some(day) => (
            format!("WHERE c.effective_date <= {day}"),
            format!("AND a.effective_date <= {day}"),
        ),
        None => (String::new(), String::new()),
    };
    format!(
        "plans AS MATERIALIZED (SELECT p.id, p.student_id, p.session, p.term, p.last_entry_id FROM payment_plans p \
         WHERE p.school_id = $1 AND {which}), {COVERED}, \
         owed AS MATERIALIZED (SELECT f.plan_id, CAST(SUM(f.amount) AS bigint) AS rest FROM (\
         SELECT c.plan_id, c.amount_minor AS amount FROM covered c {of_entry} \
         UNION ALL SELECT c.plan_id, -a.amount_minor FROM covered c \
         JOIN allocations a ON a.school_id = $1 AND a.charge_id = c.id {of_allocation}) f GROUP BY f.plan_id), \
         parts AS MATERIALIZED (SELECT p.id AS plan_id, p.student_id, p.session, p.term, t.due_date, t.late_from, \
         t.amount_minor, COALESCE(o.rest, 0) AS owed, \
         CAST(COALESCE(SUM(t.amount_minor) OVER (PARTITION BY p.id ORDER BY t.due_date DESC \
         ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS bigint) AS later, \
         ROW_NUMBER() OVER (PARTITION BY p.id ORDER BY t.due_date) AS place \
         FROM plans p JOIN payment_plan_parts t ON t.school_id = $1 AND t.payment_plan_id = p.id \
         LEFT JOIN owed o ON o.plan_id = p.id), \
         instalments AS MATERIALIZED (SELECT plan_id, student_id, session, term, due_date, late_from, amount_minor, \
         CASE WHEN owed <= later THEN 0 WHEN place > 1 AND owed - later > amount_minor THEN amount_minor \
         ELSE owed - later END AS rest FROM parts)"
    )
}

/// A part of a plan, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Instalment {
    /// The plan.
    pub plan_id: i64,
    /// School year of the plan.
    pub session: String,
    /// Term of the plan.
    pub term: String,
    /// The last day to pay it.
    pub due_date: NaiveDate,
    /// How much is to be paid.
    #[sea_orm(from_alias = "amount_minor")]
    pub amount: Money,
    /// What is left of it, in minor units; of the first part more than the part where an earlier payment
    /// was taken back.
    pub rest: i64,
    /// Whether its day is over.
    pub late: bool,
}

impl Instalment {
    /// What is paid of it.
    #[must_use]
    pub fn paid(&self) -> Money {
        Money::of_minor((self.amount.minor() - self.rest).max(0))
    }

    /// What is still to be paid of it after its day.
    #[must_use]
    pub fn overdue(&self) -> Money {
        if self.late {
            Money::of_minor(self.amount.minor() - self.paid().minor())
        } else {
            Money::default()
        }
    }
}

async fn told(
    scope: &Scope,
    (which, day): (&str, Option<&str>),
    late: &str,
    values: Vec<Value>,
) -> Result<Vec<Instalment>, ApiError> {
    let sql = format!(
        "WITH RECURSIVE {} SELECT plan_id, session, term, due_date, amount_minor, CAST(rest AS bigint) AS rest, \
         {late} AS late FROM instalments ORDER BY plan_id, due_date",
        ladder(which, day)
    );
    Ok(scope.query(&sql, values).await?)
}

/// The parts of each of these plans as they stand now, in the order of their days. One statement.
///
/// # Errors
/// When the database fails.
pub async fn instalments_of(
    scope: &Scope,
    plans: &[i64],
) -> Result<BTreeMap<i64, Vec<Instalment>>, ApiError> {
    let mut values: Vec<Value> = vec![scope.now().into()];
    let places: Vec<String> = plans
        .iter()
        .map(|id| {
            values.push((*id).into());
            format!("${}", values.len() + 1)
        })
        .collect();
    let mut parts: BTreeMap<i64, Vec<Instalment>> = BTreeMap::new();
    if plans.is_empty() {
        return Ok(parts);
    }
    let which = format!("p.id IN ({})", places.join(", "));
    for part in told(scope, (&which, None), "late_from <= $2", values).await? {
        parts.entry(part.plan_id).or_default().push(part);
    }
    Ok(parts)
}

/// The parts of every plan of a pupil that was agreed by a day, as they stood on it. One statement.
///
/// # Errors
/// When the database fails.
pub async fn instalments_of_pupil(
    scope: &Scope,
    student_id: i64,
    day: NaiveDate,
) -> Result<Vec<Instalment>, ApiError> {
    let which = "p.student_id = $2 AND p.agreed_on <= $3";
    let values = vec![student_id.into(), day.into()];
    told(scope, (which, Some("$3")), "due_date < $3", values).await
}
