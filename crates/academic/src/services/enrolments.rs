//! Which class each pupil was in, session by session.

use chrono::NaiveDate;
use identity::services::{SchoolYear, school_year};
use resource::{
    ApiError,
    tenant_guard::{Rows, Scope},
};
use sea_orm::{
    ColumnTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait,
    Value,
};

use super::own;
use crate::entities::{class, enrolment, student};

/// What becomes of a class that a pupil has in that session already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// It gives way.
    Replace,
    /// It stays.
    Keep,
}

/// Writes down, for a session, the class that each of `pupils` is in now; those in none are left out. One
/// statement, whatever their number, which is below what a statement can bind.
///
/// # Errors
/// When the database fails.
pub async fn enrol(
    scope: &Scope,
    session: &str,
    since: NaiveDate,
    pupils: &[i64],
    known: Known,
) -> Result<(), ApiError> {
    if session.is_empty() || pupils.is_empty() {
        return Ok(());
    }
    let mut values: Vec<Value> = vec![session.into(), since.into(), scope.now().into()];
    values.extend(pupils.iter().map(|id| Value::from(*id)));
    let places: Vec<String> = (5..5 + pupils.len()).map(|n| format!("${n}")).collect();
    let conflict = match known {
        Known::Keep => "DO NOTHING",
        Known::Replace => {
            "DO UPDATE SET class_id = excluded.class_id, since = excluded.since, \
             updated_at = excluded.updated_at, row_version = enrolments.row_version + 1 \
             WHERE enrolments.class_id <> excluded.class_id"
        }
    };
    let sql = format!(
        "INSERT INTO enrolments (school_id, student_id, class_id, session, since, created_at, updated_at, row_version) \
         SELECT school_id, id, class_id, $2, $3, $4, $4, 1 FROM students \
         WHERE school_id = $1 AND class_id IS NOT NULL AND id IN ({}) \
         ON CONFLICT (school_id, student_id, session) {conflict}",
        places.join(", ")
    );
    scope.execute(&["enrolments"], &sql, values).await?;
    Ok(())
}

/// As [`enrol`] of one pupil in the session the school is in, where it says which.
///
/// # Errors
/// When the database fails.
pub async fn enrol_now(scope: &Scope, pupil: i64) -> Result<(), ApiError> {
    let SchoolYear { settings, today } = school_year(scope).await?;
    let session = &settings.current_session;
    enrol(scope, session, today, &[pupil], Known::Replace).await
}

/// One class of a pupil.
#[derive(Debug, FromQueryResult)]
pub struct Enrolled {
    /// School year.
    pub session: String,
    /// The class.
    pub class_id: i64,
    /// Its name.
    pub class_name: String,
    /// The day the pupil came into it.
    pub since: NaiveDate,
}

/// The classes of a pupil, by session, the latest first; none where the pupil is not among `rows`. Two statements.
///
/// # Errors
/// When the database fails.
pub async fn enrolments(
    scope: &Scope,
    rows: Rows,
    student_id: i64,
) -> Result<Option<Vec<Enrolled>>, ApiError> {
    use enrolment::{Column, Entity, Relation};
    let pupil = scope
        .find::<student::Entity>()
        .filter(student::Column::Id.eq(student_id))
        .filter(own::students(scope, rows));
    if scope.one(pupil).await?.is_none() {
        return Ok(None);
    }
    let query = scope
        .find::<Entity>()
        .filter(Column::StudentId.eq(student_id))
        .join(JoinType::InnerJoin, Relation::Class.def())
        .select_only()
        .columns([Column::Session, Column::ClassId, Column::Since])
        .column_as(class::Column::Name, "class_name")
        .order_by_desc(Column::Session);
    Ok(Some(scope.rows(query).await?))
}
