//! Where the caller stands in the school: the pupils they are or are guardian of, the classes they teach.
//!
//! Pupils, classes and teachers are the academic crate's, which stands on this one: their tables are
//! named here, not imported. Every statement is of keys, to be asked for inside another.

use resource::{
    ApiError,
    tenant_guard::{Role, Scope},
};
use sea_orm::{
    ColumnTrait, Condition, QueryFilter,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};

use crate::entities::user;

/// Column `name` of the table asked for.
fn column(name: &str) -> Expr {
    Expr::col(Alias::new(name))
}

/// Keys that `table` has in `key`, of the school's rows.
fn keys(scope: &Scope, table: &str, key: &str) -> SelectStatement {
    Query::select()
        .column(Alias::new(key))
        .from(Alias::new(table))
        .and_where(column("school_id").eq(scope.school().0))
        .to_owned()
}

fn keys_of_caller(scope: &Scope, table: &str, key: &str, owner: &str) -> SelectStatement {
    keys(scope, table, key)
        .and_where(column(owner).eq(scope.principal().user_id))
        .to_owned()
}

/// Keys of the pupils a parent is guardian of, or of the pupil who asks.
#[must_use]
pub fn pupils(scope: &Scope) -> SelectStatement {
    if scope.principal().role == Role::Parent {
        keys_of_caller(scope, "guardianships", "student_id", "user_id")
    } else {
        keys_of_caller(scope, "students", "id", "user_id")
    }
}

/// Keys of the classes that [`pupils`] are in.
#[must_use]
pub fn classes_of_pupils(scope: &Scope) -> SelectStatement {
    keys(scope, "students", "class_id")
        .and_where(column("id").in_subquery(pupils(scope)))
        .to_owned()
}

/// Keys of the teacher who asks.
#[must_use]
pub fn teacher(scope: &Scope) -> SelectStatement {
    keys_of_caller(scope, "teachers", "id", "user_id")
}

/// Keys of the classes whose class teacher asks.
#[must_use]
pub fn classes(scope: &Scope) -> SelectStatement {
    keys(scope, "classes", "id")
        .and_where(column("class_teacher_id").in_subquery(teacher(scope)))
        .to_owned()
}

/// Whether the settings of the school meet `what`, said of their column `keys`.
pub(super) fn set(scope: &Scope, what: &'static str) -> Expr {
    Expr::exists(
        keys(scope, "school_settings", "id")
            .and_where(Expr::cust(what))
            .to_owned(),
    )
}

/// The rows of `subject_teachers` that hold in the present school year: those of that year, and those
/// of every one. A school that names no year has only one.
pub(super) fn this_year(scope: &Scope) -> Condition {
    let session = Expr::col((Alias::new("subject_teachers"), Alias::new("session")));
    let current = Query::select()
        .expr(Expr::cust("coalesce(keys ->> 'current_session', '')"))
        .from(Alias::new("school_settings"))
        .and_where(column("school_id").eq(scope.school().0))
        .to_owned();
    Condition::any()
        .add(session.clone().eq(""))
        .add(session.in_subquery(current))
        .add(set(scope, "coalesce(keys ->> 'current_session', '') = ''"))
}

/// Keys of the classes in which the caller teaches a subject in the present school year.
fn classes_of_subjects(scope: &Scope) -> SelectStatement {
    keys(scope, "subject_teachers", "class_id")
        .and_where(column("teacher_id").in_subquery(teacher(scope)))
        .cond_where(this_year(scope))
        .to_owned()
}

/// Refuses a caller who teaches not every one of `classes`, as their class teacher or a subject of
/// theirs in the present school year.
///
/// # Errors
/// 403 when one is not theirs; else when the database fails.
pub async fn teaches(scope: &Scope, classes: &[i64]) -> Result<(), ApiError> {
    let me = scope.find::<user::Entity>();
    let me = me.filter(user::Column::Id.eq(scope.principal().user_id));
    let theirs = classes
        .iter()
        .map(|class| in_own_class(scope, &Expr::val(*class)));
    let me = me.filter(theirs.fold(Condition::all(), Condition::add));
    let found = scope.one(me).await?;
    found.map(|_| ()).ok_or_else(ApiError::forbidden)
}

/// Whether `class` is one the caller teaches, as [`teaches`] says it.
#[must_use]
pub fn in_own_class(scope: &Scope, class: &Expr) -> Condition {
    Condition::any()
        .add(class.clone().in_subquery(self::classes(scope)))
        .add(class.clone().in_subquery(classes_of_subjects(scope)))
}
