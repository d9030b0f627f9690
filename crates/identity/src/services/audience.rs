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

/// Accounts of a part of the school, and of those of a class the ones that are theirs; `$2` is the class. Of the
/// parts, in the order of [`AUDIENCES`], each role is in those of its column.
const PARTS: [(&str, &[&str], &str); 5] = [
    (
        "TEACHER",
        &["all", "teachers", "staff"],
        "SELECT t.user_id FROM teachers t JOIN classes c ON c.school_id = t.school_id AND c.class_teacher_id = t.id \
         WHERE t.school_id = $1 AND c.id = $2",
    ),
    (
        "PARENT",
        &["all", "parents"],
        "SELECT g.user_id FROM guardianships g JOIN students s ON s.school_id = g.school_id AND s.id = g.student_id \
         WHERE g.school_id = $1 AND s.class_id = $2",
    ),
    (
        "STUDENT",
        &["all", "students"],
        "SELECT s.user_id FROM students s WHERE s.school_id = $1 AND s.class_id = $2",
    ),
    ("BURSAR", &["all", "staff"], ""),
    ("STAFF", &["all", "staff"], ""),
];

/// The open accounts whom what is told to a part of the school, or to a class, concerns as [`concerned`] says it:
/// a query of their keys as `account`, `$1` the school, and what it binds from `$2` on.
#[must_use]
pub fn accounts(audience: &str, class: Option<i64>) -> (String, Vec<Value>) {
    let mut whom = vec!["role = 'SCHOOL_ADMIN'".to_owned()];
    for (role, parts, of_class) in PARTS {
        match class {
            _ if !parts.contains(&audience) => {}
            None => whom.push(format!("role = '{role}'")),
            Some(_) if of_class.is_empty() => {}
            Some(_) => whom.push(format!("role = '{role}' AND id IN ({of_class})")),
        }
    }
    let whom = whom.join(" OR ");
    let sql =
        format!("SELECT id AS account FROM users WHERE school_id = $1 AND is_active AND ({whom})");
    (sql, class.map(Value::from).into_iter().collect())
}
