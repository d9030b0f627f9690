//! What registers add up to, each in one statement.

use chrono::NaiveDate;
use resource::{
    ApiError,
    tenant_guard::{Rows, Scope, TenantEntity},
};
use sea_orm::{
    ColumnTrait, Condition, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationTrait, sea_query::Query,
};

use super::own;
use crate::{
    attendance::{Status, Tally},
    entities::{attendance_record, attendance_session, class, student, teacher},
};

/// Which lines of registers to add up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Those of one pupil.
    pub student: Option<i64>,
    /// Those of one class's registers.
    pub class: Option<i64>,
    /// Those of a school year.
    pub session: Option<String>,
    /// Those of a term.
    pub term: Option<String>,
}

impl Asked {
    fn condition(&self) -> Condition {
        use attendance_session::Column;
        let student = self
            .student
            .map(|id| attendance_record::Column::StudentId.eq(id));
        Condition::all()
            .add_option(student)
            .add_option(self.class.map(|id| Column::ClassId.eq(id)))
            .add_option(self.session.as_ref().map(|text| Column::Session.eq(text)))
            .add_option(self.term.as_ref().map(|text| Column::Term.eq(text)))
    }
}

/// A pupil in one class and term.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Place {
    /// The pupil.
    pub student: i64,
    /// Full name of the pupil.
    pub student_name: String,
    /// The class.
    pub class: i64,
    /// Name of the class.
    pub class_name: String,
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
}

#[derive(FromQueryResult)]
struct Day {
    #[sea_orm(nested)]
    place: Place,
    status: Status,
}

/// What the registers asked for say of each pupil in each class and term, by the pupil's name, of the
/// lines among `rows`.
///
/// # Errors
/// When the database fails.
pub async fn summary(
    scope: &Scope,
    rows: Rows,
    asked: &Asked,
) -> Result<Vec<(Place, Tally)>, ApiError> {
    use attendance_record::Relation;
    use attendance_session::Column;
    let query = scope
        .find::<attendance_record::Entity>()
        .filter(own::records(scope, rows))
        .filter(asked.condition())
        .join(JoinType::InnerJoin, Relation::AttendanceSession.def())
        .join(JoinType::InnerJoin, Relation::Student.def())
        .join(
            JoinType::InnerJoin,
            attendance_session::Relation::Class.def(),
        )
        .select_only()
        .column_as(student::Column::Id, "student")
        .column_as(student::Column::Names, "student_name")
        .column_as(class::Column::Id, "class")
        .column_as(class::Column::Name, "class_name")
        .columns([Column::Session, Column::Term])
        .column(attendance_record::Column::Status)
        .order_by_asc(student::Column::Names)
        .order_by_asc(student::Column::Id)
        .order_by_asc(class::Column::Id)
        .order_by_asc(Column::Session)
        .order_by_asc(Column::Term)
        .order_by_asc(Column::Date);
    let mut tallies: Vec<(Place, Tally)> = Vec::new();
    for day in scope.rows::<_, Day>(query).await? {
        match tallies.last_mut() {
            Some((place, tally)) if *place == day.place => tally.add(day.status),
            _ => {
                let mut tally = Tally::default();
                tally.add(day.status);
                tallies.push((day.place, tally));
            }
        }
    }
    Ok(tallies)
}

/// A class without a register.
#[derive(Debug, FromQueryResult)]
pub struct Unmarked {
    /// The class.
    pub class_id: i64,
    /// Name of the class.
    pub class_name: String,
    /// The class teacher.
    pub class_teacher_id: Option<i64>,
    /// Name of the class teacher.
    pub class_teacher: Option<String>,
}

/// The classes that have pupils and no register of a day, by name.
///
/// # Errors
/// When the database fails.
pub async fn missing(scope: &Scope, date: NaiveDate) -> Result<Vec<Unmarked>, ApiError> {
    let peopled = Query::select()
        .column(student::Column::ClassId)
        .from(student::Entity)
        .and_where(student::Entity::SCHOOL_ID.eq(scope.school().0))
        .and_where(student::Column::ClassId.is_not_null())
        .and_where(student::Column::Status.eq("active"))
        .to_owned();
    let marked = Query::select()
        .column(attendance_session::Column::ClassId)
        .from(attendance_session::Entity)
        .and_where(attendance_session::Entity::SCHOOL_ID.eq(scope.school().0))
        .and_where(attendance_session::Column::Date.eq(date))
        .to_owned();
    let query = scope
        .find::<class::Entity>()
        .filter(class::Column::Id.in_subquery(peopled))
        .filter(class::Column::Id.not_in_subquery(marked))
        .join(JoinType::LeftJoin, class::Relation::Teacher.def())
        .select_only()
        .column_as(class::Column::Id, "class_id")
        .column_as(class::Column::Name, "class_name")
        .column(class::Column::ClassTeacherId)
        .column_as(teacher::Column::Name, "class_teacher")
        .order_by_asc(class::Column::Name)
        .order_by_asc(class::Column::Id);
    Ok(scope.rows(query).await?)
}
