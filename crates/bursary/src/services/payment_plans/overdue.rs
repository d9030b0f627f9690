//! Which plans are overdue, to be asked inside another query.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};

use super::instalments::ladder;

/// Keys of the school's plans of which something is overdue at a moment, as a query to be asked inside
/// another.
#[must_use]
pub fn overdue_plans(school: i64, now: DateTime<Utc>) -> SelectStatement {
    // The builder binds no value inside text, so the school is written out; it is a number.
    let parts = format!(
        "late.plan_id FROM (WITH RECURSIVE {} SELECT plan_id, late_from FROM instalments WHERE rest > 0) late",
        ladder("1 = 1", None).replace("$1", &school.to_string())
    );
    Query::select()
        .expr(Expr::cust(parts))
        .and_where(Expr::col((Alias::new("late"), Alias::new("late_from"))).lte(now))
        .to_owned()
}
