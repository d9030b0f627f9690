//! Whom something told to the school is for: an event, an announcement.

use resource::tenant_guard::{Role, Scope};
use sea_orm::{ColumnTrait, Condition};
use utoipa::ToSchema;

use super::standing;

/// The words of [`Audience`].
pub const AUDIENCES: &[&str] = &["all", "teachers", "students", "parents", "staff"];

/// A part of the school.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Audience {
    /// Everyone.
    All,
    /// Teachers.
    Teachers,
    /// Pupils.
    Students,
    /// Parents.
    Parents,
    /// Whoever works at the school, teachers included.
    Staff,
}

/// What is told that concerns the caller: that for their part of the school, of the whole school or of
/// a class of their own. A pupil's class is the one they are in, a parent's those of their children,
/// a teacher's those they teach. `audience` and `class` are the columns that say so. Whoever works at the school, teachers included, is its staff.
#[must_use]
pub fn concerned(scope: &Scope, audience: impl ColumnTrait, class: impl ColumnTrait) -> Condition {
    let (parts, classes): (&[&str], _) = match scope.principal().role {
        Role::SuperAdmin | Role::SchoolAdmin => return Condition::all(),
        Role::Teacher => (
            &["all", "teachers", "staff"],
            Some(standing::classes(scope)),
        ),
        Role::Bursar | Role::Staff => (&["all", "staff"], None),
        Role::Parent => (
            &["all", "parents"],
            Some(standing::classes_of_pupils(scope)),
        ),
        Role::Student => (
            &["all", "students"],
            Some(standing::classes_of_pupils(scope)),
        ),
    };
    let theirs = Condition::any()
        .add(class.is_null())
        .add_option(classes.map(|classes| class.in_subquery(classes)));
    Condition::all()
        .add(audience.is_in(parts.iter().copied()))
        .add(theirs)
}
