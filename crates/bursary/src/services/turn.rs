//! How long an answer that rests on the school's day may be kept.

use resource::tenant_guard::Scope;

/// Which quarter of an hour it is. Every time zone's day begins with one, so an answer that rests on the
/// school's day is kept under the quarter it was made in: without asking where the school is, it never
/// outlives the day.
#[must_use]
pub fn turn(scope: &Scope) -> i64 {
    scope.now().timestamp().div_euclid(900)
}
