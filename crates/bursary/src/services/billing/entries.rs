//! The entries of a run: charges, and what is carried forward.

use chrono::NaiveDate;
use resource::{ApiError, tenant_guard::Scope};
use sea_orm::{DbBackend, Value};

use crate::{entities::billing_run, services::ledger::rest_of};

/// Charges every attending pupil of the run the fees that apply and were not charged, or were charged by
/// a run that is undone. A fee of a class is for those who are in it now, and an optional one for those
/// to whom it is assigned.
///
/// What was charged before is counted pupil by pupil and fee by fee, by the index that keeps a charge
/// from being made twice: joined, it would be read over and over where the planner has not yet been told
/// how many rows there are.
const CHARGE: &str = "\
    INSERT INTO ledger_entries (school_id, student_id, kind, amount_minor, effective_date, due_date, session, term, \
    fee_item_id, billing_run_id, occurrence, description, created_at, updated_at) \
    SELECT s.school_id, s.id, 'charge', f.amount_minor, $3, $4, f.session, f.term, f.id, $2, \
    1 + (SELECT COUNT(*) FROM ledger_entries o WHERE o.school_id = $1 AND o.fee_item_id = f.id \
    AND o.student_id = s.id AND o.occurrence IS NOT NULL), c.name, $7, $7 \
    FROM billing_run_pupils p \
    JOIN students s ON s.school_id = p.school_id AND s.id = p.student_id \
    JOIN fee_items f ON f.school_id = s.school_id AND f.session = $5 AND f.term = $6 AND f.active = true \
    AND (f.class_id IS NULL OR f.class_id = s.class_id) \
    JOIN fee_categories c ON c.school_id = f.school_id AND c.id = f.category_id \
    WHERE p.school_id = $1 AND p.billing_run_id = $2 AND p.status = 'active' \
    AND (f.is_optional = false OR (SELECT COUNT(*) FROM student_fees t WHERE t.school_id = $1 \
    AND t.student_id = s.id AND t.fee_item_id = f.id) > 0) \
    AND (SELECT COUNT(*) FROM ledger_entries o WHERE o.school_id = $1 AND o.fee_item_id = f.id \
    AND o.student_id = s.id AND o.occurrence IS NOT NULL AND (SELECT COUNT(*) FROM ledger_entries r \
    WHERE r.school_id = $1 AND r.reverses_id = o.id AND r.billing_run_id IS NOT NULL) = 0) = 0 \
    ORDER BY s.id, f.id";

pub(super) async fn charge(scope: &Scope, run: &billing_run::Model) -> Result<(), ApiError> {
    let values = vec![
        run.id.into(),
        run.effective_date.into(),
        run.due_date.into(),
        run.session.as_str().into(),
        run.term.as_str().into(),
        scope.now().into(),
    ];
    // A fee changed at this moment is charged as it comes out, and one that is charged no longer changes.
    let held = match scope.backend() {
        DbBackend::Postgres => " FOR KEY SHARE OF f",
        _ => "",
    };
    let sql = format!("{CHARGE}{held}");
    scope.execute(&["ledger_entries"], &sql, values).await?;
    Ok(())
}

/// Moves what attending pupils of the run still owe of earlier terms to the run's: of each open charge
/// a pair of entries, which keep its fee and the day it was due.
pub(super) async fn carry_forward(
    scope: &Scope,
    run: &billing_run::Model,
    earlier_terms: &[String],
    today: NaiveDate,
) -> Result<(), ApiError> {
    let mut values: Vec<Value> = vec![
        run.id.into(),
        run.effective_date.into(),
        run.session.as_str().into(),
        run.term.as_str().into(),
        scope.now().into(),
    ];
    let earlier = before(earlier_terms, 4, &mut values);
    let sql = format!(
        "INSERT INTO ledger_entries (school_id, student_id, kind, amount_minor, effective_date, due_date, session, \
         term, fee_item_id, category_id, billing_run_id, charge_id, description, created_at, updated_at) \
         SELECT $1, o.student_id, 'carried_forward', o.rest * sides.sign, \
         CASE WHEN o.effective_date > $3 THEN o.effective_date ELSE $3 END, \
         CASE WHEN sides.sign > 0 THEN COALESCE(o.due_date, o.effective_date) END, \
         CASE WHEN sides.sign > 0 THEN $4 ELSE o.session END, CASE WHEN sides.sign > 0 THEN $5 ELSE o.term END, \
         o.fee_item_id, o.category_id, $2, o.id, o.description, $6, $6 \
         FROM (SELECT -1 AS sign UNION ALL SELECT 1) sides JOIN (SELECT e.*, {} AS rest FROM billing_run_pupils p \
         JOIN ledger_entries e ON e.school_id = p.school_id AND e.student_id = p.student_id AND e.amount_minor > 0 \
         WHERE p.school_id = $1 AND p.billing_run_id = $2 AND p.status = 'active' AND {earlier}) o ON o.rest > 0 \
         ORDER BY o.student_id, o.id, sides.sign",
        rest_of("charge_id")
    );
    scope.execute(&["ledger_entries"], &sql, values).await?;
    let sql = "INSERT INTO allocations (school_id, credit_id, charge_id, amount_minor, effective_date, \
               billing_run_id, created_at, updated_at) SELECT m.school_id, m.id, m.charge_id, -m.amount_minor, \
               CASE WHEN m.effective_date > $3 THEN m.effective_date ELSE $3 END, $2, $4, $4 \
               FROM ledger_entries m WHERE m.school_id = $1 AND m.billing_run_id = $2 \
               AND m.kind = 'carried_forward' AND m.amount_minor < 0";
    let values = vec![run.id.into(), today.into(), scope.now().into()];
    scope.execute(&["allocations"], sql, values).await?;
    Ok(())
}

/// The condition that the entry `e` is of a term before the one whose school year is bound at `$session`:
/// of an earlier school year, or of one of these terms of the same. School years sort as they follow.
pub(crate) fn before(terms: &[String], session: usize, values: &mut Vec<Value>) -> String {
    if terms.is_empty() {
        return format!("e.session < ${session}");
    }
    let first = values.len() + 2;
    values.extend(terms.iter().map(|term| Value::from(term.as_str())));
    let places: Vec<String> = (first..first + terms.len())
        .map(|place| format!("${place}"))
        .collect();
    format!(
        "(e.session < ${session} OR (e.session = ${session} AND e.term IN ({})))",
        places.join(", ")
    )
}
