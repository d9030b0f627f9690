//! The remark of the head on a report card, which only those write who write every card of the school.

use resource::{
    FieldErrors,
    tenant_guard::{Rows, Scope, Verb, matrix},
};

use crate::resources::reports::ReportCardInput;

/// Whether the caller writes the head's remarks.
#[must_use]
pub fn is_head(scope: &Scope) -> bool {
    matrix::rows(scope.principal().role, Verb::Write, "reports") == Rows::All
}

/// What is wrong with the remark of `given` in the place of one that is `now`: a class teacher may send
/// back what was read, and nothing else.
#[must_use]
pub fn errors(scope: &Scope, now: &str, given: &ReportCardInput) -> FieldErrors {
    match &given.head_teacher_remark {
        Some(given) if given != now && !is_head(scope) => FieldErrors::of(
            "head_teacher_remark",
            "Only the head of the school writes this remark.",
        ),
        _ => FieldErrors::default(),
    }
}
