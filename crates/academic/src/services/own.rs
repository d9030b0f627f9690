//! Which rows are a caller's own: a pupil's, a parent's linked pupils', a teacher's classes'.

use std::collections::BTreeSet;

use identity::services::standing::{classes, pupils, teacher};
use resource::{
    ApiError,
    tenant_guard::{Rows, Scope, Verb, matrix},
};
use sea_orm::{
    ColumnTrait, Condition, FromQueryResult, QueryFilter,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};

use crate::entities::{
    attendance_record, attendance_session, class, report_card, score, student, subject_teacher,
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

/// The report cards among `rows`: a pupil and a parent see published ones only, a teacher writes on those
/// of the own class and of the classes taught that school year.
#[must_use]
pub fn report_cards(scope: &Scope, rows: Rows) -> Condition {
    use report_card::{Column, Entity};
    match rows {
        Rows::Own => Condition::all()
            .add(Column::StudentId.in_subquery(pupils(scope)))
            .add(Column::IsPassed.eq(true)),
        Rows::Assigned => {
            let year = Expr::col((Entity, Column::Session));
            Condition::any()
                .add(Column::ClassId.in_subquery(classes(scope)))
                .add(Column::ClassId.in_subquery(taught(scope, year)))
        }
        Rows::All => Condition::all(),
        Rows::None => resource::pagination::nothing(),
    }
}

fn keys_of_cards(scope: &Scope, which: Condition) -> SelectStatement {
    Query::select()
        .column(report_card::Column::Id)
        .from(report_card::Entity)
        .and_where(report_card::Column::SchoolId.eq(scope.school().0))
        .cond_where(which)
        .to_owned()
}

/// The rows of marks among `rows`: a teacher writes those of the own class, and of the subjects taught
/// there that school year.
#[must_use]
pub fn scores(scope: &Scope, rows: Rows) -> Condition {
    use score::{Column, Entity};
    if rows != Rows::Assigned {
        let cards = keys_of_cards(scope, report_cards(scope, rows));
        return Condition::all().add(Column::ReportCardId.in_subquery(cards));
    }
    let whole = report_card::Column::ClassId.in_subquery(classes(scope));
    let whole = keys_of_cards(scope, Condition::all().add(whole));
    let year = Expr::col((report_card::Entity, report_card::Column::Session));
    let subject = Expr::col((subject_teacher::Entity, subject_teacher::Column::SubjectId));
    let taught = taught(scope, year)
        .and_where(subject.eq(Expr::col((Entity, Column::SubjectId))))
        .to_owned();
    let taught = report_card::Column::ClassId.in_subquery(taught);
    let taught = keys_of_cards(scope, Condition::all().add(taught));
    Condition::any()
        .add(Column::ReportCardId.in_subquery(whole))
        .add(Column::ReportCardId.in_subquery(taught))
}

/// What somebody may write on the cards of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Marking {
    /// Everything.
    Whole,
    /// The marks of these subjects.
    Subjects(BTreeSet<i64>),
}

impl Marking {
    /// Whether more than marks may be written.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        *self == Self::Whole
    }

    /// Whether the marks of a subject may be written.
    #[must_use]
    pub fn includes(&self, subject_id: i64) -> bool {
        match self {
            Self::Whole => true,
            Self::Subjects(taught) => taught.contains(&subject_id),
        }
    }
}

#[derive(FromQueryResult)]
struct Taught {
    subject_id: i64,
}

/// What the caller may write on the cards of a class in a school year: the class teacher everything, a
/// subject's teacher its marks.
///
/// # Errors
/// 403 when the caller writes none there; else when the database fails.
pub async fn marking(scope: &Scope, class_id: i64, session: &str) -> Result<Marking, ApiError> {
    match matrix::rows(scope.principal().role, Verb::Write, "reports") {
        Rows::All => return Ok(Marking::Whole),
        Rows::Assigned => {}
        Rows::Own | Rows::None => return Err(ApiError::forbidden()),
    }
    // No subject has the key 0: it stands for all of them.
    let sql = "SELECT CAST(0 AS bigint) AS subject_id FROM classes c \
               JOIN teachers t ON t.school_id = c.school_id AND t.id = c.class_teacher_id \
               WHERE c.school_id = $1 AND c.id = $2 AND t.user_id = $3 \
               UNION ALL SELECT st.subject_id FROM subject_teachers st \
               JOIN teachers t ON t.school_id = st.school_id AND t.id = st.teacher_id \
               WHERE st.school_id = $1 AND st.class_id = $2 AND t.user_id = $3 AND st.session IN ('', $4)";
    let user = scope.principal().user_id;
    let values = vec![class_id.into(), user.into(), session.into()];
    let taught: Vec<Taught> = scope.query(sql, values).await?;
    let subjects: BTreeSet<i64> = taught.into_iter().map(|one| one.subject_id).collect();
    if subjects.contains(&0) {
        Ok(Marking::Whole)
    } else if subjects.is_empty() {
        Err(ApiError::forbidden())
    } else {
        Ok(Marking::Subjects(subjects))
    }
}
