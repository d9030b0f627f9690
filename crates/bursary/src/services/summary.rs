//! What came in, went out and is owed, over some days.

use std::{collections::BTreeMap, ops::AddAssign};

use chrono::{Datelike, NaiveDate};
use resource::{ApiError, tenant_guard::Scope};
use sea_orm::{FromQueryResult, Value};

use super::{
    expenses::CATEGORIES,
    owing::{Owing, balances_of},
    payments::METHODS,
};

/// Which money.
#[derive(Debug, Clone, Default)]
pub struct Period {
    /// Of this school year.
    pub session: Option<String>,
    /// Of this term.
    pub term: Option<String>,
    /// The first day; none is the very first.
    pub from: Option<NaiveDate>,
    /// The last day.
    pub to: NaiveDate,
    /// Whether the days of a month are told as one.
    pub by_month: bool,
}

/// Sums in minor units. What was taken back by the last day counts in none of them, nor does what takes it
/// back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Charges, late fees among them.
    pub billed: i64,
    /// Of that, late fees.
    pub late_fees: i64,
    /// Taken off charges.
    pub discounted: i64,
    /// What the school owes pupils for another reason.
    pub credited: i64,
    /// What was moved here from other terms, less what was moved away.
    pub carried_forward: i64,
    /// Payments.
    pub collected: i64,
    /// Given back of payments.
    pub refunded: i64,
    /// Approved expenses.
    pub expenses: i64,
}

impl Sums {
    /// By how much pupils owe more.
    #[must_use]
    pub const fn owed(&self) -> i64 {
        self.billed + self.carried_forward + self.refunded
            - self.discounted
            - self.credited
            - self.collected
    }

    /// What is left of what came in.
    #[must_use]
    pub const fn net(&self) -> i64 {
        self.collected - self.refunded - self.expenses
    }
}

impl AddAssign<&Flow> for Sums {
    fn add_assign(&mut self, flow: &Flow) {
        let amount = flow.amount;
        match flow.kind.as_str() {
            "charge" => self.billed += amount,
            "late_fee" => {
                self.billed += amount;
                self.late_fees += amount;
            }
            "discount" => self.discounted -= amount,
            "credit" => self.credited -= amount,
            "carried_forward" => self.carried_forward += amount,
            "collected" => self.collected += amount,
            "refunded" => self.refunded += amount,
            _ => self.expenses += amount,
        }
    }
}

/// How much of one sort, and how often.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many rows.
    pub count: i64,
    /// Their sum, in minor units.
    pub amount: i64,
}

/// What a period adds up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// All of it.
    pub sums: Sums,
    /// Payments by each of [`METHODS`], and what was given back of them.
    pub methods: [(Tally, i64); METHODS.len()],
    /// Expenses of each of [`CATEGORIES`].
    pub categories: [Tally; CATEGORIES.len()],
    /// By the day, or the first of the month, those on which something happened.
    pub series: BTreeMap<NaiveDate, Sums>,
    /// Still to be paid of charges at the end of the last day, in minor units.
    pub open: i64,
    /// To pupils' credit then, settling nothing yet.
    pub credit: i64,
}

/// What happened on one day, of one sort.
#[derive(FromQueryResult)]
struct Flow {
    day: NaiveDate,
    kind: String,
    sort: String,
    n: i64,
    amount: i64,
}

/// `@which` stands for the term of the row `x`. Of what was taken back by the last day, neither the entry
/// nor its reversal counts.
const FLOWS: &str = "WITH taken AS MATERIALIZED (SELECT r.reverses_id AS id FROM ledger_entries r \
     WHERE r.school_id = $1 AND r.reverses_id IS NOT NULL AND r.effective_date <= $3) \
     SELECT x.effective_date AS day, x.kind, '' AS sort, COUNT(*) AS n, CAST(SUM(x.amount_minor) AS bigint) AS amount \
     FROM ledger_entries x LEFT JOIN taken ON taken.id = x.id WHERE x.school_id = $1 AND taken.id IS NULL \
     AND x.kind IN ('charge', 'late_fee', 'discount', 'credit', 'carried_forward') \
     AND x.effective_date >= $2 AND x.effective_date <= $3@which GROUP BY x.effective_date, x.kind \
     UNION ALL SELECT x.date, 'collected', x.method, COUNT(*), CAST(SUM(x.amount_minor) AS bigint) \
     FROM payments x LEFT JOIN taken ON taken.id = x.entry_id \
     WHERE x.school_id = $1 AND taken.id IS NULL AND x.date >= $2 AND x.date <= $3@which \
     GROUP BY x.date, x.method \
     UNION ALL SELECT g.date, 'refunded', x.method, COUNT(*), CAST(SUM(g.amount_minor) AS bigint) \
     FROM payment_refunds g JOIN payments x ON x.school_id = g.school_id AND x.id = g.payment_id \
     WHERE g.school_id = $1 AND g.date >= $2 AND g.date <= $3@which GROUP BY g.date, x.method \
     UNION ALL SELECT x.date, 'expense', x.category, COUNT(*), CAST(SUM(x.amount_minor) AS bigint) \
     FROM expenses x WHERE x.school_id = $1 AND x.status = 'approved' AND x.date >= $2 AND x.date <= $3@which \
     GROUP BY x.date, x.category";

async fn flows(scope: &Scope, period: &Period) -> Result<Vec<Flow>, ApiError> {
    // Before it there is no day that a date is read of.
    let from = period.from.or(NaiveDate::from_ymd_opt(1, 1, 1));
    let mut values: Vec<Value> = vec![from.into(), period.to.into()];
    let mut which = vec![String::new()];
    for (column, text) in [("session", &period.session), ("term", &period.term)] {
        if let Some(text) = text {
            values.push(text.as_str().into());
            which.push(format!("x.{column} = ${}", values.len() + 1));
        }
    }
    let sql = FLOWS.replace("@which", &which.join(" AND "));
    Ok(scope.query(&sql, values).await?)
}

/// What a period adds up to, and what is owed at its end. Two statements.
///
/// # Errors
/// When the database fails.
pub async fn summary(scope: &Scope, period: &Period) -> Result<Summary, ApiError> {
    let owing = Owing {
        as_of: period.to,
        session: period.session.clone(),
        term: period.term.clone(),
        limit: 1,
        ..Owing::default()
    };
    let everybody = balances_of(scope, &owing).await?;
    let everybody = everybody.first();
    let mut summary = Summary {
        sums: Sums::default(),
        methods: Default::default(),
        categories: Default::default(),
        series: BTreeMap::new(),
        open: everybody.map_or(0, |row| row.all_open),
        credit: everybody.map_or(0, |row| row.all_credit),
    };
    for flow in flows(scope, period).await? {
        summary.add(&flow, period.by_month);
    }
    Ok(summary)
}

impl Summary {
    fn add(&mut self, flow: &Flow, by_month: bool) {
        let day = if by_month {
            flow.day.with_day(1).unwrap_or(flow.day)
        } else {
            flow.day
        };
        self.sums += flow;
        *self.series.entry(day).or_default() += flow;
        let method = METHODS.iter().position(|method| *method == flow.sort);
        if let Some((collected, refunded)) = method.and_then(|place| self.methods.get_mut(place)) {
            match flow.kind.as_str() {
                "refunded" => *refunded += flow.amount,
                _ => collected.add(flow),
            }
        }
        let category = CATEGORIES.iter().position(|one| *one == flow.sort);
        if let Some(spent) = category.and_then(|place| self.categories.get_mut(place)) {
            spent.add(flow);
        }
    }
}

impl Tally {
    fn add(&mut self, flow: &Flow) {
        self.count += flow.n;
        self.amount += flow.amount;
    }
}
