//! Whom an event is for.

use resource::tenant_guard::{Role, Scope};
use sea_orm::{
    ColumnTrait, Condition,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};

use super::own;

/// The events that concern the caller: those for their part of the school, of the whole school or of
/// a class of their own. A pupil's class is the one they are in, a parent's those of their children,
/// a teacher's those they teach. `audience` and `class` are the columns that say so. Whoever works at the school, teachers included, is its staff.
#[must_use]
pub fn concerned(scope: &Scope, audience: impl ColumnTrait, class: impl ColumnTrait) -> Condition {
    let (parts, classes): (&[&str], _) = match scope.principal().role {
        Role::SuperAdmin | Role::SchoolAdmin => return Condition::all(),
        Role::Teacher => (&["all", "teachers", "staff"], Some(own::classes(scope))),
        Role::Bursar | Role::Staff => (&["all", "staff"], None),
        Role::Parent => (&["all", "parents"], Some(classes_of_pupils(scope))),
        Role::Student => (&["all", "students"], Some(classes_of_pupils(scope))),
    };
    let theirs = Condition::any()
        .add(class.is_null())
        .add_option(classes.map(|classes| class.in_subquery(classes)));
    Condition::all()
        .add(audience.is_in(parts.iter().copied()))
        .add(theirs)
}

/// Keys of the classes of the caller's pupils.
fn classes_of_pupils(scope: &Scope) -> SelectStatement {
    Query::select()
        .column(Alias::new("class_id"))
        .from(Alias::new("students"))
        .and_where(Expr::col(Alias::new("school_id")).eq(scope.school().0))
        .and_where(Expr::col(Alias::new("id")).in_subquery(own::pupils(scope)))
        .to_owned()
}
