//! Which rows are a caller's own: a pupil's, a parent's linked pupils', a teacher's classes'.

use identity::services::standing::{classes, pupils, teacher};
use resource::{
    ApiError,
    tenant_guard::{Rows, Scope, Verb, matrix},
};
use sea_orm::{
    ColumnTrait, Condition, QueryFilter,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};

use crate::entities::{
    attendance_record, attendance_session, class, report_card, student, subject_teacher,
};

/// Keys of the classes in which the caller teaches a subject in the school year that `session` says.
fn taught(scope: &Scope, session: impl Into<Expr>) -> SelectStatement {
    let column = |column: subject_teacher::Column| Expr::col((subject_teacher::Entity, column));
    let year = column(subject_teacher::Column::Session)
        .eq("")
        .or(column(subject_teacher::Column::Session).eq(session.into()));
    Query::select()
        .column(subject_teacher::Column::ClassId)
        .from(subject_teacher::Entity)
        .and_where(column(subject_teacher::Column::SchoolId).eq(scope.school().0))
        .and_where(column(subject_teacher::Column::TeacherId).in_subquery(teacher(scope)))
        .and_where(year)
        .to_owned()
}

/// The registers among `rows`: a teacher's are of the own class, and of those taught that school year.
#[must_use]
pub fn registers(scope: &Scope, rows: Rows) -> Condition {
    use attendance_session::{Column, Entity};
    match rows {
        Rows::Assigned => {
            let year = Expr::col((Entity, Column::Session));
            Condition::any()
                .add(Column::ClassId.in_subquery(classes(scope)))
                .add(Column::ClassId.in_subquery(taught(scope, year)))
        }
        Rows::All => Condition::all(),
        Rows::Own | Rows::None => resource::pagination::nothing(),
    }
}

/// The lines of registers among `rows`.
#[must_use]
pub fn records(scope: &Scope, rows: Rows) -> Condition {
    use attendance_record::Column;
    match rows {
        Rows::Own => Condition::all().add(Column::StudentId.in_subquery(pupils(scope))),
        Rows::All => Condition::all(),
        Rows::Assigned | Rows::None => {
            let registers = Query::select()
                .column(attendance_session::Column::Id)
                .from(attendance_session::Entity)
                .and_where(attendance_session::Column::SchoolId.eq(scope.school().0))
                .cond_where(registers(scope, rows))
                .to_owned();
            Condition::all().add(Column::AttendanceSessionId.in_subquery(registers))
        }
    }
}

/// The classes whose class teacher asks, and those in which the caller teaches a subject in a school year.
#[must_use]
pub fn teaches(scope: &Scope, session: &str) -> Condition {
    Condition::any()
        .add(class::Column::Id.in_subquery(classes(scope)))
        .add(class::Column::Id.in_subquery(taught(scope, Expr::value(session))))
}

/// Refuses a caller who may not write the registers of a class in a school year.
///
/// # Errors
/// 403 when the class is not theirs; else when the database fails.
pub async fn may_register(scope: &Scope, class_id: i64, session: &str) -> Result<(), ApiError> {
    match matrix::rows(scope.principal().role, Verb::Write, "attendance") {
        Rows::All => Ok(()),
        Rows::Assigned => {
            let query = scope
                .find::<class::Entity>()
                .filter(class::Column::Id.eq(class_id))
                .filter(teaches(scope, session));
            let theirs = scope.one(query).await?;
            theirs.map(|_| ()).ok_or_else(ApiError::forbidden)
        }
        Rows::Own | Rows::None => Err(ApiError::forbidden()),
    }
}

/// The students among `rows`.
#[must_use]
pub fn students(scope: &Scope, rows: Rows) -> Condition {
    match rows {
        Rows::Own => Condition::all().add(student::Column::Id.in_subquery(pupils(scope))),
        Rows::Assigned => {
            Condition::all().add(student::Column::ClassId.in_subquery(classes(scope)))
        }
        Rows::All => Condition::all(),
        Rows::None => resource::pagination::nothing(),
    }
}

/// The report cards among `rows`: a pupil and a parent see published ones only.
#[must_use]
pub fn report_cards(scope: &Scope, rows: Rows) -> Condition {
    match rows {
        Rows::Own => Condition::all()
            .add(report_card::Column::StudentId.in_subquery(pupils(scope)))
            .add(report_card::Column::IsPassed.eq(true)),
        Rows::Assigned => {
            Condition::all().add(report_card::Column::ClassId.in_subquery(classes(scope)))
        }
        Rows::All => Condition::all(),
        Rows::None => resource::pagination::nothing(),
    }
}

/// Keys of the report cards among `rows`.
#[must_use]
pub fn cards(scope: &Scope, rows: Rows) -> SelectStatement {
    Query::select()
        .column(report_card::Column::Id)
        .from(report_card::Entity)
        .and_where(report_card::Column::SchoolId.eq(scope.school().0))
        .cond_where(report_cards(scope, rows))
        .to_owned()
}

/// Refuses a caller who may not write the marks of a class.
///
/// # Errors
/// 403 when the class is not theirs; else when the database fails.
pub async fn may_mark(scope: &Scope, class_id: i64) -> Result<(), ApiError> {
    match matrix::rows(scope.principal().role, Verb::Write, "reports") {
        Rows::All => Ok(()),
        Rows::Assigned => {
            let query = scope
                .find::<class::Entity>()
                .filter(class::Column::Id.eq(class_id))
                .filter(class::Column::Id.in_subquery(classes(scope)));
            let theirs = scope.one(query).await?;
            theirs.map(|_| ()).ok_or_else(ApiError::forbidden)
        }
        Rows::Own | Rows::None => Err(ApiError::forbidden()),
    }
}
