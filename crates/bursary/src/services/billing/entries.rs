//! The entries of a run: charges, and what is carried forward.

use chrono::NaiveDate;
use resource::{ApiError, tenant_guard::Scope};
use sea_orm::{DbBackend, Value};

use crate::{entities::billing_run, services::ledger::rest_of};

/// Charges every attending pupil of the run the fees that apply and were not charged, or were charged by
/// a run that is undone. A fee of a class is for those who are in it now, and an optional one for those
/// to whom it is assigned.
///
/// What applies, what is assigned and what was charged before are put one under the other and counted by
/// pupil and fee: joined, they would be read over and over where the planner has not yet been told how
/// many rows there are. What all rows have in common is added after they are sorted.
///
/// A charge that its run took back is told by its reversal, which is of the fee's own term; what is carried
/// forward from it is of a later one.
fn charge_sql(held: &str) -> String {
    format!(
        "WITH fees AS MATERIALIZED (SELECT f.id, f.amount_minor, f.class_id, f.is_optional, c.name \
         FROM fee_items f JOIN fee_categories c ON c.school_id = f.school_id AND c.id = f.category_id \
         WHERE f.school_id = $1 AND f.session = $5 AND f.term = $6 AND f.active = true{held}), \
         pupils AS MATERIALIZED (SELECT s.id, s.class_id FROM billing_run_pupils p \
         JOIN students s ON s.school_id = p.school_id AND s.id = p.student_id \
         WHERE p.school_id = $1 AND p.billing_run_id = $2 AND p.status = 'active'), \
         due AS MATERIALIZED (SELECT student_id, fee_item_id, 1 + SUM(charges) AS occurrence FROM (\
         SELECT p.id AS student_id, f.id AS fee_item_id, 1 AS applies, \
         CASE WHEN f.is_optional = true THEN 0 ELSE 1 END AS assigned, 0 AS charges, 0 AS undone \
         FROM pupils p JOIN fees f ON f.class_id IS NULL OR f.class_id = p.class_id \
         UNION ALL SELECT t.student_id, f.id, 0, 1, 0, 0 \
         FROM fees f JOIN student_fees t ON t.school_id = $1 AND t.fee_item_id = f.id \
         UNION ALL SELECT e.student_id, f.id, 0, 0, CASE WHEN e.occurrence IS NULL THEN 0 ELSE 1 END, \
         CASE WHEN e.kind = 'reversal' AND e.billing_run_id IS NOT NULL AND e.amount_minor < 0 \
         AND e.session = $5 AND e.term = $6 THEN 1 ELSE 0 END \
         FROM fees f JOIN ledger_entries e ON e.school_id = $1 AND e.fee_item_id = f.id) known \
         GROUP BY student_id, fee_item_id \
         HAVING SUM(applies) > 0 AND SUM(assigned) > 0 AND SUM(charges) = SUM(undone)) \
         INSERT INTO ledger_entries (school_id, student_id, kind, amount_minor, effective_date, due_date, session, term, \
         fee_item_id, billing_run_id, occurrence, description, created_at, updated_at) \
         SELECT $1, o.student_id, 'charge', o.amount_minor, $3, $4, $5, $6, o.id, $2, o.occurrence, o.name, $7, $7 \
         FROM (SELECT d.student_id, d.occurrence, f.id, f.amount_minor, f.name FROM due d \
         JOIN fees f ON f.id = d.fee_item_id ORDER BY d.student_id, f.id) o"
    )
}

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
    let sql = charge_sql(held);
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
    if scope.execute(&["ledger_entries"], &sql, values).await? == 0 {
        return Ok(());
    }
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
