//! Charging those who pay late: once a pupil and term, by the rule of the school's settings.
//!
//! Late is what is still open of a term's debts once the days of grace after its last day are over; the
//! parts of a payment plan go by their own days. A fee taken back by hand is waived, and stays so. No fee
//! is charged on a fee.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use identity::{
    services::school_year,
    settings::{LateFeeKind, Settings},
};
use resource::{
    ApiError, Money,
    audit::{self, Act},
    tenant_guard::Scope,
};
use sea_orm::{DbBackend, FromQueryResult, Value};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{
    ledger::{Accounts, lock_accounts, recorder},
    payment_plans::ladder,
};
use crate::ledger::Benefit;

/// What is looked at.
#[derive(Debug, Clone)]
pub struct Asked {
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
    /// The day from which the fees count, and by which debts are late; none is today.
    pub date: Option<NaiveDate>,
}

/// How it comes out for a pupil.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LateFeeOutcome {
    /// A fee is charged.
    Charged,
    /// Skipped: a fee was charged for this term before.
    AlreadyCharged,
    /// Skipped: a fee was charged for this term before, and taken back.
    Waived,
    /// Skipped: nothing is owed of the term.
    NothingOwed,
    /// Skipped: what is owed is not late, or its days of grace are not over.
    NotLate,
    /// Skipped: the rule makes less than the smallest coin of what is late.
    TooLittle,
}

/// A pupil who was charged something in the term, and how it comes out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PupilLate {
    /// Id of the pupil.
    pub student: i64,
    /// Full name of the pupil.
    pub student_name: String,
    /// Number the school gave.
    pub student_no: String,
    /// How it comes out, and why where nothing is charged.
    pub outcome: LateFeeOutcome,
    /// What is open of the term, late fees aside.
    pub owed: Money,
    /// What of it is late.
    pub overdue: Money,
    /// What is charged now.
    pub amount: Money,
    /// Id of the entry of the fee, whenever it was charged; reversing it waives the fee.
    pub entry: Option<i64>,
}

/// What is charged, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The day from which the fees count.
    pub date: NaiveDate,
    /// Every pupil looked at, by name.
    pub pupils: Vec<PupilLate>,
}

#[derive(FromQueryResult)]
struct Row {
    student: i64,
    student_name: String,
    student_no: String,
    owed: i64,
    overdue: i64,
    entry: Option<i64>,
    waived: bool,
}

impl Row {
    fn with(self, rule: &Settings) -> PupilLate {
        let fee = fee(rule, Money::of_minor(self.overdue));
        let outcome = match (self.entry, self.waived, self.owed, self.overdue) {
            (Some(_), true, ..) => LateFeeOutcome::Waived,
            (Some(_), false, ..) => LateFeeOutcome::AlreadyCharged,
            (None, _, 0, _) => LateFeeOutcome::NothingOwed,
            (None, _, _, 0) => LateFeeOutcome::NotLate,
            _ if fee.minor() == 0 => LateFeeOutcome::TooLittle,
            _ => LateFeeOutcome::Charged,
        };
        PupilLate {
            student: self.student,
            student_name: self.student_name,
            student_no: self.student_no,
            outcome,
            owed: Money::of_minor(self.owed),
            overdue: Money::of_minor(self.overdue),
            amount: match outcome {
                LateFeeOutcome::Charged => fee,
                _ => Money::default(),
            },
            entry: self.entry,
        }
    }
}

/// What the rule makes of what is late; a percentage rounds half a minor unit up.
fn fee(rule: &Settings, overdue: Money) -> Money {
    match rule.late_fee_kind {
        LateFeeKind::None => Money::default(),
        LateFeeKind::Fixed => rule.late_fee_value,
        LateFeeKind::Percentage => Benefit::Percentage.of(rule.late_fee_value, overdue),
    }
}

/// Behind the steps of [`ladder`] over every plan: what is left of the term's debts, each by the day it is
/// due, and the fee that was charged before.
const PUPILS: &str = "debts AS MATERIALIZED (SELECT e.id, e.student_id, e.amount_minor, \
     COALESCE(e.due_date, e.effective_date) AS due FROM ledger_entries e WHERE e.school_id = $1 AND e.session = $2 \
     AND e.term = $3 AND e.amount_minor > 0 AND e.kind IN ('charge', 'carried_forward')), \
     settled AS MATERIALIZED (SELECT a.charge_id, SUM(a.amount_minor) AS used FROM debts d \
     JOIN allocations a ON a.school_id = $1 AND a.charge_id = d.id GROUP BY a.charge_id), \
     dues AS (SELECT d.student_id, d.due, d.amount_minor - COALESCE(u.used, 0) AS rest FROM debts d \
     LEFT JOIN settled u ON u.charge_id = d.id LEFT JOIN covered k ON k.id = d.id WHERE k.id IS NULL \
     UNION ALL SELECT i.student_id, i.due_date, i.rest FROM instalments i WHERE i.session = $2 AND i.term = $3), \
     sums AS MATERIALIZED (SELECT student_id, SUM(rest) AS owed, \
     SUM(CASE WHEN due < $4 THEN rest ELSE 0 END) AS overdue FROM dues GROUP BY student_id), \
     fees AS MATERIALIZED (SELECT e.student_id, e.id, r.id AS waiver FROM ledger_entries e \
     LEFT JOIN ledger_entries r ON r.school_id = e.school_id AND r.reverses_id = e.id \
     WHERE e.school_id = $1 AND e.kind = 'late_fee' AND e.session = $2 AND e.term = $3) \
     SELECT s.id AS student, s.names AS student_name, s.student_no, CAST(o.owed AS bigint) AS owed, \
     CAST(o.overdue AS bigint) AS overdue, f.id AS entry, f.waiver IS NOT NULL AS waived FROM sums o \
     JOIN students s ON s.school_id = $1 AND s.id = o.student_id \
     LEFT JOIN fees f ON f.student_id = o.student_id ORDER BY s.names, s.id";

/// The day that is asked for, and the rule.
async fn asked_for(scope: &Scope, asked: &Asked) -> Result<(NaiveDate, Settings), ApiError> {
    let year = school_year(scope).await?;
    if year.settings.late_fee_kind == LateFeeKind::None {
        return Err(ApiError::conflict(
            "The school charges no late fees: late_fee_kind of its settings is none.",
        ));
    }
    let date = asked.date.unwrap_or(year.today);
    if date > year.today {
        return Err(ApiError::field("date", "This day has not begun yet."));
    }
    Ok((date, year.settings))
}

async fn look(
    scope: &Scope,
    asked: &Asked,
    (date, rule): (NaiveDate, &Settings),
) -> Result<Outcome, ApiError> {
    let grace = u64::try_from(rule.late_fee_grace_days).unwrap_or(0);
    let late_before = date.checked_sub_days(Days::new(grace)).unwrap_or(date);
    let values = vec![
        asked.session.as_str().into(),
        asked.term.as_str().into(),
        late_before.into(),
    ];
    let sql = format!("WITH RECURSIVE {}, {PUPILS}", ladder("1 = 1", None));
    let rows: Vec<Row> = scope.query(&sql, values).await?;
    let pupils = rows.into_iter().map(|row| row.with(rule)).collect();
    Ok(Outcome { date, pupils })
}

/// What [`charge`] would do at this moment. Two statements.
///
/// # Errors
/// As [`charge`].
pub async fn preview(scope: &Scope, asked: &Asked) -> Result<Outcome, ApiError> {
    let (date, rule) = asked_for(scope, asked).await?;
    look(scope, asked, (date, &rule)).await
}

#[derive(FromQueryResult)]
struct Posted {
    id: i64,
    student_id: i64,
}

/// Charges every pupil who is late, but nobody twice; answers how it came out. Five statements, whatever
/// the number of pupils.
///
/// Nobody who owes has a credit left, for it would have settled that: so no fee is settled at once.
///
/// # Errors
/// 400 for a day that has not begun; 409 where the settings have no rule; else when the database fails.
pub async fn charge(scope: &Scope, asked: &Asked) -> Result<Outcome, ApiError> {
    let (date, rule) = asked_for(scope, asked).await?;
    let charged = Accounts::Charged {
        session: &asked.session,
        term: &asked.term,
    };
    lock_accounts(scope, charged).await?;
    let mut outcome = look(scope, asked, (date, &rule)).await?;
    let charged = outcome.pupils.iter().filter(|one| one.amount.minor() > 0);
    let rows: Vec<_> = charged
        .map(|one| json!([one.student, one.amount.minor()]))
        .collect();
    if rows.is_empty() {
        return Ok(outcome);
    }
    let count = rows.len();
    let posted = post(scope, asked, (date, &rule), json!(rows).to_string()).await?;
    let posted: BTreeMap<i64, i64> = posted
        .into_iter()
        .map(|one| (one.student_id, one.id))
        .collect();
    for pupil in &mut outcome.pupils {
        pupil.entry = posted.get(&pupil.student).copied().or(pupil.entry);
    }
    let sum = outcome.pupils.iter().map(|one| one.amount.minor()).sum();
    let act = Act {
        action: "charge",
        resource: "late-fees",
        id: None,
        before: None,
        after: Some(json!({
            "session": asked.session, "term": asked.term, "date": date, "pupils": count,
            "amount": Money::of_minor(sum),
        })),
    };
    audit::record(scope, act).await?;
    Ok(outcome)
}

/// Posts a fee for each pupil and amount of `rows`, a JSON list of pairs.
async fn post(
    scope: &Scope,
    asked: &Asked,
    (date, rule): (NaiveDate, &Settings),
    rows: String,
) -> Result<Vec<Posted>, ApiError> {
    let each = match scope.backend() {
        DbBackend::Postgres => "jsonb_array_elements(CAST($2 AS jsonb)) AS x (value)",
        _ => "json_each($2) AS x",
    };
    let sql = format!(
        "INSERT INTO ledger_entries (school_id, student_id, kind, amount_minor, effective_date, due_date, session, \
         term, description, recorded_by, created_at, updated_at) \
         SELECT $1, CAST(x.value ->> 0 AS bigint), 'late_fee', CAST(x.value ->> 1 AS bigint), $3, $4, $5, $6, \
         'Late fee', $7, $8, $8 FROM {each} RETURNING id, student_id"
    );
    let grace = u64::try_from(rule.invoice_due_days).unwrap_or(0);
    let due = date.checked_add_days(Days::new(grace)).unwrap_or(date);
    let values: Vec<Value> = vec![
        rows.into(),
        date.into(),
        due.into(),
        asked.session.as_str().into(),
        asked.term.as_str().into(),
        recorder(scope).into(),
        scope.now().into(),
    ];
    Ok(scope
        .execute_returning(&["ledger_entries"], &sql, values)
        .await?)
}
