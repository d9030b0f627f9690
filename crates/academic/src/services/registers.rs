//! The daily registers of classes: what may be marked, and marking it in as few statements as there
//! are kinds of change.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use identity::services::school_today;
use resource::{
    ApiError, FieldErrors,
    fields::{NON_FIELD, unknown_pk},
    tenant_guard::Scope,
};
use sea_orm::{ColumnTrait, Condition, FromQueryResult, QueryFilter, QueryOrder, Value};

use super::own;
use crate::{
    attendance::Status,
    entities::{attendance_record, attendance_session},
};

/// Says that a field is as it was first written.
pub(crate) const FIXED: &str = "This field does not change after creation.";

/// One pupil's line in a register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The pupil.
    pub student_id: i64,
    /// How the pupil is marked.
    pub status: Status,
    /// Why.
    pub remark: String,
}

impl From<attendance_record::Model> for Entry {
    fn from(row: attendance_record::Model) -> Self {
        Self {
            student_id: row.student_id,
            status: row.status,
            remark: row.remark,
        }
    }
}

/// What a writer says a register is of.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The class.
    pub class_id: i64,
    /// The day.
    pub date: NaiveDate,
    /// School year.
    pub session: &'a str,
}

/// What is wrong with the head of a register: a day that has not begun in the school, or another class
/// than `before`, whose name in the body is `class_field`.
///
/// # Errors
/// 403 when the caller does not teach the class; else when the database fails.
pub async fn head_errors(
    scope: &Scope,
    head: Head<'_>,
    before: Option<&attendance_session::Model>,
    class_field: &str,
) -> Result<FieldErrors, ApiError> {
    own::may_register(scope, head.class_id, head.session).await?;
    let mut errors = FieldErrors::default();
    if before.is_some_and(|row| row.class_id != head.class_id) {
        errors.add(class_field, FIXED);
    }
    let moved = before.is_none_or(|row| row.date != head.date);
    if moved && head.date > school_today(scope).await? {
        errors.add("date", "This day has not begun yet.");
    }
    Ok(errors)
}

/// Refuses a head whose day the class has another register of than `before`.
///
/// # Errors
/// When the database fails.
pub async fn taken(
    scope: &Scope,
    head: Head<'_>,
    before: Option<&attendance_session::Model>,
    fields: &str,
) -> Result<FieldErrors, ApiError> {
    let found = of_day(scope, head.class_id, head.date).await?;
    if found.is_some_and(|row| before.is_none_or(|before| before.id != row.id)) {
        let message = format!("The fields {fields} must make a unique set.");
        return Ok(FieldErrors::of(NON_FIELD, message));
    }
    Ok(FieldErrors::default())
}

/// The register of a class on a day.
///
/// # Errors
/// When the database fails.
pub async fn of_day(
    scope: &Scope,
    class_id: i64,
    date: NaiveDate,
) -> Result<Option<attendance_session::Model>, ApiError> {
    let query = scope
        .find::<attendance_session::Entity>()
        .filter(attendance_session::Column::ClassId.eq(class_id))
        .filter(attendance_session::Column::Date.eq(date));
    Ok(scope.one(query).await?)
}

/// The same register, held against other writers and as it is now.
///
/// # Errors
/// When the database fails.
pub async fn locked(
    scope: &Scope,
    found: Option<attendance_session::Model>,
) -> Result<Option<attendance_session::Model>, ApiError> {
    match found {
        Some(row) => Ok(scope.lock::<attendance_session::Entity>(row.id).await?),
        None => Ok(None),
    }
}

#[derive(FromQueryResult)]
struct Pupil {
    id: i64,
    names: String,
    belongs: bool,
}

/// What is wrong with the pupils of a register, at `records.N.student_id`: those the school does not
/// have, those of another class who are not in the class's register of that day already, and those
/// named twice.
///
/// # Errors
/// When the database fails.
pub async fn pupil_errors(
    scope: &Scope,
    class_id: i64,
    date: NaiveDate,
    students: &[i64],
) -> Result<FieldErrors, ApiError> {
    if students.is_empty() {
        return Ok(FieldErrors::default());
    }
    let known = pupils(scope, class_id, date, students).await?;
    let mut errors = FieldErrors::default();
    let mut named = BTreeSet::new();
    for (n, id) in students.iter().enumerate() {
        let message = match known.get(id) {
            None => unknown_pk(*id),
            Some(pupil) if !pupil.belongs => {
                format!("\"{}\" is not in this class.", pupil.names)
            }
            Some(pupil) if !named.insert(*id) => {
                format!("\"{}\" is given more than once.", pupil.names)
            }
            Some(_) => continue,
        };
        errors.add(format!("records.{n}.student_id"), message);
    }
    Ok(errors)
}

async fn pupils(
    scope: &Scope,
    class_id: i64,
    date: NaiveDate,
    students: &[i64],
) -> Result<BTreeMap<i64, Pupil>, ApiError> {
    let mut values: Vec<Value> = vec![class_id.into(), date.into()];
    values.extend(students.iter().map(|id| Value::from(*id)));
    let places: Vec<String> = (4..4 + students.len()).map(|n| format!("${n}")).collect();
    let sql = format!(
        "SELECT s.id, s.names, (COALESCE(s.class_id, 0) = $2 OR EXISTS (SELECT 1 FROM attendance_sessions a \
         JOIN attendance_records r ON r.school_id = a.school_id AND r.attendance_session_id = a.id \
         WHERE a.school_id = $1 AND a.class_id = $2 AND a.date = $3 AND r.student_id = s.id)) AS belongs \
         FROM students s WHERE s.school_id = $1 AND s.id IN ({})",
        places.join(", ")
    );
    let found: Vec<Pupil> = scope.query(&sql, values).await?;
    Ok(found.into_iter().map(|pupil| (pupil.id, pupil)).collect())
}

/// The lines of registers, by register and then in the order they were first marked.
///
/// # Errors
/// When the database fails.
pub async fn held(
    scope: &Scope,
    registers: Vec<i64>,
) -> Result<BTreeMap<i64, Vec<Entry>>, ApiError> {
    let mut by_register: BTreeMap<i64, Vec<Entry>> = BTreeMap::new();
    if registers.is_empty() {
        return Ok(by_register);
    }
    let query = scope
        .find::<attendance_record::Entity>()
        .filter(attendance_record::Column::AttendanceSessionId.is_in(registers))
        .order_by_asc(attendance_record::Column::Id);
    for row in scope.all(query).await? {
        let entries = by_register.entry(row.attendance_session_id).or_default();
        entries.push(row.into());
    }
    Ok(by_register)
}

/// Marks the pupils of `entries` in a register that has those of `held`; others stay as they are.
/// Answers whether that changed any. One statement at most, whatever their number.
///
/// # Errors
/// When the database fails.
pub async fn mark(
    scope: &Scope,
    register_id: i64,
    held: &[Entry],
    entries: &[Entry],
) -> Result<bool, ApiError> {
    let mut values: Vec<Value> = vec![register_id.into(), scope.now().into()];
    let mut rows = Vec::new();
    for entry in entries.iter().filter(|entry| !held.contains(entry)) {
        let at = values.len() + 2;
        rows.push(format!(
            "($1, $2, ${at}, ${}, ${}, $3, $3, 1)",
            at + 1,
            at + 2
        ));
        values.extend([
            entry.student_id.into(),
            entry.status.into(),
            entry.remark.as_str().into(),
        ]);
    }
    if rows.is_empty() {
        return Ok(false);
    }
    let sql = format!(
        "INSERT INTO attendance_records (school_id, attendance_session_id, student_id, status, remark, \
         created_at, updated_at, row_version) VALUES {} \
         ON CONFLICT (school_id, attendance_session_id, student_id) DO UPDATE SET status = excluded.status, \
         remark = excluded.remark, updated_at = excluded.updated_at, \
         row_version = attendance_records.row_version + 1",
        rows.join(", ")
    );
    scope.execute(&["attendance_records"], &sql, values).await?;
    Ok(true)
}

/// Takes a register away with its lines.
///
/// # Errors
/// When the database fails.
pub async fn delete(scope: &Scope, register_id: i64) -> Result<(), ApiError> {
    // The database would let the lines go too, but caches would not learn of it.
    let lines =
        Condition::all().add(attendance_record::Column::AttendanceSessionId.eq(register_id));
    scope
        .delete_where::<attendance_record::Entity>(lines)
        .await?;
    scope
        .delete::<attendance_session::Entity>(register_id)
        .await?;
    Ok(())
}
