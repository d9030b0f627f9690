//! The history of marks: every cell that took another value, written with it and only ever added to.

use std::collections::BTreeMap;

use resource::{ApiError, tenant_guard::Scope};
use sea_orm::{FromQueryResult, Value};

use super::report_rows::Line;
use crate::marks::{Assessment, Cell};

/// One cell that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    subject_id: i64,
    cell: &'static str,
    before: Option<String>,
    after: Option<String>,
    reason: String,
}

fn said(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

/// What a row holds, cell by cell, as the history keeps it.
fn cells(line: &Line) -> [(&'static str, Option<String>); 5] {
    let mark = |which: Assessment| (which.as_str(), line.marks.cell(which).text());
    [
        mark(Assessment::Ca1),
        mark(Assessment::Ca2),
        mark(Assessment::Exam),
        ("comment", said(&line.comment)),
        ("grade_override", said(&line.grade_override)),
    ]
}

/// The cells that differ between two states of one row; a row there is not yet, or no longer, is blank.
#[must_use]
pub fn edits(before: &Line, after: &Line) -> Vec<Edit> {
    let mut edits = Vec::new();
    for ((cell, was), (_, is)) in cells(before).into_iter().zip(cells(after)) {
        let overrides = cell == "grade_override";
        let reasoned = overrides && before.grade_override_reason != after.grade_override_reason;
        if was != is || reasoned {
            let reason = if overrides {
                after.grade_override_reason.clone()
            } else {
                String::new()
            };
            edits.push(Edit {
                subject_id: after.subject_id,
                cell,
                before: was,
                after: is,
                reason,
            });
        }
    }
    edits
}

/// Adds `edits` of a card's rows, which are as they were written, or are about to be written or to go
/// when `ahead` is 1. One statement at most.
///
/// # Errors
/// When the database fails.
pub async fn record(
    scope: &Scope,
    card_id: i64,
    edits: &[Edit],
    ahead: i64,
) -> Result<(), ApiError> {
    if edits.is_empty() {
        return Ok(());
    }
    let principal = scope.principal();
    let mut values: Vec<Value> = vec![
        card_id.into(),
        scope.now().into(),
        principal.user_id.into(),
        principal.role.as_str().into(),
        ahead.into(),
    ];
    let mut rows = Vec::with_capacity(edits.len());
    for edit in edits {
        let at = values.len() + 2;
        let places: Vec<String> = (at..at + 5).map(|place| format!("${place}")).collect();
        rows.push(format!("({})", places.join(", ")));
        values.extend([
            edit.subject_id.into(),
            edit.cell.into(),
            edit.before.clone().into(),
            edit.after.clone().into(),
            edit.reason.as_str().into(),
        ]);
    }
    let sql = format!(
        "WITH edits (subject_id, cell, was, now_is, reason) AS (VALUES {}) \
         INSERT INTO score_changes (school_id, report_card_id, subject_id, score_id, cell, before, after, reason, \
         version, actor_id, actor_role, created_at, updated_at) \
         SELECT s.school_id, s.report_card_id, s.subject_id, s.id, e.cell, e.was, e.now_is, e.reason, \
         s.row_version + $6, $4, $5, $3, $3 FROM edits e \
         JOIN scores s ON s.school_id = $1 AND s.report_card_id = $2 AND s.subject_id = e.subject_id",
        rows.join(", ")
    );
    scope.execute(&["score_changes"], &sql, values).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Change {
    subject_id: i64,
    cell: String,
    before: Option<String>,
    version: i64,
}

/// The rows of a card, by subject, as they were at the versions `seen`, which the rows of `held` have
/// passed. One statement at most, whatever their number.
///
/// # Errors
/// When the database fails.
pub async fn bases(
    scope: &Scope,
    card_id: i64,
    held: &[Line],
    seen: &BTreeMap<i64, i64>,
) -> Result<BTreeMap<i64, Line>, ApiError> {
    let Some(oldest) = seen.values().min() else {
        return Ok(BTreeMap::new());
    };
    let sql = "SELECT subject_id, cell, before, version FROM score_changes \
               WHERE school_id = $1 AND report_card_id = $2 AND version > $3 ORDER BY id DESC";
    let changes: Vec<Change> = scope
        .query(sql, vec![card_id.into(), (*oldest).into()])
        .await?;
    let then = held
        .iter()
        .filter(|line| seen.contains_key(&line.subject_id));
    let mut rows: BTreeMap<i64, Line> = then.map(|line| (line.subject_id, line.clone())).collect();
    // The newest first: each puts back what the one before it had left.
    for change in changes {
        let passed = |version: &i64| change.version > *version;
        if let Some(row) = rows.get_mut(&change.subject_id)
            && seen.get(&change.subject_id).is_some_and(passed)
        {
            put_back(row, change);
        }
    }
    Ok(rows)
}

fn put_back(row: &mut Line, change: Change) {
    let before = change.before;
    if let Some(which) = Assessment::ALL
        .into_iter()
        .find(|which| which.as_str() == change.cell)
    {
        *row.marks.cell_mut(which) = Cell::read(before.as_deref());
    } else if change.cell == "comment" {
        row.comment = before.unwrap_or_default();
    } else {
        row.grade_override = before.unwrap_or_default();
    }
}
