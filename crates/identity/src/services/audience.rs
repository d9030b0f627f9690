//! Whom something told to the school is for: an event, an announcement.

use resource::tenant_guard::{Role, Scope};
use sea_orm::{ColumnTrait, Condition, Value};
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

/// The [`AUDIENCES`] that a role is part of; none for who is concerned by whatever is told. Whoever works at the
/// school, teachers included, is its staff.
const fn parts(role: Role) -> Option<&'static [&'static str]> {
    match role {
        Role::SuperAdmin | Role::SchoolAdmin => None,
        Role::Teacher => Some(&["all", "teachers", "staff"]),
        Role::Bursar | Role::Staff => Some(&["all", "staff"]),
        Role::Parent => Some(&["all", "parents"]),
        Role::Student => Some(&["all", "students"]),
    }
}

/// What is told that concerns the caller: that for their part of the school, of the whole school or of
/// a class of their own. A pupil's class is the one they are in, a parent's those of their children,
/// a teacher's those they teach. `audience` and `class` are the columns that say so.
#[must_use]
pub fn concerned(scope: &Scope, audience: impl ColumnTrait, class: impl ColumnTrait) -> Condition {
    let role = scope.principal().role;
    let Some(parts) = parts(role) else {
        return Condition::all();
    };
    let classes = match role {
        Role::Teacher => Some(standing::classes(scope)),
        Role::Parent | Role::Student => Some(standing::classes_of_pupils(scope)),
        _ => None,
    };
    let theirs = Condition::any()
        .add(class.is_null())
        .add_option(classes.map(|classes| class.in_subquery(classes)));
    Condition::all()
        .add(audience.is_in(parts.iter().copied()))
        .add(theirs)
}

/// Roles below the administrator's, and the accounts of each that a class of their own has: `$1` is the school,
/// `$2` the class.
const OF_A_CLASS: [(Role, Option<&str>); 5] = [
    (
        Role::Teacher,
        Some(
            "SELECT t.user_id FROM teachers t JOIN classes c ON c.school_id = t.school_id AND c.class_teacher_id = t.id \
             WHERE t.school_id = $1 AND c.id = $2",
        ),
    ),
    (
        Role::Parent,
        Some(
            "SELECT g.user_id FROM guardianships g JOIN students s ON s.school_id = g.school_id AND s.id = g.student_id \
             WHERE g.school_id = $1 AND s.class_id = $2",
        ),
    ),
    (
        Role::Student,
        Some("SELECT s.user_id FROM students s WHERE s.school_id = $1 AND s.class_id = $2"),
    ),
    (Role::Bursar, None),
    (Role::Staff, None),
];

/// The open accounts whom what is told to a part of the school, or to a class, concerns as [`concerned`] says it:
/// a query of their keys as `account`, `$1` the school, and what it binds from `$2` on.
#[must_use]
pub fn accounts(audience: &str, class: Option<i64>) -> (String, Vec<Value>) {
    let mut whom = vec![format!("role = '{}'", Role::SchoolAdmin.as_str())];
    for (role, of_class) in OF_A_CLASS {
        if parts(role).is_some_and(|parts| !parts.contains(&audience)) {
            continue;
        }
        let is = format!("role = '{}'", role.as_str());
        match (class, of_class) {
            (None, _) => whom.push(is),
            (Some(_), Some(theirs)) => whom.push(format!("{is} AND id IN ({theirs})")),
            (Some(_), None) => {}
        }
    }
    let whom = whom.join(" OR ");
    let sql =
        format!("SELECT id AS account FROM users WHERE school_id = $1 AND is_active AND ({whom})");
    (sql, class.map(Value::from).into_iter().collect())
}
