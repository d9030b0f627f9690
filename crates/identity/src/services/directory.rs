//! Whom parents and pupils may write to: the same accounts that the directory shows them.
//!
//! Everyone else writes to any account of the school. A school narrows the rule by its settings
//! `pupils_may_write` and `parents_may_write`, which are read where the rows are, so that a change
//! holds at once.

use resource::tenant_guard::{Role, Scope};
use sea_orm::{
    ColumnTrait, Condition,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};

use super::standing::{self, set, this_year};
use crate::entities::user::Column;

/// Roles of the office.
const OFFICE: [&str; 3] = ["SCHOOL_ADMIN", "BURSAR", "STAFF"];

/// The accounts the caller may write to. To parents and pupils these are open accounts of the office
/// and of the teachers of their children's classes or their own: the class teacher, and whoever
/// teaches it a subject in the present school year.
#[must_use]
pub fn addressable(scope: &Scope) -> Condition {
    let (office, teachers) = match scope.principal().role {
        Role::Parent => (
            "coalesce(keys ->> 'parents_may_write', '') <> 'nobody'",
            "coalesce(keys ->> 'parents_may_write', 'teachers_and_office') = 'teachers_and_office'",
        ),
        Role::Student => (
            "coalesce(keys ->> 'pupils_may_write', '') <> 'nobody'",
            "coalesce(keys ->> 'pupils_may_write', 'teachers_and_office') = 'teachers_and_office'",
        ),
        _ => return Condition::all(),
    };
    let office = Condition::all()
        .add(Column::Role.is_in(OFFICE))
        .add(set(scope, office));
    let teachers = Condition::all()
        .add(Column::Role.eq(Role::Teacher.as_str()))
        .add(set(scope, teachers))
        .add(Column::Id.in_subquery(teachers_of_pupils(scope)));
    Condition::all()
        .add(Column::IsActive.eq(true))
        .add(Condition::any().add(office).add(teachers))
}

/// Accounts of the teachers of the classes that the caller's pupils are in.
fn teachers_of_pupils(scope: &Scope) -> SelectStatement {
    let of_school = |table: &str, key: &str, class: &str| {
        Query::select()
            .column(Alias::new(key))
            .from(Alias::new(table))
            .and_where(Expr::col(Alias::new("school_id")).eq(scope.school().0))
            .and_where(Expr::col(Alias::new(class)).in_subquery(standing::classes_of_pupils(scope)))
            .to_owned()
    };
    let class_teachers = of_school("classes", "class_teacher_id", "id");
    let of_subjects = of_school("subject_teachers", "teacher_id", "class_id")
        .cond_where(this_year(scope))
        .to_owned();
    let id = || Expr::col(Alias::new("id"));
    let theirs = Condition::any()
        .add(id().in_subquery(class_teachers))
        .add(id().in_subquery(of_subjects));
    Query::select()
        .column(Alias::new("user_id"))
        .from(Alias::new("teachers"))
        .and_where(Expr::col(Alias::new("school_id")).eq(scope.school().0))
        .cond_where(theirs)
        .to_owned()
}
